"""``linksim study stills``."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import device_option, grid_option, preset_option, size_option
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say


def _budgets(_: click.Context, __: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or not all(0.001 <= value <= 24 for value in values):
        raise Fault(f"--bpp {text}: give bits per pixel, 0.001 to 24, like 0.25,0.5,1")
    return values


@click.command("stills", cls=Checked)
@click.option("--data", required=True, help="Folder of pictures, see `linksim sweep`.")
@grid_option("codec", True, ("jpeg", "jpeg2000", "webp", "avif", "hevc"), "Codecs of files, with "
             "commas between.")  # fmt: skip
@click.option(
    "--bpp",
    "budgets",
    default="0.15,0.3,0.6,1.2",
    show_default=True,
    callback=_budgets,
    help="Bits per pixel that files may have.",
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
    budgets: tuple[float, ...],
    curves: Path | None,
    images: int,
    size: str,
    preset: str,
    device: Any,
) -> None:
    """Measure rate and distortion of still codecs, without a channel.

    Each codec makes the best file within so many bits per pixel; what is counted is what a message
    has: a file without what its receiver knows anyway. PSNR (over the three colours together) and
    MS-SSIM (RGB) are averaged over the pictures, and so are the bits.

    \b
    Examples:
      linksim study stills --data kodak/ --codec hevc,jpeg
      linksim study stills --data kodak/ --curves kodak-curves/
    """
    from linksim.experiments.calls.progress import StudyBar
    from linksim.experiments.studies.separation.pictures import pictures_of
    from linksim.experiments.studies.stills import curves_for, study_stills
    from linksim.source import BudgetCodec, load_codec
    from linksim.source.pictures import Framing, parse_size
    from linksim.source.zoo.preset import load_preset

    chosen, codecs = load_preset(preset), {}
    if curves is not None and not curves.is_dir():
        raise Fault(f"--curves {curves}: no such folder")
    for name in codec:
        loaded = load_codec(name, chosen, device)
        if not isinstance(loaded, BudgetCodec):
            raise Fault(f"--codec {name}: sends no files of any length; give jpeg, hevc …")
        codecs[name] = loaded
    with refusals_said_of(size="--size"), StudyBar() as bar:
        framing = Framing(parse_size(size or "original"))
        pictures = pictures_of(Path(data), framing, images, Fraction(1))
        published = curves_for(list(codecs), curves) if curves else {}
        text = study_stills(codecs, pictures, budgets, published, bar.advance)
    say(text)
