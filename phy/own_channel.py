"""A channel of a user's own: what it must have, what it is given, and what is checked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, Protocol, runtime_checkable

import numpy as np

from linksim.phy.checks import (
    as_array,
    decibels,
    frame_numbers,
    seed_number,
    whole_number,
)
from linksim.phy.refused import Refused
from linksim.phy.snr import milli_db, n0_from_snr_db

_SYMBOLS_PER_CALL, _MOST_ROWS = 1 << 16, 256
_TRIED_FRAMES, _TRIED_SYMBOLS, _TRIED_DB = 3, 24, 5.0  # sent when a channel is taken
_LEAST_N0 = 1e-30  # whose inverse single precision still holds


@dataclass(frozen=True)
class Frames:
    """What a channel's draws depend on, and draws made of it: nothing else may enter them.

    Attributes:
        seed: of the simulation.
        snr_db: Es/N0 in dB, of symbols of mean energy 1.
        numbers: of each frame, uint64 ``[F]``; equal numbers are to meet equal draws.
        symbols: data symbols of a frame.
        span: data symbols over which fading is to stay the same, as the option ``coherence`` says.

    Raises:
        TypeError: for what is no number.
        ValueError: for numbers out of range.
    """

    seed: int
    snr_db: float
    numbers: np.ndarray
    symbols: int
    span: int

    def __post_init__(self) -> None:
        seed_number(self.seed)
        decibels(self.snr_db)
        object.__setattr__(self, "numbers", frame_numbers(self.numbers))
        for name in ("symbols", "span"):
            whole_number(getattr(self, name), name, 1)

    @property
    def n0(self) -> float:
        """Noise variance of a complex symbol at this SNR."""
        return n0_from_snr_db(self.snr_db)

    def noise(self) -> np.ndarray:
        """Return w ~ CN(0, 1), what linksim's channels draw, complex64 ``[F, symbols]``."""
        from linksim.phy.kernels.draws import noise_of_frames  # Numba is slow to load

        noise = np.empty((len(self.numbers), self.symbols), dtype=np.complex64)
        noise_of_frames(np.uint64(self.seed), milli_db(self.snr_db), self.numbers, noise)
        return noise

    def generators(self, purpose: int = 0) -> list[np.random.Generator]:
        """Return a generator of random numbers for each frame.

        Args:
            purpose: other purposes draw other numbers, independent of these and of `noise`.
        """
        key = np.array([self.seed, milli_db(self.snr_db)], dtype=np.uint64)
        counters = [np.array([0, 0, purpose, one], dtype=np.uint64) for one in self.numbers]
        return [np.random.Generator(np.random.Philox(key=key, counter=at)) for at in counters]


@runtime_checkable
class SymbolChannel(Protocol):
    """A channel for frames of symbols, written with whatever one likes."""

    def send(self, symbols: np.ndarray, frames: Frames) -> Any:
        """Return what arrives of frames.

        Args:
            symbols: complex64 ``[F, symbols]``, of mean energy 1; the code blocks of a frame follow
                each other.
            frames: whose they are.

        Returns:
            Three things: what is received, complex ``[F, symbols]``; the gains h' that the receiver
            takes symbols to have, complex or real, or None for 1; and N0', the variance of a
            complex symbol's noise that it assumes. Demapped are the LLRs of y/h' in noise of
            N0'/|h'|². Gains and N0' have this shape or one that NumPy broadcasts to it.
        """


class OwnChannel:
    """A `SymbolChannel` whose answers are checked; equal to itself alone.

    It is called with the same number of frames each time, the last call filled up, so that a
    frame's result does not depend on how many others travel with it.

    Args:
        channel: the user's.
        name: what it is called.

    Raises:
        TypeError: if it has no ``send``, or answers with anything but three things of numbers.
        Refused: for answers of another shape, that are not finite, or that are others when frames
            are sent again in another order.
        RuntimeError: if it fails; its own exception is the cause.
    """

    def __init__(self, channel: SymbolChannel, name: str) -> None:
        if not isinstance(channel, SymbolChannel) or isinstance(channel, type):
            raise TypeError(f"{name}: give an object with send(symbols, frames)")
        self.name, self._channel = name, channel
        self._try()

    def carry(
        self, symbols: np.ndarray, frames: Frames
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Send frames; raises as the class.

        Args:
            symbols: complex64 ``[F, symbols]``.
            frames: whose they are.

        Returns:
            y h'*, complex64, |h'|², float32, and 1/N0', float32, all ``[F, symbols]``.
        """
        count, width = symbols.shape
        rows = int(np.clip(_SYMBOLS_PER_CALL // width, 1, _MOST_ROWS))
        parts = [np.arange(at, at + rows) for at in range(0, count, rows)]
        sent = [self._call(symbols, frames, part % count) for part in parts]
        if not sent:
            nothing = np.empty((0, width), dtype=np.float32)
            return nothing.astype(np.complex64), nothing, nothing
        values, energy, weight = (np.concatenate(part)[:count] for part in zip(*sent, strict=True))
        return values, energy, weight

    def _call(
        self, symbols: np.ndarray, frames: Frames, rows: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        part = Frames(frames.seed, frames.snr_db, frames.numbers[rows], frames.symbols, frames.span)
        sent = symbols[rows]  # a copy, which the channel may overwrite
        answer = _called(self.name, methodcaller("send", sent, part), self._channel)
        if not isinstance(answer, (tuple, list)) or len(answer) != 3:
            raise TypeError(f"{self.name}: send gave no three things: received, gains, n0")
        received, gains, n0 = answer
        shape = sent.shape
        y = self._checked("received", received, "c", np.complex64, shape, exact=True)
        h = self._checked("gains", 1.0 if gains is None else gains, "uifc", np.complex64, shape)
        noise = self._checked("n0", n0, "uif", np.float32, shape)
        if not (noise >= _LEAST_N0).all():
            raise Refused("channel", f"send gave an n0 below {_LEAST_N0}", self.name)
        return y * h.conj(), np.square(h.real) + np.square(h.imag), 1 / noise

    def _checked(
        self,
        what: str,
        given: Any,
        kinds: str,
        dtype: type[np.generic],
        shape: tuple[int, ...],
        exact: bool = False,
    ) -> np.ndarray:
        array = as_array(given, f"{self.name}: {what}", kinds).astype(dtype)
        try:
            whole = np.broadcast_to(array, shape)
        except ValueError:
            whole = None
        if whole is None or (exact and array.shape != shape):
            problem = f"send gave {what} of the shape {array.shape}, not {shape}"
            raise Refused("channel", problem, self.name)
        if not np.isfinite(array).all():
            raise Refused("channel", f"send gave {what} that are not finite", self.name)
        return whole

    def _try(self) -> None:
        """Send a few frames twice, in two orders."""
        numbers = np.arange(_TRIED_FRAMES, dtype=np.uint64)
        phases = np.random.default_rng(0).integers(0, 4, (_TRIED_FRAMES, _TRIED_SYMBOLS))
        symbols = np.exp(0.5j * np.pi * phases).astype(np.complex64)
        once, again = (
            self.carry(symbols[order], Frames(0, _TRIED_DB, numbers[order], _TRIED_SYMBOLS, 1))
            for order in (slice(None), slice(None, None, -1))
        )
        for first, second in zip(once, again, strict=True):
            # Vectors of processors may round otherwise in another place of memory.
            if not np.allclose(first, second[::-1], rtol=1e-3, atol=1e-5):
                problem = (
                    "a frame that is sent again, beside others, meets something else; draw from "
                    "frames.noise() and frames.generators() alone"
                )
                raise Refused("channel", problem, self.name)


def _called(name: str, call: Callable[[Any], Any], channel: SymbolChannel) -> Any:
    # A refusal is a ValueError too; one from inside the channel is a fault of the channel.
    try:
        return call(channel)
    except ValueError as error:
        raise RuntimeError(f"{name}: its send failed") from error
