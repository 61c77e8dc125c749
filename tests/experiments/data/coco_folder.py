"""A miniature of COCO in the files and formats in which it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as run_lengths

WIDTH, HEIGHT = 96, 64
CATEGORIES = {1: "person", 18: "dog", 44: "bottle"}
DOG, CROWD, BOTTLE = (8, 16, 24, 32), (0, 0, 96, 20), (60, 30, 12, 30)
"""Boxes: left, top, width, height."""


def write_coco(folder: Path, *splits: str, pictures: int = 4) -> Path:
    """Write annotations and pictures of the given splits; return the folder."""
    (folder / "annotations").mkdir(parents=True)
    for split in splits:
        (folder / split).mkdir()
        for number in range(1, pictures + 1):
            drawn(number).save(folder / split / file_name(number))
        write_instances(folder, split, instances(pictures))
    return folder


def write_instances(folder: Path, split: str, table: dict[str, Any]) -> Path:
    file = folder / "annotations" / f"instances_{split}.json"
    file.write_text(json.dumps(table))
    return file


def file_name(number: int) -> str:
    return f"{number:012d}.png"


def drawn(number: int) -> Image.Image:
    """Return a picture with a brown dog, a crowd along the top, and a green bottle."""
    pixels = np.full((HEIGHT, WIDTH, 3), 40 + 20 * number, dtype=np.uint8)
    for (left, top, width, height), colour in ((CROWD, 200), (DOG, 120), (BOTTLE, 10)):
        pixels[top : top + height, left : left + width] = (colour, 90, 40)
    return Image.fromarray(pixels)


def instances(pictures: int) -> dict[str, Any]:
    """Return annotations: a polygon, run lengths of a crowd, compressed run lengths."""
    every = range(1, pictures + 1)
    images = [
        {"id": number, "file_name": file_name(number), "width": WIDTH, "height": HEIGHT}
        for number in every
    ]
    annotations = [
        {"id": 10 * number + place, "image_id": number, **one}
        for number in every
        for place, one in enumerate((dog(), crowd(), bottle()))
    ]
    categories = [{"id": number, "name": name} for number, name in CATEGORIES.items()]
    return {
        "info": {"year": 2017},
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def dog() -> dict[str, Any]:
    left, top, width, height = DOG
    right, bottom = left + width, top + height
    polygon = [left, top, right, top, right, bottom, left, bottom]
    return {"category_id": 18, "bbox": list(DOG), "iscrowd": 0, "segmentation": [polygon]}


def crowd() -> dict[str, Any]:
    height = CROWD[3]
    counts = [0] + [height, HEIGHT - height] * WIDTH
    outline = {"size": [HEIGHT, WIDTH], "counts": counts}
    return {"category_id": 1, "bbox": list(CROWD), "iscrowd": 1, "segmentation": outline}


def bottle() -> dict[str, Any]:
    left, top, width, height = BOTTLE
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.uint8, order="F")
    mask[top : top + height, left : left + width] = 1
    coded = run_lengths.encode(mask)
    outline = {"size": coded["size"], "counts": coded["counts"].decode()}
    return {"category_id": 44, "bbox": list(BOTTLE), "iscrowd": 0, "segmentation": outline}
