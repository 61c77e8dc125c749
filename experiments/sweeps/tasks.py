"""What is to be done, in words that travel between processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from linksim.phy import PhySetup

if TYPE_CHECKING:
    from linksim.experiments.sweeps.setting import Source
    from linksim.link import Connection
    from linksim.source import AnyCodec

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Models:
    """Which neural networks do the work, and where.

    Attributes:
        preset: its name, or its file.
        models: folder of models of the user's own; None for the preset's.
        trusted: see `linksim.source.zoo.preset.Preset`.
        device: of the networks, as PyTorch names it.
        folder: where relative paths begin.
        judge: see `linksim.source.judge.load_judge`.
        tasks: that models do on received pictures, with commas between; mostly none.
        metrics: of received pictures that are asked for besides, with commas between.
    """

    preset: str
    models: str | None
    trusted: bool
    device: str
    folder: str
    judge: str
    tasks: str = ""
    metrics: str = ""


@dataclass(frozen=True)
class Sender:
    """What encoder and judge must know; orders that share it share encoded pictures.

    Attributes:
        source: of the pictures.
        codec: ``NAME`` or ``NAME:OPTIONS``; the codec itself reads the latter.
        models: that do the work.
        threads: on which networks run side by side, 0 for all cores that the process may use.
        versions: of linksim and of what computes, to refuse processes that have others.
        inputs: digests of what is read, as JSON: a process that was given other ones reads anew.
        size: of what is sent of a picture, as text; empty for the codec's square.
        cbr: channel symbols per number of a picture, as text; empty for what the codec sends.
        setup: of the physical layer whose symbols these are; None without a ratio.
    """

    source: Source
    codec: str
    models: Models
    threads: int
    versions: str
    inputs: str = "{}"
    size: str = ""
    cbr: str = ""
    setup: PhySetup | None = None


@dataclass(frozen=True)
class OverLink:
    """Messages cross a physical layer.

    Attributes:
        setup: of the physical layer.
        soft: whether the codec decodes LLRs.
    """

    setup: PhySetup
    soft: bool = False

    def connection(self, codec: AnyCodec) -> Connection:
        """Return the link for a codec; raises as `linksim.link.connect`."""
        from linksim.link import connect

        return connect(codec, self.setup, self.soft)


@dataclass(frozen=True)
class WithErrors:
    """Errors are put into messages in place of a link's.

    Attributes:
        kind: one of `linksim.link.ERROR_KINDS`.
        seed: of their draws.
    """

    kind: str
    seed: int

    def connection(self, codec: AnyCodec) -> Connection:
        """Return what injects errors for a codec; raises as `linksim.link.Injection`."""
        from linksim.link import Injection

        return Injection(codec, self.kind, self.seed)


@dataclass(frozen=True)
class Order:
    """What a process must know to do a sweep's tasks, all of it read before.

    Attributes:
        sender: what encodes and judges.
        way: what messages meet between encoder and decoder.
        label: of the sweep, which tells its tasks from those of others.
    """

    sender: Sender
    way: OverLink | WithErrors
    label: str = ""


@dataclass(frozen=True)
class Facts:
    """What a sweep learns from a process with its models.

    Attributes:
        engine: the one that ``auto`` chose.
        information_bits_per_symbol: see `linksim.link`; None where pictures differ in it.
        cut: what is to be said of questions that the codec reads in part; empty if of none.
        batch: pictures of a piece of work at most, where they are large; 0 for any number.
        ssim: which similarity is measured, where pictures keep their sizes.
        sender_knows: of the channel, see `linksim.link.Connection`.
    """

    engine: str
    information_bits_per_symbol: float | None
    cut: str = ""
    batch: int = 0
    ssim: str = ""
    sender_knows: str = ""


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
    def batch(self) -> tuple[Sender, range]:
        """What tasks have in common for which a batch is encoded once."""
        return self.order.sender, self.numbers


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
