"""The GPU's LDPC decoder bounded from above by its compiled instructions; no GPU is needed.

    python -m linksim.experiments.bench.gpu_bound 1128 1/2     (message bits, rate)

It wants NVRTC, of linksim's extra ``gpu``, and nvdisasm, which triton and CUDA's toolkit bring.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from linksim.experiments.text_out import say
from linksim.phy import CodeSpec, Modulation, segment
from linksim.phy.cuda.layout import Layout, narrow_layout, wide_layout
from linksim.phy.cuda.plan import ldpc_source
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.toolkit import compile_source
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching

_LANES = 128  # instructions of a multiprocessor per clock
_BANKS = 128  # bytes of its shared memory per clock
_SHARED_BYTES = {"WORDS": 16, "BYTES": 12, "WORDS_OUTSIDE": 8}
"""Read and written of it for an edge of two checks, by where messages are."""

_PROBES = """
#define PROBED KERNEL __launch_bounds__(NARROW_THREADS, NARROW_CTAS)
#define PROBE(DEGREE) \\
    PROBED once_##DEGREE(u32* scratch, int first) { \\
        DYNAMIC_SHARED(u32, shared); \\
        const NarrowDecoder decoder(shared, scratch); \\
        decoder.row<DEGREE>(first, true); \\
    } \\
    PROBED twice_##DEGREE(u32* scratch, int first, int then) { \\
        DYNAMIC_SHARED(u32, shared); \\
        const NarrowDecoder decoder(shared, scratch); \\
        decoder.row<DEGREE>(first, true); \\
        __syncthreads(); \\
        decoder.row<DEGREE>(then, true); \\
    }
FOR_EACH_DEGREE(PROBE)
"""


@dataclass(frozen=True)
class Card:
    """What bounds a GPU's arithmetic.

    Attributes:
        architecture: such as ``sm_90``.
        multiprocessors: how many.
        clock_hz: their clock.
        most_shared: bytes of shared memory that a CTA may have.
    """

    architecture: str
    multiprocessors: int
    clock_hz: float
    most_shared: int


H100 = Card("sm_90", 132, 1.7e9, 221 << 10)
"""An H100 SXM; its clock under load is assumed."""


@dataclass(frozen=True)
class Bound:
    """What a code's 8-bit decoder compiles to.

    Attributes:
        layout: how it lies on the GPU.
        rows: a thread's instructions for a row of checks and its barrier, by the checks' degree.
        edges: of the base graph that are used.
        instructions: of a thread, in an iteration.
        gbps: information bits of an iteration, in Gb/s, if the GPU waits for nothing and never
            looks whether it is done.
    """

    layout: Layout
    rows: dict[int, int]
    edges: int
    instructions: int
    gbps: float


def decoder_bound(block: BlockFormat, card: Card) -> Bound:
    """Compile a code's decoder for a card, and count.

    Raises:
        linksim.phy.cuda.toolkit.Unavailable: if nothing can compile it.
        FileNotFoundError: if there is no nvdisasm.
    """
    k, n, _ = block.segmentation.sizes
    matching = ldpc_matching(block.code, k, n)
    layout, wide = (f(matching.code, card.most_shared) for f in (narrow_layout, wide_layout))
    plain = ldpc_source(block, matching, layout, wide)
    probed = _Probed(plain.files, plain.constants, plain.kernels)
    counts = _instructions(compile_source(probed, card.architecture).cubin)
    degrees = [len(row) for row in matching.code.rows]
    rows = {each: counts[f"twice_{each}"] - counts[f"once_{each}"] for each in sorted(set(degrees))}
    total, edges = sum(rows[degree] for degree in degrees), sum(degrees)
    clocks = layout.threads * max(total / _LANES, edges * _SHARED_BYTES[layout.messages] / _BANKS)
    per_clock = card.multiprocessors * layout.blocks * k / clocks
    return Bound(layout, rows, edges, total, per_clock * card.clock_hz / 1e9)


@dataclass(frozen=True)
class _Probed(Source):
    """A code's kernels, and for each degree of its checks one that does a row, and one two."""

    @property
    def text(self) -> str:
        return super().text + _PROBES


def _instructions(cubin: bytes) -> Counter[str]:
    """Return how many instructions each kernel has, but for those that only fill up."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [_disassembler(), "-c", file.name]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: Counter[str] = Counter()
    kernel = ""
    for line in listed.splitlines():
        if section := re.match(r"\s*\.section\s+\.text\.(\w+)", line):
            kernel = section[1]
        elif re.match(r"\s*/\*[0-9a-f]{4,}\*/", line) and "NOP" not in line:
            found[kernel] += 1
    return found


def _disassembler() -> str:
    """Return nvdisasm's path: CUDA's own, or the one in triton."""
    if found := shutil.which("nvdisasm"):
        return found
    spec = find_spec("triton")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("there is no nvdisasm; install CUDA's toolkit or triton")
    return str(Path(spec.origin).parent / "backends/nvidia/bin/nvdisasm")


def main() -> None:
    """Print what a code's rows compile to, and the bound on an H100."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bits", type=int, help="message bits")
    parser.add_argument("rate", type=Fraction)
    asked = parser.parse_args()
    code, modulation = CodeSpec("ldpc", asked.rate), Modulation.named("bpsk")
    block = BlockFormat(code, modulation, "maxlog", segment(code, asked.bits, 1))
    bound, (k, n, _) = decoder_bound(block, H100), block.segmentation.sizes
    say(f"({k}, {n}) on {H100.architecture}: {bound.layout}")
    say(f"instructions of a thread for a row, by the checks' degree: {bound.rows}")
    say(f"for an edge of a block: {bound.instructions / bound.edges / 2:.1f}")
    for iterations in (5, 10, 20):
        say(f"{iterations} iterations: at most {bound.gbps / iterations:.1f} Gb/s on an H100")


if __name__ == "__main__":
    main()
