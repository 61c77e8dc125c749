"""Python's garbage collector, which is in the way while modules and weights are loaded."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_kept_for_good = False


def keep_what_is_loaded() -> None:
    """Let the collector never walk again what `uncollected` loads: this process is one command's.

    In a process that loads models and drops them again, what of them is in cycles would stay.
    """
    global _kept_for_good
    _kept_for_good = True
    atexit.register(gc.unfreeze)  # libraries look at the end whether all of theirs is gone


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector still while modules and weights are loaded.

    They are no garbage, and it would walk them a thousand times: a seventh of the start-up.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if _kept_for_good:
            gc.freeze()
        if enabled:
            gc.enable()
