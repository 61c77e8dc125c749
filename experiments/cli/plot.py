"""``linksim plot``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.formats import FORMATS, check_output, format_of
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say
from linksim.phy.options import meant


@click.command("plot")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="A panel of the figure; give it again for more [default: ber, answer_match, relevance, "
    "psnr]. --list names them.",
)
@click.option(
    "--figure",
    metavar="NAME",
    help="A figure of a seed paper, from what `linksim study` left. --list names them.",
)
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    help="The study's folder [default: where the study writes].",
)
@click.option("--ebno", is_flag=True, help="Draw sweeps against Eb/N0 per information bit.")
@click.option("--list", "listed", is_flag=True, help="Name the metrics and the figures, and stop.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=None,
    help="Of the file [default: as its name ends].",
)
@click.option(
    "--columns",
    type=click.Choice(("1", "2")),
    default="2",
    show_default=True,
    help="Of the page that the figure is as wide as: 3.5 or 7.16 inches.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("figure.pdf"),
    show_default=True,
    help="The figure.",
)
def command(results: tuple[Path, ...], listed: bool, out: Path, **options: Any) -> None:
    """Draw a figure for a paper, of sweeps' or links' results or as a seed paper has it.

    Nothing is measured: RESULTS are files that `linksim sweep` and `linksim link` wrote, in one
    figure where they have the same metric (ber, bler, raw_ber); --figure draws what
    `linksim study` has measured.

    \b
    Examples:
      linksim plot runs/*/results.h5 --metric ber --metric answer_match -o curves.pdf
      linksim plot runs/grid/results.h5 --metric ber --ebno -o ber.pdf
      linksim plot runs/link/results.h5 --metric bler -o bler.pdf
      linksim plot runs/sweep/results.h5 --columns 1 --metric psnr -o psnr.svg
      linksim plot --figure uo-isc-4a --from runs/study-uo-isc -o figure-4a.pdf
    """
    if listed:
        say(_list())
        return
    form, columns = format_of(out, options["form"]), int(options["columns"])
    check_output(out, results)
    from linksim.experiments.report.paper_figures import paper_style, write_figure

    with paper_style():
        if options["figure"]:
            if results or options["metrics"] or options["ebno"]:
                raise Fault(
                    "--figure: draws a study's folder; leave out RESULTS, --metric and --ebno"
                )
            figure = _of_a_paper(options["figure"], options["folder"], columns)
        else:
            if options["folder"]:
                raise Fault("--from: names the folder of --figure; give --figure too")
            figure = _of_sweeps(results, options["metrics"], columns, options["ebno"])
        write_figure(figure, out, form)
    say(f"wrote {out}")


def _of_sweeps(
    results: tuple[Path, ...], metrics: tuple[str, ...], columns: int, ebno: bool
) -> Any:
    from linksim.experiments.links.curves import load_drawables, of_one_kind
    from linksim.experiments.report.paper_figures import STANDARD, STANDARD_OF_LINKS, metrics_figure
    from linksim.experiments.report.plots import known_metrics
    from linksim.experiments.results.comparison import check_have_ebno
    from linksim.experiments.results.metrics import METRICS

    if not results:
        remedy = "give a sweep's or a link's results.h5, or a paper's figure by --figure NAME"
        raise Fault(f"RESULTS: {remedy}")
    for name in metrics:
        if name not in METRICS:
            offer = f"choose from {', '.join(METRICS)}{meant(name, METRICS)}"
            raise Fault(f"--metric {name}: there is none; {offer}")
    found = load_drawables(results)
    if ebno:
        check_have_ebno(found)
    standard = STANDARD if of_one_kind(found)[0] else STANDARD_OF_LINKS
    known = known_metrics(found, list(dict.fromkeys(metrics or standard)))
    for name in metrics:
        if name not in known:
            raise Fault(f"--metric {name}: none of these files has it; leave it out")
    return metrics_figure(found, known, columns, ebno)


def _of_a_paper(name: str, folder: Path | None, columns: int) -> Any:
    from linksim.experiments.cli.refusals import refusals_said_of
    from linksim.experiments.report.paper_figures import WIDTHS
    from linksim.experiments.studies.stored import FIGURES, draw_stored

    if name not in FIGURES:
        offer = f"choose from {', '.join(FIGURES)}{meant(name, FIGURES)}"
        raise Fault(f"--figure {name}: there is none; {offer}")
    with refusals_said_of(codec="--figure"):
        return draw_stored(name, folder, WIDTHS[columns])


def _list() -> str:
    from linksim.experiments.results.metrics import METRICS
    from linksim.experiments.studies.stored import FIGURES

    metrics = [f"  {name:18} {metric.title}" for name, metric in METRICS.items()]
    figures = [f"  {name:18} {figure.title}" for name, figure in FIGURES.items()]
    return "\n".join(["Metrics (--metric)", *metrics, "", "Figures (--figure)", *figures])
