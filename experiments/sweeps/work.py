"""Tasks as a process does them: models are loaded once, pictures encoded once for all SNRs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.configuration import OWN
from linksim.experiments.cores import Desk
from linksim.experiments.data.samples import Samples
from linksim.experiments.data.told import ToldSamples
from linksim.experiments.machine_tasks.observers import load_observers
from linksim.experiments.results.metrics import THINGS
from linksim.experiments.results.sweeps import versions
from linksim.experiments.sweeps.canvas import on_canvas
from linksim.experiments.sweeps.cut_questions import check_asked
from linksim.experiments.sweeps.framing import framing_of
from linksim.experiments.sweeps.measurement import (
    SHOWN,
    Measurement,
    PreparedGroup,
    as_bytes,
    in_order,
)
from linksim.experiments.sweeps.measures import load_measures
from linksim.experiments.sweeps.scores import Asked
from linksim.experiments.sweeps.setting import Source, samples_for
from linksim.experiments.sweeps.tasks import Arrays, Facts, Models, Order, Sender, Task
from linksim.link.bandwidth import fitted_codec
from linksim.link.cbr import parse_cbr
from linksim.link.sized_links import AnyLinks, SizedLinks
from linksim.phy import PhySetup
from linksim.source import AnyCodec, load_codec
from linksim.source.judge import Judge, load_judge
from linksim.source.sizes import Size
from linksim.source.zoo.preset import Preset, load_preset


def facts(order: Order) -> Facts:
    """Load the models; say what came of it.

    Raises:
        linksim.phy.Refused: if the physical layer cannot carry the codec's messages.
        linksim.source.Refused: if the judge does not answer a question.
    """
    link = _link(order)
    what = _measurement(order.sender)
    what.check_questions()
    about = what.cut(), what.most_at_once, what.ssim, link.sender_knows
    return Facts(link.engine, link.information_bits_per_symbol, *about)


def encode(sender: Sender, numbers: range) -> list[PreparedGroup]:
    """Encode a batch of pictures, and let the judge answer about them."""
    with _from(sender.models):
        return _measurement(sender).prepare(numbers)


def perform(task: Task, prepared: list[PreparedGroup]) -> Arrays:
    """Do a task on its encoded pictures; see `Measurement.measure` and `describe`."""
    return perform_with(_measurement(task.order.sender), _link(task.order), task, prepared)


def perform_with(
    measurement: Measurement, link: AnyLinks, task: Task, prepared: list[PreparedGroup]
) -> Arrays:
    """Do a task by a measurement over a link; see `perform`."""
    if task.point is None:
        return {**describe(prepared), **measurement.costs(link, prepared)}
    return measurement.measure(link, prepared, task.point, task.ahead)


def in_batches(
    tasks: Iterable[Task],
    encode: Callable[[Sender, range], list[PreparedGroup]],
    perform: Callable[[Task, list[PreparedGroup]], Arrays],
) -> Iterator[tuple[Task, Arrays]]:
    """Do tasks one after the other, encoding anew only where a batch follows another one."""
    batch: tuple[Sender, range] | None = None
    prepared: list[PreparedGroup] = []
    for task in tasks:
        if task.batch != batch:
            batch, prepared = task.batch, encode(*task.batch)
        yield task, perform(task, prepared)


class LocalCrew:
    """A crew of one: this process."""

    def size(self) -> int:
        return 1

    def facts(self, order: Order) -> Facts:
        return facts(order)

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        return in_batches(tasks, encode, perform)


def known_versions() -> str:
    """Return the versions of linksim and of what computes, as JSON."""
    return json.dumps({"linksim": version("semantic-linksim"), **json.loads(versions())})


def forget_models() -> None:
    """Let go of models, and of what was made with them; who needs them loads them anew."""
    for kept in (_measurement, _link, _judge, _codec, _asked):
        kept.cache_clear()
    _read.clear()


_LINKS = 64  # that are kept, planned and ready, for tasks to come
_read: dict[tuple[Source, str, str], Samples] = {}  # the samples that this process read last


def hold(sender: Sender, samples: Samples) -> None:
    """Keep samples for a sender's tasks in this process; those of before are let go of."""
    _read.clear()
    _read[sender.source, sender.models.folder, sender.inputs] = samples


def _samples(sender: Sender) -> Samples:
    """Return a sender's samples, which a process reads once."""
    key = sender.source, sender.models.folder, sender.inputs
    if key not in _read:
        hold(sender, samples_for(sender.source))
    return _read[key]


def _told(sender: Sender) -> Samples:
    """Return a sender's samples with the questions that it is told."""
    told, samples = sender.source.told, _samples(sender)
    return samples if told == OWN else ToldSamples(samples, told)


@lru_cache(maxsize=1)
def _measurement(sender: Sender) -> Measurement:
    """Return what measures for a sender."""
    _measurement.cache_clear()  # it holds a codec, and two may not fit into memory
    _link.cache_clear()  # and so do its links
    with _from(sender.models):
        judge = _judge(sender.models)  # first, because it may ask for trust
        codec = _codec(sender.codec, sender.models)
        check_asked(codec, sender.source.is_asked)
        samples, device = _told(sender), torch.device(sender.models.device)
        desk = Desk(_desk_threads(sender))
        asked = _asked(sender.models, sender.source)
        if not (sender.size or sender.cbr):
            return Measurement(samples, codec, judge, device, desk, asked=asked)
        framing, ratio = framing_of(sender.size, codec), parse_cbr(sender.cbr or "1")
        setup = sender.setup or PhySetup()

        def fit(size: Size) -> AnyCodec:
            return fitted_codec(codec, setup, size, ratio if sender.cbr else None)

        return Measurement(samples, codec, judge, device, desk, framing, fit, asked)


@lru_cache(maxsize=_LINKS)
def _link(order: Order) -> AnyLinks:
    """Return the link that an order asks for, or what injects errors in its place.

    Raises:
        linksim.phy.Refused: if it cannot carry the codec's messages.
    """
    what = _measurement(order.sender)
    if not what.sizes:
        return order.way.connection(what.codec)
    return SizedLinks(lambda size: order.way.connection(what.codec_for(size)), what.sizes)


@lru_cache(maxsize=1)
def _judge(models: Models) -> Judge:
    return load_judge(models.judge, _preset(models), torch.device(models.device))


@lru_cache(maxsize=1)
def _asked(models: Models, source: Source) -> Asked:
    """Return who does machine tasks on received pictures, and what else is measured of them."""
    preset, device = _preset(models), torch.device(models.device)
    observers = load_observers(models.tasks, preset, device, source.kind)
    return Asked(observers, load_measures(models.metrics, preset, device))


@lru_cache(maxsize=1)
def _codec(name: str, models: Models) -> AnyCodec:
    _codec.cache_clear()
    return load_codec(name, _preset(models), torch.device(models.device))


def _desk_threads(sender: Sender) -> int:
    """Return how many networks run side by side; a GPU is filled by one."""
    return sender.threads if torch.device(sender.models.device).type == "cpu" else 1


def _preset(models: Models) -> Preset:
    own = Path(models.models) if models.models else None
    return load_preset(models.preset, own, models.trusted)


def _from(models: Models) -> contextlib.AbstractContextManager[None]:
    """Return a context in which relative paths begin where they did for who gave the order."""
    there = Path(models.folder)
    return contextlib.chdir(there) if there.is_dir() else contextlib.nullcontext()


def describe(groups: list[PreparedGroup]) -> Arrays:
    """Return texts of samples, and the originals of those that are shown."""
    return in_order(groups, [_described(group) for group in groups])


def _described(group: PreparedGroup) -> Arrays:
    samples = group.samples[: group.used]
    shown = [place for place in range(group.used) if group.numbers[place] < SHOWN]
    texts = {
        "text": [sample.question for sample in samples],
        "family": [sample.family for sample in samples],
        "truth": [sample.truth for sample in samples],
        "name": [sample.name for sample in samples],
        "wanted": group.wanted.answers[: group.used],
    }
    texts |= {THINGS: group.things[: group.used]} if group.things else {}
    described = {name: np.array(values, dtype=np.str_) for name, values in texts.items()}
    return {**described, "original": on_canvas(as_bytes(group.images[shown]), group.canvas)}
