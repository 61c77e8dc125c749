"""What was given and can't be taken, or can't be had."""

from __future__ import annotations

from typing import ClassVar


class Refused(ValueError):
    """Something can't be taken as it was given. It is one line that says why, and what to do.

    Attributes:
        about: name of what it was given for; empty where the line says it, or whoever gave it must.
    """

    about: ClassVar[str] = ""
