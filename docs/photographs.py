"""Draw docs/photographs.png: a photograph at equal channel symbols, plain and behind a question.

Run: python docs/photographs.py
"""

from __future__ import annotations

from pathlib import Path

import linksim
from linksim.experiments.report.picture_sheets import Cell, draw_sheet

PHOTOGRAPH = Path(__file__).parents[1] / "examples" / "chelsea.png"
PICTURE = Path(__file__).with_suffix(".png")
QUESTION = "which cat?"

METHODS = (
    ("avif:bpp=0.12", "ldpc:rate=2/3", "AVIF, 0.12 bits per pixel, LDPC 2/3"),
    ("asked:avif:bpp=0.06", "ldpc:rate=1/3", "asked:AVIF, 0.06 bits per pixel, LDPC 1/3"),
)
"""Codecs, channel codes, and what is said of them."""

SNRS_DB = (-2.0, 0.0, 2.0, 4.0)


def row(codec: str, code: str, about: str) -> tuple[str, list[Cell]]:
    """Return the photograph as sent and as received, with what the judge answers."""
    link = {"code": code, "modulation": "qpsk", "device": "cpu"}
    found = linksim.transmit(
        PHOTOGRAPH, QUESTION, snr=SNRS_DB, codec=codec, judge="imagenet", **link
    )
    print(f"{about}: {found[0].symbols} channel symbols")
    cells: list[Cell] = [(found[0].original, f"original\n{found[0].wanted}", None)]
    cells += [(one.picture, f"{one.snr_db:g} dB\n{one.answer}", one.right) for one in found]
    return f"{QUESTION} {about}", cells


if __name__ == "__main__":
    draw_sheet([row(*method) for method in METHODS], PICTURE)
    print(f"wrote {PICTURE}")
