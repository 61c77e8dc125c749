"""Constellations: unit energy, Gray-labelled, found by name.

A constellation point's place in the table is its label, read with the most significant bit first.
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
        _modulation("16qam", _rectangular(4, 4), "4×4 grid, Gray"),
    )
}
"""Every modulation by name."""
