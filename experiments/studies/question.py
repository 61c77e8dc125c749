"""What the question is worth: the same pictures, encoded with the right question and with others.

Two codecs differ in more than in what they do with a question. Here one codec is told the user's
own question, another picture's, one of another family about the same picture, and none; who judges
asks the user's own each time. What differs is the question's doing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linksim.experiments.configuration import OWN, TOLD
from linksim.experiments.report.picture_sheets import Cell, draw_sheet
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.comparison import difference, figures
from linksim.experiments.results.estimates import mean
from linksim.experiments.results.fidelity import PSNR
from linksim.experiments.results.metrics import ANSWER_MATCH, METRICS, RELEVANCE
from linksim.experiments.results.parts import file_word, write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align

_SHOWN = (ANSWER_MATCH, RELEVANCE, PSNR)
_NAMED = {
    "own": "the user's own",
    "another": "another picture's",
    "family": "of another family",
    "none": "none",
}
_STRONGER = 4  # times by which a difference of pictures is shown

Told = Mapping[str, SweepResults]
"""A codec's sweep for each of `TOLD`."""


@dataclass(frozen=True)
class QuestionStudy:
    """The causal check of the question.

    Attributes:
        bench: runs the sweeps, all at one SNR.
    """

    bench: Bench

    def run(self, codecs: Sequence[str]) -> str:
        """Measure codecs, draw a sheet of pictures for each, and return their tables as text."""
        said = [self._codec(codec) for codec in codecs]
        text = "\n\n".join(said)
        write_atomically(self.bench.execution.out / "question.txt", (text + "\n").encode())
        return text

    def _codec(self, codec: str) -> str:
        found = {told: self.bench.sweep(codec=codec, told=told) for told in TOLD}
        draw(found, self.bench.execution.out / f"question-{file_word(codec)}.png")
        own = found[OWN]
        pictures, snr_db = len(own.questions["text"]), float(own.snr_db[0])
        return "\n".join(
            [
                f"{codec}, {pictures} pictures at {snr_db:g} dB, judged by the user's own question",
                align(_levels(found)),
                "own less other questions, on the same pictures",
                align(_gains(found)),
                f"{METRICS[ANSWER_MATCH].title}, own less other questions, by family",
                align(_by_family(found)),
            ]
        )


def _levels(found: Told) -> list[list[str]]:
    rows = [["told", *(METRICS[name].title for name in _SHOWN)]]
    for told, sweep in found.items():
        cells = [format_estimate(sweep.curve(name)[0]) for name in _SHOWN]
        rows.append([_NAMED[told], *cells])
    return rows


def _gains(found: Told) -> list[list[str]]:
    own, snr_db = found[OWN], float(found[OWN].snr_db[0])
    rows = [["told in place of it", *(METRICS[name].title for name in _SHOWN), "same picture"]]
    for told, other in found.items():
        if told != OWN:
            cells = [format_estimate(difference(own, other, name, snr_db)) for name in _SHOWN]
            same = own.pictures[PSNR][0] == other.pictures[PSNR][0]
            rows.append([_NAMED[told], *cells, f"{same.mean():.0%}"])
    return rows


def _by_family(found: Told) -> list[list[str]]:
    own = figures(found[OWN], ANSWER_MATCH)[0]
    families = found[OWN].questions["family"]
    others = {told: figures(one, ANSWER_MATCH)[0] for told, one in found.items() if told != OWN}
    rows = [["family", "questions", *(_NAMED[told] for told in others)]]
    for family in dict.fromkeys(sorted(families)):
        asked = families == family
        cells = [format_estimate(mean(own[asked] - other[asked])) for other in others.values()]
        rows.append([str(family) or "all", str(asked.sum()), *cells])
    return rows


def draw(found: Told, path: Path) -> None:
    """Draw the first pictures: as sent, as received by each question, and what that changed."""
    own = found[OWN]
    rows: list[tuple[str, list[Cell]]] = []
    for row, original in enumerate(own.shown["original"]):
        wanted = str(own.questions["wanted"][row])
        received = own.shown["received"][0][row]
        cells: list[Cell] = [(original, f"original\n{wanted}", None)]
        for told, sweep in found.items():
            answer, picture = (
                str(sweep.pictures["answers"][0][row]),
                sweep.shown["received"][0][row],
            )
            cells.append((picture, f"told {told}\n{answer}", answer == wanted))
            if told != OWN:
                cells.append((_changed(picture, received), f"own − {told}", None))
        rows.append((str(own.questions["text"][row]), cells))
    draw_sheet(rows, path)


def _changed(picture: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return where two pictures differ and how much, times `_STRONGER`, uint8 ``[H, W, 3]``."""
    apart = np.abs(picture.astype(np.int64) - own.astype(np.int64)).max(axis=2, keepdims=True)
    return np.repeat(np.minimum(_STRONGER * apart, 255), 3, axis=2).astype(np.uint8)
