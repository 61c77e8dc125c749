"""A group's pictures as received: each message is decoded once, each picture judged once.

Above a waterfall all SNRs show the same pictures, and at the waterfall most pictures of a group are
those of the SNR before. So messages are compared picture by picture before anything is decoded, and
what they decode to before it is judged. On a GPU their digests are made where they are, and alone
come to the host (`linksim.link.digests`); pictures stay until they are judged. A batch of a network
still holds a whole group, each picture in its own place: the place of a picture that needs nothing
holds its next message that nobody has decoded yet, of whatever point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from linksim.experiments.sweeps.scores import Scores
from linksim.link import Arrival, Connection, digests_of, put_together, row_digests
from linksim.source import AnyReceived

Row = tuple[AnyReceived, int]
"""A message of one picture: what arrived of several, and its place there."""


@dataclass(frozen=True)
class Seen:
    """What was found of one picture as received.

    Attributes:
        scores: arrays of one entry each.
        shown: the picture, uint8 ``[1, H, W, 3]``, empty ``[0, H, W, 3]`` where nobody looks at it.
    """

    scores: Scores
    shown: np.ndarray


@dataclass
class Place:
    """One picture's place in its group: what arrived there, and what became of it.

    Attributes:
        messages: that arrived and nobody has decoded yet, by their digests.
        pictures: the digest of the picture that each decoded message became.
        waiting: pictures, ``[3, H, W]``, that nobody has judged yet, by their digests.
        seen: what was found of each picture.
    """

    messages: dict[bytes, Row] = field(default_factory=dict)
    pictures: dict[bytes, bytes] = field(default_factory=dict)
    waiting: dict[bytes, torch.Tensor] = field(default_factory=dict)
    seen: dict[bytes, Seen] = field(default_factory=dict)

    def arrive(self, message: bytes, row: Row) -> None:
        """Take a message, unless it was here before."""
        if message not in self.pictures:
            self.messages.setdefault(message, row)

    def show(self, message: bytes, digest: bytes, picture: torch.Tensor) -> None:
        """Take what a message decodes to, with its digest."""
        self.messages.pop(message)
        self.pictures[message] = digest
        if digest not in self.seen:
            self.waiting.setdefault(digest, picture.clone())

    def found(self, message: bytes) -> Seen | None:
        """Return what was found of the picture that a message stands for, once it is judged."""
        return self.seen.get(self.pictures.get(message, b""))


class View:
    """What a group's pictures look like as received over one link after the other.

    Args:
        places: how many pictures of the group count.
    """

    def __init__(self, places: int) -> None:
        self.places = [Place() for _ in range(places)]
        self._arrivals: dict[float, tuple[Arrival, list[bytes]]] = {}
        self._link: Connection | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without what was found: another process finds it again."""
        return View, (len(self.places),)

    def send(self, link: Connection, message: Any, point: float, frames: Sequence[int]) -> None:
        """Send the group's message at a point, if that was not done yet."""
        if link is not self._link:
            self._link = link
            self._arrivals.clear()
        if point in self._arrivals:
            return
        arrival = link.send(message, point, frames)
        keys = digests_of(arrival.received, len(self.places), link.soft)
        for row, (place, key) in enumerate(zip(self.places, keys, strict=True)):
            place.arrive(key, (arrival.received, row))
        self._arrivals[point] = arrival, keys

    def arrived(self, point: float) -> Arrival:
        """Return what arrived at a point; it is forgotten with that."""
        return self._arrivals.pop(point)[0]

    def found(self, point: float) -> list[Seen | None]:
        """Return what was found of each picture at a point, None where it is not judged yet."""
        keys = self._arrivals[point][1]
        return [place.found(key) for place, key in zip(self.places, keys, strict=True)]

    @property
    def has_new_messages(self) -> bool:
        """Whether a message has arrived that nobody has decoded yet."""
        return any(place.messages for place in self.places)

    def undecoded(self) -> Iterator[dict[int, bytes]]:
        """Yield rounds of decoding: at which places, and which message there."""
        queues = [list(place.messages) for place in self.places]
        for turn in range(max(map(len, queues), default=0)):
            yield {place: queue[turn] for place, queue in enumerate(queues) if turn < len(queue)}

    def show(self, turn: dict[int, bytes], images: torch.Tensor) -> None:
        """Take what a round of messages decodes to, ``[B, 3, H, W]``."""
        digests = row_digests(images)
        for place, message in turn.items():
            self.places[place].show(message, digests[place], images[place])

    @property
    def waits(self) -> bool:
        """Whether a picture waits to be judged."""
        return any(place.waiting for place in self.places)

    def take(self, point: float) -> dict[int, tuple[bytes, torch.Tensor]]:
        """Take a picture that waits to be judged from each place: its digest and itself.

        One of this point goes first.
        """
        keys, taken = self._arrivals[point][1], {}
        for number, (place, key) in enumerate(zip(self.places, keys, strict=True)):
            if place.waiting:
                wanted = place.pictures[key]
                digest = wanted if wanted in place.waiting else next(iter(place.waiting))
                taken[number] = digest, place.waiting.pop(digest)
        return taken

    def batch_of(self, turn: dict[int, bytes], size: int) -> AnyReceived:
        """Return a batch to be decoded; places without a message of their own repeat another."""
        rows = {place: self.places[place].messages[key] for place, key in turn.items()}
        some = next(iter(rows.values()))
        return put_together([rows.get(place, some) for place in range(size)])
