"""A sweep from pictures to its results file, on one device beside another."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.sweeps.sweep import Execution, Piece, run_sweep

_BATCH = 64  # as `linksim sweep` has it
_ROUNDS = 2


@dataclass(frozen=True)
class SweepTime:
    """What a sweep took on a device.

    Attributes:
        device: of the networks.
        engine: of the link.
        wall_s: seconds from beginning to results file, the best of some rounds.
    """

    device: str
    engine: str
    wall_s: float


def sweep_times(
    configuration: SweepConfiguration, devices: Sequence[torch.device]
) -> list[SweepTime]:
    """Measure a sweep with its networks on one device after the other, on all cores.

    Args:
        configuration: of the sweep.
        devices: of the networks. A round that does not count loads the models.
    """
    times = []
    for device in devices:
        engine, _ = _swept(configuration, device)
        walls = [_swept(configuration, device)[1] for _ in range(_ROUNDS)]
        times.append(SweepTime(str(device), engine, min(walls)))
    return times


def _swept(configuration: SweepConfiguration, device: torch.device) -> tuple[str, float]:
    """Run a sweep; return the engine of its link, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        execution = Execution(Path(folder), _BATCH, device, 0, resume=False)
        start = time.perf_counter()
        results = run_sweep(configuration, execution, _ignore)
        return str(results.attributes["engine"]), time.perf_counter() - start


def _ignore(_: Piece) -> None:
    pass
