"""The picture of a link's curves."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from linksim.experiments.links.results import (
    OUTAGE,
    TB_BLER,
    THROUGHPUT,
    TRANSMISSIONS,
    Curve,
    LinkResults,
    rates_of,
)
from linksim.experiments.report.plots import MARKERS, draw_curve, draw_rate, save, style
from linksim.experiments.text_out import plot_text

# Paul Tol's "bright" scheme, told apart by the colour-blind, and black.
_COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#222222")
_LINES = ("-", "--", ":", "-.")
_PANELS = {"bler": "Block error rate", "ber": "Bit error rate"}
_AGAIN = {TB_BLER: "Block error rate after each transmission"}
_THROUGHPUT = {THROUGHPUT: "Throughput (bits per symbol)"}
_BOUNDED = ("bler", THROUGHPUT)  # by outage
_FAINTER = 0.7  # each transmission before the last


def plot_link(results: LinkResults, path: Path) -> None:
    """Draw BLER and BER of all curves with their intervals, and throughput where there is any.

    With hybrid ARQ the BLER is that of messages, after each transmission: the earlier, the fainter.
    Codes differ in colour and modulations in line, or in colour too if there is one code; each
    curve has a marker of its own, until they are used up. Outage, and the throughput of a link that
    fails in outage alone, are dotted.
    """
    configuration = json.loads(results.attributes["configuration"])
    had = {name for curve in results.curves for name in rates_of(curve.about)}
    drawn = _AGAIN if TRANSMISSIONS in had else _PANELS
    drawn = drawn | (_THROUGHPUT if THROUGHPUT in had else {})
    figure = Figure(figsize=(5.5 * len(drawn), 4.6), layout="constrained")
    panels = figure.subplots(1, len(drawn))
    for axes, (name, title) in zip(panels, drawn.items(), strict=True):
        for curve, marker in zip(results.curves, cycle(MARKERS), strict=False):
            if name in rates_of(curve.about):
                _draw(axes, curve, name, configuration, marker)
        style(axes, title, "Eb/N0 (dB)" if configuration["ebno"] else "Es/N0 (dB)")
        if name == THROUGHPUT:
            axes.set_ylim(bottom=0)
        else:
            axes.set_yscale("log")
            axes.set_ylim(_floor(results, name), 1.5)
    panels[-1].legend(frameon=False, fontsize=8)
    figure.suptitle(
        plot_text(_conditions(configuration)), x=0.01, ha="left", fontsize=9, color="#555555"
    )
    save(figure, path)


def _draw(axes: Axes, curve: Curve, name: str, configuration: dict[str, Any], marker: str) -> None:
    codes, modulations = configuration["code"], configuration["modulation"]
    code, own = codes.index(curve.about["code"]), curve.about["modulation"] not in modulations
    modulation = 0 if own else modulations.index(curve.about["modulation"])
    colour = _COLOURS[(code if len(codes) > 1 else modulation) % len(_COLOURS)]
    line = _LINES[modulation % len(_LINES)] if len(codes) > 1 else "-"
    names = [codes[code]] * (len(codes) > 1)
    names += [curve.about["modulation"]] * (len(modulations) > 1 and not own)
    abscissa = curve.ebno_db if configuration["ebno"] else curve.snr_db
    label = plot_text(", ".join(names) or codes[0])
    draw = draw_curve if name == THROUGHPUT else draw_rate
    earlier = range(1, int(curve.about.get("rounds", 1))) if name == TB_BLER else ()
    for number in earlier:
        share = _FAINTER ** (len(earlier) - number + 1)
        red, green, blue = (1 - (1 - part) * share for part in to_rgb(colour))
        faint = to_hex((red, green, blue))
        draw(axes, abscissa, curve.rate(f"{name}_{number}"), faint, "", "", line)
    draw(axes, abscissa, curve.rate(name), colour, label, marker, line)
    if OUTAGE in rates_of(curve.about) and name in _BOUNDED:
        bound = np.array([each.value for each in curve.rate(OUTAGE)])
        per_symbol = float(curve.about["information_bits_per_symbol"])
        bound = per_symbol * (1 - bound) if name == THROUGHPUT else np.where(bound, bound, np.nan)
        axes.plot(abscissa, bound, ":", color=colour, linewidth=1)


def _floor(results: LinkResults, name: str) -> float:
    """Return the power of ten below all that is drawn: estimates, and bounds of what is zero."""
    known = (curve for curve in results.curves if name in rates_of(curve.about))
    found = [estimate for curve in known for estimate in curve.rate(name)]
    return float(10 ** np.floor(np.log10(min(e.value or e.high for e in found)) - 0.1))


def _conditions(configuration: dict[str, Any]) -> str:
    """Return what all curves share."""
    names = [
        configuration[part][0] for part in ("code", "modulation") if len(configuration[part]) == 1
    ]
    channel, fading = configuration["channel"], ""
    if channel != "awgn":
        unit = " symbols" if configuration["coherence"].isdecimal() else ""
        fading = f", coherence {configuration['coherence']}{unit}"
    csi = "" if configuration["csi"] == "perfect" else f", {configuration['csi']}"
    return ", ".join(
        [*names, f"{channel}{fading}{csi}", f"messages of {configuration['message_bits']} bits"]
    )
