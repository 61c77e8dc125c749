"""What is to be done, in words that travel between processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from linksim.experiments.configuration import SweepConfiguration

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Order:
    """What a process must know to do a sweep's tasks.

    Attributes:
        configuration: of the sweep.
        device: of the neural networks, as PyTorch names it.
        threads: of the physical layer, 0 for all cores that the process may use.
        trusted: see `linksim.source.zoo.preset.Preset`.
        folder: where relative paths begin.
        versions: of linksim and of what computes, to refuse processes that have others.
        inputs: digests of what is read, as JSON: a process that was given other ones reads anew.
        errors: one of `linksim.link.ERROR_KINDS` to be injected in place of a link's, or none.
    """

    configuration: SweepConfiguration
    device: str
    threads: int
    trusted: bool
    folder: str
    versions: str
    inputs: str = "{}"
    errors: str = ""

    def of_sender(self) -> Order:
        """Return what encoder and judge must know; orders that share it share encoded pictures."""
        return replace(self, configuration=self.configuration.of_sender(), errors="")


@dataclass(frozen=True)
class Facts:
    """What a sweep learns from a process with its models.

    Attributes:
        engine: the one that ``auto`` chose.
        information_bits_per_symbol: see `linksim.link`; None where pictures differ in it.
        cut: what is to be said of questions that the codec reads in part; empty if of none.
    """

    engine: str
    information_bits_per_symbol: float | None
    cut: str = ""


@dataclass(frozen=True)
class Task:
    """A batch of pictures to be measured at a point, or to be described.

    Attributes:
        order: of the sweep.
        numbers: of the pictures.
        point: the SNR in dB, or the probability of injected errors; None to describe pictures.
        ahead: points at which these pictures will be wanted next.
    """

    order: Order
    numbers: range
    point: float | None
    ahead: tuple[float, ...] = ()

    @property
    def batch(self) -> tuple[Order, range]:
        """What tasks have in common for which a batch is encoded once."""
        return self.order.of_sender(), self.numbers


class Crew(Protocol):
    """Who does tasks: this process, or workers."""

    def size(self) -> int:
        """Return how many processes there are by now, at least 1."""

    def facts(self, order: Order) -> Facts:
        """Load an order's models and say what came of it.

        Raises:
            linksim.phy.Refused: if the physical layer cannot carry the codec's messages.
        """

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        """Do tasks; yield each with its result, in the order in which they are finished.

        The next task is asked for only when there is somebody to do it.

        Raises:
            Fault: if a task cannot be done.
        """
