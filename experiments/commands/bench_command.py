"""``linksim bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from linksim.experiments.faults import Fault


@click.command("bench")
@click.option(
    "--table",
    type=click.Path(exists=True, dir_okay=False, writable=True, path_type=Path),
    help="Also put the tables into this page, between its lines '<!-- bench: begin -->' and "
    "'<!-- bench: end -->'.",
)
def command(table: Path | None) -> None:
    """Measure how fast the physical layer is on this machine.

    \b
    Whole chains of each engine, at the SNR of BLER 1e-2 and at high SNR;
    the native chain's stages; all cores against one; bit packing against numpy.

    All figures come from one run and are to be read as ratios: other work on the machine slows
    everything down alike. Takes about three minutes.
    """
    from linksim.experiments.bench.report import packing_table, report, write_between_marks

    click.echo("measuring on one pinned core (about two minutes) ...", err=True)
    one = _measure("one")
    click.echo("measuring on all cores ...", err=True)
    text = report(one, _measure("all"))
    click.echo(f"{text}\n\n{packing_table(one['packing'])}")
    if table:
        try:
            write_between_marks(table, text)
        except ValueError as error:
            raise Fault(f"--table {error}") from error


def _measure(part: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "linksim.experiments.bench.measure", part],
        stdout=subprocess.PIPE,
        text=True,
    )
    if run.returncode:
        raise Fault("bench: measuring failed, see above")
    result: dict[str, Any] = json.loads(run.stdout)
    return result
