"""``linksim compare``."""

from __future__ import annotations

from pathlib import Path

import click

from linksim.experiments.cli.formats import check_output, format_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say


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
def command(files: tuple[Path, ...], level: float, ebno: bool, out: Path) -> None:
    """Compare sweeps of the same pictures, in one file or several, with the first one.

    Draws their curves together. Prints by how many dB less SNR each reaches the answer match of
    the first (95 % intervals by the bootstrap over questions), and at each SNR that all have the
    differences to the first, picture by picture (paired 95 % intervals).

    \b
    Examples:
      linksim compare runs/a/results.h5 runs/b/results.h5
      linksim compare runs/grid/results.h5 --level 0.8 -o grid.pdf
      linksim compare runs/grid/results.h5 --ebno
    """
    from linksim.experiments.report.comparing import differences_table, gains_table
    from linksim.experiments.report.sheets import plot_together
    from linksim.experiments.results.comparison import check_have_ebno, check_same_pictures
    from linksim.experiments.results.sweep_files import load_sweeps

    format_of(out)
    check_output(out, files)
    results = load_sweeps(files)
    if len(results) < 2:
        raise Fault(f"{files[0]}: holds a single sweep; give more files to compare")
    check_same_pictures(results)
    if ebno:
        check_have_ebno(results)
    plot_together(results, out, ebno)
    gains = gains_table(results, level, ebno)
    say(f"{gains}\n\n{differences_table(results)}\nwrote {out}")
