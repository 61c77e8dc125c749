import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from linksim.experiments.data.samples import SceneSamples, folder_samples
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing, UnreadablePicture
from linksim.source.scenes import ANIMALS, SIDE, draw_scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, colour in (("b.png", "red"), ("a.jpg", "blue")):
        Image.new("RGB", (80, 60), colour).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_scenes_are_the_same_for_the_same_seed_and_number() -> None:
    first, again = (SceneSamples(9, 4).sample(7, SIDE) for _ in range(2))
    assert torch.equal(first.image, again.image)
    assert (first.question, first.truth) == (again.question, again.truth)
    assert not torch.equal(first.image, SceneSamples(9, 5).sample(7, SIDE).image)


def test_evaluation_never_draws_a_scene_that_training_can_draw() -> None:
    sample = SceneSamples(1, 0).sample(0, SIDE)
    trained = torch.from_numpy(draw_scene(0, 0).image.transpose(2, 0, 1) / 255.0).float()
    assert not torch.allclose(sample.image, trained)


def test_animal_scenes_show_animals_and_questions_are_about_them() -> None:
    words = {*ANIMALS, *(animal + "s" for animal in ANIMALS)}
    animals, everything = SceneSamples(60, 3, "animals"), SceneSamples(60, 3)
    for number in range(60):
        sample = animals.sample(number, SIDE)
        assert words & set(sample.question.rstrip("?").split()), sample.question
        assert sample.family != "background"
    assert not torch.equal(animals.sample(1, SIDE).image, everything.sample(1, SIDE).image)


def test_one_query_is_asked_about_every_picture_in_order(folder: Path) -> None:
    samples = folder_samples(folder, "  what is it? ", None, 10)
    assert [samples.sample(n, 16).name for n in range(len(samples))] == ["a.jpg", "b.png"]
    assert samples.sample(0, 16).question == "what is it?"
    assert samples.sample(0, 16).image.shape == (3, 16, 16)


def test_a_questions_file_pairs_pictures_with_questions_and_answers(folder: Path) -> None:
    table = folder / "questions.csv"
    table.write_text("picture,question,answer\nb.png,what colour?,Red\na.jpg,and this?,\n")
    samples = folder_samples(folder, None, table, 10)
    rows = [samples.sample(n, 8) for n in range(len(samples))]
    assert [(s.name, s.question, s.truth) for s in rows] == [
        ("b.png", "what colour?", "red"),
        ("a.jpg", "and this?", ""),
    ]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("", "needs a header"),
        ("name,text\n1,2\n", "needs a header"),
        ("picture,question\nc.png,what?\n", "line 2: no picture 'c.png'"),
        ("picture,question\n../b.png,what?\n", "line 2: no picture"),
        ("picture,question\nb.png,  \n", "line 2: the question is empty"),
        ("picture,question,answer\nb.png,what?," + "x" * 201, "line 2: the answer is too long"),
        ("\xff\xfe\x00", "questions"),
    ],
)
def test_a_wrong_questions_file_says_where(folder: Path, table: str, problem: str) -> None:
    file = folder / "questions.csv"
    file.write_bytes(table.encode("latin-1"))
    with pytest.raises(Fault, match=problem):
        folder_samples(folder, None, file, 10)


def test_folders_that_cannot_serve_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="no such folder"):
        folder_samples(tmp_path / "nowhere", "what?", None, 1)
    with pytest.raises(Fault, match="--query, --questions: give one of them"):
        folder_samples(folder, "what?", folder / "questions.csv", 1)
    with pytest.raises(Fault, match="question is empty"):
        folder_samples(folder, "   ", None, 1)
    (folder / "empty").mkdir()
    with pytest.raises(Fault, match="no pictures"):
        folder_samples(folder / "empty", "what?", None, 1)


def test_a_questions_file_is_taken_as_spreadsheets_write_it(folder: Path) -> None:
    table = folder / "questions.csv"
    text = 'Picture,Question,Answer\r\nb.png,"red, or\r\nblue?",Red\r\na.jpg,what?\r\n,,\r\n'
    table.write_bytes(b"\xef\xbb\xbf" + text.encode())
    samples = folder_samples(folder, None, table, 10)
    assert samples.questions == ["red, or blue?", "what?"]
    assert [samples.sample(n, 8).truth for n in range(2)] == ["red", ""]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (b"picture,question\nb.png,red, or blue?\n", "line 2: 3 fields where the header has 2"),
        (b"picture,question,answer\nb.png,red, or blue?,red\n", "line 2: 4 fields"),
        (b"picture,question\nb.png,caf\xe9?\n", "line 2: can't be read as UTF-8"),
        (b"picture,question\nb.png,a\0b?\n", "line 2: holds the control character"),
        (b"picture;question\nb.png;what?\n", "it has semicolons where commas must be"),
        (b"picture,question\n", "holds no question"),
    ],
)
def test_a_question_that_would_be_cut_or_misread_is_refused(
    folder: Path, table: bytes, problem: str
) -> None:
    file = folder / "questions.csv"
    file.write_bytes(table)
    with pytest.raises(Fault, match=problem) as fault:
        folder_samples(folder, None, file, 10)
    assert str(file) in str(fault.value)


@pytest.mark.parametrize("query", ["\udcff", "a\0b", "\x1b[2J what?"])
def test_a_query_that_is_no_text_is_refused(folder: Path, query: str) -> None:
    with pytest.raises(Fault, match=r"--query: (is not UTF-8|holds the control)"):
        folder_samples(folder, query, None, 10)


def test_names_that_are_no_text_are_kept_as_escapes(folder: Path) -> None:
    Image.new("RGB", (80, 60), "red").save(os.fsdecode(os.fsencode(folder) + b"/c-\xff.png"))
    assert folder_samples(folder, "what?", None, 10).sample(2, 8).name == "c-\\xff.png"


def test_what_is_hidden_or_no_file_is_passed_over_and_counted(folder: Path) -> None:
    (folder / "._a.png").write_bytes(b"resource fork")
    (folder / "x.png").mkdir()
    samples = folder_samples(folder, "what?", None, 10)
    assert [row[0].name for row in samples.rows] == ["a.jpg", "b.png"]
    assert samples.notes == (f"--data {folder}: 2 hidden files or folders passed over",)


def test_folders_are_read_recursively_in_the_order_of_paths(folder: Path) -> None:
    for name in ("a/z.png", "a/b/c.png", "a.d/e.png", ".trash/f.png", "a/.g.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((folder / "b.png").read_bytes())
    (folder / "a" / "loop").symlink_to(folder)
    samples = folder_samples(folder, "what?", None, 10)
    names = [samples.sample(n, 8).name for n in range(len(samples))]
    assert names == ["a/b/c.png", "a/z.png", "a.d/e.png", "a.jpg", "b.png"]
    assert samples.notes == (f"--data {folder}: 2 hidden files or folders passed over",)


def test_pictures_of_a_few_pixels_are_taken_at_their_own_size(folder: Path) -> None:
    Image.new("RGB", (1, 1), "red").save(folder / "dot.png")
    Image.new("RGB", (4000, 1), "blue").save(folder / "line.png")
    with pytest.raises(UnreadablePicture, match=r"dot\.png: 1×1 is too small"):
        folder_samples(folder, "what?", None, 10)
    samples = folder_samples(folder, "what?", None, 10, least=1)
    sizes = [tuple(samples.sample(n, Framing()).image.shape[1:]) for n in range(4)]
    assert sizes == [samples.size(n) for n in range(4)]
    assert sizes[2:] == [(1, 1), (1, 4000)]


def test_a_picture_that_ends_early_is_refused_before_work_begins(folder: Path) -> None:
    whole = (folder / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(whole[: len(whole) * 2 // 3])
    table = folder / "questions.csv"
    table.write_text("picture,question\na.jpg,what?\n")
    for query, questions in (("what?", None), (None, table)):
        with pytest.raises(UnreadablePicture, match=r"a\.jpg: can't be read"):
            folder_samples(folder, query, questions, 10)


@pytest.mark.parametrize("name", ["a" * 300 + ".png", "b/" * 5000, "../" * 3 + "c.png"])
def test_a_name_that_no_file_can_have_is_no_picture(folder: Path, name: str) -> None:
    table = folder / "q.csv"
    table.write_text(f"picture,question\n{name},what?\n")
    with pytest.raises(Fault, match="line 2: no picture") as refused:
        folder_samples(folder, None, table, 10)
    assert len(str(refused.value)) < 1000
