"""``linksim show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from linksim.experiments.text_out import say


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Print what a results.h5 holds, of linksim sweep or linksim link, and what made it.

    A folder stands for the results.h5 in it, here and wherever results are read.

    \b
    Example:
      linksim show runs/sweep/results.h5
    """
    from linksim.experiments.links.results import is_link_file, load_link_results
    from linksim.experiments.links.tables import link_table
    from linksim.experiments.report.tables import sweeps_table
    from linksim.experiments.results.sweeps import load_results

    if is_link_file(file):
        link = load_link_results(file)
        about, table = link.attributes, link_table(link)
    else:
        results = load_results(file)
        about, table = next(iter(results.values())).attributes, sweeps_table(results)
    say(f"{_origin(about)}\n\n{table}")


def _origin(about: dict[str, Any]) -> str:
    """Return the command that made a file, and the versions of what it ran on."""
    try:
        versions = json.loads(about["versions"])
        on = ", ".join(f"{name} {version}" for name, version in versions.items())
    except (KeyError, ValueError, AttributeError, RecursionError):
        on = "not known"
    return (
        f"command: {about.get('command')}\nlinksim {about.get('linksim_version')}; versions: {on}"
    )
