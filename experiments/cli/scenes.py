"""``linksim scenes``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import click

from linksim.experiments.cli.options import seed_option
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

_SIDE = 64  # pixels


@click.command("scenes")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 1_000_000), default=8, show_default=True)
@seed_option
def command(folder: Path, count: int, seed: int) -> None:
    """Write scenes of the embedded world, with questions, into a folder.

    The folder then serves as --data, its questions.csv as --questions.
    """
    import numpy as np

    from linksim.experiments.data.samples import SceneSamples
    from linksim.experiments.results.own_pictures import check_replaceable, save_picture
    from linksim.experiments.results.parts import write_atomically

    samples, questions = SceneSamples(count, seed), folder / "questions.csv"
    check_replaceable((folder / _name(number) for number in range(count)), f"FOLDER {folder}")
    drawn = (samples.sample(number, _SIDE) for number in range(count))
    kept = questions.read_bytes() if questions.exists() else b""
    if kept and kept != _table((sample.question, sample.truth) for sample in drawn):
        raise Fault(f"FOLDER {folder}: holds another questions.csv already; give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    asked = []
    for number in range(count):
        sample = samples.sample(number, _SIDE)
        pixels = np.rint(sample.image.numpy().transpose(1, 2, 0) * 255).astype(np.uint8)
        save_picture(pixels, folder / _name(number))
        asked.append((sample.question, sample.truth))
    write_atomically(questions, _table(asked))
    say(f"wrote {count} scenes and questions.csv to {folder}")


def _name(number: int) -> str:
    return f"scene-{number}.png"


def _table(asked: Iterable[tuple[str, str]]) -> bytes:
    """Return the questions of scenes and their answers as CSV."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["picture", "question", "answer"])
    rows.writerows([_name(number), *both] for number, both in enumerate(asked))
    return table.getvalue().encode()
