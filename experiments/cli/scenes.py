"""``linksim scenes``."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from linksim.experiments.cli.options import seed_option
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import folded, say

if TYPE_CHECKING:
    import numpy as np

    from linksim.source.world import Question

_SMALL_SIDE = 64  # pixels
_ENOUGH = 1000  # questions: of fewer, blind guesses say little
_COLUMNS = ("picture", "question", "answer")


@click.command("scenes")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 1_000_000), default=8, show_default=True)
@click.option(
    "--world",
    type=click.Choice(["small", "wide"]),
    default="small",
    show_default=True,
    help="small: 64×64, 12 kinds of things, a question a scene. wide: 128×128, 30 kinds, 4 to 10 "
    "things a scene with boxes and masks (annotations.json, as COCO has them), a question of each "
    "family.",
)
@seed_option
def command(folder: Path, count: int, world: str, seed: int) -> None:
    """Write drawn scenes, with questions, into a folder.

    The folder then serves as --data, its questions.csv as --questions.
    """
    (_write_small if world == "small" else _write_wide)(folder, count, seed)


def _write_small(folder: Path, count: int, seed: int) -> None:
    import numpy as np

    from linksim.experiments.data.samples import SceneSamples

    samples = SceneSamples(count, seed)
    drawn = (samples.sample(number, _SMALL_SIDE) for number in range(count))
    rows = [(_name(number), sample.question, sample.truth) for number, sample in enumerate(drawn)]

    def pixels(number: int) -> np.ndarray:
        image = samples.sample(number, _SMALL_SIDE).image.numpy()
        pixels: np.ndarray = np.rint(image.transpose(1, 2, 0) * 255).astype(np.uint8)
        return pixels

    _write(folder, count, pixels, {"questions.csv": _table(_COLUMNS, rows)})
    say(f"wrote {count} scenes and questions.csv to {folder}")


def _write_wide(folder: Path, count: int, seed: int) -> None:
    from linksim.experiments.data.world import as_coco, held_out_scene, questions_of

    held_out_scene(seed, 0)  # compiles what draws
    drawing, asked = 0.0, []
    for number in range(count):
        began = time.process_time()
        scene = held_out_scene(seed, number)
        drawing += time.process_time() - began
        asked.append(questions_of(scene, seed, number))
    rows = [
        (_name(number), question.text, question.answer, question.family)
        for number, questions in enumerate(asked)
        for question in questions
    ]
    annotations = as_coco((_name(n), held_out_scene(seed, n)) for n in range(count))
    texts = {
        "questions.csv": _table((*_COLUMNS, "family"), rows),
        "annotations.json": json.dumps(annotations).encode() + b"\n",
    }
    _write(folder, count, lambda number: held_out_scene(seed, number).image, texts)
    say(f"wrote {count} scenes, questions.csv and annotations.json to {folder}")
    if len(rows) >= _ENOUGH:
        say(f"a core draws {count / drawing:.0f} of them a second")
        say(_blind_table([question for questions in asked for question in questions]))


def _blind_table(questions: Sequence[Question]) -> str:
    """Return how many of the questions are answered without looking, family by family."""
    from linksim.source.world import blind_guesses

    rows = [["family", "best blind guess", "by template", "by words", "questions"]]
    for guess in blind_guesses(questions):
        shares = (f"{share:.1%}" for share in (guess.best, guess.by_template, guess.by_text))
        rows.append([guess.family, *shares, str(guess.questions)])
    return folded(rows, keys=1)


def _write(
    folder: Path, count: int, pixels: Callable[[int], np.ndarray], texts: Mapping[str, bytes]
) -> None:
    """Write pictures and texts; nothing of anybody else's is replaced.

    Raises:
        Fault: naming a file that is in the way.
    """
    from linksim.experiments.results.own_pictures import check_replaceable, save_picture
    from linksim.experiments.results.parts import write_atomically

    check_replaceable((folder / _name(number) for number in range(count)), f"FOLDER {folder}")
    for name, text in texts.items():
        if (folder / name).exists() and (folder / name).read_bytes() not in (b"", text):
            raise Fault(f"FOLDER {folder}: holds another {name} already; give another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        save_picture(pixels(number), folder / _name(number))
    for name, text in texts.items():
        write_atomically(folder / name, text)


def _name(number: int) -> str:
    return f"scene-{number}.png"


def _table(header: Sequence[str], asked: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(header)
    rows.writerows(asked)
    return table.getvalue().encode()
