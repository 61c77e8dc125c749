"""``linksim study photographs``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    device_option,
    grid_option,
    models_option,
    preset_option,
    seed_option,
    threads_option,
    with_options,
)
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.cli.stills import numbers
from linksim.experiments.cli.worker_options import study_options, worker_options
from linksim.experiments.text_out import say
from linksim.source.judge import IMAGENET

_MODELS = [preset_option, models_option, device_option, seed_option, threads_option]


@click.command("photographs", cls=Checked)
@click.option(
    "--data",
    required=True,
    help="mosaic:FOLDER, whose questions are known, or a folder or coco:FOLDER with --query.",
)
@click.option("--query", default=None, help="The question about every picture of a folder.")
@grid_option("codec", True, ("avif",), "Still codecs without options, with commas between; each "
             "is sent plain and behind the question.")  # fmt: skip
@click.option(
    "--bpp",
    default="0.15,0.3",
    show_default=True,
    callback=numbers("give bits per pixel, 0.001 to 24, like 0.15,0.3", 0.001, 24.0),
    help="Bits per pixel of files.",
)
@click.option(
    "--snr", default="0:12:3", show_default=True, help="Es/N0 in dB: A:B, A:B:STEP, or a list."
)
@click.option("--judge", default=IMAGENET, show_default=True, help="Who answers, see `sweep`.")
@grid_option("code", False)
@grid_option("modulation", False)
@grid_option("channel", False)
@click.option(
    "--images",
    type=click.IntRange(2, 100_000),
    default=48,
    show_default=True,
    help="Pictures; of a folder, at most so many.",
)
@lambda command: with_options(command, _MODELS)
@worker_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/study-photographs"),
    show_default=True,
    help="Folder for the sweeps (results.h5 each), photographs.txt, .html and figures.",
)
def photographs(data: str, codec: tuple[str, ...], **options: Any) -> None:
    """Send photographs plain and behind a question, and measure what is left for who asks.

    Every codec sends the same pictures by itself and as asked:CODEC, at each number of bits per
    pixel, over the same link at every SNR. Tables have answer match, accuracy where the truth is
    known, relevance loss, PSNR and MS-SSIM, and paired differences, with 95 % intervals; figures
    show them over SNR and over bits per pixel; a page has the pictures side by side, by SNR. What
    was measured is kept: a study that was interrupted goes on by the same command.

    \b
    Examples:
      linksim study photographs --data mosaic:photos/
      linksim study photographs --data holiday/ --query "which dog?" --codec avif,jpeg --bpp 0.2
    """
    from linksim.experiments.calls import studies
    from linksim.experiments.studies.photographs import FILES

    with refusals_said_of(codec="--codec"):
        done = studies.photographs(data, codec, **study_options(options))
    say(done.text)
    say(f"wrote {', '.join(str(done.folder / name) for name in FILES)}")
