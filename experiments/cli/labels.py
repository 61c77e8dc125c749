"""``linksim labels``."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import models_option, preset_option
from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.text_out import say
from linksim.source.discover.labels import (
    TaskLabels,
    UnknownTask,
    read_answer,
    read_labels,
    task_labels,
)
from linksim.source.refused import Refused
from linksim.source.text_files import UnreadableText, one_line

if TYPE_CHECKING:
    from linksim.source.discover.task_analysis import Provider

_HOME = Path("runs/labels")
_KEY = "LINKSIM_LLM_KEY"
_LONGEST = 2000  # characters of a description


def _task(_: click.Context, __: click.Parameter, text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", text):
        raise Fault(f"--task {text[:60]}: give a short name of letters a-z, digits, - and _")
    return text


def _description(_: click.Context, __: click.Parameter, text: str) -> str:
    if len(text) > _LONGEST:
        raise Fault(f"--description: longer than {_LONGEST} characters; say it shorter")
    return _plain("--description", " ".join(text.split()))


def _model(_: click.Context, __: click.Parameter, text: str) -> str:
    return _plain("--llm-model", text)


def _plain(option: str, text: str) -> str:
    try:
        return one_line(text)
    except Refused as error:
        raise Fault(f"{option}: {error}; say it in plain text") from None


@click.command("labels", cls=Checked)
@click.option("--task", required=True, callback=_task, help="detection, segmentation, …")
@click.option("--description", default="", callback=_description, help="What the task is about.")
@click.option("--llm-url", default=None, help="Endpoint of OpenAI's protocol, up to /v1.")
@click.option(
    "--llm-model", default="", callback=_model, help="Name of the model behind --llm-url."
)
@click.option(
    "--llm-folder",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of a causal language model for transformers.",
)
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    default=None,
    help="File of your own with a label a line, or a language model's answer as it came.",
)
@preset_option
@models_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help=f"File for the labels [default: {_HOME}/TASK.txt].",
)
def command(
    task: str,
    description: str,
    preset: str,
    models: Path | None,
    out: Path | None,
    llm_model: str,
    **sources: Any,
) -> None:
    """Name the labels of the objects that a task needs, for the codec discover.

    A language model is asked once; its labels are kept in a file that can be read and edited. With
    neither model nor file they are those that come with linksim for the preset's pictures. A key
    for --llm-url is taken from the environment variable LINKSIM_LLM_KEY.

    A preset uses files TASK.txt in a folder by `tasks = "folder:NAME"` in its table [discover].

    \b
    Examples:
      linksim labels --task detection
      linksim labels --task traffic --description "count vehicles at a crossing" \\
          --llm-url http://localhost:8000/v1 --llm-model NAME
    """
    given = sorted(name for name, value in sources.items() if value)
    if len(given) > 1:
        raise Fault(f"--{given[1].replace('_', '-')}: give one source of labels, not several")
    if llm_model and not sources["llm_url"]:
        raise Fault("--llm-model: goes with --llm-url; give that too")
    file, ask = out or _HOME / f"{task}.txt", (task, description)
    if sources["labels"]:
        _keep(file, _own_labels(*ask, sources["labels"]))
    elif given:
        provider = _provider(sources["llm_url"], llm_model, sources["llm_folder"])
        if not _is_kept(file, TaskLabels(*ask, provider.name, ())):
            _keep(file, _analyse(*ask, provider))
    else:
        _keep(file, _shipped_labels(*ask, preset, models))
    say(f"{len(read_labels(file).labels)} labels of {task} are in {file}")


def _is_kept(file: Path, asked: TaskLabels) -> bool:
    """Say whether a file has these labels already, edited or not; no other file is written over."""
    if not file.exists():
        return False
    try:
        kept = read_labels(file)
    except UnreadableText as error:
        raise Fault(f"--out {error}") from None
    if replace(kept, labels=()) != replace(asked, labels=()):
        raise Fault(f"--out {file}: holds other labels already; give another file, or remove it")
    return True


def _keep(file: Path, labels: TaskLabels) -> None:
    if not _is_kept(file, labels):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, labels.text().encode())


def _own_labels(task: str, description: str, file: Path) -> TaskLabels:
    try:
        return replace(read_answer(file), task=task, description=description)
    except UnreadableText as error:
        raise Fault(f"--labels {error}") from None


def _shipped_labels(task: str, description: str, preset: str, models: Path | None) -> TaskLabels:
    from linksim.source.zoo.preset import load_preset

    try:
        labels = task_labels(load_preset(preset, models), task)
    except UnknownTask as error:
        raise Fault(f"--task {error}; or let --llm-url, --llm-folder or --labels name it") from None
    return replace(labels, description=description or labels.description)


def _provider(url: str | None, model: str, folder: Path | None) -> Provider:
    from linksim.source.discover.endpoint import Endpoint
    from linksim.source.discover.task_analysis import LocalModel
    from linksim.source.zoo.preset import ModelUnavailable

    if url:
        try:
            return Endpoint(url, model, os.environ.get(_KEY, ""))
        except Refused as error:
            raise Fault(f"--llm-url {error}") from None
    try:
        return LocalModel(folder or Path())
    except ModelUnavailable as error:
        raise Fault(f"--llm-folder: {error}") from None


def _analyse(task: str, description: str, provider: Provider) -> TaskLabels:
    from linksim.source.discover.endpoint import Endpoint
    from linksim.source.discover.task_analysis import TaskAnalysisFailed, analyse
    from linksim.source.zoo.preset import ModelUnavailable

    try:
        return analyse(task, description, provider)
    except (TaskAnalysisFailed, ModelUnavailable) as error:
        option = "--llm-url" if isinstance(provider, Endpoint) else "--llm-folder"
        raise Fault(f"{option}: {error}") from None
