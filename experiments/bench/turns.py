"""Pieces of work that take turns: what slows the machine down slows them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch

_FEWEST, _MOST, _ENOUGH_S = 5, 25, 60.0  # rounds, and how long to go on with more than the fewest

Clock = Callable[[], float]
"""Returns seconds."""


def take_turns(work: Mapping[str, Callable[[], object]], clock: Clock) -> dict[str, np.ndarray]:
    """Return the seconds of each piece in each round, float64 ``[rounds]``.

    A round that does not count comes first, so that nothing is compiled in the measure.
    """
    for piece in work.values():
        piece()
    rounds: list[list[float]] = []
    start = clock()
    while len(rounds) < _FEWEST or (len(rounds) < _MOST and clock() - start < _ENOUGH_S):
        rounds.append([_seconds(piece, clock) for piece in work.values()])
    return dict(zip(work, np.array(rounds).T, strict=True))


def clock_of(device: torch.device) -> Clock:
    """Return CPU time of this process for a CPU, wall time of finished work for a GPU."""
    if device.type == "cpu":
        return time.process_time

    def finished() -> float:
        torch.cuda.synchronize(device)  # a call returns while the GPU is still at work
        return time.perf_counter()

    return finished


@contextmanager
def one_core() -> Iterator[None]:
    """Let PyTorch use one core for a while."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _seconds(piece: Callable[[], object], clock: Clock) -> float:
    start = clock()
    piece()
    return clock() - start
