"""Speed in the form in which the field keeps its records.

AFF3CT's hall of fame of software decoders (https://aff3ct.github.io/hof_ldpc.html, hof_turbo.html
and hof_polar.html) divides a decoder's throughput by what it is decoded with:

    TNDC = Mb/s / (cores · GHz · SIMD lanes)

Iterations are fixed, nothing stops early. Lanes are elements of a vector register: 64 of 8 bits in
AVX-512. The clock is measured in the same run, by instructions that wait for each other, so that a
TNDC is a ratio within one run; work takes turns with that, since clocks change. Of many short
rounds the least disturbed counts, of either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linksim.phy import ChannelSpec, CodeSpec, Decoder, Modulation, PhySpec, segment
from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockFormat
from linksim.phy.native import stages
from linksim.phy.segmentation import Segmentation

_ROUNDS = 150
_ROUND_S = 0.002  # of work, and as much of the clock: short enough to be left alone now and then
_MOST_BLOCKS = 256
_HOPELESS_DB = -10.0
"""Es/N0 at which nothing is decoded before the last iteration."""
_FLOAT = 4


@dataclass(frozen=True)
class Published:
    """Somebody's figure.

    Attributes:
        text: what and where it was measured.
        mbps: per core.
        tndc: as published; 0 where none was.
    """

    text: str
    mbps: float
    tndc: float = 0.0


@dataclass(frozen=True)
class Contest:
    """A piece of work of which there are records.

    Attributes:
        name: what is done, to which block.
        code: what `CodeSpec.parse` reads.
        message_bits: of a block, without its CRC.
        bits: that the throughput counts.
        element_bytes: of the decoder's arithmetic; 0 for an encoder, which has no TNDC.
        published: what it is compared with; None where nothing is known to us.
    """

    name: str
    code: str
    message_bits: int
    bits: int
    element_bytes: int
    published: Published | None = None


CONTESTS = (
    Contest(
        "LDPC (2304, 1152), 50 iterations, coded bits",
        "ldpc:rate=1/2,crc=0,iterations=50",
        1152,
        2304,
        1,
        Published("AFF3CT's hall of fame, WiMAX (2304, 1152), 32 cores", 862.1 / 32, 0.717),
    ),
    Contest(
        "LDPC encoder, 8448 bits at rate 1/3",
        "ldpc:rate=1/3,crc=0",
        8448,
        8448,
        0,
        Published("OpenAirInterface, 8448 bits in 2.95 µs", 8448 / 2.95),
    ),
    Contest(
        "polar SCL-8 (1024, 860), information bits",
        "polar:rate=215/256,list=8",
        849,
        860,
        _FLOAT,
        Published(
            "AFF3CT, (2048, 1723), 8 bits, list of 32 taken for four of 8; i5-6600K, 3.9 GHz",
            12.0,
            0.096,
        ),
    ),
    Contest(
        "turbo 6144 bits at rate 1/3, 6 iterations, max-log",
        "turbo:rate=1/3,decoder=maxlog",
        6120,
        6144,
        _FLOAT,
        Published(
            "AFF3CT, 16 bits, 192 frames at once; 24 cores of 2 Xeon E5-2680v3, 2.5 GHz",
            443.7 / 24,
            0.924,
        ),
    ),
    Contest(
        "Viterbi, constraint length 7, 1024 bits at rate 1/2", "conv:crc=0", 1024, 1024, _FLOAT
    ),
)


@dataclass(frozen=True)
class Record:
    """What was measured.

    Attributes:
        contest: of which.
        mbps: on one core.
        ghz: its clock meanwhile.
        bits_per_cycle: the ratio that compares runs, whatever the clock.
        tndc: 0 for an encoder.
    """

    contest: Contest
    mbps: float
    ghz: float
    bits_per_cycle: float
    tndc: float


class Work(NamedTuple):
    """What is timed.

    Attributes:
        run: does it a number of times.
        blocks: of one time.
    """

    run: Callable[[int], object]
    blocks: int


def measured(contest: Contest, register_bytes: int, rounds: int = _ROUNDS) -> Record:
    """Measure one piece of work on one core.

    Args:
        contest: what.
        register_bytes: of the processor's vectors.
        rounds: in which work and clock take turns; the shortest of either count.
    """
    work = _work(contest)
    times, steps = _calls(work.run), _calls(stages.rotate_and_add)
    found = np.array(
        [
            (_seconds(work.run, times) / times, _seconds(stages.rotate_and_add, steps) / steps)
            for _ in range(rounds)
        ]
    )
    work_s, step_s = found.min(axis=0)
    cycles = float(work_s / step_s) * stages.ROTATION_CYCLES
    bits = contest.bits * work.blocks
    lanes = register_bytes // contest.element_bytes if contest.element_bytes else 0
    return Record(
        contest,
        mbps=float(bits / work_s / 1e6),
        ghz=float(stages.ROTATION_CYCLES / step_s / 1e9),
        bits_per_cycle=bits / cycles,
        tndc=1e3 * bits / (cycles * lanes) if lanes else 0.0,  # Mb/s over GHz is a thousand times
    )


def _work(contest: Contest) -> Work:
    code = CodeSpec.parse(contest.code)
    plan = segment(code, contest.message_bits, 1)
    if contest.element_bytes == _FLOAT:
        return _decoding(code, plan)
    spec = PhySpec(code, Modulation.named("bpsk"), ChannelSpec())
    block = BlockFormat(code, spec.modulation, spec.demapper, plan)
    use = ChannelUse(spec.channel, 1, _HOPELESS_DB, [0], 1, plan.block_symbols)
    if contest.element_bytes:
        return Work(stages.fixed_iterations(block, use, code.iterations), 1)
    return Work(stages.stages(block, use)["encode"], 1)


def _decoding(code: CodeSpec, plan: Segmentation) -> Work:
    """Return the decoding of noise, which no iterative decoder brings to an end."""
    decoder, noise = Decoder(code, plan), np.random.default_rng(1).normal
    single = noise(size=(1, plan.coded_bits))
    # A round's, lest what Python adds to each call be measured.
    blocks = min(_calls(lambda times: [decoder(single) for _ in range(times)]), _MOST_BLOCKS)
    llr = noise(size=(blocks, plan.coded_bits)).astype(np.float32)

    def run(times: int) -> None:
        for _ in range(times):
            decoder(llr)

    return Work(run, blocks)


def _calls(work: Callable[[int], object]) -> int:
    """Return how many repetitions take a round's time."""
    work(1)
    times = 1
    while (taken := _seconds(work, times)) < _ROUND_S / 4:
        times *= 2
    return max(round(times * _ROUND_S / taken), 1)


def _seconds(work: Callable[[int], object], times: int) -> float:
    start = time.process_time()
    work(times)
    return time.process_time() - start


def all_measured(register_bytes: int) -> list[Record]:
    """Measure every piece of work; see `measured`."""
    return [measured(contest, register_bytes) for contest in CONTESTS]
