"""One piece of a sweep: pictures encoded once, sent at an SNR, and scored as received.

Neural networks round differently for different batch shapes. So everything here works on groups
of exactly `GROUP` pictures, the last one filled up by repeats, and a picture keeps its place in its
group: figures come out the same whatever the batch size. On a GPU, which a group does not fill, a
judge sees a fixed number of groups at a time, also those of several SNRs.

Pictures of codecs that are framed, see `linksim.source.SizedCodec`, get a group each: files need no
batch, and of large pictures memory may hold no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from linksim.experiments.cores import Desk
from linksim.experiments.data.samples import Sample, Samples, given_questions
from linksim.experiments.data.truth import KnownSamples, Truth
from linksim.experiments.results.finds import truth_text
from linksim.experiments.sweeps.canvas import canvas_for, on_canvas
from linksim.experiments.sweeps.cut_questions import cut_questions
from linksim.experiments.sweeps.scores import NOTHING_ASKED, Asked, Scores, score
from linksim.experiments.sweeps.similarity import ssim_name
from linksim.experiments.sweeps.viewing import Seen, View
from linksim.link.sized_links import AnyLinks
from linksim.source import AnyCodec, AnyMessage, SizedCodec
from linksim.source.judge import Judge, Response, SelectiveJudge, joined_responses
from linksim.source.pictures import Framing
from linksim.source.sizes import Size

GROUP = 16
SHOWN = 4
"""The first pictures of a sweep are kept as received, to look at."""

_USUAL = 64  # pictures of a piece of work
_MOST_PIXELS = 2**25
"""Of the pictures of a piece of work that keep their own sizes: 400 MB as they are held."""

_MOST_WAITING = 2**28
"""Bytes of pictures that are decoded ahead of the point in hand, for each batch, as a rule."""

_GROUPS_OF_BATCH = {"cuda": 4}
"""Groups that a judge sees in one batch, by kind of device; one on all others."""

Taken = dict[int, tuple[bytes, torch.Tensor]]


@dataclass(frozen=True, eq=False)
class PreparedGroup:
    """A group of samples, encoded, with the judge's response to the originals.

    Attributes:
        numbers: of the samples, `GROUP` of them, the last one repeated where samples ran out.
        used: how many are no repeats.
        view: what its pictures look like as received.
        size: height and width of its pictures.
        canvas: height and width of those that are kept to be looked at.
        things: what is in them, as text; none where no machine task is done.
    """

    numbers: list[int]
    used: int
    samples: list[Sample]
    images: torch.Tensor
    message: AnyMessage
    wanted: Response
    view: View
    size: Size
    canvas: Size
    things: list[str] = field(default_factory=list)

    @property
    def questions(self) -> list[str]:
        return [sample.question for sample in self.samples]


Round = tuple[PreparedGroup, Taken]
"""Pictures of a group as received, a place each."""


class Measurement:
    """Sends samples through a codec and links, and has them scored by a judge.

    Args:
        samples, codec, judge: what is sent, how, and who looks at it.
        device: of codec and judge.
        desk: where the networks run.
        framing: what of a picture is sent; None for the square that the codec takes.
        fit: returns the codec for pictures of a size, where they are framed.
        asked: what else is found of received pictures.
    """

    def __init__(
        self,
        samples: Samples,
        codec: AnyCodec,
        judge: Judge,
        device: torch.device,
        desk: Desk,
        framing: Framing | None = None,
        fit: Callable[[Size], AnyCodec] | None = None,
        asked: Asked = NOTHING_ASKED,
    ) -> None:
        self._samples, self.codec, self._judged_by = samples, codec, judge
        self._device, self._desk = device, desk
        self._framing, self._fit = framing, fit
        self._fitted: dict[Size, AnyCodec] = {}
        self._asked = asked

    @cached_property
    def sizes(self) -> list[Size]:
        """The sizes at which pictures are sent; none where the codec has one."""
        if self._framing is None:
            return []
        return list(dict.fromkeys(self._size(number) for number in range(len(self._samples))))

    def _size(self, number: int) -> Size:
        if self._framing is None:
            return self.codec.side, self.codec.side
        return self._framing.size or self._framing.of(self._samples.size(number))

    def codec_for(self, size: Size) -> AnyCodec:
        """Return the codec for pictures of a size."""
        if self._fit is None:
            return self.codec
        if size not in self._fitted:
            self._fitted[size] = self._fit(size)
        return self._fitted[size]

    @property
    def most_at_once(self) -> int:
        """Pictures of a piece of work at most, 0 for any number: memory holds so many large ones.

        Codecs of networks take whole groups of them all the same.
        """
        largest = max((height * width for height, width in self.sizes), default=0)
        if largest * _USUAL <= _MOST_PIXELS:
            return 0
        alone = max(_MOST_PIXELS // largest, 1)
        return alone if self._unit == 1 else GROUP

    @property
    def ssim(self) -> str:
        """Which similarity is measured of pictures that keep their sizes; empty of others."""
        names = sorted({ssim_name(min(size)) for size in self.sizes})
        return ", ".join(names)

    @property
    def _unit(self) -> int:
        """Pictures of a group."""
        return 1 if self._framing is not None and isinstance(self.codec, SizedCodec) else GROUP

    @cached_property
    def _canvas(self) -> Size:
        shown = range(min(SHOWN, len(self._samples)))
        return canvas_for([self._size(number) for number in shown])

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
        return self._desk.each(self._prepare, self._groups(numbers))

    def _groups(self, numbers: Sequence[int]) -> Iterator[list[int]]:
        """Cut numbers into groups of pictures of one size."""
        for group in groups_of(numbers):
            by_size: dict[Size, list[int]] = {}
            for number in group:
                by_size.setdefault(self._size(number), []).append(number)
            for alike in by_size.values():
                for first in range(0, len(alike), self._unit):
                    yield alike[first : first + self._unit]

    def costs(self, link: AnyLinks, groups: Sequence[PreparedGroup]) -> dict[str, np.ndarray]:
        """Return what prepared samples cost, see `linksim.link.Accounting`; one entry per sample.

        Raises:
            linksim.phy.Refused: if the physical layer cannot carry one of them.
        """
        accounts = [
            {name: c[: g.used] for name, c in vars(link.at(g.size).account(g.message)).items()}
            for g in groups
        ]
        if self._framing is not None:
            for account, group in zip(accounts, groups, strict=True):
                account["pixels"] = np.full(group.used, group.size[0] * group.size[1])
        return in_order(groups, accounts)

    def measure(
        self,
        link: AnyLinks,
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
            of streams ``packets_lost``, ``units_lost``, with hybrid ARQ ``symbols_sent``,
            ``rounds``, ``accepted``; ``psnr``, ``ssim``, ``relevance``
            (float32); ``answers`` (text); and ``received``, uint8 ``[n, H, W, 3]``, for as many of
            the samples as are shown.
        """
        self._decode(link, groups, point, ahead)
        self._judge(groups, point)
        return in_order(groups, [_figures(group, point) for group in groups])

    @torch.no_grad()
    def _prepare(self, group: list[int]) -> PreparedGroup:
        numbers, used = _filled(group, self._unit), len(group)
        framing = self.codec.side if self._framing is None else self._framing
        samples = [self._samples.sample(number, framing) for number in numbers]
        drawn = [sample.image for sample in samples]
        images = (torch.stack(drawn) if len(drawn) > 1 else drawn[0][None]).to(self._device)
        questions = [sample.question for sample in samples]
        size = images.shape[-2], images.shape[-1]
        told = [sample.sender_question for sample in samples]
        message = self.codec_for(size).encode(images, told)
        wanted = self._judged_by.respond(images, questions)
        shown = size, self._canvas
        things = [truth_text(truth) for truth in self._truths(numbers, framing)]
        parts = numbers, used, samples, images, message, wanted, View(used)
        return PreparedGroup(*parts, *shown, things)

    def _truths(self, numbers: Sequence[int], framing: Framing | int) -> list[Truth]:
        if not self._asked.observers:
            return []
        assert isinstance(self._samples, KnownSamples)
        return [self._samples.truth(number, framing) for number in numbers]

    def _decode(
        self,
        link: AnyLinks,
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
            return link.at(group.size).decode(group.view.batch_of(turn, len(group.numbers)))

        for (group, turn), images in zip(rounds, self._desk.each(decode, rounds), strict=True):
            group.view.show(turn, images)

    def _send(
        self, link: AnyLinks, groups: Sequence[PreparedGroup], points: Sequence[float]
    ) -> None:
        def send(group: PreparedGroup) -> None:
            for point in points:
                group.view.send(link.at(group.size), group.message, point, group.numbers)

        self._desk.each(send, groups)

    def _judge(self, groups: Sequence[PreparedGroup], point: float) -> None:
        """Judge what nobody has seen yet of a point; with threads to spare, of others too."""
        rounds = [(g, g.view.take(point)) for g in groups if None in g.view.found(point)]
        while len(rounds) % (self._desk.threads * self._groups_of_batch):
            waiting = [group for group in groups if group.view.waits]
            if not waiting:
                break
            rounds.append((waiting[0], waiting[0].view.take(point)))
        batches = list(self._batches(rounds))
        for batch, scores in zip(batches, self._desk.each(self.score, batches), strict=True):
            first = 0
            for group, taken in batch:
                for place, (digest, picture) in taken.items():
                    shown = picture[None][: group.numbers[place] < SHOWN]
                    seen = Seen(scores.of(first + place), on_canvas(as_bytes(shown), group.canvas))
                    group.view.places[place].seen[digest] = seen
                first += len(group.numbers)

    @property
    def _groups_of_batch(self) -> int:
        return _GROUPS_OF_BATCH.get(self._device.type, 1)

    def _batches(self, rounds: Sequence[Round]) -> Iterator[list[Round]]:
        """Cut rounds into batches of pictures of one size, the last ones filled up by repeats."""
        by_size: dict[Size, list[Round]] = {}
        for one in rounds:
            by_size.setdefault(one[0].size, []).append(one)
        for alike in by_size.values():
            for first in range(0, len(alike), self._groups_of_batch):
                batch = alike[first : first + self._groups_of_batch]
                yield batch + batch[-1:] * (self._groups_of_batch - len(batch))

    def score(self, batch: Sequence[Round]) -> Scores:
        """Score pictures as received, a group after the other."""
        groups = [group for group, _ in batch]
        images = _joined([group.images for group in groups])
        received = _joined([_as_received(*one) for one in batch])
        questions = [question for group in groups for question in group.questions]
        wanted = joined_responses([group.wanted for group in groups])
        return score(self._judged_by, images, received, questions, wanted, self._asked)


def _as_received(group: PreparedGroup, taken: Taken) -> torch.Tensor:
    """Return a group's pictures as received; in the places without one stand the originals."""
    _, some = next(iter(taken.values()))
    # In memory as the codec left it, because a sum is rounded in the order of what it adds.
    strides = (some.numel(), *some.stride())
    received = torch.empty_strided(group.images.shape, strides, device=some.device)
    received.copy_(group.images)
    for place, (_, picture) in taken.items():
        received[place] = picture
    return received


def _joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


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
    if arrival.again is not None:
        again = arrival.again
        counts |= {"symbols_sent": again.symbols, "rounds": again.rounds}
        counts["accepted"] = again.accepted.astype(np.int64)
    scores = Scores.joined([seen.scores for seen in found])
    return {
        **{name: values[: group.used] for name, values in counts.items()},
        **scores.numbers,
        **{task: np.array(texts, dtype=np.str_) for task, texts in scores.finds.items()},
        "answers": np.array(scores.answers, dtype=np.str_),
        "received": np.concatenate([seen.shown for seen in found]),
    }


def in_order(
    groups: Sequence[PreparedGroup], parts: Sequence[Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Join what is known of groups' pictures, in the order of the pictures' numbers.

    Args:
        groups: whose pictures may be of several sizes.
        parts: arrays of one entry for each picture of a group, or for each that is shown.
    """
    numbers = np.concatenate([group.numbers[: group.used] for group in groups])
    orders = {len(some): np.argsort(some) for some in (numbers[numbers < SHOWN], numbers)}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: values[orders[len(values)]] for name, values in joined.items()}


def groups_of(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Cut numbers into groups, the last one as long as it comes."""
    for first in range(0, len(numbers), GROUP):
        yield list(numbers[first : first + GROUP])


def as_bytes(images: torch.Tensor) -> np.ndarray:
    """Return pictures in 0..1 ``[B, 3, H, W]`` as uint8 ``[B, H, W, 3]``."""
    scaled = images.detach().clamp(0, 1).mul_(255).round_().to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).cpu().numpy()


def _filled(numbers: list[int], whole: int) -> list[int]:
    return numbers + numbers[-1:] * (whole - len(numbers))
