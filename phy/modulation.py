"""Constellations: unit energy, labelled by a Gray code or what comes nearest, found by name.

A constellation point's place in the table is its label, read with the most significant bit first.
Labels put their most reliable bits first, because the bit interleaver (TS 38.212 5.4.2.2) sends a
codeword's first bits, the information bits of an LDPC code, on the first bits of the labels. QPSK
and the square grids are those of TS 38.211 5.1. ``docs/modulations.md`` shows and compares them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any

import numpy as np

from linksim._given import lent
from linksim.phy.checks import as_array, instance_of
from linksim.phy.installed import installed_names, load_installed
from linksim.phy.options import known_name
from linksim.phy.refused import Refused

_TOLERANCE = 1e-3  # of the average energy
_STEP = 0.35  # of integrals over the plane, in √N0: good for five digits
_TINY = 1e-300  # in place of 0, of which there is no logarithm
_MOST_POINTS = 256

GROUP = "linksim.modulations"
"""Entry points by which other packages bring modulations: a `Modulation`, or what returns one."""


@dataclass(frozen=True, eq=False)
class Modulation:
    """A named constellation, equal to itself alone.

    Attributes:
        name: what it is called.
        points: complex64 ``[2**bits_per_symbol]``, average energy 1, indexed by label.
        shape: what it looks like, in a few words.

    Raises:
        TypeError: for points that are no complex numbers.
        ValueError: for another number of points than a power of two, or another energy than 1.
    """

    name: str
    points: np.ndarray
    shape: str

    def __post_init__(self) -> None:
        points = as_array(self.points, f"points of {self.name}", "c")
        if points.ndim != 1 or points.size < 2 or points.size & (points.size - 1):
            raise ValueError(f"{self.name}: has the shape {points.shape}; give 2, 4, 8 … points")
        if not abs(np.mean(np.abs(points) ** 2) - 1) < _TOLERANCE:
            raise ValueError(f"{self.name}: give points of average energy 1")

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as one object there, however often."""
        return _arrived, (self.name, self.points.tobytes(), self.shape)

    @property
    def bits_per_symbol(self) -> int:
        return int(self.points.size).bit_length() - 1

    @property
    def minimum_distance(self) -> float:
        """The smallest distance between two points; their average energy is 1."""
        return float(self._distances().min())

    @property
    def peak_to_average_power(self) -> float:
        """The largest energy of a point over the average energy (linear, not in dB)."""
        energies = np.abs(self.points.astype(complex)) ** 2
        return float(energies.max() / energies.mean())

    @property
    def neighbours(self) -> np.ndarray:
        """Whether one of two points is nearest to the other, bool ``[M, M]``, symmetric."""
        distances = self._distances()
        nearest = distances < 1.001 * distances.min(axis=1, keepdims=True)
        return np.asarray(nearest | nearest.T)

    @property
    def gray_penalty(self) -> float:
        """Bits in which neighbours differ, on average over all pairs of them; 1 is Gray.

        Where all neighbours are equally far, so many bits are wrong in a wrong symbol at high SNR:
        BER = SER · penalty / bits per symbol. The idea is Smith's (Odd-bit quadrature
        amplitude-shift keying, IEEE Trans. Commun. 23, 1975).
        """
        labels = np.arange(self.points.size)
        differing_bits = np.bitwise_count(labels[:, None] ^ labels)
        return float(differing_bits[self.neighbours].mean())

    def bit_information(self, snr_db: float) -> np.ndarray:
        """Return the mutual information of each bit of a label and the received symbol, on AWGN.

        What an exact demapper's LLR of a bit tells about it (Caire, Taricco, Biglieri:
        Bit-interleaved coded modulation, IEEE Trans. Inf. Theory 44, 1998): one less
        the bit's entropy given the symbol, integrated over the plane.

        Args:
            snr_db: Es/N0 in dB.

        Returns:
            float64 ``[bits_per_symbol]``, in bits, 0 to 1; the label's first bit comes first.
        """
        points, n0 = self.points.astype(complex), 10 ** (-snr_db / 10)
        reach, step = np.abs(points).max() + 6 * np.sqrt(n0), _STEP * np.sqrt(n0)
        line = np.arange(-reach, reach + step, step)
        places = np.arange(self.bits_per_symbol)[::-1]
        ones = np.arange(points.size)[:, None] >> places & 1
        entropy = np.zeros(self.bits_per_symbol)
        for in_phase in line:
            distances = np.abs(in_phase + 1j * line[:, None] - points) ** 2
            likelihoods = np.exp(-distances / n0) * (step**2 / (np.pi * n0 * points.size))
            either = likelihoods.sum(axis=1, keepdims=True) + _TINY
            for one in (likelihoods @ ones, likelihoods @ (1 - ones)):
                entropy -= (one * np.log2((one + _TINY) / either)).sum(axis=0)
        return 1 - entropy

    def _distances(self) -> np.ndarray:
        """Return the distance of every two points, ``[M, M]``, infinite on the diagonal."""
        points = self.points.astype(complex)
        distances = np.abs(points[:, None] - points)
        np.fill_diagonal(distances, np.inf)
        return np.asarray(distances)

    @classmethod
    def named(cls, name: str) -> Modulation:
        """Return the modulation called ``name``, however it is written: ``16-QAM`` is 16qam.

        Other packages' are among them, by entry points of `GROUP`; linksim's own go first.

        Raises:
            TypeError: if an entry point names something else.
            Refused: if there is none.
        """
        if not isinstance(name, str):
            raise Refused("modulation", f"unknown; one of {', '.join(modulation_names())}", name)
        if (known := known_name(name, modulation_names(), "modulation")) in MODULATIONS:
            return MODULATIONS[known]
        return lent(GROUP).get(known) or _installed(known)

    @classmethod
    def from_points(cls, name: str, points: Any, shape: str = "points of one's own") -> Modulation:
        """Return a modulation of one's own, scaled to average energy 1.

        Args:
            name: what it is called.
            points: 2, 4, 8 … 256 different numbers ``[M]``, real or complex, of any energy; a
                point's place is its label, read with the most significant bit first. The native
                engine demaps 1, 2, 3, 4, 6 and 8 bits per symbol.
            shape: what it looks like, in a few words.

        Raises:
            TypeError: if they are no numbers.
            Refused: for another number of points, infinite or equal ones.

        >>> Modulation.from_points("on-off", [0, 1]).points.real.astype(str).tolist()
        ['0.0', '1.4142135']
        """
        given = as_array(points, f"points of {name}", "uifc").astype(np.complex128)
        if given.ndim != 1 or not 2 <= given.size <= _MOST_POINTS or given.size & (given.size - 1):
            problem = f"has points of the shape {given.shape}; give 2, 4, 8 … {_MOST_POINTS}"
            raise Refused("modulation", problem, name)
        if not np.isfinite(given).all():
            raise Refused("modulation", "a point is not finite", name)
        # First to a size whose square any number format holds.
        scaled = given / (np.abs(given).max() or 1)
        table = scaled / np.sqrt(np.mean(np.abs(scaled) ** 2) or 1)
        if len(np.unique(table.astype(np.complex64))) < table.size:
            problem = "two labels have the same point; give different ones"
            raise Refused("modulation", problem, name)
        return _modulation(name, table, shape)


def _gray(count: int) -> np.ndarray:
    """Return the Gray code of 0 … count − 1."""
    numbers = np.arange(count)
    return numbers ^ (numbers >> 1)


def _labelled(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Put each point to its label's place."""
    table = np.empty_like(points)
    table[labels] = points
    return table


def _pam(levels: int) -> np.ndarray:
    """Return amplitude by label: the sign, then which half of what is left (TS 38.211 5.1)."""
    magnitudes = np.ones(1)
    while 2 * magnitudes.size < levels:
        middle = 2.0 * magnitudes.size
        magnitudes = np.concatenate([middle - magnitudes, middle + magnitudes])
    return np.concatenate([magnitudes, -magnitudes])


def _psk(order: int) -> np.ndarray:
    return _labelled(np.exp(2j * np.pi * np.arange(order) / order), _gray(order))


def _rectangular(in_phase: int, quadrature: int) -> np.ndarray:
    """Return a Gray grid; bits of I and Q take turns in the label, I first (TS 38.211 5.1)."""
    grid = np.add.outer(_pam(in_phase), 1j * _pam(quadrature))
    width = in_phase.bit_length() - 1
    bits = width + quadrature.bit_length() - 1
    turns = chain.from_iterable(zip_longest(range(width), range(width, bits)))
    order = [bit for bit in turns if bit is not None]
    return np.asarray(grid.reshape([2] * bits).transpose(order).ravel())


def _square_with_arms(reach: float) -> np.ndarray:
    """Return the points (±1, ±1) and, ``reach`` from the origin, four on the axes.

    They come counter-clockwise, the first one on the positive I axis. A point on an axis and the
    two of the square nearest to it make a triangle, so that no labelling is Gray: of any three
    labels two differ in an even number of bits.
    """
    quarter_turns = np.array([[1], [1j], [-1], [-1j]])
    return np.asarray((quarter_turns * [reach, 1 + 1j]).ravel())


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
        # Of all 8! labellings of these two, none has a lower BER at 10 dB.
        _modulation(
            "8qam-circular",
            _labelled(_square_with_arms(1 + np.sqrt(3)), _gray(8)),
            "two rings of four, all neighbours equally far, nearly Gray",
        ),
        _modulation(
            "8qam-cross",
            _labelled(_square_with_arms(3), np.array([0, 1, 2, 3, 6, 7, 4, 5])),
            "square with four arms, the eight points of ITU-T V.29, nearly Gray",
        ),
        _modulation("16qam", _rectangular(4, 4), "4×4 grid, Gray"),
        _modulation("64qam", _rectangular(8, 8), "8×8 grid, Gray"),
        _modulation("256qam", _rectangular(16, 16), "16×16 grid, Gray"),
    )
}
"""linksim's own modulations by name."""


def modulation_names() -> tuple[str, ...]:
    """Return the names of linksim's modulations, and of those that other packages bring."""
    return tuple(dict.fromkeys([*MODULATIONS, *installed_names(GROUP)]))


@lru_cache
def _arrived(name: str, points: bytes, shape: str) -> Modulation:
    """Return the modulation that another process sent: linksim's own, if it is one of them."""
    table = np.frombuffer(points, dtype=np.complex64)
    own = MODULATIONS.get(name)
    if own is not None and np.array_equal(own.points, table):
        return own
    return Modulation(name, table, shape)


@lru_cache
def _installed(name: str) -> Modulation:
    found = load_installed(GROUP, name, lambda part: isinstance(part, Modulation))
    return replace(instance_of(Modulation, found, name, "Modulation.from_points(…)"), name=name)
