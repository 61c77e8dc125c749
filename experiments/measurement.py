"""One piece of a sweep: pictures encoded once, sent at an SNR, and scored as received.

Neural networks round differently for different batch shapes. So everything here works on groups
of exactly `GROUP` pictures, the last one filled up by repeats, and a picture keeps its place in its
group: figures come out the same whatever the batch size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from linksim.experiments.cut_questions import cut_questions
from linksim.experiments.metrics import Scores, score
from linksim.experiments.physical import refusals_as_faults
from linksim.experiments.samples import Sample, Samples, given_questions
from linksim.link import Connection
from linksim.link.bridge import to_numpy
from linksim.source import AnyCodec, Message, Streams, Symbols
from linksim.source.zoo.llava import Llava, Response

AnyMessage = Message | Symbols | Streams

GROUP = 16
SHOWN = 4
"""The first pictures of a sweep are kept as received, to look at."""


@dataclass(frozen=True)
class PreparedGroup:
    """A group of samples, encoded, with the model's response to the originals.

    Attributes:
        numbers: of the samples, `GROUP` of them, the last one repeated where samples ran out.
        used: how many are no repeats.
        scored: what was found of received pictures, by their digest: above a waterfall all SNRs
            show the same pictures, and below it a file's receiver nothing but grey.
    """

    numbers: list[int]
    used: int
    samples: list[Sample]
    images: torch.Tensor
    message: AnyMessage
    wanted: Response
    scored: dict[bytes, Scores] = field(default_factory=dict)

    @property
    def questions(self) -> list[str]:
        return [sample.question for sample in self.samples]


class Measurement:
    """Sends samples through a codec and a physical layer, and scores them with a LLaVA.

    Args:
        samples, codec, llava: what is sent, how, and who judges.
        device: of codec and llava.
        link_for: returns the link for the codec's messages, given one of them; what it raises is
            raised here.
    """

    def __init__(
        self,
        samples: Samples,
        codec: AnyCodec,
        llava: Llava,
        device: torch.device,
        link_for: Callable[[AnyMessage], Connection],
    ) -> None:
        self._samples, self._codec, self._llava, self._device = samples, codec, llava, device
        self.link = link_for(self._prepare(_filled([0]), 1).message)

    def cut(self) -> str:
        """Say which of a user's questions the codec reads in part; nothing if it reads them all."""
        return cut_questions(self._codec, given_questions(self._samples))

    def prepare(self, numbers: Sequence[int]) -> list[PreparedGroup]:
        """Encode the samples with these numbers (whole groups, but for the last samples)."""
        return [self._prepare(_filled(group), len(group)) for group in groups_of(numbers)]

    def costs(self, groups: Sequence[PreparedGroup]) -> dict[str, np.ndarray]:
        """Return what prepared samples cost, see `linksim.link.Accounting`; one entry per sample.

        Raises:
            Fault: if the physical layer cannot carry one of them.
        """
        with refusals_as_faults():
            accounts = [(vars(self.link.account(g.message)), g.used) for g in groups]
        names = accounts[0][0]
        return {name: np.concatenate([a[name][:used] for a, used in accounts]) for name in names}

    def measure(self, groups: Sequence[PreparedGroup], point: float) -> dict[str, np.ndarray]:
        """Send prepared samples at a point; return one entry per sample for each figure.

        Args:
            groups: the samples.
            point: what the link is told: an SNR in dB, or the probability of injected errors.

        Returns:
            counts ``bit_errors``, ``block_errors``, ``raw_errors``, ``index_errors`` (int64), and
            of streams ``packets_lost``, ``units_lost``; ``psnr``, ``ssim``, ``relevance``
            (float32); ``answers`` (text); and ``received``, uint8 ``[n, H, W, 3]``, for as many of
            the samples as are shown.
        """
        measured = [self._measure(group, point) for group in groups]
        return {name: np.concatenate([part[name] for part in measured]) for name in measured[0]}

    def _prepare(self, numbers: list[int], used: int) -> PreparedGroup:
        samples = [self._samples.sample(number, self._codec.side) for number in numbers]
        images = torch.stack([sample.image for sample in samples]).to(self._device)
        questions = [sample.question for sample in samples]
        message = self._codec.encode(images, questions)
        wanted = self._llava.respond(images, questions)
        return PreparedGroup(numbers, used, samples, images, message, wanted)

    def _measure(self, group: PreparedGroup, point: float) -> dict[str, np.ndarray]:
        delivery = self.link.deliver(group.message, point, group.numbers)
        scores = self._scores(group, delivery.images)
        figures: dict[str, np.ndarray] = {
            "bit_errors": delivery.bit_errors,
            "block_errors": delivery.block_errors,
            "raw_errors": delivery.raw_errors,
            "index_errors": delivery.index_errors,
            "psnr": scores.psnr,
            "ssim": scores.ssim,
            "relevance": scores.relevance,
            "answers": np.array(scores.answers, dtype=np.str_),
        }
        if delivery.losses is not None:
            figures["packets_lost"] = delivery.losses.packets
            figures["units_lost"] = delivery.losses.units
        figures = {name: values[: group.used] for name, values in figures.items()}
        shown = sum(number < SHOWN for number in group.numbers[: group.used])
        return {**figures, "received": as_bytes(delivery.images[:shown])}

    def _scores(self, group: PreparedGroup, received: torch.Tensor) -> Scores:
        digest = hashlib.sha256(to_numpy(received).tobytes()).digest()
        if digest not in group.scored:
            group.scored[digest] = score(
                self._llava, group.images, received, group.questions, group.wanted
            )
        return group.scored[digest]


def groups_of(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Cut numbers into groups, the last one as long as it comes."""
    for first in range(0, len(numbers), GROUP):
        yield list(numbers[first : first + GROUP])


def as_bytes(images: torch.Tensor) -> np.ndarray:
    """Return pictures in 0..1 ``[B, 3, H, W]`` as uint8 ``[B, H, W, 3]``."""
    scaled = images.detach().clamp(0, 1).mul(255).round().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).cpu().numpy()


def _filled(numbers: list[int]) -> list[int]:
    return numbers + numbers[-1:] * (GROUP - len(numbers))
