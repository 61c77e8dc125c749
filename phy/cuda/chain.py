"""A block format's chain on a device: random bits, code, channel, decoder and counts.

Nothing is brought to the host between kernels, not even how many blocks the 8-bit decoder left.
"""

from __future__ import annotations

import ctypes
import math

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.crc import crc_of_single_bits
from linksim.phy.cuda.coders import BITS_PER_CTA, THREADS, WORD_BLOCKS, Coder, Verdict, coder
from linksim.phy.cuda.device import Device, DeviceArray, address
from linksim.phy.cuda.plan import common_source
from linksim.phy.engine import BlockFormat


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
        threads = min(THREADS, -(-lanes // 32) * 32)
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
        words = (-(-count // WORD_BLOCKS), plan.coded_bits)
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
        grid = count, -(-plan.coded_bits // BITS_PER_CTA)
        self._kernels[f"pass_channel_{plan.bits_per_symbol}"](grid, THREADS, 0, sending)
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
        grid = min(-(-count // THREADS), 1 << 20), 1
        first = ctypes.c_uint64(use.run.start)
        self._kernels["number_frames"](grid, THREADS, 0, first, ctypes.c_uint32(count), numbers)
        return numbers

    def _pilot_sums(self, frames: DeviceArray, use: ChannelUse) -> DeviceArray | None:
        fading, count = use.fading, len(use.frames)
        if not fading.pilot_every:
            return None
        spans = count * -(-fading.symbols // fading.span)
        sums = self._device.empty((spans, 2), np.float32)
        grid = min(-(-spans // THREADS), 1 << 20), 1
        keys = ctypes.c_uint64(use.seed), ctypes.c_uint32(int(use.milli_db))
        arguments = frames, _fading(use), *keys, ctypes.c_uint32(count), sums
        self._kernels["sum_pilots"](grid, THREADS, 0, *arguments)
        return sums


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
    return _Fading(*use.fading[:-1])  # there is no Doppler here
