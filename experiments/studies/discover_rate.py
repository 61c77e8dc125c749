"""DISCOVER's rate against what machines and people get: the figures 5, 6 and 8 of its paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from linksim.experiments.machine_tasks.coco import Matches, match, precision
from linksim.experiments.machine_tasks.evaluator import load_evaluator
from linksim.experiments.machine_tasks.perception import load_features, set_distances
from linksim.experiments.machine_tasks.rates import METHOD, Curve, bd_rate
from linksim.experiments.parts import write_atomically
from linksim.experiments.plots import MANY_COLOURS, save, style
from linksim.experiments.statistics import CONFIDENCE, Estimate, mean
from linksim.experiments.studies.coders import STILLS, Method, coder_for, discover
from linksim.experiments.studies.rate_points import (
    Judges,
    Point,
    held_out_scenes,
    images_of,
    load_judges,
    load_point,
    measure,
    point_file,
    save_point,
    truths_of,
    weights_digest,
)
from linksim.experiments.tables import align, format_estimate
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import Preset

TASK = discover("DISCOVER, detection only", "transmit=detection")
FULL = discover("DISCOVER, full", "transmit=full")
BASE = discover("base codec alone", "transmit=full,composition=off,disentanglement=off")
NO_COMPOSITION = discover("without composition", "transmit=detection,composition=off")
NO_DISENTANGLEMENT = discover(
    "without disentanglement", "transmit=full,disentanglement=off,steps=8"
)
JPEG2000 = STILLS[0]

FIGURES: dict[str, tuple[Method, ...]] = {
    "5": (TASK, FULL, BASE, *STILLS),
    "6": (FULL, BASE, *STILLS),
    "8": (TASK, NO_COMPOSITION, NO_DISENTANGLEMENT),
}
"""What each figure of the paper compares."""

_SCORES = {
    "5": ("ap", "accuracy"),
    "6": ("psnr", "ssim", "fid_clip", "kid_clip"),
    "8": ("ap", "accuracy", "psnr"),
}
_NAMES = {
    "ap": "AP of detection (COCO, 0.5 to 0.95)",
    "accuracy": "accuracy of classification",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "fid_clip": "FID, features of the embedded CLIP",
    "kid_clip": "KID, features of the embedded CLIP",
    "lpips": "LPIPS (VGG-16)",
    "dists": "DISTS",
}
PEOPLE = "6"
"""The figure of what people see."""
_RESAMPLES = 300
_SEED = 0  # of the bootstrap

Advance = Callable[[str, int, int], None]
"""Called with the point, the pictures done and all of them."""


@dataclass(frozen=True)
class RateStudy:
    """The study over held-out scenes.

    Attributes:
        preset, device: of all models.
        images: how many scenes.
        seed: of the scenes.
        out: folder of what was measured, tables and pictures.
        advance: told of progress.
        note: told what is left out, line by line.
    """

    preset: Preset
    device: torch.device
    images: int
    seed: int
    out: Path
    advance: Advance
    note: Callable[[str], None]

    def run(self, figures: Sequence[str]) -> str:
        """Measure what these figures need, draw them, and return their tables as text."""
        wanted = dict.fromkeys(method for figure in figures for method in FIGURES[figure])
        measured = self._measured(tuple(wanted))
        said = [self._draw(figure, {m: measured[m] for m in FIGURES[figure]}) for figure in figures]
        return "\n\n".join([*said, self._savings(measured)])

    def _measured(self, methods: Sequence[Method]) -> dict[Method, list[Point]]:
        """Return the points of each method, from earlier runs where they are there."""
        scenes = held_out_scenes(self.images, self.seed)
        images, folder = images_of(scenes).to(self.device), self.out / "points"
        folder.mkdir(parents=True, exist_ok=True)
        digest = weights_digest(model_folder(str(self.preset.discover["weights"]), self.preset))
        judges: Judges | None = None
        measured: dict[Method, list[Point]] = {method: [] for method in methods}
        for method in methods:
            for point in method.points:
                about = {"point": point, "images": self.images, "seed": self.seed}
                about |= {"preset": self.preset.name}
                about |= {"weights": digest} if point.startswith("discover") else {}
                file = point_file(folder, point)
                found = load_point(file, about)
                if found is None:
                    if judges is None:
                        judges = load_judges(self.preset, self.device)
                        for line in judges.missing:
                            self.note(line)
                    found = self._measure(point, images, judges)
                    save_point(file, found, about)
                measured[method].append(found)
        return measured

    def _measure(self, point: str, images: torch.Tensor, judges: Judges) -> Point:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.advance(point, done, len(images))

        return measure(coder_for(point, self.preset, self.device), images, judges, advance)

    def _draw(self, figure: str, measured: dict[Method, list[Point]]) -> str:
        """Draw a figure and return its table."""
        scores = {method: self._scores(points) for method, points in measured.items()}
        first = next(iter(measured.values()))[0]
        names = (*_SCORES[figure], *(first.distances if figure == PEOPLE else ()))
        rates = {m: [self._bpp(point) for point in points] for m, points in measured.items()}
        path = self.out / f"figure-{figure}.png"
        _plot(names, rates, scores, path)
        rows = [["method", "bits per pixel", "bytes", *names]]
        for method, points in measured.items():
            for number, point in enumerate(points):
                cells = [format_estimate(scores[method][number][name]) for name in names]
                bpp = f"{self._bpp(point):.3f}"
                rows.append([method.label, bpp, f"{point.size.mean():.0f}", *cells])
        text = f"Figure {figure}: rate over {self.images} held-out scenes\n{align(rows)}"
        write_atomically(self.out / f"figure-{figure}.txt", (text + "\n").encode())
        return text

    def _bpp(self, point: Point) -> float:
        return float(8 * point.size.mean() / np.prod(point.shown.shape[1:3]))

    def _scores(self, points: Sequence[Point]) -> list[dict[str, Estimate]]:
        scenes = held_out_scenes(self.images, self.seed)
        truths = truths_of(scenes)
        detection = load_evaluator("detection", self.preset, self.device)
        classification = load_evaluator("classification", self.preset, self.device)
        features = load_features(self.preset, self.device)[1]
        original = features(images_of(scenes).to(self.device)).detach().cpu()
        scored = []
        for point in points:
            scores = detection.score(truths, point.found)
            scores |= classification.score(truths, point.classes)
            scores |= {"psnr": mean(point.psnr), "ssim": mean(point.ssim)}
            scores |= {name: mean(values) for name, values in point.distances.items()}
            distances = set_distances(original, torch.from_numpy(point.features), "_clip")
            scores |= {name: Estimate(x, np.nan, np.nan) for name, x in distances.items()}
            scored.append(scores)
        return scored

    def _savings(self, measured: dict[Method, list[Point]]) -> str:
        """Return by how much rates differ at equal AP, with intervals over pictures."""
        pairs = [(TASK, JPEG2000), (TASK, FULL)]
        pairs += [(TASK, NO_COMPOSITION), (TASK, NO_DISENTANGLEMENT)]
        truths = truths_of(held_out_scenes(self.images, self.seed))
        rows = [["at equal AP", "against", "bytes, percent", "95 % interval"]]
        for test, anchor in pairs:
            if test in measured and anchor in measured:
                curves = [_Curves.of(measured[m], truths) for m in (anchor, test)]
                rows.append([test.label, anchor.label, *_saving(*curves)])
        text = f"BD-rate ({METHOD})\n{align(rows)}"
        write_atomically(self.out / "bd-rate.txt", (text + "\n").encode())
        return text


@dataclass(frozen=True)
class _Curves:
    """A method's points, ready to be weighed picture by picture again and again."""

    sizes: list[np.ndarray]
    matches: list[list[Matches]]

    @staticmethod
    def of(points: Sequence[Point], truths: Sequence[object]) -> _Curves:
        return _Curves([p.size for p in points], [match(truths, p.found) for p in points])  # type: ignore[arg-type]

    def at(self, weights: np.ndarray) -> Curve:
        """Return mean bytes against AP, where the AP still rises."""
        rates = [float(weights @ size / weights.sum()) for size in self.sizes]
        scores = [float(np.nanmean([precision(m, weights) for m in ms])) for ms in self.matches]
        return rising(rates, scores)


def rising(rates: Sequence[float], scores: Sequence[float]) -> Curve:
    """Return the points that no cheaper point equals: what one would use the method at."""
    kept: list[tuple[float, float]] = []
    for rate, score in sorted(zip(rates, scores, strict=True)):
        if not kept or score > kept[-1][1]:
            kept.append((rate, score))
    return Curve([rate for rate, _ in kept], [score for _, score in kept])


def _saving(anchor: _Curves, test: _Curves) -> list[str]:
    pictures = len(anchor.sizes[0])
    ones = np.ones(pictures)
    delta = bd_rate(anchor.at(ones), test.at(ones))
    if delta.reason:
        return ["none", delta.reason]
    generator = np.random.Generator(np.random.Philox(_SEED))
    draws = generator.multinomial(pictures, np.full(pictures, 1 / pictures), size=_RESAMPLES)
    drawn = [bd_rate(anchor.at(w), test.at(w)).value for w in draws.astype(float)]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return [f"{delta.value:+.1f}", f"[{low:+.1f}, {high:+.1f}]"]


def _plot(
    names: Sequence[str],
    rates: dict[Method, list[float]],
    scores: dict[Method, list[dict[str, Estimate]]],
    path: Path,
) -> None:
    rows, columns = -(-len(names) // 2), 2
    figure = Figure(figsize=(6.4 * columns, 4.4 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for axes, name in zip(panels, names, strict=False):
        for (method, found), colour in zip(scores.items(), cycle(MANY_COLOURS), strict=False):
            value, low, high = (
                [getattr(score[name], part) for score in found] for part in ("value", "low", "high")
            )
            axes.fill_between(rates[method], low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(rates[method], value, "o-", color=colour, markersize=3, label=method.label)
        style(axes, _NAMES[name], "bits per pixel")
        axes.set_xscale("log")
        axes.legend(frameon=False, fontsize=8)
    for axes in list(panels):
        axes.set_axis_off()
    save(figure, path)
