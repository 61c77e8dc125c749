"""What the wide world's models must reach before they are handed on, beside what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import torch

from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.average_precision import average_precision
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.fidelity import PSNR, average
from linksim.experiments.text_out import align
from linksim.experiments.training.detector_scores import find
from linksim.experiments.training.painted import score_painted
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_detector import WIDE
from linksim.experiments.training.wide_scores import llava_scores, wide_clip_scores
from linksim.experiments.training.wide_vae import wide_fidelity
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.diffusion import load_diffusion, load_vae
from linksim.source.zoo.loading import load_clip, load_llava, model_folder
from linksim.source.zoo.preset import ModelUnavailable, Preset

_SEED = 2**32 + 1_000_000  # of the scenes that score
_ALL, _FAMILY = 0.95, 0.9  # aims of LLaVA
_MOST_MEGABYTES = 45
_TABLES = ("clip", "llava", "detector", "diffusion")


@dataclass(frozen=True)
class Scenes:
    """How many held-out scenes each model is scored on; CLIP's are a multiple of 64."""

    clip: int = 1024
    llava: int = 400
    detector: int = 512
    vae: int = 512
    painted: int = 256


@dataclass(frozen=True)
class Gate:
    """A figure with what it must be at least.

    Attributes:
        name: what is measured.
        aim: its least value; None for figures that stand beside a gate.
        found: what it is.
        beside: what stands in other columns, by their names: floors, and the blind guess.
    """

    name: str
    aim: float | None
    found: Estimate
    beside: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``reached``, ``missed``, or nothing where there is no aim."""
        if self.aim is None:
            return ""
        return "reached" if self.found.value >= self.aim else "missed"


_GREY, _OTHER, _BLIND = "floor: grey", "floor: another", "blind guess"
_BESIDE = (_GREY, _OTHER, _BLIND)


def gates_table(preset: Preset, device: torch.device, scenes: Scenes | None = None) -> str:
    """Return every gate of the models that lie in a preset's folder, as a table.

    Lines below it say what all of them take, and which are left out, and why.
    """
    rows = [["gate", "aim", "found", *_BESIDE, ""]]
    lacking = []
    for name, measure in _MEASURES.items():
        try:
            gates = list(measure(preset, device, scenes or Scenes()))
        except ModelUnavailable as error:
            lacking.append(f"{name} is left out: {error}")
            continue
        rows += [_row(gate) for gate in gates]
    return "\n".join([*([align(rows)] if len(rows) > 1 else []), _size(preset), *lacking])


def _size(preset: Preset) -> str:
    """Return a line that says what the weights that are there take."""
    folders = []
    for table in _TABLES:
        with suppress(ModelUnavailable):
            folders.append(model_folder(preset.table(table).get("model", ""), preset))
    files = [file for folder in folders for file in folder.rglob("*.safetensors")]
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    verdict = "reached" if megabytes <= _MOST_MEGABYTES else "missed"
    return f"weights that are there: {megabytes:.1f} MB, at most {_MOST_MEGABYTES}: {verdict}"


def _row(gate: Gate) -> list[str]:
    aim = "" if gate.aim is None else f"{gate.aim:g}"
    beside = [gate.beside.get(column, "") for column in _BESIDE]
    return [gate.name, aim, format_estimate(gate.found), *beside, gate.verdict]


def _clip(preset: Preset, device: torch.device, scenes: Scenes) -> Iterator[Gate]:
    scores = wide_clip_scores(load_clip(preset, device), scenes.clip)
    yield Gate("CLIP, presence AUC", 0.95, scores.auc)
    yield Gate("CLIP, retrieval among 64", 0.9, scores.retrieval)


def _llava(preset: Preset, device: torch.device, scenes: Scenes) -> Iterator[Gate]:
    for score in llava_scores(load_llava(preset, device), scenes.llava):
        beside = {
            _GREY: format_estimate(score.grey),
            _OTHER: format_estimate(score.another),
            _BLIND: f"{score.blind:.3f}",
        }
        aim = _ALL if score.family == "all" else _FAMILY
        yield Gate(f"LLaVA, {score.family}", aim, score.right, beside)


def _detector(preset: Preset, device: torch.device, scenes: Scenes) -> Iterator[Gate]:
    kinds = [label for label in WIDE.plain_labels() if label.name in WIDE.kinds]
    drawn = draw_wide(_SEED, 0, scenes.detector)
    found = average_precision(find(load_detector(preset, device), drawn, kinds))
    yield Gate("detector, AP", 0.65, found["ap"])
    yield Gate("detector, AP50", 0.95, found["ap50"])


def _vae(preset: Preset, device: torch.device, scenes: Scenes) -> Iterator[Gate]:
    psnr, _ = wide_fidelity(load_vae(preset, device), scenes.vae)
    yield Gate("VAE, PSNR dB", 30, average(PSNR, psnr))


def _painted(preset: Preset, device: torch.device, scenes: Scenes) -> Iterator[Gate]:
    diffusion, detector = load_diffusion(preset, device), load_detector(preset, device)
    found = score_painted(diffusion, detector, scenes.painted)
    floor = {_OTHER: format_estimate(found.floor)}
    yield Gate("U-Net, AP of things named", 0.3, found.things, floor)
    yield Gate("U-Net, AP of their kinds", None, found.kinds)


_MEASURES: dict[str, Callable[[Preset, torch.device, Scenes], Iterator[Gate]]] = {
    "CLIP": _clip,
    "LLaVA": _llava,
    "detector": _detector,
    "VAE": _vae,
    "U-Net": _painted,
}
