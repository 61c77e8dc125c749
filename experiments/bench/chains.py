"""Whole chains of the engines, the native chain's stages, and decoders alone."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from linksim.experiments.bench.timing import fastest
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockFormat
from linksim.phy.native import stages

INFORMATION_BITS, CODED_BITS = 1152, 2304
SNRS_DB = {"BLER 1e-2": 4.58, "high SNR": 6.26}
"""Es/N0 at which the native decoder fails once in a hundred blocks, and 1.7 dB above."""

_BLOCKS = {"native": 4096, "hybrid": 512, "sionna": 128}


@dataclass(frozen=True)
class ChainSpeed:
    """One engine's whole chain at one SNR.

    Attributes:
        engine, decoder: what ran.
        point: name of the SNR.
        bler: block error rate met.
        mbps: information bits per second, in millions.
    """

    engine: str
    decoder: str
    point: str
    bler: float
    mbps: float


def _layer(engine: str, decoder: str, threads: int) -> PhysicalLayer:
    code = CodeSpec("ldpc", Fraction(1, 2), crc=0, decoder=decoder)
    spec = PhySpec(code, Modulation.named("8psk"), ChannelSpec(), "maxlog")
    return PhysicalLayer(INFORMATION_BITS, spec, seed=1, engine=engine, threads=threads)


def chain_speed(engine: str, point: str, threads: int, wall: bool = False) -> ChainSpeed:
    """Measure random bits → encode → map → AWGN → demap → decode → count, 20 iterations.

    Args:
        engine: native, hybrid or sionna; the latter decodes by min-sum, which is its fastest.
        point: key of `SNRS_DB`.
        threads: cores to use.
        wall: whether to take wall time instead of CPU time.
    """
    decoder = "minsum" if engine == "sionna" else ""
    layer, blocks = _layer(engine, decoder, threads), _BLOCKS[engine] * (threads if wall else 1)
    snr_db = SNRS_DB[point]
    counts = layer.count(snr_db, range(blocks))
    seconds = fastest(
        lambda: layer.count(snr_db, range(blocks)), time.perf_counter if wall else time.process_time
    )
    mbps = blocks * INFORMATION_BITS / seconds / 1e6
    return ChainSpeed(engine, decoder, point, float(np.mean(counts.bit_errors > 0)), mbps)


def stage_times() -> dict[str, float]:
    """Return microseconds per block of each stage of the native chain, at high SNR, one core."""
    layer = _layer("native", "", 1)
    block = BlockFormat(
        layer.spec.code, layer.spec.modulation, layer.spec.demapper, layer.segmentation
    )
    repeat, frames = 200, 8  # several: one block decodes faster than another
    totals: dict[str, float] = {}
    for frame in range(frames):
        use = ChannelUse(
            ChannelSpec(), 1, SNRS_DB["high SNR"], [frame], 1, layer.segmentation.block_symbols
        )
        for name, stage in stages.stages(block, use).items():
            seconds = fastest(partial(stage, repeat)) / repeat
            totals[name] = totals.get(name, 0.0) + seconds * 1e6
    times = {name: total / frames for name, total in totals.items()}
    times["noise and channel"] = times.pop("map, noise and channel") - times["map"]
    return times


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
