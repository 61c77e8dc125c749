"""DISCOVER's rate against what machines and people get: the figures 5, 6 and 8 of its paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from linksim.experiments.configuration import SCENES_DRAWN, last_part
from linksim.experiments.machine_tasks.perception import set_distances
from linksim.experiments.machine_tasks.rates import METHOD
from linksim.experiments.report.plots import save
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import Estimate, mean
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.results.metrics import SSIM
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.studies.coders import STILLS, Method, at_side, coder_for, discover
from linksim.experiments.studies.rate_figures import TITLES, rate_figure
from linksim.experiments.studies.rate_points import (
    HeldOut,
    Judges,
    Point,
    held_out,
    load_judges,
    load_point,
    measure,
    point_file,
    rate_inputs,
    save_point,
)
from linksim.experiments.studies.savings import LOWER_IS_BETTER, Found, gain, saving
from linksim.experiments.studies.sweeps import NotMeasured
from linksim.experiments.text_out import align
from linksim.source.discover.bitstream import VERSION
from linksim.source.zoo.preset import Preset

TASK = discover("DISCOVER, detection only", "transmit=detection")
FULL = discover("DISCOVER, full", "transmit=full")
BASE = discover("base codec alone", "transmit=full,composition=off,disentanglement=off")
NO_COMPOSITION = discover("without composition", "transmit=detection,composition=off")
NO_LAYOUT = discover("without layout", "transmit=detection,layout=off")
NEITHER = discover(
    "without composition and layout", "transmit=detection,composition=off,layout=off"
)
NO_DISENTANGLEMENT = discover(
    "without disentanglement", "transmit=full,disentanglement=off,steps=8"
)
"""One element, which has no label: its layout is empty, too."""
JPEG2000 = STILLS[0]

FIGURES: dict[str, tuple[Method, ...]] = {
    "5": (TASK, FULL, BASE, *STILLS),
    "6": (FULL, TASK, BASE, *STILLS),
    "8": (TASK, NO_COMPOSITION, NO_LAYOUT, NEITHER, NO_DISENTANGLEMENT, BASE),
}
"""What each figure of the paper compares."""

SAVINGS = (
    *((TASK, JPEG2000), (TASK, FULL), (TASK, NO_COMPOSITION), (TASK, NO_LAYOUT)),
    *((NO_LAYOUT, NEITHER), (TASK, NO_DISENTANGLEMENT)),
)
"""Methods whose bytes are compared at equal AP: which, and against which."""

GAINS = ((TASK, JPEG2000), (FULL, JPEG2000), (FULL, BASE))
"""Methods whose scores are compared at equal bytes."""

_SCORES = {
    "5": ("ap", "accuracy"),
    "6": (PSNR, PSNR_OF_MSE, SSIM, "fid_clip", "kid_clip", "fid", "kid"),
    "8": ("ap", "accuracy", PSNR),
}
PEOPLE = "6"
"""The figure of what people see."""

Advance = Callable[[str, int, int], None]
"""Called with the point, the pictures done and all of them."""


@dataclass(frozen=True)
class RateStudy:
    """The study over held-out pictures.

    Attributes:
        preset, device: of all models.
        images: how many pictures, of photographs at most.
        seed: they are drawn by it.
        out: folder of what was measured, tables and pictures.
        advance: told of progress.
        note: told what is left out, line by line.
        stored: the digest of what was read where it was measured, if nothing is to be measured
            now; see `rate_inputs`.
        data: ``scenes`` or ``coco:FOLDER``, see `held_out`.
    """

    preset: Preset
    device: torch.device
    images: int
    seed: int
    out: Path
    advance: Advance
    note: Callable[[str], None]
    stored: str | None = None
    data: str = SCENES_DRAWN

    def run(self, figures: Sequence[str]) -> str:
        """Measure what these figures need, draw them, and return their tables as text."""
        wanted = dict.fromkeys(method for figure in figures for method in FIGURES[figure])
        measured = self._measured(tuple(wanted))
        scores = self._scored(measured)
        shown = [f for f in figures if _names(f, {m: measured[m] for m in FIGURES[f]}, scores)]
        for figure in [figure for figure in figures if figure not in shown]:
            self.note(f"figure {figure} is left out: nobody judges what it shows")
        said = [
            self._draw(figure, {m: measured[m] for m in FIGURES[figure]}, scores)
            for figure in shown
        ]
        seen = all(point.found for points in measured.values() for point in points)
        said += [self._savings(measured)] if seen else []
        return "\n\n".join([*said, *self._gains(measured, scores)])

    def drawn(self, figure: str, width: float) -> Figure:
        """Return a figure of the paper, ``width`` inches wide.

        Raises:
            NotMeasured: if the folder lacks a point and nothing is to be measured.
        """
        measured = self._measured(FIGURES[figure])
        return self._figure(figure, measured, self._scored(measured), width)

    @cached_property
    def _shown(self) -> HeldOut:
        return held_out(self.preset, self.data, self.images, self.seed)

    @cached_property
    def _judges(self) -> Judges:
        return load_judges(self.preset, self.device, self.data)

    def _measured(self, methods: Sequence[Method]) -> dict[Method, list[Point]]:
        """Return the points of each method, from earlier runs where they are there."""
        folder = self.out / "points"
        folder.mkdir(parents=True, exist_ok=True)
        about = self._about([point for method in methods for point in method.points])
        files = {point: point_file(folder, point) for point in about}
        stored = {point: load_point(files[point], about[point]) for point in about}
        found = {name: point for name, point in stored.items() if point is not None}
        lacking = [name for name in stored if name not in found]
        if lacking and self.stored is not None:
            raise NotMeasured(f"{folder}: {lacking[0]} was not measured")
        images = self._shown.images.to(self.device)
        for line in self._judges.missing if lacking else ():
            self.note(line)
        for name in lacking:
            found[name] = self._measure(name, images)
            save_point(files[name], found[name], about[name])
        return {method: [found[name] for name in method.points] for method in methods}

    def _about(self, points: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what the results of each point depend on."""
        common = {
            "images": self.images,
            "seed": self.seed,
            "preset": self.preset.name,
            "inputs": self.stored or rate_inputs(self.preset, self._shown.images),
        }
        if self.data != SCENES_DRAWN:
            common["data"] = last_part("data", self.data)
        ours = {"bitstream": VERSION}
        return {
            point: {"point": point, **common, **(ours if point.startswith("discover") else {})}
            for point in points
        }

    def _measure(self, point: str, images: torch.Tensor) -> Point:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            self.advance(point, done, len(images))

        side = images.shape[-1]
        coder = coder_for(at_side(point, side), self.preset, self.device)
        return measure(coder, images, self._judges, advance)

    def _draw(
        self,
        figure: str,
        measured: dict[Method, list[Point]],
        all_scores: dict[Method, list[dict[str, Estimate]]],
    ) -> str:
        """Draw a figure and return its table."""
        scores = {method: all_scores[method] for method in measured}
        names = _names(figure, measured, all_scores)
        save(self._figure(figure, measured, scores), self.out / f"figure-{figure}.png")
        rows = [["method", "bits per pixel", "bytes", *names]]
        for method, points in measured.items():
            for number, point in enumerate(points):
                cells = [format_estimate(scores[method][number][name]) for name in names]
                bpp = f"{self._bpp(point):.3f}"
                rows.append([method.label, bpp, f"{point.size.mean():.0f}", *cells])
        text = f"Figure {figure}: rate over {self.images} held-out pictures\n{align(rows)}"
        write_atomically(self.out / f"figure-{figure}.txt", (text + "\n").encode())
        return text

    def _figure(
        self,
        figure: str,
        measured: dict[Method, list[Point]],
        scores: dict[Method, list[dict[str, Estimate]]],
        width: float = 12.8,
    ) -> Figure:
        rates = {m: [self._bpp(point) for point in points] for m, points in measured.items()}
        shown = {method: scores[method] for method in measured}
        return rate_figure(_names(figure, measured, scores), rates, shown, width)

    def _bpp(self, point: Point) -> float:
        return float(8 * point.size.mean() / np.prod(point.shown.shape[1:3]))

    def _scored(
        self, measured: dict[Method, list[Point]]
    ) -> dict[Method, list[dict[str, Estimate]]]:
        """Return the scores of each method's points."""
        truths, images = self._shown.truths, self._shown.images.to(self.device)
        judges, ending = self._judges, "_clip" if self.data == SCENES_DRAWN else ""
        original = judges.features(images).detach().cpu() if judges.features else None

        def scores(point: Point) -> dict[str, Estimate]:
            found = judges.detection.score(truths, point.found) if judges.detection else {}
            if judges.classification:
                found |= judges.classification.score(truths, point.classes)
            found |= {name: average(name, point.psnr) for name in (PSNR, PSNR_OF_MSE)}
            found |= {SSIM: mean(point.ssim)}
            found |= {name: mean(values) for name, values in point.distances.items()}
            if original is None:
                return found
            distances = set_distances(original, torch.from_numpy(point.features), ending)
            return found | {name: Estimate(x, np.nan, np.nan) for name, x in distances.items()}

        return {method: [scores(point) for point in points] for method, points in measured.items()}

    def _savings(self, measured: dict[Method, list[Point]]) -> str:
        """Return by how much rates differ at equal AP, with intervals over pictures."""
        pairs = [(test, anchor) for test, anchor in SAVINGS if {test, anchor} <= set(measured)]
        truths = self._shown.truths
        curves = {m: Found.of(measured[m], truths) for m in dict.fromkeys(sum(pairs, ()))}
        bare = {method: found.without(method.known) for method, found in curves.items()}
        heads = ["bytes, percent", "95 % interval", "whole files, percent", "95 % interval"]
        rows = [["at equal AP", "against", *heads]]
        for test, anchor in pairs:
            savings = [*saving(bare[anchor], bare[test]), *saving(curves[anchor], curves[test])]
            rows.append([test.label, anchor.label, *savings])
        known = ", ".join(f"{method.label} {method.known}" for method in curves)
        text = f"BD-rate ({METHOD}); less what receivers know (bytes: {known})\n{align(rows)}"
        write_atomically(self.out / "bd-rate.txt", (text + "\n").encode())
        return text

    def _gains(
        self,
        measured: dict[Method, list[Point]],
        scores: dict[Method, list[dict[str, Estimate]]],
    ) -> list[str]:
        """Return by how much scores differ at equal bytes, as a table; none without methods."""
        pairs = [(test, anchor) for test, anchor in GAINS if {test, anchor} <= set(measured)]
        names = [name for name in LOWER_IS_BETTER if name in next(iter(scores.values()))[0]]
        if not (pairs and names):
            return []
        rows = [["at equal bytes", "against", *(f"BD-{TITLES[name]}" for name in names)]]
        for test, anchor in pairs:
            sizes = [[float(p.size.mean() - m.known) for p in measured[m]] for m in (anchor, test)]
            found = [
                [[score[name].value for score in scores[m]] for m in (anchor, test)]
                for name in names
            ]
            rows.append(
                [
                    test.label,
                    anchor.label,
                    *(
                        gain(*sizes, *both, LOWER_IS_BETTER[name])
                        for name, both in zip(names, found, strict=True)
                    ),
                ]
            )
        text = f"Bjontegaard differences ({METHOD}), bytes less what receivers know\n{align(rows)}"
        write_atomically(self.out / "bd-scores.txt", (text + "\n").encode())
        return [text]


def _names(
    figure: str,
    measured: dict[Method, list[Point]],
    scores: dict[Method, list[dict[str, Estimate]]],
) -> tuple[str, ...]:
    """Return the scores that a figure shows, of those that there are."""
    method = next(iter(measured))
    names = (*_SCORES[figure], *(measured[method][0].distances if figure == PEOPLE else ()))
    return tuple(name for name in names if name in scores[method][0])
