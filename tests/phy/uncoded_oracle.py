"""Error rates of uncoded transmission, by integration. It shares no code with the physical layer.

The receiver decides on the point nearest to y / h and reads its label: the maximum-likelihood
decision, and what the signs of max-log LLRs amount to.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

Transitions = Callable[[np.ndarray, float], np.ndarray]
"""From points ``[M]`` and N0 to P[i, j] ``[M, M]``: point j is decided where i was sent."""


def bit_error_rates(transitions: np.ndarray) -> np.ndarray:
    """Return the error rate of each bit of a label, the most significant first."""
    order = len(transitions)
    bits = order.bit_length() - 1
    labels = np.arange(order)
    labelled = (labels[:, None] >> np.arange(bits)[::-1]) & 1
    differs = labelled[:, None, :] != labelled[None, :, :]
    return np.einsum("ij,ijb->b", transitions, differs) / order


def symbol_error_rate(transitions: np.ndarray) -> float:
    """Return how often the wrong point is decided."""
    return float(1 - np.mean(np.diagonal(transitions)))


def awgn(points: np.ndarray, n0: float) -> np.ndarray:
    """Integrate the noise's density over the points' decision regions, ``[M, M]``."""
    points = np.asarray(points, dtype=complex)
    in_phase, quadrature = _levels(points.real), _levels(points.imag)
    if len(in_phase) * len(quadrature) == len(points):
        return _grid(points, in_phase, quadrature, n0)
    return by_strips(points, n0)


def rayleigh(points: np.ndarray, n0: float) -> np.ndarray:
    """Average `awgn` over |h|², which is exponential with mean one, ``[M, M]``.

    In t = ln |h|² the density is exp(t − exp(t)), smooth and with both tails gone at the ends, so
    that the trapezoidal rule is exact to many digits.
    """
    step = 0.5
    averaged = np.zeros((len(points), len(points)))
    for t in np.arange(-16, 4, step):
        averaged += step * np.exp(t - np.exp(t)) * awgn(points, n0 / np.exp(t))
    return averaged


def _levels(coordinates: np.ndarray) -> np.ndarray:
    """Return the different values, ascending; rounding makes none."""
    ascending = np.sort(coordinates)
    return ascending[np.diff(ascending, prepend=-np.inf) > 1e-4]


def _grid(
    points: np.ndarray, in_phase: np.ndarray, quadrature: np.ndarray, n0: float
) -> np.ndarray:
    """Return P for a full grid, whose decision regions are rectangles: closed form."""
    product = np.ones((len(points), len(points)))
    for levels, coordinates in ((in_phase, points.real), (quadrature, points.imag)):
        borders = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
        below = ndtr((borders - levels[:, None]) / np.sqrt(n0 / 2))
        place = np.abs(coordinates[:, None] - levels).argmin(axis=1)
        product *= np.diff(below, axis=1)[place[:, None], place]
    return product


def by_strips(points: np.ndarray, n0: float) -> np.ndarray:
    """Return P for any shape: closed form along Q, the trapezoidal rule along I.

    A decision region is convex: a line of constant I meets it in one interval of Q.
    """
    # Turned by an odd angle (noise has none), no border runs along Q.
    points = np.asarray(points, dtype=complex) * np.exp(0.3456j)
    sigma = np.sqrt(n0 / 2)
    step = sigma / 50
    offsets = np.arange(-8 * sigma, 8 * sigma, step)
    density = step * np.exp(-((offsets / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi))
    transitions = np.empty((len(points), len(points)))
    for sent, point in enumerate(points):
        low, high = _intervals(points, point.real + offsets)
        inside = ndtr((high - point.imag) / sigma) - ndtr((low - point.imag) / sigma)
        transitions[sent] = np.maximum(inside, 0) @ density
    return transitions


def _intervals(points: np.ndarray, in_phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return between which Q each point is the nearest one, two arrays ``[M, in_phase]``.

    y is nearer to a than to b where 2 Re(y conj(b − a)) < |b|² − |a|². Empty where low > high.
    """
    low = np.full((len(points), len(in_phase)), -np.inf)
    high = np.full((len(points), len(in_phase)), np.inf)
    for a, here in enumerate(points):
        for there in np.delete(points, a):
            towards = there - here
            middle = (abs(there) ** 2 - abs(here) ** 2) / 2
            border = (middle - in_phase * towards.real) / towards.imag
            side, narrower = (high, np.minimum) if towards.imag > 0 else (low, np.maximum)
            side[a] = narrower(side[a], border)
    return low, high
