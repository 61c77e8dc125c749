"""``linksim link``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import harq_option, simulation_options
from linksim.experiments.configuration import LinkConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.links.limits import LIMITS
from linksim.experiments.text_out import say

if TYPE_CHECKING:
    from linksim.experiments.links.results import Tally
    from linksim.experiments.links.simulation import Place, Progress


def _target(_: click.Context, __: click.Parameter, value: float) -> float:
    if not 0 <= value < 1:
        raise Fault(f"--target-bler {value}: give a rate from 0 (no target) to below 1")
    return value


@click.command("link", cls=Checked)
@click.option(
    "--snr",
    default=LinkConfiguration.snr,
    show_default=True,
    help="Es/N0 in dB: A:B, A:B:STEP, or a list A,B,C; simulated in ascending order.",
)
@click.option("--ebno", is_flag=True, help="Read --snr as Eb/N0 per information bit.")
@simulation_options
@click.option(
    "--message-bits",
    type=click.IntRange(*LIMITS["message_bits"]),
    default=LinkConfiguration.message_bits,
    show_default=True,
    help="Payload of a message. 512 fits one block of every code at rate 1/2; longer ones are "
    "cut into as few blocks as the code allows.",
)
@click.option(
    "--block-errors",
    type=click.IntRange(*LIMITS["block_errors"]),
    default=LinkConfiguration.block_errors,
    show_default=True,
    help="Wrong blocks after which a point is done; 200 give the BLER to about 14 %.",
)
@click.option(
    "--max-blocks",
    type=click.IntRange(*LIMITS["max_blocks"]),
    default=LinkConfiguration.max_blocks,
    show_default=True,
    help="Blocks after which a point is done in any case.",
)
@harq_option
@click.option(
    "--adapt",
    metavar="bler=TARGET[,table=NAME][,outer=STEP[,delay=N]]",
    help="Take at each SNR the scheme of most bits per symbol whose transport blocks fail at most "
    "so often (with --harq, in their first transmission): of all in a table (64qam, 256qam, "
    "64qam-lowse), or of those by --code nr:mcs=…. outer=STEP: over fading with doppler=, message "
    "by message from reports N messages old, with and without an outer loop that steps back by so "
    "many dB after each failure. What is measured is kept for runs to come beside linksim's "
    "compiled kernels: with its sources, or where NUMBA_CACHE_DIR says.",
)
@click.option(
    "--target-bler",
    type=float,
    default=LinkConfiguration.target_bler,
    show_default=True,
    callback=_target,
    help="A curve ends once the BLER is below this with 95 % confidence, or no error is seen; "
    "0 simulates every SNR.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/link"),
    show_default=True,
    help="Folder for results.h5 and curves.png.",
)
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
def command(threads: int, out: Path, resume: bool, **options: Any) -> None:
    """Measure the link alone: send random bits at each SNR until enough blocks are wrong.

    Prints BLER, BER and raw BER (before decoding) with 95 % intervals, and draws them. Every
    --code with every --modulation is a curve; all share one results file and one picture. Where
    fading lasts over a block, outage, which no code can beat, and throughput stand beside them.

    \b
    Examples:
      linksim link --snr 0:8:0.25 --code ldpc:rate=1/2 --modulation 8psk
      linksim link --snr 0:12 --ebno --code ldpc:rate=1/3,ldpc:rate=3/4,none
      linksim link --snr 0:30:2 --channel rayleigh --coherence block --csi pilot:every=16 \\
                   --code ldpc:rate=1/2 --modulation qpsk --modulation 16qam
      linksim link --snr 0:20 --message-bits 4000 --code nr:mcs=4,nr:mcs=14,nr:mcs=20,table=256qam
      linksim link --snr=-4:8 --code nr:mcs=9 --harq ir --channel rayleigh --coherence block
      linksim link --snr=-8:24 --message-bits 4000 --adapt bler=0.1 --target-bler 0.001
      linksim link --snr 5:20:5 --channel rayleigh:doppler=2e-5 --coherence image \\
                   --adapt bler=0.1,outer=0.5,delay=4
    """
    from linksim.experiments.links.adaptation import schemes_of
    from linksim.experiments.links.simulation import CURVES_FILE, run_link
    from linksim.experiments.links.tables import link_table
    from linksim.experiments.physical import modulations_for
    from linksim.experiments.results.hdf5 import RESULTS_FILE

    if options["adapt"]:
        options["code"] = schemes_of(options["adapt"], options["code"])
    options["modulation"] = modulations_for(options["code"], options["modulation"])
    configuration = LinkConfiguration(**options)
    with _reporter() as report:
        results = run_link(configuration, out, threads, resume, report)
    say(link_table(results))
    say(f"wrote {out / RESULTS_FILE}, {out / CURVES_FILE}")


@contextmanager
def _reporter() -> Iterator[Progress]:
    """Show on stderr each finished point, and on a terminal how the one in hand goes."""
    from rich.console import Console
    from rich.text import Text

    from linksim.experiments.links.tables import point_line

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with console.status("starting") as status:

        def report(place: Place, counted: Tally, finished: bool) -> None:
            line = Text(f"{place.done + finished}/{place.total} {point_line(place, counted)}")
            if finished:
                console.print(line)
            else:
                status.update(line)

        yield report
