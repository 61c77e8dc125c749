"""A block format's chain on a device: random bits, code, channel, decoder and counts.

Nothing is brought to the host between kernels, not even how many blocks the 8-bit decoder left.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.crc import crc_of_single_bits
from linksim.phy.cuda.device import Device, DeviceArray, Kernel, address
from linksim.phy.cuda.layout import Layout, narrow_layout, wide_layout
from linksim.phy.cuda.plan import common_source, ldpc_source
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.native.ldpc_code import CORE_ROWS, LiftedCode
from linksim.phy.rate_matching import sent_order

_THREADS = 128
_BITS_PER_CTA = 1 << 14  # of one block; longer ones are shared
_WORD_BLOCKS = 32  # of a codeword's word


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


class Chain:
    """Sends blocks of one format on a device.

    Args:
        block: the format.
        device: where its kernels run.
    """

    def __init__(self, block: BlockFormat, device: Device) -> None:
        self._device, self._plan = device, block.segmentation
        self._exact = block.demapper == "app"
        self._kernels = device.build(common_source())
        self._coder: Coder = coder(block, device)
        points = block.modulation.points.astype(np.complex128)
        planes = np.stack([points.real, points.imag, np.abs(points) ** 2])
        self._points = device.upload(planes.astype(np.float32))
        plan = self._plan
        self._crc_of = device.upload(crc_of_single_bits(plan.payload_bits, plan.crc_bits))

    @property
    def bytes_per_block(self) -> int:
        """Memory that a block takes while it is sent, at most."""
        plan = self._plan
        return 5 * plan.information_bits + 4 * plan.coded_bits + plan.coded_bits // 8 + 64

    def payload(self, use: ChannelUse) -> DeviceArray:
        """Return random payload with its CRC, u8 ``[N, information_bits]``."""
        count = len(use.frames) * use.blocks
        bits = self._device.empty((count, self._plan.information_bits), np.uint8)
        lanes = -(-self._plan.payload_bits // 2048) * 16
        threads = min(_THREADS, -(-lanes // 32) * 32)
        frames = self._frames(use)
        sizes = use.blocks, self._plan.payload_bits, self._plan.crc_bits
        keys = ctypes.c_uint64(use.seed), ctypes.c_uint32(int(use.milli_db))
        self._kernels["draw_payload"](
            (count, 1), threads, 0, frames, self._crc_of, *keys, *map(ctypes.c_uint32, sizes), bits
        )
        return bits

    def send(self, information: DeviceArray, use: ChannelUse) -> tuple[DeviceArray, DeviceArray]:
        """Encode and send blocks.

        Args:
            information: u8 ``[N, information_bits]``.
            use: the channel that they meet.

        Returns:
            LLRs of the coded bits, float32 ``[N, coded_bits]``; wrong ones, int32 ``[N]``.
        """
        device, plan, count = self._device, self._plan, len(use.frames) * use.blocks
        words = (-(-count // _WORD_BLOCKS), plan.coded_bits)
        codeword = device.empty(words, np.uint32)
        self._coder.encode(information, codeword, count)
        llr = device.empty((count, plan.coded_bits), np.float32)
        raw_errors = device.zeros((count,), np.int32)
        frames = self._frames(use)
        sigma = np.float32(math.sqrt(use.n0))
        pilot_sums = self._pilot_sums(frames, use)
        sending = _Sending(
            codeword=address(codeword),
            frames=address(frames),
            points=address(self._points),
            pilot_sums=address(pilot_sums),
            fading=_fading(use),
            seed=use.seed,
            snr=int(use.milli_db),
            sigma=sigma,
            weight=np.float32(1) / (sigma * sigma),
            blocks_of_frame=use.blocks,
            symbols=plan.block_symbols,
            exact=self._exact,
            llr=address(llr),
            raw_errors=address(raw_errors),
        )
        grid = count, -(-plan.coded_bits // _BITS_PER_CTA)
        self._kernels[f"pass_channel_{plan.bits_per_symbol}"](grid, _THREADS, 0, sending)
        return llr, raw_errors

    def decode(
        self, llr: DeviceArray, information: DeviceArray, count: int, soft: bool
    ) -> DeviceArray:
        """Decode blocks: return their LLRs, or how many of their payload bits are wrong."""
        device = self._device
        if soft:
            found = device.empty((count, self._plan.information_bits), np.float32)
            verdict = Verdict(found, None)
        else:
            found = device.zeros((count,), np.int32)
            verdict = Verdict(None, found)
        self._coder.decode(llr, information, count, verdict)
        return found

    def _frames(self, use: ChannelUse) -> DeviceArray:
        """Return the frames' numbers, made on the device if they follow one another."""
        if not use.run:
            return self._device.upload(np.asarray(use.frames, np.uint64))
        count = len(use.run)
        numbers = self._device.empty((count,), np.uint64)
        grid = min(-(-count // _THREADS), 1 << 20), 1
        first = ctypes.c_uint64(use.run.start)
        self._kernels["number_frames"](grid, _THREADS, 0, first, ctypes.c_uint32(count), numbers)
        return numbers

    def _pilot_sums(self, frames: DeviceArray, use: ChannelUse) -> DeviceArray | None:
        fading, count = use.fading, len(use.frames)
        if not fading.pilot_every:
            return None
        spans = count * -(-fading.symbols // fading.span)
        sums = self._device.empty((spans, 2), np.float32)
        grid = min(-(-spans // _THREADS), 1 << 20), 1
        keys = ctypes.c_uint64(use.seed), ctypes.c_uint32(int(use.milli_db))
        arguments = frames, _fading(use), *keys, ctypes.c_uint32(count), sums
        self._kernels["sum_pilots"](grid, _THREADS, 0, *arguments)
        return sums


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
        grid = -(-count // _WORD_BLOCKS), -(-self._plan.coded_bits // _BITS_PER_CTA)
        sizes = count, self._plan.information_bits, self._plan.coded_bits
        arguments = information, self._order, codeword, *map(ctypes.c_uint32, sizes)
        self._kernels["repeat_bits"](grid, _THREADS, 0, *arguments)

    def decode(
        self, llr: DeviceArray, information: DeviceArray, count: int, verdict: Verdict
    ) -> None:
        grid = count, -(-self._plan.information_bits // _BITS_PER_CTA)
        found = verdict.soft, verdict.bit_errors
        plan = self._plan
        sizes = plan.information_bits, plan.payload_bits, plan.coded_bits
        places = self._starts, self._places
        arguments = llr, *places, information, *map(ctypes.c_uint32, sizes), *found
        self._kernels["combine"](grid, _THREADS, 0, *arguments)


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
            (-(-count // _WORD_BLOCKS), 1),
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


class _Fading(ctypes.Structure):
    """``Fading`` of ``channel.cuh``."""

    _fields_ = [
        ("fades", ctypes.c_int),
        ("span", ctypes.c_int),
        ("direct", ctypes.c_float),
        ("scattered", ctypes.c_float),
        ("pilot_every", ctypes.c_int),
        ("symbols", ctypes.c_int),
    ]


class _Sending(ctypes.Structure):
    """``Sending`` of ``channel.cuh``."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in "codeword frames points pilot_sums".split()),
        ("fading", _Fading),
        ("seed", ctypes.c_uint64),
        ("snr", ctypes.c_uint32),
        ("sigma", ctypes.c_float),
        ("weight", ctypes.c_float),
        ("blocks_of_frame", ctypes.c_uint32),
        ("symbols", ctypes.c_uint32),
        ("exact", ctypes.c_int),
        ("llr", ctypes.c_void_p),
        ("raw_errors", ctypes.c_void_p),
    ]


def _fading(use: ChannelUse) -> _Fading:
    return _Fading(*use.fading)
