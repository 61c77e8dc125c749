"""``linksim study stills``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import device_option, grid_option, preset_option, size_option
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say


def numbers(remedy: str, least: float, most: float) -> Callable[..., tuple[float, ...]]:
    """Return a callback that reads numbers with commas between."""

    def read(_: click.Context, parameter: click.Parameter, text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if not values or not all(least <= value <= most for value in values):
            raise Fault(f"{parameter.opts[0]} {text}: {remedy}")
        return values

    return read


@click.command("stills", cls=Checked)
@click.option("--data", required=True, help="Folder of pictures, see `linksim sweep`.")
@grid_option("codec", True, ("jpeg", "jpeg2000", "webp", "avif", "hevc"), "Codecs of files, with "
             "commas between.")  # fmt: skip
@click.option(
    "--quality",
    "places",
    default="0.5,0.6,0.7,0.8",
    show_default=True,
    callback=numbers("give places on the ladder of qualities, 0 to 1, like 0.5,0.7", 0.0, 1.0),
    help="Places on each codec's ladder of qualities, 0 the finest and 1 the coarsest: one for all "
    "pictures, as published curves have it.",
)
@click.option(
    "--bpp",
    "budgets",
    default="0.15,0.3,0.6,1.2",
    show_default=True,
    callback=numbers("give bits per pixel, 0.001 to 24, like 0.25,0.5,1", 0.001, 24.0),
    help="Bits per pixel of files, for codecs that are asked for a rate (jpeg2000, png).",
)
@click.option(
    "--curves",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of published curves to compare with, JSON as CompressAI has them (jpeg.json, "
    "bpg_444_x265_ycbcr.json …).",
)
@click.option(
    "--images",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="At most so many pictures of the folder.",
)
@size_option
@preset_option
@device_option
def stills(
    data: str,
    codec: tuple[str, ...],
    places: tuple[float, ...],
    budgets: tuple[float, ...],
    curves: Path | None,
    images: int,
    size: str,
    preset: str,
    device: Any,
) -> None:
    """Measure rate and distortion of still codecs, without a channel.

    What is counted is what a message has: a file without what its receiver knows anyway. PSNR (over
    the three colours together) and MS-SSIM (RGB) are averaged over the pictures, and so are bits.

    \b
    Examples:
      linksim study stills --data kodak/ --codec hevc,jpeg
      linksim study stills --data kodak/ --curves kodak-curves/
    """
    from linksim.experiments.calls.progress import StudyBar
    from linksim.experiments.studies.separation.pictures import pictures_of
    from linksim.experiments.studies.stills import Settings, curves_for, study_stills
    from linksim.source import load_codec
    from linksim.source.pictures import Framing, parse_size
    from linksim.source.stills.codec import StillCodec
    from linksim.source.zoo.preset import load_preset

    chosen, codecs = load_preset(preset), {}
    if curves is not None and not curves.is_dir():
        raise Fault(f"--curves {curves}: no such folder")
    for name in codec:
        loaded = load_codec(name, chosen, device)
        if not isinstance(loaded, StillCodec):
            raise Fault(f"--codec {name}: is no still codec; give jpeg, hevc …")
        codecs[name] = loaded
    with refusals_said_of(size="--size"), StudyBar() as bar:
        framing = Framing(parse_size(size or "original"))
        pictures = pictures_of(Path(data), framing, images, Fraction(1))
        published = curves_for(list(codecs), curves) if curves else {}
        text = study_stills(codecs, pictures, Settings(places, budgets), published, bar.advance)
    say(text)
