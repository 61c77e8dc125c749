"""A schedule's results as whole arrays."""

from __future__ import annotations

import numpy as np

from linksim.experiments.sweeps.schedule import Point, Schedule
from linksim.experiments.sweeps.tasks import Arrays


def counted(schedule: Schedule) -> np.ndarray:
    """Return how many pictures count at each point, int64 ``[P]``."""
    return np.array([point.wanted for point in schedule.points.values()], dtype=np.int64)


def questions(schedule: Schedule) -> Arrays:
    """Return what is known of each picture that counts anywhere, ``[N]``, and the originals shown.

    N is the largest of `counted`.
    """
    most = int(counted(schedule).max())
    return _joined(schedule.described, most)


def pictures(schedule: Schedule) -> Arrays:
    """Return the figures ``[P, N]`` and the pictures received.

    Where fewer than N pictures count, zeros, NaN and empty texts follow.
    """
    most = int(counted(schedule).max())
    rows = [_row(point, most) for point in schedule.points.values()]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def _row(point: Point, most: int) -> Arrays:
    return {
        name: values if name == "received" else _filled(values, most)
        for name, values in _joined(point.results, point.wanted).items()
    }


def _joined(batches: dict[int, Arrays], count: int) -> Arrays:
    """Join the first batches' arrays, ``count`` entries of them."""
    joined: Arrays = {}
    for name in batches[0]:
        joined[name] = np.concatenate([batches[number][name] for number in _first(batches)])[:count]
    return joined


def _first(batches: dict[int, Arrays]) -> range:
    """Return the numbers of the batches that are there from the first on without a gap."""
    return range(next(i for i in range(len(batches) + 1) if i not in batches))


def _filled(values: np.ndarray, count: int) -> np.ndarray:
    nothing = np.nan if values.dtype.kind == "f" else values.dtype.type()
    rest = np.full(count - len(values), nothing, dtype=values.dtype)
    return np.concatenate([values, rest])
