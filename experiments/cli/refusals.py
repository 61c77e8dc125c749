"""What was refused, as a line that names the option of the command line that it was given by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linksim.experiments.faults import Fault
from linksim.phy import Refused as ArgumentRefused
from linksim.source import Refused

_OPTIONS = {"picture": "--data", "rates": "--protect", "soft": "--receiver soft"}
"""Options that are not called as the arguments they are given for."""


def line_of(error: ValueError, **options: str) -> str | None:
    """Return the line about what was refused; None for any other error, which is a bug.

    Args:
        error: whatever was raised.
        options: by which a command has arguments, where its options are not called as they are.

    >>> line_of(ArgumentRefused("message_bits", "give 1 or more", 0))
    '--message-bits 0: give 1 or more'
    >>> line_of(ValueError("of a bug"))
    """
    if not isinstance(error, (ArgumentRefused, Refused)):
        return None
    name = error.about
    option = (_OPTIONS | options).get(name) or f"--{name.replace('_', '-')}"
    if isinstance(error, ArgumentRefused):
        return error.said_of(option)
    return f"{option} {error}" if name else str(error)


@contextmanager
def refusals_said_of(**options: str) -> Iterator[None]:
    """Let what is refused be said of other options than those called as the arguments.

    Args:
        options: by the arguments' names.
    """
    try:
        yield
    except ValueError as error:
        if (line := line_of(error, **options)) is None:
            raise
        raise Fault(line) from None
