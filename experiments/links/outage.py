"""Outage: how often the channel's capacity, with the gains that a block meets, is below its rate.

No code of long blocks fails more seldom at this SNR and rate, and a good one comes near (Ozarow,
Shamai and Wyner 1994). Of a block that meets L gains h of unit mean power, all known to the
receiver,

    P_out = P( 1/L · Σ log2(1 + |h_l|² SNR) < R )

with R in bits for each symbol. For L = 1 it is the distribution function of |h|² at
(2^R − 1) / SNR, 1 − exp(−(2^R − 1) / SNR) for Rayleigh fading; for more it is counted over the
channel's own draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import special

from linksim.experiments.results.estimates import Estimate, clopper_pearson
from linksim.phy import ChannelSpec
from linksim.phy.channel import OPTIONS, ChannelUse

_MOST_SPANS = 64  # of a block; with more it meets all of the fading
_DRAWS = 50_000  # blocks over which an outage is counted
_SEED = 0x6F757461  # draws apart from those of simulations
_KNOWN = ("channel", "coherence", "csi", "blocks_per_message", "symbols_per_message")


def spans_of(about: Mapping[str, Any]) -> int:
    """Return how many gains a code block of a curve meets; 0 where no outage is told.

    None is told where nothing fades, of channels of a user's own, where a block meets more than 64
    gains, where the receiver estimates them, or messages are sent again.

    Args:
        about: the curve's attributes.
    """
    if "rounds" in about or any(name not in about for name in _KNOWN):
        return 0
    if about["csi"] != "perfect" or str(about["channel"]).partition(":")[0] not in OPTIONS:
        return 0
    coherence = str(about["coherence"])
    if not coherence.isdecimal():
        return 1
    symbols = int(about["symbols_per_message"]) // int(about["blocks_per_message"])
    spans = math.ceil(symbols / int(coherence))
    return spans if spans <= _MOST_SPANS else 0


def outage_of(about: Mapping[str, Any], snr_db: float) -> Estimate:
    """Return the outage probability of a curve's blocks at an SNR, of its bits per symbol."""
    channel = ChannelSpec.parse(str(about["channel"]), str(about["coherence"]))
    rate, spans = float(about["information_bits_per_symbol"]), spans_of(about)
    return outage_probability(channel, snr_db, rate, spans)


@lru_cache(maxsize=4096)
def outage_probability(channel: ChannelSpec, snr_db: float, rate: float, spans: int) -> Estimate:
    """Return the probability that a block's rate is above what its gains carry.

    Args:
        channel: Rayleigh or Rician fading.
        snr_db: mean Es/N0 in dB.
        rate: bits per channel symbol.
        spans: gains that a block meets, of equal length, 1 or more.

    Returns:
        exact for one gain; else with an interval, over 50 000 blocks.

    >>> channel = ChannelSpec.parse("rayleigh", "block")
    >>> round(outage_probability(channel, 10.0, 1.0, 1).value, 4)
    0.0952
    """
    snr = 10 ** (snr_db / 10)
    if spans == 1:
        k = channel.rician_k if channel.name == "rician" else 0.0
        # 2 (k + 1) |h|² is chi-squared of two degrees of freedom, with noncentrality 2 k.
        value = float(special.chndtr(2 * (k + 1) * (2**rate - 1) / snr, 2, 2 * k))
        return Estimate(value, value, value)
    apart = channel.coherence if channel.coherence > 0 else 1
    drawn = replace(channel, coherence=1, doppler=min(channel.doppler * apart, 0.49))
    gains, _, _ = ChannelUse(drawn, _SEED, snr_db, range(_DRAWS), 1, spans).gains()
    carried = np.log2(1 + snr * np.square(np.abs(gains))).mean(axis=1)
    return clopper_pearson(int((carried < rate).sum()), _DRAWS)
