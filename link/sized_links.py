"""The links of a codec that takes pictures of many sizes: one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from linksim.link.delivery import Connection
from linksim.source.sizes import Size


class SizedLinks:
    """Links by the size of the pictures that they carry.

    Args:
        connect: makes the link for a size; raises what `linksim.link.connect` does.
        sizes: those that there are, at least one.
    """

    def __init__(self, connect: Callable[[Size], Connection], sizes: Sequence[Size]) -> None:
        self._connect, self._sizes = connect, sizes
        self._links: dict[Size, Connection] = {}
        self._turn = Lock()
        self.soft = self.at(sizes[0]).soft

    def at(self, size: Size) -> Connection:
        """Return the link for pictures of a size."""
        with self._turn:
            if size not in self._links:
                self._links[size] = self._connect(size)
            return self._links[size]

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self.at(self._sizes[0]).engine

    @property
    def sender_knows(self) -> str:
        """As of `Connection`."""
        return self.at(self._sizes[0]).sender_knows

    @property
    def information_bits_per_symbol(self) -> float | None:
        """As of `Connection`; None where sizes differ in it."""
        found = {self.at(size).information_bits_per_symbol for size in self._sizes}
        return found.pop() if len(found) == 1 else None


AnyLinks = Connection | SizedLinks
"""A link, or one for each size of pictures."""
