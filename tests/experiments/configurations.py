"""Sweeps and links as the tests make them: everything that they do not care about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from linksim.experiments.configuration import LinkConfiguration, SweepConfiguration
from linksim.experiments.sweeps.execution import Execution, order_for
from linksim.experiments.sweeps.setting import plan_of
from linksim.experiments.sweeps.tasks import Order

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


def sweep_order(label: str = "", **changes: Any) -> Order:
    """Return what those must know who do the tasks of such a sweep."""
    execution = Execution(Path(), 16, torch.device("cpu"), threads=1, resume=False)
    return order_for(plan_of(sweep_configuration(**changes)), execution, label=label)


def link_configuration(**changes: Any) -> LinkConfiguration:
    """Return a link's configuration, uncoded QPSK at 0 dB, with some fields changed."""
    return replace(_UNCODED, **changes)
