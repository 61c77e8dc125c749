"""Labels: read from answers of every form, kept in files, shipped for two worlds."""

from dataclasses import replace
from pathlib import Path

import pytest
from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights

from linksim.source.discover.labels import (
    LONGEST_LABEL,
    MOST_LABELS,
    TaskLabels,
    parse_labels,
    read_answer,
    read_labels,
    task_labels,
)
from linksim.source.scenes import KINDS
from linksim.source.zoo.preset import load_preset

EMBEDDED, PAPER = load_preset("embedded"), load_preset("paper")
TASKS = ("detection", "segmentation", "classification")


@pytest.mark.parametrize(
    "answer",
    [
        "dog\ntraffic light\ncar",
        "1. Dog\n2. Traffic light\n3. Car\n",
        "1) dog\n 2) traffic  light\n 3) the car",
        "- Dog\n* Traffic light\n• **car**",
        "dog, traffic light, and car.",
        "Here are the labels you asked for:\n\nAnimals: dog\nRoad: traffic light; car",
        '["dog", "Traffic_light", "car"]',
        '```json\n{"animals": ["dog"], "road": [{"label": "traffic light"}, "car"]}\n```',
        'Sure!\n```\n["dog",\n "traffic light",\n "car"]\n```\nI hope this helps you.',
        "# Labels\n| dog | traffic light |\n| car |",
        "dog (all breeds)\n“traffic light”\n'car'",
        "Dog\nDOG\ntraffic light\nTraffic Light\ncar",
    ],
)
def test_the_same_labels_are_read_from_every_form(answer: str) -> None:
    assert parse_labels(answer) == ["dog", "traffic light", "car"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\n\n---\n",
        "I'm sorry, but I can't help with that request because it is not a task.",
        "[[[[" * 100_000,
        '{"a": ' * 100_000,
        "\x00\x01\x02\n<html>\n{}\n123\n4.5",
        "x" * 1_000_000,
        "[" * 50_000 + "]" * 50_000,
    ],
)
def test_nothing_is_read_from_what_holds_none(answer: str) -> None:
    assert parse_labels(answer) == []


def test_labels_are_limited_in_number_and_length() -> None:
    many = parse_labels("\n".join(f"thing {'abcdefghij'[n % 10]}{n}" for n in range(10_000)))
    assert len(many) == MOST_LABELS
    assert many[0] == "thing a0"
    longest = "a" * LONGEST_LABEL
    assert parse_labels(f"{longest}\n{longest}b\none two three four five\ncup") == [longest, "cup"]


def test_a_file_reads_as_it_was_written_and_may_be_edited(tmp_path: Path) -> None:
    file = tmp_path / "traffic.txt"
    labels = TaskLabels("traffic", "count\nvehicles", "a model", ("car", "fire engine"))
    file.write_text(labels.text(), encoding="utf-8")
    assert read_labels(file) == replace(labels, description="count vehicles")
    file.write_text("# my own\n\n  Dog \nred car\ndog\n", encoding="utf-8")
    assert read_labels(file).labels == ("dog", "red car")
    assert read_labels(file).task == "traffic"


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"\xff\xfe\x00", b"a\n" * 600_000])
def test_a_file_without_labels_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    for read in (read_labels, read_answer):
        with pytest.raises(ValueError, match=r"bad\.txt: "):
            read(file)


@pytest.mark.parametrize("task", TASKS)
def test_scenes_have_the_worlds_kinds_of_things(task: str) -> None:
    labels = task_labels(EMBEDDED, task)
    assert sorted(labels.labels) == sorted(KINDS)
    assert (labels.task, labels.provider) == (task, "linksim")


@pytest.mark.parametrize("task", TASKS)
def test_photographs_have_a_hundred_labels_or_more(task: str) -> None:
    labels = task_labels(PAPER, task)
    assert len(labels.labels) >= 100
    file = labels.text()
    assert parse_labels("\n".join(labels.labels)) == list(labels.labels)
    assert file.startswith(f"# task: {task}\n")


def test_the_labels_of_detection_have_cocos_eighty() -> None:
    published = FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
    kinds = {name for name in published if name not in ("__background__", "N/A")}
    assert len(kinds) == 80
    assert kinds <= set(task_labels(PAPER, "detection").labels)


def test_a_preset_may_name_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "parking.txt").write_text("car\nbarrier\n")
    own = replace(EMBEDDED, models=tmp_path, discover={"tasks": "folder:mine"})
    assert task_labels(own, "parking").labels == ("car", "barrier")
    with pytest.raises(ValueError, match="detection: no such task in embedded; one of parking"):
        task_labels(own, "detection")
    for name in ("", "folder:", "folder:none", "unknown"):
        with pytest.raises(ValueError, match="no set of tasks"):
            task_labels(replace(own, discover={"tasks": name}), "parking")


def test_a_mark_drops_no_label_and_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_bytes(b"\xef\xbb\xbfdog\r\ntraffic light\r\n")
    assert read_labels(file).labels == ("dog", "traffic light")
    assert read_answer(file).labels == ("dog", "traffic light")
    file.write_text("dog\ncat, bird\n")
    with pytest.raises(ValueError, match=r"line 2: 'cat, bird' is no label"):
        read_labels(file)
    for content in (b"dog\xff\n", b"dog\0\n", b"\xff\xfed\0"):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"own\.txt"):
            read_labels(file)
