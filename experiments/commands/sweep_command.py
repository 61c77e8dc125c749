"""``linksim sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from rich.console import Console

from linksim.experiments.commands.options import link_options, scenes_option, trust_option
from linksim.experiments.commands.progress import progress_bar
from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.faults import Fault

if TYPE_CHECKING:
    from linksim.experiments.sweep import Piece


@click.command("sweep")
@click.option(
    "--snr",
    default="-5:20",
    show_default=True,
    help="Es/N0 in dB: A:B, A:B:STEP, or a list A,B,C.",
)
@click.option("--ebno", is_flag=True, help="Read --snr as Eb/N0 per information bit.")
@click.option(
    "--images",
    type=click.IntRange(1, 10_000_000),
    default=200,
    show_default=True,
    help="Pictures (each with its question) sent at every SNR; of a folder, at most so many.",
)
@click.option(
    "--data",
    default="scenes",
    show_default=True,
    help="scenes, a folder of pictures of your own, or vqa:FOLDER with VQA v2's val2014.",
)
@scenes_option
@click.option("--query", default=None, help="The question about every picture of a folder.")
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    default=None,
    help="CSV with picture,question[,answer] for a folder.",
)
@link_options
@trust_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/sweep"),
    show_default=True,
    help="Folder for results.h5, curves.png and pictures.png.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 100_000),
    default=64,
    show_default=True,
    help="Pictures per piece of work; changes speed and memory, no figure.",
)
@click.option("--resume", is_flag=True, help="Go on with a sweep that was interrupted.")
def command(
    device: Any,
    threads: int,
    trusted: bool,
    out: Path,
    batch_size: int,
    resume: bool,
    **options: Any,
) -> None:
    """Send pictures at a range of SNRs and measure errors against meaning.

    Prints a row for each SNR with 95 % intervals: errors on the link (raw BER before decoding,
    BER, BLER, index errors) beside what the user gets (answer match: the model answers the
    question as it does for the original; relevance loss; PSNR; SSIM).

    \b
    Examples:
      linksim sweep --snr -5:20 --codec uo_isc
      linksim sweep --snr 0:20:4 --codec uo_isc:no-text --scenes animals
      linksim sweep --snr 0:24:2 --channel rayleigh --coherence 96 --csi pilot:every=12
      linksim sweep --snr 5,10 --code none --modulation 8qam
      linksim sweep --data holiday/ --query "is there a dog?" --preset paper
      linksim sweep --data vqa:VQA/ --scenes animals --preset paper --models models/
    """
    from linksim.experiments.plots import plot_curves, plot_sheet
    from linksim.experiments.sweep import RESULTS_FILE, Execution, run_sweep
    from linksim.experiments.tables import cost_line, sweep_table
    from linksim.source import UnknownCodec
    from linksim.source.pictures import UnreadablePicture
    from linksim.source.zoo.loading import ModelUnavailable
    from linksim.source.zoo.preset import load_preset

    configuration = _configuration(options)
    execution = Execution(out, batch_size, device, threads, resume, trusted)
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    limits = load_preset(configuration.preset).limits
    if limits and configuration.data != "scenes":
        notes.print(f"note: {limits}")
    with progress_bar(notes) as bar:
        task = bar.add_task("loading models", total=None)

        def advance(piece: Piece) -> None:
            hit, psnr = np.mean(piece.measured["bit_errors"] > 0), piece.measured["psnr"].mean()
            hits = f"{hit:4.0%} of pictures hit, " if hit else ""
            text = f"{piece.snr_db:5.1f} dB: {hits}PSNR {psnr:4.1f} dB"
            bar.update(task, description=text, completed=piece.done, total=piece.total)

        try:
            results = run_sweep(configuration, execution, advance)
        except UnknownCodec as error:
            raise Fault(f"--codec {error}") from None
        except ModelUnavailable as error:
            raise Fault(f"--preset {error}") from None
        except UnreadablePicture as error:
            raise Fault(f"--data {error}") from None
    plot_curves(results, out / "curves.png")
    plot_sheet(results, out / "pictures.png")
    click.echo(sweep_table(results))
    about, side = results.attributes, results.shown["original"].shape[1]
    if configuration.data != "scenes":
        click.echo(f"pictures were sent as {side}×{side}: their middle square, resized")
    per = "per picture on average" if results.of_streams else "per picture"
    click.echo(
        f"{cost_line(about['bits_per_picture'], about['symbols_per_picture'])} {per}; "
        f"95 % intervals over {results.pictures['psnr'].shape[1]} pictures"
    )
    click.echo(f"wrote {out / RESULTS_FILE}, {out / 'curves.png'}, {out / 'pictures.png'}")


def _configuration(options: dict[str, Any]) -> SweepConfiguration:
    for name in ("models", "questions"):
        options[name] = str(options[name]) if options[name] else None
    parse_snr(options["snr"])
    return SweepConfiguration(**options)
