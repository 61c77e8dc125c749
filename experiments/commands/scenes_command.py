"""``linksim scenes``."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from linksim.experiments.commands.options import seed_option
from linksim.experiments.text_out import say


@click.command("scenes")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 1_000_000), default=8, show_default=True)
@seed_option
def command(folder: Path, count: int, seed: int) -> None:
    """Write scenes of the embedded world, with questions, into a folder.

    The folder then serves as --data, its questions.csv as --questions.
    """
    import numpy as np
    from PIL import Image

    from linksim.experiments.parts import write_atomically
    from linksim.experiments.samples import SceneSamples

    folder.mkdir(parents=True, exist_ok=True)
    samples = SceneSamples(count, seed)
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["picture", "question", "answer"])
    for number in range(count):
        sample = samples.sample(number, 64)
        name = f"scene-{number}.png"
        pixels = np.rint(sample.image.numpy().transpose(1, 2, 0) * 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
        rows.writerow([name, sample.question, sample.truth])
    write_atomically(folder / "questions.csv", table.getvalue().encode())
    say(f"wrote {count} scenes and questions.csv to {folder}")
