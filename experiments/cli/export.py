"""``linksim export``."""

from __future__ import annotations

from pathlib import Path

import click

from linksim.experiments.cli.formats import check_output
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--csv", is_flag=True, default=True, help="As CSV, which is all there is.")
@click.option("--pictures", is_flag=True, help="Every picture's figures, in place of the curves.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="File to write; standard output if not given.",
)
def command(file: Path, csv: bool, pictures: bool, out: Path | None) -> None:
    """Write the figures of a sweep's or a link's results.h5 as CSV, in long form.

    A line has the sweep's label, codec, code, modulation and channel, SNR (Es/N0 and Eb/N0), a
    metric, its value and the ends of its 95 % interval. What is not known is left out.
    Of a link the label is that of a curve, and there is no codec.

    \b
    Examples:
      linksim export runs/sweep/results.h5 --csv -o curves.csv
      linksim export runs/sweep/results.h5 --pictures -o pictures.csv
      linksim export runs/link/results.h5 -o link.csv
    """
    from linksim.experiments.links.curves import curves_of
    from linksim.experiments.links.results import is_link_file, load_link_results
    from linksim.experiments.results.csv_lines import curves_csv, pictures_csv
    from linksim.experiments.results.parts import write_atomically
    from linksim.experiments.results.sweeps import load_results

    if out is not None:
        check_output(out, [file])
    if is_link_file(file):
        if pictures:
            raise Fault(f"--pictures: {file} is of a link, which sends none; leave it out")
        text = curves_csv(curves_of(load_link_results(file)), "curve")
    else:
        results = load_results(file)
        text = pictures_csv(results) if pictures else curves_csv(results)
    if out is None:
        say(text, end="")
    else:
        write_atomically(out, text.encode())
        say(f"wrote {out}")
