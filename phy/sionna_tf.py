"""The Sionna chain on TensorFlow, compiled by XLA. The one module that imports TensorFlow."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from linksim.phy.codes import CodeSpec, Segmentation
from linksim.phy.engine import BlockReception
from linksim.phy.modulation import Modulation


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
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder
    from sionna.phy.mapping import Constellation, Demapper, Mapper

DECODER_ITERATIONS = 20
_CODED_BITS_PER_CALL = 100_000  # bounds memory; large enough to keep XLA busy
_MOST_ROWS = 64


class SionnaTensorFlow:
    """Code blocks through Sionna: LDPC or no code, mapper, flat channel, APP demapper, decoder.

    Every call of the compiled graph has the same number of rows, the last one filled up. So XLA
    compiles once, and a block's result does not depend on how many others travel with it.
    """

    def __init__(self, code: CodeSpec, modulation: Modulation, segmentation: Segmentation) -> None:
        self._segmentation = segmentation
        self._rows = int(np.clip(_CODED_BITS_PER_CALL // segmentation.coded_bits, 1, _MOST_ROWS))
        with _native_stderr_held_back():
            constellation = Constellation(
                "custom", modulation.bits_per_symbol, points=modulation.points
            )
            self._mapper = Mapper(constellation=constellation)
            self._demapper = Demapper("app", constellation=constellation)
            if code.name == "ldpc":
                self._encoder = LDPC5GEncoder(
                    segmentation.information_bits,
                    segmentation.coded_bits,
                    num_bits_per_symbol=modulation.bits_per_symbol,
                    bg="bg2" if 3 * code.rate < 1 else None,  # base graph 1 begins at 1/3
                )
                self._decoder = LDPC5GDecoder(
                    self._encoder, num_iter=DECODER_ITERATIONS, hard_out=False
                )
            else:
                self._encoder = self._decoder = None
        self._graph = tf.function(self._chain, jit_compile=True)
        self._compiled = False

    def transmit(
        self, bits: np.ndarray, gains: np.ndarray, noise: np.ndarray, n0: float
    ) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        llr = np.empty(bits.shape, dtype=np.float32)
        raw_errors = np.empty(len(bits), dtype=np.int32)
        scale = tf.constant(n0, dtype=tf.float32)

        def send(first: int) -> None:
            rows = slice(first, min(first + self._rows, len(bits)))
            sent = [
                _to_tensorflow(_filled(part[rows], self._rows)) for part in (bits, gains, noise)
            ]
            outputs = self._graph(*sent, scale)
            used = rows.stop - rows.start
            llr[rows], raw_errors[rows] = (_to_numpy(output)[:used] for output in outputs)

        calls = range(0, len(bits), self._rows)
        if not self._compiled and calls:
            with _native_stderr_held_back():
                send(0)
            self._compiled, calls = True, calls[1:]
        # A compiled graph keeps one core busy: the others get a call each.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(send, calls))
        return BlockReception(llr, raw_errors)

    def _chain(self, bits: Any, gains: Any, noise: Any, n0: Any) -> tuple[Any, Any]:
        """Build the whole chain; everything in it has ``rows`` blocks."""
        information = tf.cast(bits, tf.float32)
        coded = self._encode(information)
        sent = self._mapper(coded)
        received = gains * sent + tf.cast(tf.sqrt(n0), tf.complex64) * noise
        # Perfect channel knowledge: dividing by h leaves noise of variance N0 / |h|².
        gain_energy = tf.square(tf.abs(gains))
        coded_llr = self._demapper(received / gains, n0 / gain_energy)
        raw_wrong = tf.not_equal(coded_llr > 0, coded > 0.5)
        raw_errors = tf.reduce_sum(tf.cast(raw_wrong, tf.int32), axis=-1)
        if self._decoder is None:
            return coded_llr[:, : self._segmentation.information_bits], raw_errors
        return self._decoder(coded_llr), raw_errors

    def _encode(self, information: Any) -> Any:
        if self._encoder is not None:
            return self._encoder(information)
        missing = self._segmentation.coded_bits - self._segmentation.information_bits
        return tf.pad(information, [[0, 0], [0, missing]])


def _filled(part: np.ndarray, rows: int) -> np.ndarray:
    """Return ``part`` with rows added (its own, repeated) up to ``rows``, contiguous."""
    if len(part) < rows:
        part = np.resize(part, (rows, part.shape[1]))
    return np.ascontiguousarray(part)


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
