"""How often messages of a scheme fail: measured with random bits on noise of its own.

A scheme is chosen by these curves, and shown by what happens to pictures on other noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from linksim.experiments.studies.separation.capacity import channel_capacity
from linksim.phy import ChannelSpec, PhySetup
from linksim.phy.channel import BLOCK, IMAGE

APART = 2**33
"""Added to a seed: curves meet no noise that pictures meet."""

STEP_DB = 0.25
_MESSAGES = 32  # at a point of a curve where more than a few fail
_CLEAN_MESSAGES = 256  # where few do: one lost in fifty costs more than a finer scheme gains
_FEW = 0.1  # of the messages
_MOST_POINTS = 120
_MOST_BITS = 2**23  # of messages that are sent at once
_FADING_NODES = 400


@dataclass(frozen=True)
class ErrorCurve:
    """How often messages and their code blocks fail.

    Attributes:
        snr_db: Es/N0 of each point, ascending, `STEP_DB` apart.
        block_errors, message_errors: how many failed at each.
        blocks, messages: of how many, int64.
    """

    snr_db: np.ndarray
    block_errors: np.ndarray
    message_errors: np.ndarray
    blocks: np.ndarray
    messages: np.ndarray

    def block_rate(self, snr_db: float | np.ndarray) -> np.ndarray:
        """Return the block error rate: all below the first point; above the last one as there.

        Of k errors in n blocks it is (k + 1/2) / (n + 1), which is above 0 where none was seen.
        """
        rates = (self.block_errors + 0.5) / (self.blocks + 1)
        return np.asarray(np.interp(snr_db, self.snr_db, rates, left=1.0))

    def message_rate(self, snr_db: float | np.ndarray) -> np.ndarray:
        """Return the message error rate, as `block_rate`."""
        rates = (self.message_errors + 0.5) / (self.messages + 1)
        return np.asarray(np.interp(snr_db, self.snr_db, rates, left=1.0))

    def threshold_db(self) -> float:
        """Return the first SNR at which no message fails; infinite if there is none."""
        clean = np.flatnonzero(self.message_errors == 0)
        return float(self.snr_db[clean[0]]) if len(clean) else math.inf


def measured_curve(setup: PhySetup, bits: int) -> ErrorCurve:
    """Measure a scheme's waterfall, from where all messages fail to where none does.

    Of fading that stays the same for a block or a message the curve is that of AWGN: what comes of
    it, `failing` says.

    Args:
        setup: of the physical layer.
        bits: of a message.
    """
    spec = setup.spec
    if spec.channel.coherence in (BLOCK, IMAGE):
        spec = replace(spec, channel=ChannelSpec.parse("awgn"))
    layer = replace(setup, spec=spec, seed=setup.seed + APART).layer_for(bits)
    blocks, efficiency = layer.segmentation.blocks, layer.information_bits_per_symbol
    point = _least_snr_db(spec.channel.name, efficiency)
    rng = np.random.Generator(np.random.Philox(key=setup.seed + APART))
    at_once = max(1, _MOST_BITS // bits)
    found: list[tuple[float, int, int, int, int]] = []
    clean = 0
    while len(found) < _MOST_POINTS and clean < 2:
        wrong = np.zeros(0, dtype=np.int64)
        while len(wrong) < _wanted(wrong):
            count = min(at_once, _wanted(wrong) - len(wrong))
            sent = rng.integers(0, 2, (count, bits), dtype=np.uint8)
            frames = np.arange(len(wrong), len(wrong) + count, dtype=np.uint64)
            wrong = np.append(wrong, layer.transmit(sent, point, frames).block_errors)
            if wrong.min() > blocks / 2:  # far below: what remains would fail as well
                break
        failed, lost = int(wrong.sum()), int((wrong > 0).sum())
        found.append((point, failed, lost, len(wrong) * blocks, len(wrong)))
        clean = clean + 1 if not failed else 0
        point = round(point + STEP_DB, 3)
    return ErrorCurve(*(np.array(each) for each in zip(*found, strict=True)))


def _wanted(wrong: np.ndarray) -> int:
    """Return how many messages a point takes, from the failed blocks of those that it has had."""
    if len(wrong) < _MESSAGES:
        return _MESSAGES
    return _CLEAN_MESSAGES if (wrong > 0).mean() <= _FEW else len(wrong)


def _least_snr_db(channel: str, efficiency: float) -> float:
    """Return the SNR, in whole steps, below which no code carries so many bits."""
    low, high = -40.0, 60.0
    while high - low > STEP_DB / 4:
        middle = (low + high) / 2
        low, high = (
            (middle, high) if channel_capacity(channel, middle) < efficiency else (low, middle)
        )
    return math.ceil(high / STEP_DB) * STEP_DB


def failing(curve: ErrorCurve, channel: ChannelSpec, blocks: int, snr_db: float) -> float:
    """Return how often a message of a scheme fails at an SNR.

    Over fading that stays the same for a message it is the mean of the curve over the gain; for a
    block, all of a message's blocks must pass, each with a gain of its own.
    """
    if channel.coherence not in (BLOCK, IMAGE):
        return float(curve.message_rate(snr_db))
    share = (np.arange(_FADING_NODES) + 0.5) / _FADING_NODES
    gains_db = 10 * np.log10(-np.log1p(-share))
    if channel.coherence == IMAGE:
        return float(np.mean(curve.message_rate(snr_db + gains_db)))
    return float(1 - (1 - np.mean(curve.block_rate(snr_db + gains_db))) ** blocks)
