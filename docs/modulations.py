"""Draw docs/modulations.png and write the table in docs/modulations.md.

Run: python docs/modulations.py
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

from linksim.phy import MODULATIONS, Modulation

PAGE = Path(__file__).with_suffix(".md")
PICTURE = Path(__file__).with_suffix(".png")
BEGIN, END = "<!-- table: python docs/modulations.py -->\n", "<!-- end of table -->"

_POINT, _ONE_BIT, _TWO_BITS = "#0b6e99", "#c9c9c9", "#d9730d"
_HALF = 0.5  # bits of mutual information, by bit of a label
_LABELS_FIT = 64  # points; beyond, only rows and columns are labelled
_REACH = 1.55  # of all panels: distances can be compared
_PIXELS_PER_INCH = 140


def table() -> str:
    """Return the table of all modulations, in Markdown."""
    lines = [
        "| name | bits/symbol | points | minimum distance | Gray penalty | peak/average power "
        "| half comes through at | of each bit, in the label's order |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, modulation in MODULATIONS.items():
        peak_db = 10 * np.log10(modulation.peak_to_average_power)
        snr_db = half_comes_through_at(modulation)
        bits = " ".join(f"{bit:.2f}" for bit in modulation.bit_information(snr_db))
        lines.append(
            f"| `{name}` | {modulation.bits_per_symbol} | {modulation.shape} "
            f"| {modulation.minimum_distance:.4f} | {modulation.gray_penalty:.3f} "
            f"| {abs(peak_db):.2f} dB | {snr_db:.1f} dB | {bits} |".replace("| -", "| −")
        )
    return "\n".join(lines) + "\n"


def half_comes_through_at(modulation: Modulation) -> float:
    """Return the Es/N0, in dB, at which a label's bits carry half a bit each, on average."""
    low, high = -10.0, 30.0
    while high - low > 0.01:
        middle = (low + high) / 2
        enough = modulation.bit_information(middle).mean() > _HALF
        low, high = (low, middle) if enough else (middle, high)
    return round(high, 1)


def draw() -> Figure:
    """Draw all constellations with their labels."""
    figure = Figure(figsize=(10, 11), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
    for axes, modulation in zip(figure.subplots(3, 3).flat, MODULATIONS.values(), strict=True):
        _draw_constellation(axes, modulation)
    figure.legend(
        handles=[
            axes.plot([], [], color=colour, label=f"neighbours differ in {text}")[0]
            for colour, text in ((_ONE_BIT, "one bit"), (_TWO_BITS, "two bits"))
        ],
        loc="outside lower center",
        ncols=2,
        frameon=False,
    )
    return figure


def _draw_constellation(axes: Axes, modulation: Modulation) -> None:
    points = modulation.points
    _draw_neighbours(axes, modulation)
    axes.scatter(points.real, points.imag, s=30 / max(1, points.size / 16), color=_POINT, zorder=3)
    if points.size <= _LABELS_FIT:
        _label_points(axes, modulation)
    else:
        _label_rows_and_columns(axes, modulation)
    axes.set_title(modulation.name, fontweight="bold", fontsize=11)
    axes.set_xlabel(
        f"minimum distance {modulation.minimum_distance:.3f}, "
        f"Gray penalty {modulation.gray_penalty:.3f}",
        fontsize=8,
    )
    axes.set(xlim=(-_REACH, _REACH), ylim=(-_REACH, _REACH), aspect="equal")
    axes.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.tick_params(labelsize=7)
    axes.spines[:].set_color("#bbbbbb")


def _draw_neighbours(axes: Axes, modulation: Modulation) -> None:
    """Join neighbours by a line whose colour tells in how many bits they differ."""
    pairs = np.argwhere(np.triu(modulation.neighbours))
    ends = modulation.points[pairs]
    colours = [_ONE_BIT if int(a ^ b).bit_count() == 1 else _TWO_BITS for a, b in pairs]
    lines = np.stack([ends.real, ends.imag], axis=-1)
    axes.add_collection(LineCollection(list(lines), colors=colours, linewidths=1, zorder=1))


def _label_points(axes: Axes, modulation: Modulation) -> None:
    font = {1: 10, 2: 10, 3: 10, 4: 8, 6: 4.3}[modulation.bits_per_symbol]
    for label, point in enumerate(modulation.points):
        axes.annotate(
            f"{label:0{modulation.bits_per_symbol}b}",
            (point.real, point.imag),
            xytext=(0, font / 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=font,
            zorder=2,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
        )


def _label_rows_and_columns(axes: Axes, modulation: Modulation) -> None:
    """Write a grid's labels at its edges: at columns the bits of I, at rows those of Q between."""
    points, width = modulation.points, modulation.bits_per_symbol
    edge = 1.05 * np.abs(points.real).max()
    for label in range(1 << width // 2):
        bits = f"{label:0{width // 2}b}"
        of_column, of_row = "".join(f"{bit}·" for bit in bits), "".join(f"·{bit}" for bit in bits)
        i = points[int(of_column.replace("·", "0"), 2)].real
        q = points[int(of_row.replace("·", "0"), 2)].imag
        axes.text(i, edge, of_column, rotation=90, ha="center", va="bottom", fontsize=4)
        axes.text(edge, q, of_row, ha="left", va="center", fontsize=4)


def main() -> None:
    """Write the picture and the table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")
    drawn = io.BytesIO()
    draw().savefig(drawn, dpi=_PIXELS_PER_INCH)
    Image.open(drawn).convert("RGB").quantize(256).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
