"""Scenes of the wide world as files know them: COCO annotations, and questions of every family."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from pycocotools import mask as run_lengths

from linksim.experiments.data.samples import HELD_OUT
from linksim.source.world import FAMILIES, KINDS, SIDE, Question, Scene, ask, draw_scene


def held_out_scene(seed: int, number: int) -> Scene:
    """Return scene ``number`` of a held-out series; training never draws it."""
    return draw_scene(HELD_OUT + seed, number)


def questions_of(scene: Scene, seed: int, number: int) -> list[Question]:
    """Return a question of each family of which the scene has a clear one."""
    philox = np.random.Philox(key=[HELD_OUT + seed, 3], counter=[0, 0, number, 0])
    rng = np.random.Generator(philox)
    asked = [ask(scene, rng, family) for family in FAMILIES]
    return [q for q, family in zip(asked, FAMILIES, strict=True) if q.family == family]


def as_coco(scenes: Iterable[tuple[str, Scene]]) -> dict[str, Any]:
    """Return boxes and masks of named pictures as COCO has them, masks as run lengths.

    Boxes are ``[left, top, width, height]`` in pixels; boxes, areas and masks are of what is seen.
    Beyond COCO, each annotation has the thing's ``colour``, its ``depth`` (0 is the farthest of its
    picture) and, on a sign, the ``letter``; each picture has its ``background``.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (name, scene) in enumerate(scenes, 1):
        about = {"id": number, "file_name": name, "width": SIDE, "height": SIDE}
        images.append({**about, "background": scene.background})
        for depth, thing in enumerate(scene.things):
            left, top, right, bottom = thing.box
            mask = scene.mask(depth)
            coded = run_lengths.encode(np.asfortranarray(mask, dtype=np.uint8))
            annotation = {
                "id": len(annotations) + 1,
                "image_id": number,
                "category_id": 1 + KINDS.index(thing.kind),
                "bbox": [left, top, right - left, bottom - top],
                "area": int(mask.sum()),
                "segmentation": {"size": coded["size"], "counts": coded["counts"].decode("ascii")},
                "iscrowd": 0,
                "colour": thing.colour,
                "depth": depth,
            }
            annotations.append(annotation | ({"letter": thing.letter} if thing.letter else {}))
    categories = [{"id": 1 + place, "name": kind} for place, kind in enumerate(KINDS)]
    return {"images": images, "annotations": annotations, "categories": categories}
