"""How workers of this machine died."""

from __future__ import annotations

from linksim.experiments.text_out import say


class Losses:
    """What is known of workers that died; each death is told of on stderr.

    Args:
        option: that the user chose the workers by.

    Attributes:
        causes: of the deaths so far, like ``was killed by signal 9``.
        for_memory: how many of them there were for want of memory.
    """

    def __init__(self, option: str) -> None:
        self._option = option
        self.causes: list[str] = []
        self.for_memory = 0

    def note(self, cause: str, for_memory: bool) -> None:
        """Note a death; Dask calls this in a thread of its own."""
        self.for_memory += for_memory
        self.causes.append(cause)
        say(f"linksim: {self._option}: a worker {cause}", err=True)

    def last(self, words: str) -> str:
        """Return words with the last cause in the place of ``{}``, or nothing without a death."""
        return words.format(self.causes[-1]) if self.causes else ""
