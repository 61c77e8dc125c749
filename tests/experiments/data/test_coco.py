"""Photographs in COCO's layout: what is read, what is passed over, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as run_lengths

from linksim.experiments.data.coco import coco_samples, read_coco
from linksim.experiments.data.coco_masks import WrongMask, mask_of
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing

from .coco_folder import (
    DOG,
    HEIGHT,
    WIDTH,
    file_name,
    instances,
    write_coco,
    write_instances,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_coco(tmp_path / "coco", "val2017")


def corners(box: tuple[int, ...]) -> list[float]:
    left, top, width, height = box
    return [left, top, left + width, top + height]


def test_categories_crowds_and_masks_of_all_three_kinds_are_read(folder: Path) -> None:
    split = read_coco(folder, "val")
    assert not split.notes
    truth = split.pictures[0].truth(masks=True)
    assert truth.labels == ("dog", "person", "bottle")
    assert truth.boxes[0].tolist() == corners(DOG)
    assert truth.crowds is not None
    assert truth.crowds.tolist() == [False, True, False]
    assert truth.masks is not None
    for mask, box in zip(truth.masks, truth.boxes.astype(int), strict=True):
        rows, columns = np.nonzero(mask)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == box.tolist()
        assert mask.sum() == (box[2] - box[0]) * (box[3] - box[1])


def test_the_truth_follows_the_picture(folder: Path) -> None:
    """Where the dog's colour is in what is sent, there is its box, and there its mask."""
    samples = coco_samples(folder, most=1, seed=0)
    for framing in (Framing(), Framing.square(32), Framing((48, 96)), Framing.square(128)):
        image = samples.sample(0, framing).image.numpy()
        truth = samples.truth(0, framing)
        assert truth.masks is not None
        assert truth.masks.shape[1:] == image.shape[1:]
        seen = np.abs(image[0] - 120 / 255) < 0.02
        of_dog = truth.labels.index("dog")
        assert (seen & ~truth.masks[of_dog]).sum() <= 0.1 * seen.sum()
        left, top, right, bottom = truth.boxes[of_dog].round().astype(int)
        inside = seen[top + 1 : bottom - 1, left + 1 : right - 1]
        assert inside.mean() > 0.9


def test_what_is_cut_off_is_gone_and_a_sliver_counts_neither_way(folder: Path) -> None:
    samples = coco_samples(folder, most=1, seed=0)
    middle = samples.truth(0, 64)  # columns 16 to 80 of 96
    assert middle.labels == ("dog", "person", "bottle")
    assert middle.boxes[0].tolist() == [0, 16, 16, 48]
    tall = samples.truth(0, Framing((64, 20)))  # columns 38 to 58: between dog and bottle
    assert tall.labels == ("person",)
    edge = samples.truth(0, Framing((64, 34)))  # columns 31 to 65: a column of the dog's 24
    assert edge.crowds is not None
    assert dict(zip(edge.labels, edge.crowds.tolist(), strict=True)) == {
        "dog": True,
        "person": True,
        "bottle": False,
    }


def test_pictures_that_are_missing_or_others_are_passed_over_and_said(folder: Path) -> None:
    (folder / "val2017" / file_name(1)).unlink()
    Image.new("RGB", (10, 10)).save(folder / "val2017" / file_name(2))
    split = read_coco(folder, "val")
    assert [picture.path.name for picture in split.pictures] == [file_name(3), file_name(4)]
    assert [note.split(": ")[1] for note in split.notes] == [
        "1 of 4 pictures are missing, passed over",
        "1 pictures of other sizes than annotated passed over",
    ]


def test_which_are_drawn_depends_on_the_seed(folder: Path) -> None:
    drawn = {seed: [r[0].name for r in coco_samples(folder, 3, seed).rows] for seed in (0, 0, 1)}
    assert drawn[0] == [r[0].name for r in coco_samples(folder, 3, 0).rows]
    assert drawn[0] != drawn[1]


def changed(part: str, **fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda table: table[part][0].update(fields)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed("images", file_name="../../etc/passwd"), "is no name of a file"),
        (changed("images", height=-1), "height '-1' is no number"),
        (changed("annotations", bbox=[0, 0, 5]), "is no box"),
        (changed("annotations", bbox=[0, 0, float("nan"), 5]), "is no box"),
        (changed("annotations", image_id=77), "names picture 77"),
        (changed("annotations", category_id=3), "or category 3"),
        (changed("categories", name=3), "is no name"),
        (lambda table: table["images"].clear(), "names picture 1"),
        (lambda table: table.pop("categories"), "has no array 'categories'"),
    ],
)
def test_a_damaged_file_is_one_line(
    folder: Path, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    table = instances(2)
    change(table)
    write_instances(folder, "val2017", table)
    with pytest.raises(Fault, match=said) as caught:
        read_coco(folder, "val")
    assert str(caught.value).startswith(f"--data coco:{folder}: instances_val2017.json")


def test_a_split_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"needs one file annotations/instances_train….json, there is"):
        read_coco(folder, "train")
    with pytest.raises(Fault, match="no such folder"):
        read_coco(tmp_path / "nothing", "val")
    for number in range(1, 5):
        (folder / "val2017" / file_name(number)).unlink()
    with pytest.raises(Fault, match="none of its 4 pictures is in"):
        read_coco(folder, "val")


@pytest.mark.parametrize(
    "outline",
    [
        {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH, 5]},
        {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * WIDTH + 3, -3]},
        {"size": [HEIGHT, WIDTH], "counts": "oooooooooooo"},
        {"size": [HEIGHT, WIDTH], "counts": "é"},
        {"size": [WIDTH, HEIGHT], "counts": [WIDTH * HEIGHT]},
        {"size": [HEIGHT, WIDTH]},
        [[0, 0, 5, 5]],
        [[0, 0, 5, 5, float("nan"), 3]],
        "everything",
    ],
)
def test_a_mask_that_is_none_is_refused(outline: Any) -> None:
    with pytest.raises(WrongMask):
        mask_of(outline, (HEIGHT, WIDTH))


def test_run_lengths_are_read_as_coco_reads_them() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = np.asfortranarray(rng.random((HEIGHT, WIDTH)) < rng.random(), dtype=np.uint8)
        coded = run_lengths.encode(mask)
        outline = {"size": coded["size"], "counts": coded["counts"].decode()}
        assert np.array_equal(mask_of(outline, (HEIGHT, WIDTH)), mask.astype(bool))


def test_a_query_is_asked_of_all(folder: Path) -> None:
    samples = coco_samples(folder, most=9, seed=0, query="what is there?")
    assert len(samples) == 4
    assert samples.questions == ["what is there?"] * 4
