"""Scores of coded pictures against their rate, drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from linksim.experiments.report.plots import draw_curve, legend, looks, style
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.metrics import FIDELITY, in_group
from linksim.experiments.studies.coders import Method

TITLES = {
    "ap": "AP of detection (COCO, 0.5 to 0.95)",
    "accuracy": "accuracy of classification",
    **{name: metric.title for name, metric in in_group(FIDELITY).items()},
    "fid_clip": "FID, features of the embedded CLIP",
    "kid_clip": "KID, features of the embedded CLIP",
    "fid": "FID",
    "kid": "KID",
    "lpips": "LPIPS (VGG-16)",
    "dists": "DISTS",
}
"""Titles of scores, by name."""


def rate_figure(
    names: Sequence[str],
    rates: dict[Method, list[float]],
    scores: dict[Method, list[dict[str, Estimate]]],
    width: float,
) -> Figure:
    """Draw scores against bits per pixel, a panel for each score and a curve for each method.

    Args:
        names: of the scores, in `TITLES`.
        rates: bits per pixel of each method's points.
        scores: of each method's points, by their names.
        width: in inches.
    """
    rows, columns = -(-len(names) // 2), 2
    figure = Figure(figsize=(width, 0.34 * width * rows + 0.4), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, name in zip(panels, names, strict=False):
        for (method, found), (colour, marker, line) in zip(scores.items(), looks(), strict=False):
            estimates = [score[name] for score in found]
            draw_curve(axes, np.array(rates[method]), estimates, colour, method.label, marker, line)
        style(axes, TITLES[name], "bits per pixel")
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    legend(figure, panels, below=True)
    return figure
