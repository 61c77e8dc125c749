"""Codes on a device: encoders and decoders of many blocks."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from linksim.phy.cuda.device import Device, DeviceArray, Kernel, address
from linksim.phy.cuda.layout import Layout, narrow_layout, wide_layout
from linksim.phy.cuda.plan import common_source, ldpc_source
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.native.ldpc_code import CORE_ROWS, LiftedCode
from linksim.phy.rate_matching import sent_order

THREADS = 128
"""Of a CTA that has no reason for another number."""
BITS_PER_CTA = 1 << 14
"""Of one block; longer ones are shared."""
WORD_BLOCKS = 32
"""Blocks whose bits share a codeword's word."""


@dataclass(frozen=True)
class Verdict:
    """What a decoder leaves, as a `linksim.phy.cuda.device.DeviceArray` each.

    Attributes:
        soft: log p(1)/p(0) of the information bits, float32 ``[N, information_bits]``, or None.
        bit_errors: wrong payload bits, int32 ``[N]``, or None.
    """

    soft: DeviceArray | None
    bit_errors: DeviceArray | None


class Coder(Protocol):
    """A code's kernels on a device."""

    def encode(self, information: DeviceArray, codeword: DeviceArray, count: int) -> None:
        """Encode u8 ``[count, information_bits]`` into words of 32 blocks each."""

    def decode(
        self, llr: DeviceArray, information: DeviceArray, count: int, verdict: Verdict
    ) -> None:
        """Decode float32 ``[count, coded_bits]``; fill what of the verdict is asked for."""


def coder(block: BlockFormat, device: Device) -> Coder:
    """Return a format's code on a device."""
    return (LdpcCoder if block.code.family.native == "ldpc" else RepetitionCoder)(block, device)


class RepetitionCoder:
    """Bits that are sent several times, or once."""

    def __init__(self, block: BlockFormat, device: Device) -> None:
        plan = self._plan = block.segmentation
        self._kernels = device.build(common_source())
        order = sent_order(block.code, plan.information_bits, plan.coded_bits)
        times = np.bincount(order, minlength=plan.information_bits)
        self._order = device.upload(order.astype(np.int32))
        self._starts = device.upload(np.concatenate([[0], np.cumsum(times)]).astype(np.int32))
        self._places = device.upload(np.argsort(order, kind="stable").astype(np.int32))

    def encode(self, information: DeviceArray, codeword: DeviceArray, count: int) -> None:
        grid = -(-count // WORD_BLOCKS), -(-self._plan.coded_bits // BITS_PER_CTA)
        sizes = count, self._plan.information_bits, self._plan.coded_bits
        arguments = information, self._order, codeword, *map(ctypes.c_uint32, sizes)
        self._kernels["repeat_bits"](grid, THREADS, 0, *arguments)

    def decode(
        self, llr: DeviceArray, information: DeviceArray, count: int, verdict: Verdict
    ) -> None:
        grid = count, -(-self._plan.information_bits // BITS_PER_CTA)
        found = verdict.soft, verdict.bit_errors
        plan = self._plan
        sizes = plan.information_bits, plan.payload_bits, plan.coded_bits
        places = self._starts, self._places
        arguments = llr, *places, information, *map(ctypes.c_uint32, sizes), *found
        self._kernels["combine"](grid, THREADS, 0, *arguments)


class _Batch(ctypes.Structure):
    """``Batch`` of ``ldpc_decoder.cuh``."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in "llr list count information soft".split()),
        *((name, ctypes.c_void_p) for name in "bit_errors used unsolved".split()),
        *((name, ctypes.c_void_p) for name in "unsolved_count scratch".split()),
        ("iterations", ctypes.c_int),
    ]


class LdpcCoder:
    """5G NR LDPC codes: 8 bits, then 16 for the blocks that do not converge.

    Attributes:
        narrow, wide: how the two decoders lie on the device.
        iterations: of each decoder, at most.
    """

    def __init__(self, block: BlockFormat, device: Device) -> None:
        plan, self._device, self.iterations = block.segmentation, device, block.code.iterations
        matching = ldpc_matching(block.code, plan.information_bits, plan.coded_bits)
        self._code: LiftedCode = matching.code
        self.narrow = narrow_layout(self._code, device.most_shared)
        self.wide = wide_layout(self._code, device.most_shared)
        self._kernels = device.build(ldpc_source(block, matching, self.narrow, self.wide))

    def encode(self, information: DeviceArray, codeword: DeviceArray, count: int) -> None:
        columns = self._code.information_columns + CORE_ROWS
        threads = min(384, -(-self._code.lifting // 32) * 32)
        self._kernels["encode"](
            (-(-count // WORD_BLOCKS), 1),
            threads,
            4 * columns * self._code.lifting,
            information,
            codeword,
            ctypes.c_int(count),
        )

    def decode(
        self, llr: DeviceArray, information: DeviceArray, count: int, verdict: Verdict
    ) -> None:
        self.decode_both(llr, information, count, verdict)

    def decode_both(
        self, llr: DeviceArray, information: DeviceArray, count: int, verdict: Verdict
    ) -> tuple[DeviceArray, DeviceArray]:
        """Decode as `Coder.decode`; return each block's iterations, of 8 bits and of 16.

        Both are int32 ``[count]``, 0 where not all checks held at the end; that of 16 bits is
        meaningless where 8 sufficed.
        """
        device = self._device
        everything = device.upload(np.array([count], np.int32))
        unsolved, unsolved_count = device.empty((count,), np.int32), device.zeros((1,), np.int32)
        used, used_again = (device.empty((count,), np.int32) for _ in range(2))
        common = {
            "llr": address(llr),
            "information": address(information),
            "soft": address(verdict.soft),
            "bit_errors": address(verdict.bit_errors),
            "iterations": self.iterations,
        }
        first = _Batch(
            count=address(everything),
            used=address(used),
            unsolved=address(unsolved),
            unsolved_count=address(unsolved_count),
            **common,
        )
        self._launch("decode_narrow", self.narrow, first, count)
        again = _Batch(
            list=address(unsolved),
            count=address(unsolved_count),
            used=address(used_again),
            **common,
        )
        self._launch("decode_wide", self.wide, again, count)
        return used, used_again

    def _launch(self, kernel: str, layout: Layout, batch: _Batch, count: int) -> None:
        ctas = -(-count // layout.blocks)
        if kernel == "decode_wide" or layout.scratch_bytes:
            ctas = min(ctas, self._device.resident)  # each goes on with the next blocks
        scratch = None
        if layout.scratch_bytes:
            scratch = self._device.empty((ctas, layout.scratch_bytes), np.uint8)
            batch.scratch = address(scratch)
        run: Kernel = self._kernels[kernel]
        run((ctas, 1), layout.threads, layout.shared_bytes, batch)
