"""Mistakes of the user's (or of the machine's) that end a command with one clear line."""

from __future__ import annotations


class Fault(Exception):
    """Ends the command with exit code 2 and this line, which names the option and the remedy."""
