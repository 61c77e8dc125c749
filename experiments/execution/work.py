"""Tasks as a process does them: models are loaded once, pictures encoded once for all SNRs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.execution.tasks import Arrays, Facts, Order, Task
from linksim.experiments.faults import Fault
from linksim.experiments.measurement import (
    SHOWN,
    AnyMessage,
    Measurement,
    PreparedGroup,
    as_bytes,
)
from linksim.experiments.physical import refusals_as_faults
from linksim.experiments.results import versions
from linksim.experiments.setting import samples_for, spec_of
from linksim.link import Connection, Injection, connect
from linksim.source import AnyCodec, load_codec
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import Preset, load_preset


def facts(order: Order) -> Facts:
    """Load the models; say what came of it."""
    measurement = _measurement(order)
    link = measurement.link
    return Facts(link.engine, link.information_bits_per_symbol, measurement.cut())


def encode(order: Order, numbers: range) -> list[PreparedGroup]:
    """Encode a batch of pictures, and let the judge answer about them."""
    with _from(order):
        return _measurement(order).prepare(numbers)


def perform(order: Order, prepared: list[PreparedGroup], point: float | None) -> Arrays:
    """Do a task on its encoded pictures; see `Measurement.measure` and `describe`."""
    measurement = _measurement(order)
    if point is None:
        return {**describe(prepared), **measurement.costs(prepared)}
    return measurement.measure(prepared, point)


class Here:
    """A crew of one: this process."""

    def size(self) -> int:
        return 1

    def facts(self, order: Order) -> Facts:
        return facts(order)

    def results(self, order: Order, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        numbers, prepared = range(0), list[PreparedGroup]()
        for task in tasks:
            if task.numbers != numbers:
                numbers, prepared = task.numbers, encode(order, task.numbers)
            yield task, perform(order, prepared, task.point)


def known_versions() -> str:
    """Return the versions of linksim and of what computes, as JSON."""
    return json.dumps({"linksim": version("semantic-linksim"), **json.loads(versions())})


@lru_cache(maxsize=1)
def _measurement(order: Order) -> Measurement:
    _measurement.cache_clear()  # it holds a codec, and two may not fit into memory
    configuration = order.configuration
    preset = configuration.preset, configuration.models, order.trusted, order.device, order.folder
    with _from(order):
        judge = _judge(*preset)  # first, because it may ask for trust
        codec = _codec(configuration.codec, *preset)
        samples, device = samples_for(configuration), torch.device(order.device)
        return Measurement(samples, codec, judge, device, partial(_link, order, codec))


def _link(order: Order, codec: AnyCodec, message: AnyMessage) -> Connection:
    """Return the link that an order asks for, or what injects errors in its place.

    Raises:
        Fault: if it cannot carry the codec's messages.
    """
    configuration, seed = order.configuration, order.configuration.seed
    if order.errors:
        injection = Injection(codec, order.errors, seed)
        try:
            injection.account(message)
        except ValueError as error:
            raise Fault(f"--codec {configuration.codec}: {error}") from None
        return injection
    soft = configuration.receiver == "soft"
    with refusals_as_faults():
        spec, engine = spec_of(configuration), configuration.engine
        return connect(codec, message, spec, seed, engine, order.threads, soft)


@lru_cache(maxsize=1)
def _judge(preset: str, models: str | None, trusted: bool, device: str, _: str) -> Llava:
    return load_llava(_preset(preset, models, trusted), torch.device(device))


@lru_cache(maxsize=1)
def _codec(
    name: str, preset: str, models: str | None, trusted: bool, device: str, _: str
) -> AnyCodec:
    _codec.cache_clear()
    return load_codec(name, _preset(preset, models, trusted), torch.device(device))


def _preset(name: str, models: str | None, trusted: bool) -> Preset:
    return load_preset(name, Path(models) if models else None, trusted)


def _from(order: Order) -> contextlib.AbstractContextManager[None]:
    """Return a context in which relative paths begin where they did for who gave the order."""
    there = Path(order.folder)
    return contextlib.chdir(there) if there.is_dir() else contextlib.nullcontext()


def describe(groups: list[PreparedGroup]) -> Arrays:
    """Return texts of samples, and the originals of those that are shown."""
    samples = [sample for group in groups for sample in group.samples[: group.used]]
    wanted = [answer for group in groups for answer in group.wanted.answers[: group.used]]
    numbers = [number for group in groups for number in group.numbers[: group.used]]
    originals = torch.cat([group.images[: group.used] for group in groups])
    shown = sum(number < SHOWN for number in numbers)
    texts = {
        "text": [sample.question for sample in samples],
        "family": [sample.family for sample in samples],
        "truth": [sample.truth for sample in samples],
        "name": [sample.name for sample in samples],
        "wanted": wanted,
    }
    described = {name: np.array(values, dtype=np.str_) for name, values in texts.items()}
    return {**described, "original": as_bytes(originals[:shown])}
