"""What a method's files cost at one setting, and what is left of the pictures: measured once."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch

from linksim.experiments.configuration import SCENES_DRAWN
from linksim.experiments.data import coco
from linksim.experiments.data.inputs import model_inputs
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.data.truth import Truth
from linksim.experiments.data.worlds import samples_of
from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.evaluator import Evaluator, load_evaluator
from linksim.experiments.machine_tasks.perception import (
    PairDistance,
    load_dists,
    load_features,
    load_lpips,
)
from linksim.experiments.results.fidelity import uncapped
from linksim.experiments.results.finds import Found
from linksim.experiments.results.hdf5 import Stored, as_stored, open_stored, table_of
from linksim.experiments.results.parts import differences, write_atomically
from linksim.experiments.studies.coders import Coder
from linksim.experiments.sweeps.measurement import GROUP, as_bytes
from linksim.experiments.sweeps.similarity import psnr, ssim
from linksim.source.pictures import Framing
from linksim.source.zoo.diffusion import picture_side
from linksim.source.zoo.preset import ModelUnavailable, Preset

SHOWN = 6
"""So many pictures are kept as decoded, to look at."""
_SCHEMA = "linksim.rate-point"


@dataclass(frozen=True)
class Point:
    """What was measured of N pictures at one setting.

    Attributes:
        size: bytes of each picture's file, int64 ``[N]``.
        psnr, ssim: float32 ``[N]``; PSNR is infinite where a picture is lossless.
        distances: by name, of those distances whose weights are there, float32 ``[N]`` each.
        found: what the detector finds in each decoded picture.
        classes: what the classifier takes each for.
        features: of the decoded pictures, float32 ``[N, width]``, for FID and KID.
        shown: the first decoded pictures, uint8 ``[SHOWN, H, W, 3]``.
    """

    size: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray
    distances: dict[str, np.ndarray]
    found: list[Found]
    classes: list[str]
    features: np.ndarray
    shown: np.ndarray


@dataclass(frozen=True)
class Judges:
    """Who looks at decoded pictures, None for who is not there; ``missing`` says what they lack."""

    detection: Evaluator[Any] | None
    classification: Evaluator[Any] | None
    features: Callable[[torch.Tensor], torch.Tensor] | None
    distances: dict[str, PairDistance]
    missing: tuple[str, ...]


def load_judges(preset: Preset, device: torch.device, data: str = SCENES_DRAWN) -> Judges:
    """Return the judges of pictures.

    Those of scenes must all be there; of photographs each is left out whose weights are missing,
    and classification always: COCO has no classes of pictures.

    Raises:
        ModelUnavailable: if a model of scenes is missing or damaged.
    """
    if data != SCENES_DRAWN:
        return _of_photographs(preset, device)
    return Judges(
        load_evaluator("detection", preset, device),
        load_evaluator("classification", preset, device),
        load_features(preset, device)[1],
        *_distances(preset, device),
    )


def _of_photographs(preset: Preset, device: torch.device) -> Judges:
    missing: list[str] = []

    def there(what: str, load: Callable[[], Any]) -> Any:
        try:
            return load()
        except ModelUnavailable as error:
            missing.append(f"{what} is left out: {error}")
            return None

    detection = there("detection", lambda: load_evaluator("detection", preset, device))
    features = there("FID", lambda: load_features(preset, device)[1])
    distances, lacking = _distances(preset, device)
    return Judges(detection, None, features, distances, (*missing, *lacking))


@dataclass(frozen=True)
class HeldOut:
    """Pictures that no training has seen, float32 ``[N, 3, side, side]``, and what is in them."""

    images: torch.Tensor
    truths: list[Truth]


def held_out(preset: Preset, data: str, count: int, seed: int) -> HeldOut:
    """Return pictures to measure on.

    Args:
        preset: whose diffusion model says how large photographs are; scenes are as drawn.
        data: ``scenes``, or ``coco:FOLDER``.
        count: how many, of photographs at most.
        seed: they are drawn by it.

    Raises:
        Fault: if it is neither, or the folder is not in COCO's layout.
        ModelUnavailable: if the diffusion model is missing or damaged.
    """
    if data == SCENES_DRAWN:
        return _seen(samples_of(preset.world)(count, seed))
    if not data.startswith(coco.PREFIX):
        raise Fault(f"--data {data}: give scenes or {coco.PREFIX}FOLDER")
    side = picture_side(preset, "discover")
    return _seen(coco.coco_samples(Path(data.removeprefix(coco.PREFIX)), count, seed), side)


def _seen(samples: SceneSamples | coco.CocoSamples, side: int | None = None) -> HeldOut:
    """Return all of the samples, ``side`` pixels wide and high, or as they are."""
    numbers = range(len(samples))
    framing = Framing() if side is None else Framing.square(side)
    images = torch.stack([samples.sample(number, framing).image for number in numbers])
    return HeldOut(images, [samples.truth(number, framing) for number in numbers])


def _distances(
    preset: Preset, device: torch.device
) -> tuple[dict[str, PairDistance], tuple[str, ...]]:
    """Return the distances whose weights are there, and what the others lack."""
    found: dict[str, PairDistance] = {}
    missing = []
    for name, load in (("lpips", load_lpips), ("dists", load_dists)):
        try:
            found[name] = load(preset, device)
        except ModelUnavailable as error:
            missing.append(f"{name.upper()} is left out: {error}")
    return found, tuple(missing)


def measure(
    coder: Coder, images: torch.Tensor, judges: Judges, advance: Callable[[int], None]
) -> Point:
    """Code pictures and have them judged, some at a time; ``advance`` is told how many."""
    parts = []
    for some in torch.split(images, GROUP):
        files, decoded = coder(some)
        decoded = decoded.clamp(0, 1).to(some.device)
        parts.append(
            Point(
                size=np.array([len(file) for file in files]),
                psnr=psnr(some, decoded).cpu().numpy(),
                ssim=ssim(some, decoded).cpu().numpy(),
                distances={
                    name: distance(decoded, some).detach().cpu().numpy()
                    for name, distance in judges.distances.items()
                },
                found=judges.detection.look(decoded) if judges.detection else [],
                classes=judges.classification.look(decoded) if judges.classification else [],
                features=_features(judges, decoded),
                shown=as_bytes(decoded),
            )
        )
        advance(len(some))
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("size", "psnr", "ssim", "features", "shown")
    }
    arrays["shown"] = arrays["shown"][:SHOWN]
    found = [one for part in parts for one in part.found]
    distances = {
        name: np.concatenate([part.distances[name] for part in parts]) for name in judges.distances
    }
    return Point(
        **arrays,
        distances=distances,
        found=found,
        classes=[c for part in parts for c in part.classes],
    )


def _features(judges: Judges, images: torch.Tensor) -> np.ndarray:
    """Return the features of pictures, float32 ``[B, width]``; of no width without a network."""
    if judges.features is None:
        return np.zeros((len(images), 0), np.float32)
    return np.asarray(judges.features(images).detach().cpu().numpy())


def point_file(folder: Path, point: str) -> Path:
    """Return where a point's results lie."""
    return folder / (re.sub(r"[^A-Za-z0-9.]+", "-", point) + ".h5")


def save_point(file: Path, point: Point, about: dict[str, Any]) -> None:
    """Write the file whole or not at all; schema ``linksim.rate-point``, one array for each field.

    What was found is in rows: ``found/picture``, ``found/boxes``, ``found/label``, ``found/score``.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="earliest") as opened:
        opened.attrs.update({"schema": _SCHEMA, "about": json.dumps(about, sort_keys=True)})
        for name in ("size", "psnr", "ssim", "features", "shown"):
            opened[name] = getattr(point, name)
        judged = opened.create_group("distances")
        for name, distance in point.distances.items():
            judged[name] = distance
        opened["classes"] = as_stored(np.array(point.classes, dtype=np.str_))
        counts = [len(one.labels) for one in point.found]
        labels = [label for one in point.found for label in one.labels]
        opened.attrs["looked"] = int(bool(point.found))
        opened["found/picture"] = np.repeat(np.arange(len(counts)), counts)
        opened["found/boxes"] = _joined([one.boxes.reshape(-1, 4) for one in point.found], (0, 4))
        opened["found/score"] = _joined([one.scores for one in point.found], (0,))
        opened["found/label"] = as_stored(np.array(labels, dtype=np.str_))
    write_atomically(file, buffer.getvalue())


def _joined(rows: Sequence[np.ndarray], nothing: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(rows) if rows else np.zeros(nothing)


def load_point(file: Path, about: dict[str, Any]) -> Point | None:
    """Return a point's results, None if they are not there.

    Raises:
        Fault: if the file holds something else.
    """
    if not file.exists():
        return None
    with open_stored(file, "a rate's results") as root:
        measured = table_of(root.attributes().get("about", "{}"))
        read = measured.pop("inputs", None)
        options = {name: value for name, value in about.items() if name != "inputs"}
        others = differences(measured, options) if measured != options else ""
        if others or read != about["inputs"]:
            what = others or "other pictures, judges or weights"
            raise Fault(f"--out: {file.name} was measured with other options: {what}; give another")
        fields = {"size": root.array("size", "count", [None])}
        shape = fields["size"].shape
        fields |= root.arrays({"psnr": "number", "ssim": "number"}, shape)
        fields["psnr"] = uncapped(fields["psnr"])
        fields["features"] = root.array("features", "number", [*shape, None])
        fields["shown"] = root.array("shown", "byte", [None, None, None, 3])
        judged = root.group("distances")
        distances = judged.arrays(dict.fromkeys(judged, "number"), shape)
        classes = [str(name) for name in root.array("classes", "text", [None])]
        rows = _rows(root.group("found"))
        looked = bool(root.attributes().get("looked", True))
    return Point(
        **fields,
        distances=distances,
        found=_unpacked(rows, len(fields["size"])) if looked else [],
        classes=classes,
    )


def _rows(stored: Stored) -> dict[str, np.ndarray]:
    rows = stored.arrays({"picture": "count", "score": "number", "label": "text"}, [None])
    return rows | {"boxes": stored.array("boxes", "number", [len(rows["label"]), 4])}


def _unpacked(rows: dict[str, np.ndarray], pictures: int) -> list[Found]:
    found = []
    for number in range(pictures):
        here = rows["picture"] == number
        labels = tuple(str(label) for label in rows["label"][here])
        found.append(Found(rows["boxes"][here], labels, rows["score"][here]))
    return found


def rate_inputs(preset: Preset, images: torch.Tensor) -> str:
    """Return a digest of what results depend on besides options: pictures, judges and weights."""
    digest = hashlib.sha256(json.dumps(model_inputs(preset, ["discover"])).encode())
    for picture in as_bytes(images):
        digest.update(picture.tobytes())
    return digest.hexdigest()[:16]
