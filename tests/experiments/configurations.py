"""Sweeps and links as the tests make them: everything that they do not care about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from linksim.experiments.configuration import LinkConfiguration, SweepConfiguration

_PLAIN = SweepConfiguration(snr="0", engine="native", images=16)
_UNCODED = LinkConfiguration(
    snr="0",
    ebno=False,
    code=("none",),
    modulation=("qpsk",),
    demapper="app",
    channel="awgn",
    coherence="1",
    csi="perfect",
    engine="native",
    message_bits=100,
    block_errors=50,
    max_blocks=3000,
    target_bler=0,
    seed=0,
)


def sweep_configuration(**changes: Any) -> SweepConfiguration:
    """Return a sweep's configuration with some fields changed."""
    return replace(_PLAIN, **changes)


def link_configuration(**changes: Any) -> LinkConfiguration:
    """Return a link's configuration, uncoded QPSK at 0 dB, with some fields changed."""
    return replace(_UNCODED, **changes)
