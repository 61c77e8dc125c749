"""``linksim report``."""

from __future__ import annotations

from pathlib import Path

import click

from linksim.experiments.cli.formats import check_output
from linksim.experiments.text_out import say


@click.command("report")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="The page.",
)
def command(results: tuple[Path, ...], out: Path) -> None:
    """Write one page with everything in it: curves, pictures as received, how to repeat it.

    RESULTS are files that `linksim sweep` wrote; all their sweeps stand side by side. The page
    opens in any browser, without a network; it can be mailed.

    \b
    Examples:
      linksim report runs/sweep/results.h5
      linksim report runs/*/results.h5 -o compared.html
    """
    from linksim.experiments.report.page.page import render
    from linksim.experiments.results.parts import write_atomically
    from linksim.experiments.results.sweep_files import load_sweeps

    check_output(out, results)
    sweeps = load_sweeps(results)
    page = render(sweeps).encode()
    write_atomically(out, page)
    many = "sweep" if len(sweeps) == 1 else "sweeps"
    size = f"{len(page) / 1e6:.1f} MB" if len(page) >= 1e6 else f"{len(page) / 1e3:.0f} kB"
    say(f"wrote {out}: {len(sweeps)} {many}, {size}")
