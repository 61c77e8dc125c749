"""Constellations: unit energy, labelled by a Gray code or what comes nearest, found by name.

A constellation point's place in the table is its label, read with the most significant bit first.
``docs/modulations.md`` shows and compares them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Modulation:
    """A named constellation; there is one object for each.

    Attributes:
        name: as given to ``--modulation``.
        points: complex64 ``[2**bits_per_symbol]``, average energy 1, indexed by label.
        shape: what it looks like, in a few words.
    """

    name: str
    points: np.ndarray
    shape: str

    @property
    def bits_per_symbol(self) -> int:
        return int(self.points.size).bit_length() - 1

    @property
    def minimum_distance(self) -> float:
        """The smallest distance between two points; the average energy of a point is 1."""
        return float(self._distances().min())

    @property
    def peak_to_average_power(self) -> float:
        """The largest energy of a point over the average energy; no decibels."""
        energies = np.abs(self.points.astype(complex)) ** 2
        return float(energies.max() / energies.mean())

    @property
    def gray_penalty(self) -> float:
        """Bits that differ between neighbours, on average over all pairs of them; 1 is Gray.

        Two points are neighbours if one is nearest to the other. Where all neighbours are equally
        far, a symbol error at high SNR costs so many bits: BER → SER · penalty / bits per symbol.
        The idea is Smith's (Odd-bit quadrature amplitude-shift keying, IEEE Trans. Commun.,
        1975), who averages over each point's neighbours first.
        """
        distances = self._distances()
        nearest = distances < 1.001 * distances.min(axis=1, keepdims=True)
        labels = np.arange(self.points.size)
        differing_bits = np.bitwise_count(labels[:, None] ^ labels)
        return float(differing_bits[nearest | nearest.T].mean())

    def _distances(self) -> np.ndarray:
        """Return the distance of every two points, infinite on the diagonal."""
        points = self.points.astype(complex)
        distances = np.abs(points[:, None] - points)
        np.fill_diagonal(distances, np.inf)
        return np.asarray(distances)

    @classmethod
    def named(cls, name: str) -> Modulation:
        """Return the modulation called ``name``.

        Raises:
            ValueError: if there is none.
        """
        if name not in MODULATIONS:
            raise ValueError(f"{name}: unknown; one of {', '.join(MODULATIONS)}")
        return MODULATIONS[name]


def _gray(count: int) -> np.ndarray:
    """Return the Gray code of 0 … count − 1."""
    numbers = np.arange(count)
    return numbers ^ (numbers >> 1)


def _pam(levels: int) -> np.ndarray:
    """Return amplitude by Gray label: neighbours differ in one bit; label 0 is the largest."""
    amplitudes = np.empty(levels)
    amplitudes[_gray(levels)] = np.arange(levels - 1, -levels, -2)
    return amplitudes


def _psk(order: int) -> np.ndarray:
    points = np.empty(order, dtype=complex)
    points[_gray(order)] = np.exp(2j * np.pi * np.arange(order) / order)
    return points


def _rectangular(in_phase: int, quadrature: int) -> np.ndarray:
    """Return a Gray grid; the label is the in-phase label followed by the quadrature label."""
    return np.asarray(np.add.outer(_pam(in_phase), 1j * _pam(quadrature)).ravel())


def _square_with_arms(reach: float) -> np.ndarray:
    """Return the square (±1, ±1) and four points on the axes, ``reach`` from the origin.

    The label is the quadrant's Gray label followed by 1 for the square. A point on an axis makes a
    triangle with two points of the square, so that no labelling is Gray: of three labels two
    differ in an even number of bits. Of all 8! labellings none has a smaller union bound on the
    BER, Σ d_Hamming · Q(d / sqrt(2 N0)), at any SNR from 0 dB to 18 dB, for either reach below.
    """
    quarter_turns = np.array([1, 1j, -1, -1j])
    points = np.empty((4, 2), dtype=complex)
    points[_gray(4), 0] = reach * quarter_turns
    points[_gray(4), 1] = (1 + 1j) * quarter_turns
    return points.ravel()


def _modulation(name: str, points: np.ndarray, shape: str) -> Modulation:
    normalised = points / np.sqrt(np.mean(np.abs(points) ** 2))
    table = normalised.astype(np.complex64)
    table.setflags(write=False)
    return Modulation(name, table, shape)


MODULATIONS: dict[str, Modulation] = {
    modulation.name: modulation
    for modulation in (
        _modulation("bpsk", _pam(2).astype(complex), "two points on the I axis"),
        _modulation("qpsk", _rectangular(2, 2), "2×2 grid, Gray"),
        _modulation("8psk", _psk(8), "circle of eight, Gray"),
        _modulation("8qam", _rectangular(4, 2), "rectangle, 4 on I by 2 on Q, Gray"),
        _modulation(
            # All neighbours are equally far: Proakis' best eight points, Digital Communications 4.3.
            "8qam-circular",
            _square_with_arms(1 + np.sqrt(3)),
            "two rings of four, 45° apart, radii in the ratio 1 : 1.93",
        ),
        _modulation(
            # The points of ITU-T V.29 at 7200 bit/s.
            "8qam-cross",
            _square_with_arms(3),
            "cross: square (±1, ±1) and arms (±3, 0), (0, ±3)",
        ),
        _modulation("16qam", _rectangular(4, 4), "4×4 grid, Gray"),
        _modulation("64qam", _rectangular(8, 8), "8×8 grid, Gray"),
        _modulation("256qam", _rectangular(16, 16), "16×16 grid, Gray"),
    )
}
"""Every modulation by name."""
