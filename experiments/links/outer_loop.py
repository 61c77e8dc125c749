"""Outer-loop link adaptation: the sender learns from ACKs what its reports of the SNR are worth.

The inner loop looks up the scheme for an SNR that the receiver reported: the one of most bits per
symbol whose block error rate over a channel of that SNR keeps to a target. A report is old when it
is used, so that over fading the table misses its target. The outer loop adds an offset Δ to every
report (Sampath, Kumar and Holtzman 1997; Nakamura et al. 2002; Pedersen et al. 2007):

    Δ ← Δ − δ_up       after a message that failed
    Δ ← Δ + δ_down     after one that came through, δ_down = δ_up · target / (1 − target)

which drifts nowhere where messages fail as often as the target says.

A run is one link in time: messages follow one another, each as long as its scheme makes it and with
one gain of the channel, which Doppler correlates with those before. A receiver that knows the gain
h is one at an SNR of |h|² times the mean, and so is simulated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.experiments.links.results import Tally
from linksim.phy import ChannelSpec, PhysicalLayer

WARM_UP, COUNTED = 100, 200
"""Messages of a run before the offset has settled, and those that count."""

_WAVES = 64  # of a gain
_FAINTEST_DB = -60.0  # of an instantaneous SNR


@dataclass(frozen=True)
class Loop:
    """How a link adapts.

    Attributes:
        target: block error rate to be kept to.
        step_db: δ_up; 0 for the inner loop alone.
        delay: messages after which a report, and an ACK, is there.
    """

    target: float
    step_db: float
    delay: int

    @property
    def down_db(self) -> float:
        """δ_down."""
        return self.step_db * self.target / (1 - self.target)


@dataclass(frozen=True)
class Scheme:
    """A scheme of the table.

    Attributes:
        layer: sends its messages over a channel of one SNR.
        needs_db: SNR from which on it keeps to the target.
    """

    layer: PhysicalLayer
    needs_db: float


class Gains:
    """The gains of some links at any time: each a sum of waves from all around (Clarke 1968).

    Args:
        channel: Rayleigh or Rician fading with a Doppler frequency.
        seed: of the draws.
        runs: numbers of the links, R.
    """

    def __init__(self, channel: ChannelSpec, seed: int, runs: Sequence[int]) -> None:
        keys = (np.array([seed, run], dtype=np.uint64) for run in runs)
        draws = [np.random.Generator(np.random.Philox(key=key)) for key in keys]
        angles = np.array([one.uniform(0, 2 * np.pi, _WAVES) for one in draws])
        parts = np.array([one.standard_normal((2, _WAVES)) for one in draws])
        k = channel.rician_k if channel.name == "rician" else 0.0
        scale = 1 / np.sqrt(2 * _WAVES * (k + 1))
        self._waves = scale * (parts[:, 0] + 1j * parts[:, 1])
        self._cycles = channel.doppler * np.cos(angles)
        self._direct = np.sqrt(k / (k + 1))

    def at(self, times: np.ndarray) -> np.ndarray:
        """Return each link's gain at a time in symbols, complex128 ``[R]``."""
        turned = np.exp(2j * np.pi * self._cycles * times[:, None])
        return np.asarray(self._direct + (self._waves * turned).sum(axis=1))


def simulate(
    schemes: Sequence[Scheme],
    loop: Loop,
    channel: ChannelSpec,
    snr_db: float,
    seed: int,
    runs: range,
) -> Tally:
    """Run some links and return what was counted.

    Args:
        schemes: among which to choose.
        loop: how.
        channel: whose gains they meet.
        snr_db: mean Es/N0 in dB.
        seed: of the gains; noise is that of the schemes' layers.
        runs: numbers of the links.

    Returns:
        ``runs``; ``messages`` and the ``symbols`` of all that count; ``message_errors`` among
        them, and the sum of their squares over runs.
    """
    gains, table = Gains(channel, seed, runs), _Table(schemes)
    lengths = np.array([scheme.layer.symbols for scheme in schemes])
    times, symbols, errors, offset = (np.zeros(len(runs)) for _ in range(4))
    heard: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=loop.delay)
    for message in range(WARM_UP + COUNTED):
        faded = 20 * np.log10(np.abs(gains.at(times)))
        snrs = np.maximum(snr_db + faded, _FAINTEST_DB)
        report = heard[0][0] if len(heard) == loop.delay else np.full(len(runs), snr_db)
        chosen = table.choose(report + offset)
        numbers = [run * 2**32 + message for run in runs]
        wrong = np.array(
            [
                schemes[which].layer.count(float(snr), [number]).bit_errors.any()
                for which, snr, number in zip(chosen, snrs, numbers, strict=True)
            ]
        )
        if len(heard) == loop.delay:
            offset += np.where(heard[0][1], -loop.step_db, loop.down_db)
        heard.append((snrs, wrong))
        times += lengths[chosen]
        if message >= WARM_UP:
            errors += wrong
            symbols += lengths[chosen]
    total = int(errors.sum())
    return Tally(
        runs=len(runs),
        messages=len(runs) * COUNTED,
        symbols=int(symbols.sum()),
        message_errors=total,
        message_errors_squared=int(np.square(errors).sum()),
    )


class _Table:
    """What SNR asks for which scheme."""

    def __init__(self, schemes: Sequence[Scheme]) -> None:
        self._needs = np.array([scheme.needs_db for scheme in schemes])
        carried = [scheme.layer.information_bits_per_symbol for scheme in schemes]
        self._carried, self._robust = np.array(carried), int(self._needs.argmin())

    def choose(self, snr_db: np.ndarray) -> np.ndarray:
        """Return the place of the scheme for each SNR, int64 ``[R]``."""
        fits = self._needs <= snr_db[:, None]
        best = np.where(fits, self._carried, -np.inf).argmax(axis=1)
        return np.where(fits.any(axis=1), best, self._robust)
