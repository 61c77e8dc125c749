from pathlib import Path

import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.data import vqa
from linksim.experiments.data.vqa import EVALUATION, TRAINING, read_split, vqa_samples
from linksim.experiments.data.vqa_animals import about_animals
from linksim.experiments.faults import Fault
from linksim.experiments.results.sweeps import load_results
from linksim.source.pictures import UnreadablePicture

from .vqa_folder import ROWS, annotations, questions, write_json, write_vqa


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_vqa(tmp_path / "VQA", EVALUATION)


def test_rows_are_as_published(folder: Path) -> None:
    rows = read_split(folder, EVALUATION)
    assert [(r.picture, r.question, r.truth, r.family) for r in rows] == list(ROWS)
    assert [row.animal for row in rows] == [False, False, True, False, True, False, False]


def test_files_need_not_be_in_the_same_order(folder: Path) -> None:
    rows, answered = read_split(folder, EVALUATION), annotations(EVALUATION)
    answered["annotations"] = answered["annotations"][::-1]  # type: ignore[index]
    write_json(folder, EVALUATION, questions(EVALUATION), answered)
    assert read_split(folder, EVALUATION) == rows


def test_samples_are_drawn_by_the_seed(folder: Path) -> None:
    first, again, other = (vqa_samples(folder, 4, seed, "all") for seed in (0, 0, 1))
    asked = [[s.sample(n, 16).question for n in range(4)] for s in (first, again, other)]
    assert asked[0] == asked[1] != asked[2]
    sample = first.sample(0, 16)
    assert sample.image.shape == (3, 16, 16)
    assert sample.name.startswith("COCO_val2014_0000000")
    assert (sample.question, sample.truth) in {row[1:3] for row in ROWS}
    assert len(vqa_samples(folder, 100, 0, "all")) == len(ROWS)


def test_animals_are_chosen_by_question_and_answer(folder: Path) -> None:
    samples = vqa_samples(folder, 100, 0, "animals")
    asked = {samples.sample(n, 8).question for n in range(len(samples))}
    assert asked == {"What is on the grass?", "How many puppies are there?"}


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Are the horses' manes long?", "no", True),
        ("What animal is this?", "none", True),
        ("Is that a goose or two geese?", "yes", True),
        ("Is the dog's ball red?", "yes", True),
        ("What is he eating?", "hot dogs", False),
        ("Does the TEDDY BEAR wear a hat?", "yes", False),
        ("Is the teddy bear on the dog?", "yes", True),
        ("Is there a category for bearings?", "dogma", False),
        ("Where is the mouse?", "desk", False),
    ],
)
def test_what_names_an_animal(question: str, answer: str, expected: bool) -> None:
    assert about_animals(question, answer) == expected


def spoilt(what: str) -> tuple[dict[str, object], dict[str, object]]:
    asked, answered = questions(EVALUATION), annotations(EVALUATION)
    first: dict[str, object] = asked["questions"][0]  # type: ignore[index]
    last: dict[str, object] = answered["annotations"][-1]  # type: ignore[index]
    if what == "no answers":
        answered["annotations"] = []
    elif what == "too few answers":
        answered["annotations"] = answered["annotations"][:-2]  # type: ignore[index]
    elif what == "another question":
        last["question_id"] = 77
    elif what == "another picture":
        last["image_id"] = 77
    elif what == "no text":
        first["question"] = ["what?"]
    elif what == "endless text":
        first["question"] = "what" * 1000
    elif what == "half a character":
        first["question"] = "what \ud800?"
    elif what == "control":
        first["question"] = "what \x1b[2J?"
    elif what == "negative":
        first["image_id"] = -1
    elif what == "path":
        first["image_id"] = "../../etc"
    elif what == "no field":
        del last["multiple_choice_answer"]
    elif what == "no object":
        answered["annotations"] = [3]
    return asked, answered


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("no answers", "lacks answers to 7 questions"),
        ("too few answers", "lacks answers to 2 questions"),
        ("another question", "question 77 is not that of"),
        ("another picture", "is not that of the questions file"),
        ("no text", "is no text of 1 to 500 characters"),
        ("endless text", "is no text of 1 to 500 characters"),
        ("half a character", "is not UTF-8 text"),
        ("control", "holds the control character"),
        ("negative", "'-1' is no number"),
        ("path", "is no number of a question or picture"),
        ("no field", "multiple_choice_answer"),
        ("no object", "not as published"),
    ],
)
def test_a_wrong_file_is_one_clear_line(folder: Path, what: str, problem: str) -> None:
    write_json(folder, EVALUATION, *spoilt(what))
    with pytest.raises(Fault, match=problem) as fault:
        read_split(folder, EVALUATION)
    assert str(fault.value).startswith(f"--data vqa:{folder}: v2_")


def test_a_byte_order_mark_changes_nothing(folder: Path) -> None:
    rows = read_split(folder, EVALUATION)
    for file in folder.glob("*.json"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_split(folder, EVALUATION) == rows


def test_sizes_are_checked_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vqa, "_MOST_ROWS", 3)
    with pytest.raises(Fault, match="more than 3 questions"):
        read_split(folder, EVALUATION)
    monkeypatch.setattr(vqa, "_MOST_BYTES", 100)
    with pytest.raises(Fault, match="is larger than"):
        read_split(folder, EVALUATION)


def test_missing_parts_are_named(folder: Path) -> None:
    with pytest.raises(Fault, match=r"v2_OpenEnded_mscoco_train2014_questions\.json is missing"):
        read_split(folder, TRAINING)
    next((folder / EVALUATION).glob("*09.jpg")).unlink()
    with pytest.raises(UnreadablePicture, match="COCO_val2014_000000000009"):
        vqa_samples(folder, 7, 0, "all")


def test_a_sweep_over_it(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = ["--snr", "30", "--code", "none", "--codec", "jpeg2000", "--device", "cpu"]
    options = ["--data", f"vqa:{folder}", "--scenes", "animals", "--engine", "native", *link]
    assert run(["sweep", *options, "--out", str(tmp_path / "out")]) == 0
    (results,) = load_results(tmp_path / "out/results.h5").values()
    assert sorted(results.questions["truth"]) == ["0", "giraffe"]
    assert set(results.questions["family"]) == {"number", "other"}
    assert f"--data vqa:{folder.name} " in results.attributes["command"]
    assert "--scenes animals" in results.attributes["command"]
    assert run(["sweep", *options, "--query", "why?", "--out", str(tmp_path / "no")]) == 2
    assert "--query: scenes and VQA bring their questions" in capsys.readouterr().err


def test_the_check_says_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "vqa", "--check", str(folder)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["train2014", "0", "0", "0", "not", "there"] in rows
    assert ["val2014", "7", "2", "4", "complete"] in rows


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("picture", "1 pictures missing, COCO_val2014_000000000139.jpg first"),
        ("cut", "v2_mscoco_val2014_annotations.json is damaged at character"),
        ("answers", "v2_mscoco_val2014_annotations.json missing"),
    ],
)
def test_the_check_says_what_is_missing(
    folder: Path, damage: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = folder / "v2_mscoco_val2014_annotations.json"
    if damage == "picture":
        (folder / "val2014/COCO_val2014_000000000139.jpg").unlink()
    elif damage == "cut":
        answers.write_text(answers.read_text()[:-90])
    else:
        answers.unlink()
    assert run(["data", "vqa", "--check", str(folder)]) == 2
    said = capsys.readouterr()
    assert f"val2014: {problem}" in said.out
    assert "val2014 can't be used" in said.err


def test_the_check_of_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "vqa", "--check", str(tmp_path)]) == 2
    assert "nothing of vqa in it" in capsys.readouterr().err
    assert run(["data", "vqa", "--check", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
