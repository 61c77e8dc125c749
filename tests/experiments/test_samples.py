from pathlib import Path

import pytest
import torch
from PIL import Image

from linksim.experiments.faults import Fault
from linksim.experiments.samples import SceneSamples, folder_samples
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
    with pytest.raises(Fault, match="either --query or --questions"):
        folder_samples(folder, None, None, 1)
    with pytest.raises(Fault, match="question is empty"):
        folder_samples(folder, "   ", None, 1)
    (folder / "empty").mkdir()
    with pytest.raises(Fault, match="no pictures"):
        folder_samples(folder / "empty", "what?", None, 1)
