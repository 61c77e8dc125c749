"""Sionna 1 on TensorFlow, compiled by XLA. The one module that imports TensorFlow."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.cores import allowed_cores
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, count_errors
from linksim.phy.kernels.vectors import aligned_zeros
from linksim.phy.native.ldpc_batches import NativeLdpcDecoder
from linksim.phy.sionna.blocks import row_slices, rows_per_call, sionna_blocks


@contextlib.contextmanager
def _native_stderr_held_back() -> Iterator[None]:
    """Keep what native code writes to stderr (TensorFlow's start-up chatter) unless it fails."""
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        real = os.dup(2)
        os.dup2(held.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
            if failed:
                held.seek(0)
                sys.stderr.write(held.read().decode(errors="replace"))


with _native_stderr_held_back():
    # Triton and TensorFlow bring an LLVM each; TensorFlow loaded first aborts the process.
    with contextlib.suppress(ImportError):
        import triton  # noqa: F401
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    # TensorFlow is the CPU's engine here: it must not take a GPU's memory from torch.
    tf.config.set_visible_devices([], "GPU")


class SionnaTensorFlow:
    """Sionna's chain in three compiled steps: encode; map, channel, demap; decode.

    Every call of a step has the same number of rows, the last one filled up. So XLA compiles once,
    and a block's result does not depend on how many others travel with it.

    Args:
        block: the format.
        threads: calls at once, 0 for as many as this process has cores.

    Raises:
        Refused: for polar codes, whose decoders XLA does not compile in bearable time.
    """

    name, shared = "sionna", False

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        self._block, self._plan = block, block.segmentation
        self._rows = rows_per_call(block.segmentation)
        self._threads = threads or allowed_cores()
        with _native_stderr_held_back():
            self._blocks = sionna_blocks(block)
        self._encode = tf.function(self._encoded, jit_compile=not self._blocks.coder.unrolled)
        self._pass = tf.function(self._passed, jit_compile=True)
        self._decode = tf.function(self._decoded, jit_compile=True)
        self._compiled: set[int] = set()  # numbers of inputs

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        bits = self._block.sent_bits(bits, use)
        llr = np.empty((len(bits), self._plan.information_bits), dtype=np.float32)
        raw_errors = np.empty(len(bits), dtype=np.int32)
        gains = use.gains() if use.fading.fades or use.fading.pilot_every else ()
        inputs = (bits, use.noise(), *gains)

        def send(rows: slice) -> None:
            filled = [_to_tensorflow(_filled(part[rows], self._rows)) for part in inputs]
            soft, wrong = self._send(use.n0, *filled)
            used = rows.stop - rows.start
            llr[rows], raw_errors[rows] = soft[:used], wrong[:used]

        calls = row_slices(len(bits), self._rows)
        if len(inputs) not in self._compiled and calls:
            with _native_stderr_held_back(), contextlib.redirect_stdout(io.StringIO()):
                send(calls.pop(0))
            self._compiled.add(len(inputs))
        # A compiled step keeps one core busy: the others get a call each.
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(send, calls))
        return BlockReception(llr, raw_errors)

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        return count_errors(self, self._plan, use)

    def _send(self, n0: float, bits: Any, *channel: Any) -> tuple[np.ndarray, np.ndarray]:
        """Send ``rows`` blocks; return their information bits' LLRs and their raw errors."""
        coded = self._encode(bits)
        coded_llr, raw_errors = self._pass(coded, tf.constant(n0, dtype=tf.float32), *channel)
        return self._soft(coded_llr), _to_numpy(raw_errors)

    def _soft(self, coded_llr: Any) -> np.ndarray:
        return _to_numpy(self._decode(coded_llr))

    # The three steps, as TensorFlow traces them.

    def _encoded(self, bits: Any) -> Any:
        """Encode uint8 ``[rows, information_bits]`` to float32 ``[rows, coded_bits]``."""
        coded = tf.cast(bits, tf.float32)
        coder = self._blocks.coder
        if coder.encoder is not None:
            coded = coder.encoder(tf.pad(coded, ((0, 0), (coder.filler, 0))))
        if self._blocks.order is not None:
            coded = tf.gather(coded, self._blocks.order, axis=1)
        return coded

    def _passed(self, coded: Any, n0: Any, noise: Any, *gains: Any) -> tuple[Any, Any]:
        """Map, pass the channel and demap.

        Args:
            coded: float32 ``[rows, coded_bits]``.
            n0: N0, a scalar.
            noise: w, complex64 ``[rows, block_symbols]``.
            gains: h, h' and N0', as `ChannelUse.gains` returns them, or nothing.

        Returns:
            LLRs, float32 ``[rows, coded_bits]``, and how many decide wrongly, int32 ``[rows]``.
        """
        by_label = (self._rows, self._plan.bits_per_symbol, self._plan.block_symbols)
        labels = tf.transpose(tf.reshape(coded, by_label), (0, 2, 1))
        sent = self._blocks.mapper(tf.reshape(labels, (self._rows, -1)))
        noise = tf.cast(tf.sqrt(n0), tf.complex64) * noise
        if gains:
            true, known, known_n0 = gains
            energy = tf.square(tf.math.real(known)) + tf.square(tf.math.imag(known))
            received = (true * sent + noise) * tf.math.conj(known) / tf.cast(energy, tf.complex64)
            n0 = known_n0 / energy
        else:
            received = sent + noise
        llr = tf.reshape(self._blocks.demapper(received, n0), (*by_label[::2], by_label[1]))
        llr = tf.reshape(tf.transpose(llr, (0, 2, 1)), (self._rows, -1))
        wrong = tf.not_equal(llr > 0, coded > 0.5)
        return llr, tf.reduce_sum(tf.cast(wrong, tf.int32), axis=1)

    def _decoded(self, llr: Any) -> Any:
        """Decode float32 ``[rows, coded_bits]`` to LLRs of the information bits."""
        coder = self._blocks.coder
        if self._blocks.places is not None:
            padded = tf.pad(llr, ((0, 0), (0, 1)))
            padded = tf.pad(padded, ((0, 0), (0, 1)), constant_values=-coder.largest_llr)
            llr = tf.reduce_sum(tf.gather(padded, self._blocks.places, axis=1), -1)
        if bound := coder.largest_llr:
            llr = tf.clip_by_value(llr, -bound, bound)
        if coder.decoder is not None:
            llr = coder.decoder(llr)[:, coder.filler :]
        return 2 * tf.cast(llr, tf.float32) - 1 if coder.decides else llr


class HybridTensorFlow(SionnaTensorFlow):
    """Sionna's encoder, mapper, channel and demapper; the native engine's LDPC decoder.

    Raises:
        Refused: for what the native LDPC decoder does not decode.
    """

    name = "hybrid"

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        self._native = NativeLdpcDecoder(block)
        super().__init__(block, threads)

    def _soft(self, coded_llr: Any) -> np.ndarray:
        return self._native(_to_numpy(coded_llr))


def _filled(part: np.ndarray, rows: int) -> np.ndarray:
    """Return ``part`` with rows added (its own, repeated) up to ``rows``.

    The memory is aligned: TensorFlow's own kernels abort the process if it is not.
    """
    filled = aligned_zeros(rows * part.shape[1], part.dtype.type).reshape(rows, -1)
    for first in range(0, rows, len(part)):
        filled[first : first + len(part)] = part[: rows - first]
    return filled


def _to_tensorflow(array: np.ndarray) -> Any:
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def _to_numpy(tensor: Any) -> np.ndarray:
    return np.from_dlpack(_Capsule(tf.experimental.dlpack.to_dlpack(tensor)))


class _Capsule:
    """Presents TensorFlow's DLPack capsule by the protocol that numpy reads."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **_: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # kDLCPU
