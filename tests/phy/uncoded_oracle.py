"""Error rates of uncoded transmission, by integration. It shares no code with the physical layer.

All functions take constellation points by label, ``[M]``, and return transition probabilities
``[M, M]``: how often label j is read where label i was sent, all M being equally likely. The rates
that follow are good to three parts in ten thousand, those of grids to many more digits.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

Receiver = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""From received samples, points and N0 to labels."""


def nearest_point(received: np.ndarray, points: np.ndarray, n0: float) -> np.ndarray:
    """Read the label of the likeliest point: what the signs of max-log LLRs amount to."""
    return _energies(received, points).argmin(axis=-1)


def likelier_bits(received: np.ndarray, points: np.ndarray, n0: float) -> np.ndarray:
    """Read bit by bit the likelier value: what the signs of exact a-posteriori LLRs amount to."""
    energies = _energies(received, points)
    likelihoods = np.exp((energies.min(axis=-1, keepdims=True) - energies) / n0)
    bits = likelihoods @ (2 * _bits(len(points)) - 1) > 0
    return bits @ (1 << np.arange(bits.shape[-1])[::-1])


RECEIVERS: dict[str, Receiver] = {"maxlog": nearest_point, "app": likelier_bits}
"""What a receiver makes of hard decisions, by its demapper."""


def _energies(received: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return |y − s|² − |y|² of samples ``[…]`` and all points, ``[…, M]``."""
    products = np.stack([received.real, received.imag], axis=-1) @ [points.real, points.imag]
    return np.abs(points) ** 2 - 2 * products


def awgn(points: np.ndarray, n0: float, receiver: Receiver) -> np.ndarray:
    """Integrate the noise's density over the plane."""
    points = np.asarray(points, dtype=complex)
    sigma = np.sqrt(n0 / 2)
    distances = np.abs(points[:, None] - points)
    if np.min(distances[distances > 0]) > 12 * sigma:
        return np.eye(len(points))  # errors are rarer than one in 10⁸
    columns, rows = (len(np.unique(part.round(4))) for part in (points.real, points.imag))
    if columns * rows == len(points):
        # A grid: I and Q are received independently, and every bit of a label belongs to one.
        in_phase, quadrature = _along_one_axis(points.real), _along_one_axis(points.imag)
        assert len(in_phase.levels) * len(quadrature.levels) == len(points)
        return in_phase.read(n0, receiver) * quadrature.read(n0, receiver)
    points = points * np.exp(0.3456j)  # an odd angle: no border between points runs along Q
    reach = np.abs(points).max() / sigma + 8
    strips = np.arange(-reach, reach, 0.1)
    density = np.exp(-((strips - points.real[:, None] / sigma) ** 2) / 2) / np.sqrt(2 * np.pi)
    return _integrated(points, n0, receiver, strips * sigma, density * 0.1)


def rayleigh(points: np.ndarray, n0: float, receiver: Receiver) -> np.ndarray:
    """Average over |h|², which is exponential with mean one and known to the receiver.

    In t = ln |h|² the density is exp(t − exp(t)), smooth and with both tails gone at the ends, so
    that the trapezoidal rule is exact to many digits.
    """
    step = 0.5
    nodes = np.arange(-13, 4, step)
    weights = step * np.exp(nodes - np.exp(nodes))
    rates = [awgn(points, n0 / np.exp(node), receiver) for node in nodes]
    return np.tensordot(weights, rates, axes=1)


def bit_error_rates(transitions: np.ndarray) -> np.ndarray:
    """Return the error rate of each bit of a label, the most significant first."""
    bits = _bits(len(transitions))
    differs = bits[:, None] != bits
    return np.einsum("ij,ijb->b", transitions, differs) / len(transitions)


def symbol_error_rate(transitions: np.ndarray) -> float:
    """Return how often any bit of a label is wrong."""
    return float(1 - np.mean(np.diagonal(transitions)))


def _bits(order: int) -> np.ndarray:
    """Return the bits of the labels 0 … order − 1, the most significant first."""
    width = order.bit_length() - 1
    return (np.arange(order)[:, None] >> np.arange(width)[::-1]) & 1


class _Axis(NamedTuple):
    """One coordinate of a grid: its levels by their own labels, and those by the whole labels."""

    levels: np.ndarray
    own: np.ndarray

    def read(self, n0: float, receiver: Receiver) -> np.ndarray:
        """Return how often each whole label's part here is read as each other's, ``[M, M]``."""
        # One dimension of noise is all that amplitudes meet.
        once = np.zeros(1), np.ones((len(self.levels), 1))
        return _integrated(1j * self.levels, n0, receiver, *once)[np.ix_(self.own, self.own)]


def _along_one_axis(coordinates: np.ndarray) -> _Axis:
    """Find the bits of the label that decide a coordinate, given for every label."""
    labels = np.arange(len(coordinates))
    turned = [coordinates[labels ^ 1 << place] for place in range(len(labels).bit_length() - 1)]
    places = [place for place, other in enumerate(turned) if not np.allclose(other, coordinates)]
    own = _bits(len(labels))[:, ::-1][:, places] @ (1 << np.arange(len(places)))
    levels = np.zeros(1 << len(places))
    levels[own] = coordinates
    assert np.allclose(levels[own], coordinates)
    return _Axis(levels, own)


def _integrated(
    points: np.ndarray, n0: float, receiver: Receiver, strips: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Integrate over strips of constant I: along Q exactly, between borders found by bisection.

    Args:
        strips: their I, ``[S]``.
        weights: probability that a symbol is received in each, by the point sent, ``[M, S]``.
    """
    sigma = np.sqrt(n0 / 2)
    reach = np.abs(points).max() + 8 * sigma
    samples = np.linspace(-reach, reach, 301)
    labels = receiver(strips[:, None] + 1j * samples, points, n0)
    strip, place = np.nonzero(np.diff(labels, axis=1))
    below, above = labels[strip, place], labels[strip, place + 1]
    low, high = samples[place], samples[place + 1]
    for _ in range(30):
        middle = (low + high) / 2
        same = receiver(strips[strip] + 1j * middle, points, n0) == below
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    # What lies below a border counts for the label there, and no more for the label above.
    mass = weights[:, strip] * ndtr((low - points.imag[:, None]) / sigma)
    each = np.arange(len(points))
    return mass @ ((below[:, None] == each) * 1.0 - (above[:, None] == each)) + weights @ (
        labels[:, -1:] == each
    )
