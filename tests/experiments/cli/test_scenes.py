"""``linksim scenes``: files that others can read."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from linksim.experiments.cli.main import run
from linksim.experiments.data.world import held_out_scene
from linksim.source.world import FAMILIES, KINDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wide") / "scenes"
    assert run(["scenes", str(path), "--world", "wide", "--count", "20", "--seed", "5"]) == 0
    return path


def test_coco_reads_boxes_and_masks_of_the_wide_world(folder: Path) -> None:
    coco = COCO(folder / "annotations.json")
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == list(KINDS)
    for number, image_id in enumerate(sorted(coco.getImgIds())):
        (image,) = coco.loadImgs(image_id)
        scene = held_out_scene(5, number)
        assert np.array_equal(np.asarray(Image.open(folder / image["file_name"])), scene.image)
        annotations = coco.loadAnns(coco.getAnnIds(image_id))
        assert len(annotations) == len(scene.things)
        for annotation, (place, thing) in zip(annotations, enumerate(scene.things), strict=True):
            mask = coco.annToMask(annotation).astype(bool)
            assert np.array_equal(mask, scene.ids == place + 1)
            assert annotation["area"] == mask.sum()
            left, top, width, height = annotation["bbox"]
            assert (left, top, left + width, top + height) == thing.box
            assert KINDS[annotation["category_id"] - 1] == thing.kind
            assert (annotation["colour"], annotation["depth"]) == (thing.colour, place)


def test_questions_of_every_family_are_written(folder: Path) -> None:
    with (folder / "questions.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert list(rows[0]) == ["picture", "question", "answer", "family"]
    assert {row["family"] for row in rows} == set(FAMILIES)
    assert {row["picture"] for row in rows} == {f"scene-{n}.png" for n in range(20)}


def test_a_folder_of_the_wide_world_is_written_again_but_no_other(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["scenes", str(folder), "--world", "wide", "--count", "20", "--seed"]
    assert run([*again, "5"]) == 0
    assert run([*again, "6"]) == 2
    assert "holds another questions.csv already; give another folder" in capsys.readouterr().err
    annotations = json.loads((folder / "annotations.json").read_text())
    assert len(annotations["images"]) == 20


def test_blind_guesses_are_printed_of_enough_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["scenes", str(tmp_path / "many"), "--world", "wide", "--count", "260"]) == 0
    printed = capsys.readouterr().out
    assert "best blind guess" in printed
    assert set(FAMILIES) <= {line.split()[0] for line in printed.splitlines()}


def test_the_small_world_is_what_it_was(tmp_path: Path) -> None:
    assert run(["scenes", str(tmp_path / "small"), "--count", "2"]) == 0
    names = {path.name for path in (tmp_path / "small").iterdir()}
    assert names == {"scene-0.png", "scene-1.png", "questions.csv"}
    header = (tmp_path / "small" / "questions.csv").read_text().splitlines()[0]
    assert header == "picture,question,answer"
