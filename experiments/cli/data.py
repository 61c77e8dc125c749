"""``linksim data``."""

from __future__ import annotations

from pathlib import Path

import click

from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say


@click.command("data")
@click.argument("dataset", type=click.Choice(("vqa",)))
@click.option(
    "--check",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with the files as they are published.",
)
def command(dataset: str, folder: Path) -> None:
    """Say what there is of a published data set in a folder, and what is missing.

    VQA v2's val2014 is for sweeps, its train2014 for training; docs/paper.md says how to get them.
    Ends with exit code 2 if neither is complete, or one is there in part or damaged.

    \b
    Example:
      linksim data vqa --check VQA/
    """
    from linksim.experiments.data.vqa_check import check_vqa, describe

    if not folder.is_dir():
        raise Fault(f"--check {folder}: no such folder")
    states = check_vqa(folder)
    say(describe(states))
    if all(state.absent for state in states):
        raise Fault(f"--check {folder}: nothing of {dataset} in it; docs/paper.md has its layout")
    if spoilt := [state.split for state in states if not state.usable and not state.absent]:
        raise Fault(f"--check {folder}: {' and '.join(spoilt)} can't be used; fetch it again")
