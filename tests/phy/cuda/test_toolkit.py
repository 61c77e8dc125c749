"""Every kernel compiled for GPUs, without one: registers, no spills, and what fits into a CTA."""

import re
from fractions import Fraction

import pytest

from linksim.phy.codes import CodeSpec
from linksim.phy.cuda.layout import Layout, narrow_layout, wide_layout
from linksim.phy.cuda.plan import common_source, ldpc_source
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.tensor_kernels import tensor_source
from linksim.phy.cuda.toolkit import Unavailable, compile_source, toolkit_version
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.modulation import Modulation
from linksim.phy.segmentation import segment

SHARED = {"sm_75": 64 << 10, "sm_80": 163 << 10, "sm_90": 227 << 10, "sm_100": 227 << 10}
"""Bytes that a CTA may have (CUDA C++ Programming Guide, compute capabilities)."""

RESERVED = 6 << 10
REGISTERS = 65536
"""Of a multiprocessor, on every architecture."""


@pytest.fixture(autouse=True, scope="module")
def _nvrtc() -> None:
    try:
        toolkit_version()
    except Unavailable as problem:
        pytest.skip(f"--engine gpu {problem}")


def ldpc(bits: int, rate: Fraction, most_shared: int) -> tuple[Source, dict[str, Layout]]:
    code, modulation = CodeSpec("ldpc", rate), Modulation.named("bpsk")
    block = BlockFormat(code, modulation, "maxlog", segment(code, bits, 1))
    k, n, _ = block.segmentation.sizes
    matching = ldpc_matching(code, k, n)
    narrow, wide = (layout(matching.code, most_shared) for layout in (narrow_layout, wide_layout))
    layouts = {"decode_narrow": narrow, "decode_wide": wide}
    return ldpc_source(block, matching, narrow, wide), layouts


def registers_of(source: Source, architecture: str) -> dict[str, int]:
    """Return the registers of each kernel; none may have a stack, or spill."""
    log = compile_source(source, architecture).log
    frames = re.findall(r"(\d+) bytes stack frame, (\d+) bytes spill stores", log)
    assert set(frames) == {("0", "0")}, log
    found = re.findall(r"entry function '(\w+)'.*?Used (\d+) registers", log, re.DOTALL)
    assert {name for name, _ in found} == set(source.kernels), log
    return {name: int(number) for name, number in found}


@pytest.mark.parametrize(("source", "most"), [(common_source(), 128), (tensor_source(), 64)])
def test_kernels_of_all_formats(source: Source, most: int) -> None:
    assert max(registers_of(source, "sm_75").values()) <= most


@pytest.mark.parametrize(
    ("bits", "rate", "architecture"),
    [
        (12, Fraction(1, 5), "sm_75"),
        (8424, Fraction(1, 3), "sm_80"),
        (8424, Fraction(1, 2), "sm_90"),
        (1128, Fraction(1, 2), "sm_100"),
    ],
)
def test_ldpc_codes_of_the_smallest_and_the_largest_lifting(
    bits: int, rate: Fraction, architecture: str
) -> None:
    most_shared = SHARED[architecture] - RESERVED
    source, layouts = ldpc(bits, rate, most_shared)
    registers = registers_of(source, architecture)
    for kernel, layout in layouts.items():
        assert layout.shared_bytes <= most_shared
        assert registers[kernel] * layout.threads * layout.ctas <= REGISTERS, (kernel, registers)
