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

    RESULTS are files that `linksim sweep` or `linksim link` wrote; all stand side by side. The page
    opens in any browser, without a network; it can be mailed.

    \b
    Examples:
      linksim report runs/sweep/results.h5
      linksim report runs/*/results.h5 -o compared.html
      linksim report runs/link/results.h5 -o link.html
    """
    from linksim.experiments.links.curves import load_drawables, of_one_kind
    from linksim.experiments.report.page.page import render
    from linksim.experiments.results.parts import write_atomically

    check_output(out, results)
    found = load_drawables(results)
    page = render(found).encode()
    write_atomically(out, page)
    sweeps, links = of_one_kind(found)
    kinds = {"sweep": len(sweeps), "curve": len(links)}
    held = [f"{n} {name}{'s' * (n > 1)}" for name, n in kinds.items() if n]
    size = f"{len(page) / 1e6:.1f} MB" if len(page) >= 1e6 else f"{len(page) / 1e3:.0f} kB"
    say(f"wrote {out}: {', '.join(held)}, {size}")
