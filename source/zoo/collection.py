"""Python's garbage collector, which is in the way while modules and weights are loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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
        if enabled:
            gc.enable()
