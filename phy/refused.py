"""What was given and can't be taken, said of the argument that it was given for."""

from __future__ import annotations


class Refused(ValueError):
    """An argument can't be taken as it was given. It is one line that says what to give instead.

    Whoever has another name for the argument says the line of that: see `said_of`.

    Attributes:
        about: name of the argument.
        problem: what is wrong with it, and what to give.
        given: its value, or the part of it that is wrong; None where the problem needs none.

    >>> str(Refused("code", "unknown; one of ldpc, polar", "lpdc"))
    'code lpdc: unknown; one of ldpc, polar'
    """

    # Arguments are kept by position in `args`, which is how it travels between processes.
    def __init__(self, about: str, problem: str, given: object = None, /) -> None:
        self.about, self.problem = about, problem
        self.given = None if given is None else str(given)

    def __str__(self) -> str:
        return self.said_of(self.about)

    def said_of(self, name: str) -> str:
        """Return the line, said of an argument of this name.

        >>> Refused("seed", "give a number from 0", -1).said_of("--seed")
        '--seed -1: give a number from 0'
        """
        return f"{name}: {self.reason}" if self.given is None else f"{name} {self.reason}"

    @property
    def reason(self) -> str:
        """The line without the argument's name."""
        return self.problem if self.given is None else f"{self.given}: {self.problem}"
