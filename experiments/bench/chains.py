"""Whole chains of the engines, the native chain's stages, and decoders alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from linksim.experiments.bench.timing import fastest
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.channel import ChannelUse
from linksim.phy.cores import allowed_cores
from linksim.phy.engine import BlockFormat
from linksim.phy.native import stages

INFORMATION_BITS, CODED_BITS = 1152, 2304
SNRS_DB = {"BLER 1e-2": 4.45, "high SNR": 6.26}
"""Es/N0 at which the native decoder fails once in a hundred blocks, and 1.8 dB above."""

_BLOCKS = {"native": 8192, "hybrid": 512, "sionna": 128}
_ROUNDS = 11


@dataclass(frozen=True)
class ChainSpeed:
    """One engine's whole chain at one SNR.

    Attributes:
        engine: what ran.
        threads: on how many cores.
        point: name of the SNR.
        bler: block error rate met.
        mbps: information bits per second, in millions: the best round's.
        ratio: to the reference, the median over rounds in which both ran one after the other.
    """

    engine: str
    threads: int
    point: str
    bler: float
    mbps: float
    ratio: float


def _layer(engine: str, threads: int) -> PhysicalLayer:
    # Min-sum is Sionna's fastest decoder.
    code = CodeSpec("ldpc", Fraction(1, 2), crc=0, decoder="minsum" if engine == "sionna" else "")
    spec = PhySpec(code, Modulation.named("8psk"), ChannelSpec(), "maxlog")
    return PhysicalLayer(INFORMATION_BITS, spec, seed=1, engine=engine, threads=threads)


def chain_speeds(
    runs: Sequence[tuple[str, int]], point: str, clock: Callable[[], float]
) -> list[ChainSpeed]:
    """Measure random bits → encode → map → AWGN → demap → decode → count, 20 iterations.

    All runs take turns, round by round: what slows the machine down slows them all.

    Args:
        runs: engines, each with its number of threads; the last one is the reference.
        point: key of `SNRS_DB`.
        clock: CPU time, or wall time where several threads are to be compared.
    """
    layers = [_layer(engine, threads) for engine, threads in runs]

    def take_turns() -> list[tuple[float, float]]:
        return [
            _round(layer, engine, point, clock)
            for layer, (engine, _) in zip(layers, runs, strict=True)
        ]

    blers = [bler for _, bler in take_turns()]
    rounds = np.array([[mbps for mbps, _ in take_turns()] for _ in range(_ROUNDS)])
    ratios = np.median(rounds / rounds[:, -1:], axis=0)
    return [
        ChainSpeed(engine, threads, point, bler, float(best), float(ratio))
        for (engine, threads), bler, best, ratio in zip(
            runs, blers, rounds.max(axis=0), ratios, strict=True
        )
    ]


def _round(
    layer: PhysicalLayer, engine: str, point: str, clock: Callable[[], float]
) -> tuple[float, float]:
    """Return Mb/s and block error rate of one engine's share of a round."""
    blocks = _BLOCKS[engine]
    start = clock()
    counts = layer.count(SNRS_DB[point], range(blocks))
    mbps = blocks * INFORMATION_BITS / (clock() - start) / 1e6
    return mbps, float(np.mean(counts.bit_errors > 0))


def stage_times() -> dict[str, float]:
    """Return microseconds per block of each stage of the native chain, at high SNR, one core."""
    layer = _layer("native", 1)
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
    return allowed_cores()
