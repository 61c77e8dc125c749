"""Bound the GPU's LDPC decoder from above by its compiled instructions; no GPU is needed.

Run: python docs/gpu.py 1128 1/2 --architecture sm_90   (message bits, rate)

It wants NVRTC (`pip install 'semantic-linksim[gpu]'`) and nvdisasm, which triton and CUDA's toolkit
bring.
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

from linksim.phy import CodeSpec, Modulation, segment
from linksim.phy.cuda.layout import Layout, narrow_layout, wide_layout
from linksim.phy.cuda.plan import ldpc_source
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.toolkit import compile_source
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.native.ldpc_code import LiftedCode

MULTIPROCESSORS, CLOCK_HZ = 132, 1.7e9  # of an H100 SXM; the clock is assumed
MOST_SHARED = 221 << 10  # bytes that a CTA may have there
LANES = 128  # instructions of a multiprocessor per clock
BANKS = 128  # bytes of its shared memory per clock
ITERATIONS = (5, 10, 20)

PROBES = """
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
class Probed(Source):
    """A code's kernels, and for each degree of its checks one that does a row, and one two."""

    @property
    def text(self) -> str:
        return super().text + PROBES


def instructions(cubin: bytes) -> Counter[str]:
    """Return how many instructions each kernel has, but for those that only fill up."""
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        command = [disassembler(), "-c", file.name]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: Counter[str] = Counter()
    kernel = ""
    for line in listed.splitlines():
        if section := re.match(r"\s*\.section\s+\.text\.(\w+)", line):
            kernel = section[1]
        elif re.match(r"\s*/\*[0-9a-f]{4,}\*/", line) and "NOP" not in line:
            found[kernel] += 1
    return found


def disassembler() -> str:
    """Return nvdisasm's path: CUDA's own, or the one in triton."""
    if found := shutil.which("nvdisasm"):
        return found
    spec = find_spec("triton")
    if spec is None or spec.origin is None:
        raise SystemExit("this needs nvdisasm; pip install triton, or install CUDA's toolkit")
    return str(Path(spec.origin).parent / "backends/nvidia/bin/nvdisasm")


def per_row(source: Source, degrees: set[int], architecture: str) -> dict[int, int]:
    """Return a thread's instructions for a row of checks with its barrier, by their degree."""
    counts = instructions(compile_source(source, architecture).cubin)
    return {degree: counts[f"twice_{degree}"] - counts[f"once_{degree}"] for degree in degrees}


def bound(code: LiftedCode, layout: Layout, rows: dict[int, int]) -> list[float]:
    """Return information bits per second of a GPU that waits for nothing, at `ITERATIONS`."""
    degrees = [len(row) for row in code.rows]
    shared = 8 if layout.messages == "WORDS_OUTSIDE" else 12 if layout.messages == "BYTES" else 16
    clocks = layout.threads * max(
        sum(rows[degree] for degree in degrees) / LANES, sum(degrees) * shared / BANKS
    )
    per_second = MULTIPROCESSORS * CLOCK_HZ / clocks * layout.blocks * code.k
    return [per_second / iterations for iterations in ITERATIONS]


def main() -> None:
    """Print what a code's rows compile to, and the bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bits", type=int, help="message bits")
    parser.add_argument("rate", type=Fraction)
    parser.add_argument("--architecture", default="sm_90")
    asked = parser.parse_args()
    spec, modulation = CodeSpec("ldpc", asked.rate), Modulation.named("bpsk")
    block = BlockFormat(spec, modulation, "maxlog", segment(spec, asked.bits, 1))
    k, n, _ = block.segmentation.sizes
    matching = ldpc_matching(spec, k, n)
    code = matching.code
    layouts = narrow_layout(code, MOST_SHARED), wide_layout(code, MOST_SHARED)
    plain = ldpc_source(block, matching, *layouts)
    source = Probed(plain.files, plain.constants, plain.kernels)
    degrees = [len(row) for row in code.rows]
    rows = per_row(source, set(degrees), asked.architecture)
    each = sum(rows[degree] for degree in degrees) / sum(degrees)
    print(f"({k}, {n}) on {asked.architecture}: {layouts[0]}")
    print("instructions of a row by degree:", dict(sorted(rows.items())))
    print(f"instructions per edge of a word: {each:.1f}; per edge: {each / 2:.1f}")
    for iterations, per_second in zip(ITERATIONS, bound(code, layouts[0], rows), strict=True):
        print(f"{iterations} iterations: at most {per_second / 1e9:.1f} Gb/s")


if __name__ == "__main__":
    main()
