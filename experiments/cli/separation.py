"""``linksim study separation``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    device_option,
    grid_option,
    metrics_option,
    models_option,
    preset_option,
    ratios_option,
    seed_option,
    size_option,
    threads_option,
)
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import note, say


@click.command("separation", cls=Checked)
@click.option("--data", required=True, help="Folder of pictures, see `linksim sweep`.")
@grid_option("codec", True, ("hevc",), "Codecs of files (hevc, jpeg2000 …), and those that make "
             "symbols (deepjscc), with commas between.")  # fmt: skip
@click.option(
    "--snr", default="0:20:2", show_default=True, help="Es/N0 in dB: A:B, A:B:STEP, or a list."
)
@click.option(
    "--table",
    default="jscc",
    show_default=True,
    help="Schemes of which the envelope takes the best: jscc, rates 1/2, 2/3, 3/4 with BPSK to "
    "64-QAM; 5g-64qam, 5g-256qam, 5g-64qam-lowse, those of TS 38.214 5.1.3.1; or "
    "a .csv of code,modulation.",
)
@click.option(
    "--channel",
    type=click.Choice(("awgn", "rayleigh"), case_sensitive=False),
    default="awgn",
    show_default=True,
)
@click.option(
    "--coherence",
    type=click.Choice(("1", "block", "image"), case_sensitive=False),
    default="1",
    show_default=True,
    help="Of rayleigh: over what fading stays the same, a symbol, a code block or a picture.",
)
@click.option(
    "--images",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="At most so many pictures of the folder.",
)
@click.option(
    "--anchors",
    type=click.Path(path_type=Path),
    default=None,
    help="Points to be drawn, a .csv of name,snr,cbr,metric,value,source; without it published "
    "ones on the Kodak pictures over AWGN, where their CBR is that of the study.",
)
@metrics_option
@models_option
@size_option
@ratios_option
@preset_option
@device_option
@threads_option
@seed_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/study-separation"),
    show_default=True,
    help="Folder for separation.h5, .txt, .png, .pdf and .html; of several --cbr, for a folder of "
    "each, over-cbr.txt, .png and .pdf.",
)
def separation(
    data: str,
    codec: tuple[str, ...],
    models: Path | None,
    anchors: Path | None,
    size: str,
    cbr: tuple[str, ...],
    out: Path,
    device: Any,
    threads: int,
    **options: Any,
) -> None:
    """Measure the baseline of joint source-channel coding: a picture codec and channel codes.

    Every modulation and coding scheme of a table sends all pictures of a folder at every SNR, each
    with as long a file as fits into the channel symbols that --cbr says. The envelope takes at each
    SNR the scheme that is expected to be best, by error rates that were measured on other noise.
    Beside it: the same codec with ideal codes, at the capacity of the constellations and of the
    channel. What was measured is kept: a study that was interrupted goes on by the same command.

    \b
    Examples:
      linksim study separation --data kodak/ --codec hevc
      linksim study separation --data kodak/ --codec hevc,jpeg2000 --cbr 1/6 --channel rayleigh
      linksim study separation --data photos/ --codec hevc,deepjscc --cbr 1/3 --size 256
      linksim study separation --data kodak/ --metrics psnr_y,lpips --models weights/
      linksim study separation --data kodak/ --codec hevc --cbr 1/48,1/24,1/12,1/6 --snr 4,10,16
    """
    from linksim.experiments.calls.progress import StudyBar
    from linksim.experiments.studies.separation.anchors import PUBLISHED, read_anchors
    from linksim.experiments.studies.separation.bench import SeparationConfiguration
    from linksim.experiments.studies.separation.run import (
        FILES,
        FILES_OVER_CBR,
        compare_ratios,
        folder_of,
        run_separation,
    )

    if options["channel"] == "awgn" and options["coherence"] != "1":
        raise Fault("--coherence: of --channel rayleigh; leave it out")
    options |= {"data": data, "codec": codec, "size": size or "original"}
    options["models"] = str(models) if models else None
    studies = {one: SeparationConfiguration(cbr=one, **options) for one in cbr}
    points = read_anchors(anchors or PUBLISHED)
    if anchors is None and options["channel"] != "awgn":
        points = []
    several = len(studies) > 1
    texts = []
    for ratio, configuration in studies.items():
        place = out / folder_of(ratio) if several else out
        note(f"CBR {ratio}") if several else None
        with refusals_said_of(size="--size"), StudyBar() as bar:
            texts.append(
                run_separation(configuration, place, points, bar.advance, device, threads, note)
            )
    files = [out / name for name in FILES]
    if several:
        files = [out / name for name in FILES_OVER_CBR]
        texts = [compare_ratios(out, cbr)]
    say(texts[-1])
    say(f"wrote {', '.join(map(str, files))}")
