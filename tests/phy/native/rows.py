"""Native codes, row by row: what is sent for information, and what LLRs decode to."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numba import njit

from linksim.phy.kernels.vectors import borrowed

Rows = Callable[[Any, np.ndarray], np.ndarray]


def coder_of(module: ModuleType) -> tuple[Rows, Rows]:
    """Return encoder and decoder of a module of `linksim.phy.native`, for many rows.

    The decoder returns float32 ``[B, k]``.
    """
    encode, decode = module.encode, module.decode

    @njit
    def encode_rows(code, information, codewords):  # type: ignore[no-untyped-def]
        memory = borrowed(code)
        for i in range(len(information)):
            encode(memory, information[i], codewords[i])

    @njit
    def decode_rows(code, llr, soft):  # type: ignore[no-untyped-def]
        memory = borrowed(code)
        for i in range(len(llr)):
            decode(memory, llr[i], soft[i])

    def encoded(code: Any, information: np.ndarray) -> np.ndarray:
        sent = np.empty((len(information), code.coded_bits), dtype=np.uint8)
        encode_rows(code, information, sent)
        return sent

    def decoded(code: Any, llr: np.ndarray) -> np.ndarray:
        soft = np.empty((len(llr), code.information_bits), dtype=np.float32)
        decode_rows(code, llr, soft)
        return soft

    return encoded, decoded


def decided(soft: np.ndarray) -> np.ndarray:
    """Return the bits of a decoder that decides: its LLRs are −1 and 1."""
    assert (np.abs(soft) == 1).all()
    return (soft > 0).astype(np.uint8)


def received(sent: np.ndarray, snr_db: float, seed: int) -> np.ndarray:
    """Return LLRs of antipodal signals, noise power 10^(−SNR/10) per real dimension."""
    n0 = 10 ** (-snr_db / 10)
    noise = np.sqrt(n0) * np.random.default_rng(seed).normal(size=sent.shape)
    return (2 / n0 * (2.0 * sent - 1 + noise)).astype(np.float32)
