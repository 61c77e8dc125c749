"""``linksim compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from linksim.experiments.cli.formats import check_output, format_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

if TYPE_CHECKING:
    from linksim.experiments.links.curves import LinkCurve
    from linksim.experiments.results.sweeps import SweepResults


@click.command("compare")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.9,
    show_default=True,
    help="Gains are at this share of the answer match that the first reaches at its highest SNR.",
)
@click.option(
    "--bler",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Of links: gains are at this block error rate.",
)
@click.option(
    "--ebno",
    is_flag=True,
    help="Gains and curves by Eb/N0 per information bit, which charges each for its rate, in place "
    "of Es/N0.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("compare.png"),
    show_default=True,
    help="Picture of the curves: .png, .pdf or .svg.",
)
def command(files: tuple[Path, ...], level: float, bler: float, ebno: bool, out: Path) -> None:
    """Compare sweeps of the same pictures, or links, in one file or several, with the first one.

    Draws their curves together. Prints by how many dB less SNR each reaches the answer match of
    the first (95 % intervals by the bootstrap over questions), and at each SNR that all have the
    differences to the first, picture by picture (paired 95 % intervals). Of links it prints by how
    many dB less SNR each reaches a block error rate.

    \b
    Examples:
      linksim compare runs/a/results.h5 runs/b/results.h5
      linksim compare runs/grid/results.h5 --level 0.8 -o grid.pdf
      linksim compare runs/grid/results.h5 --ebno
      linksim compare runs/link/results.h5 --bler 0.001
    """
    from linksim.experiments.links.curves import load_drawables, of_one_kind
    from linksim.experiments.results.comparison import check_have_ebno

    format_of(out)
    check_output(out, files)
    found = load_drawables(files)
    sweeps, links = of_one_kind(found)
    if len(found) < 2:
        what = "sweep" if sweeps else "curve"
        raise Fault(f"{files[0]}: holds a single {what}; give more files to compare")
    if sweeps and links:
        raise Fault("FILES: some are of sweeps, others of links; compare each kind by itself")
    if ebno:
        check_have_ebno(found)
    said = _of_sweeps(sweeps, level, ebno, out) if sweeps else _of_links(links, bler, ebno, out)
    say(f"{said}\nwrote {out}")


def _of_sweeps(sweeps: dict[str, SweepResults], level: float, ebno: bool, out: Path) -> str:
    from linksim.experiments.report.comparing import differences_table, gains_table
    from linksim.experiments.report.sheets import plot_together
    from linksim.experiments.results.comparison import check_same_pictures

    check_same_pictures(sweeps)
    plot_together(sweeps, out, ebno)
    return f"{gains_table(sweeps, level, ebno)}\n\n{differences_table(sweeps)}"


def _of_links(links: dict[str, LinkCurve], bler: float, ebno: bool, out: Path) -> str:
    from linksim.experiments.links.comparing import link_gains_table
    from linksim.experiments.report.paper_figures import STANDARD_OF_LINKS
    from linksim.experiments.report.sheets import plot_together

    plot_together(links, out, ebno, STANDARD_OF_LINKS)
    return link_gains_table(links, bler, ebno)
