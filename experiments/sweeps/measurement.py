"""One piece of a sweep: pictures encoded once, sent at an SNR, and scored as received.

Neural networks round differently for different batch shapes. So everything here works on groups
of exactly `GROUP` pictures, the last one filled up by repeats, and a picture keeps its place in its
group: figures come out the same whatever the batch size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.cores import Desk
from linksim.experiments.data.samples import Sample, Samples, given_questions
from linksim.experiments.sweeps.cut_questions import cut_questions
from linksim.experiments.sweeps.scores import Scores, score
from linksim.experiments.sweeps.viewing import Seen, View
from linksim.link import Connection
from linksim.source import AnyCodec, AnyMessage
from linksim.source.judge import Judge, Response, SelectiveJudge

GROUP = 16
SHOWN = 4
"""The first pictures of a sweep are kept as received, to look at."""

_MOST_WAITING = 2**28
"""Bytes of pictures that are decoded ahead of the point in hand, for each batch, as a rule."""

Taken = dict[int, tuple[bytes, torch.Tensor]]


@dataclass(frozen=True, eq=False)
class PreparedGroup:
    """A group of samples, encoded, with the judge's response to the originals.

    Attributes:
        numbers: of the samples, `GROUP` of them, the last one repeated where samples ran out.
        used: how many are no repeats.
        view: what its pictures look like as received.
    """

    numbers: list[int]
    used: int
    samples: list[Sample]
    images: torch.Tensor
    message: AnyMessage
    wanted: Response
    view: View

    @property
    def questions(self) -> list[str]:
        return [sample.question for sample in self.samples]


class Measurement:
    """Sends samples through a codec and links, and has them scored by a judge.

    Args:
        samples, codec, judge: what is sent, how, and who looks at it.
        device: of codec and judge.
        desk: where the networks run.
    """

    def __init__(
        self, samples: Samples, codec: AnyCodec, judge: Judge, device: torch.device, desk: Desk
    ) -> None:
        self._samples, self.codec, self._judged_by = samples, codec, judge
        self._device, self._desk = device, desk

    def check_questions(self) -> None:
        """Make sure that the judge answers what is asked.

        Raises:
            Refused: naming the first question that it does not answer.
        """
        if isinstance(self._judged_by, SelectiveJudge):
            self._judged_by.check(given_questions(self._samples))

    def cut(self) -> str:
        """Say which of a user's questions the codec reads in part; nothing if it reads them all."""
        return cut_questions(self.codec, given_questions(self._samples))

    def prepare(self, numbers: Sequence[int]) -> list[PreparedGroup]:
        """Encode the samples with these numbers (whole groups, but for the last samples)."""
        return self._desk.each(self._prepare, groups_of(numbers))

    def costs(self, link: Connection, groups: Sequence[PreparedGroup]) -> dict[str, np.ndarray]:
        """Return what prepared samples cost, see `linksim.link.Accounting`; one entry per sample.

        Raises:
            linksim.phy.Refused: if the physical layer cannot carry one of them.
        """
        accounts = [(vars(link.account(g.message)), g.used) for g in groups]
        names = accounts[0][0]
        return {name: np.concatenate([a[name][:used] for a, used in accounts]) for name in names}

    def measure(
        self,
        link: Connection,
        groups: Sequence[PreparedGroup],
        point: float,
        ahead: Sequence[float] = (),
    ) -> dict[str, np.ndarray]:
        """Send prepared samples at a point; return one entry per sample for each figure.

        Args:
            link: of the codec's messages.
            groups: the samples.
            point: what the link is told: an SNR in dB, or the probability of injected errors.
            ahead: points that will be asked for next. They change no figure: what they need is
                done along with this one where that fills batches and threads.

        Returns:
            counts ``bit_errors``, ``block_errors``, ``raw_errors``, ``index_errors`` (int64), and
            of streams ``packets_lost``, ``units_lost``; ``psnr``, ``ssim``, ``relevance``
            (float32); ``answers`` (text); and ``received``, uint8 ``[n, H, W, 3]``, for as many of
            the samples as are shown.
        """
        self._decode(link, groups, point, ahead)
        self._judge(groups, point)
        measured = [_figures(group, point) for group in groups]
        return {name: np.concatenate([part[name] for part in measured]) for name in measured[0]}

    @torch.no_grad()
    def _prepare(self, group: list[int]) -> PreparedGroup:
        numbers, used = _filled(group), len(group)
        samples = [self._samples.sample(number, self.codec.side) for number in numbers]
        images = torch.stack([sample.image for sample in samples]).to(self._device)
        questions = [sample.question for sample in samples]
        message = self.codec.encode(images, [sample.sender_question for sample in samples])
        wanted = self._judged_by.respond(images, questions)
        return PreparedGroup(numbers, used, samples, images, message, wanted, View(used))

    def _decode(
        self,
        link: Connection,
        groups: Sequence[PreparedGroup],
        point: float,
        ahead: Sequence[float],
    ) -> None:
        """Send at a point; if that brings new messages, at those ahead too, and decode all."""
        self._send(link, groups, (point,))
        if any(group.view.has_new_messages for group in groups):
            self._send(link, groups, ahead[: _window(groups)])
        rounds = [(group, turn) for group in groups for turn in group.view.undecoded()]

        @torch.no_grad()
        def decode(work: tuple[PreparedGroup, dict[int, bytes]]) -> torch.Tensor:
            group, turn = work
            return link.decode(group.view.batch_of(turn, GROUP))

        for (group, turn), images in zip(rounds, self._desk.each(decode, rounds), strict=True):
            group.view.show(turn, images)

    def _send(
        self, link: Connection, groups: Sequence[PreparedGroup], points: Sequence[float]
    ) -> None:
        def send(group: PreparedGroup) -> None:
            for point in points:
                group.view.send(link, group.message, point, group.numbers)

        self._desk.each(send, groups)

    def _judge(self, groups: Sequence[PreparedGroup], point: float) -> None:
        """Judge what nobody has seen yet of a point; with threads to spare, of others too."""
        rounds = [(g, g.view.take(point)) for g in groups if None in g.view.found(point)]
        while len(rounds) % self._desk.threads:
            waiting = [group for group in groups if group.view.waits]
            if not waiting:
                break
            rounds.append((waiting[0], waiting[0].view.take(point)))
        scored = self._desk.each(self.score, rounds)
        for (group, taken), scores in zip(rounds, scored, strict=True):
            for place, (digest, picture) in taken.items():
                shown = picture[None][: group.numbers[place] < SHOWN]
                group.view.places[place].seen[digest] = Seen(scores.of(place), as_bytes(shown))

    def score(self, work: tuple[PreparedGroup, Taken]) -> Scores:
        """Score pictures as received; in the places without one stand the originals."""
        group, taken = work
        _, some = next(iter(taken.values()))
        # In memory as the codec left it, because a sum is rounded in the order of what it adds.
        strides = (some.numel(), *some.stride())
        received = torch.empty_strided(group.images.shape, strides, device=some.device)
        received.copy_(group.images)
        for place, (_, picture) in taken.items():
            received[place] = picture
        return score(self._judged_by, group.images, received, group.questions, group.wanted)


def _window(groups: Sequence[PreparedGroup]) -> int:
    """Return how many points ahead may be decoded at once."""
    return _MOST_WAITING // sum(group.images.nbytes for group in groups)


def _figures(group: PreparedGroup, point: float) -> dict[str, np.ndarray]:
    found = [seen for seen in group.view.found(point) if seen]
    arrival = group.view.arrived(point)
    counts = {
        "bit_errors": arrival.bit_errors,
        "block_errors": arrival.block_errors,
        "raw_errors": arrival.raw_errors,
        "index_errors": arrival.index_errors,
    }
    if arrival.losses is not None:
        counts["packets_lost"] = arrival.losses.packets
        counts["units_lost"] = arrival.losses.units
    scores = Scores.joined([seen.scores for seen in found])
    return {
        **{name: values[: group.used] for name, values in counts.items()},
        **scores.numbers,
        "answers": np.array(scores.answers, dtype=np.str_),
        "received": np.concatenate([seen.shown for seen in found]),
    }


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
