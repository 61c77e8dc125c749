"""The one definition of SNR: Es/N0 in dB, and what follows from it."""

from __future__ import annotations

import math

import numpy as np


def n0_from_snr_db(snr_db: float) -> float:
    """Return N0, the noise variance of a complex sample (N0/2 on each of I and Q), for Es = 1.

    >>> n0_from_snr_db(10.0)
    0.1
    """
    return float(10 ** (-snr_db / 10))


def ebno_db_from_snr_db(snr_db: float, information_bits_per_symbol: float) -> float:
    """Return Eb/N0 per information bit, in dB.

    Args:
        information_bits_per_symbol: message bits over channel symbols; bits per symbol times
            code rate where nothing is padded.

    >>> round(ebno_db_from_snr_db(10.0, 1.5), 3)
    8.239
    """
    return snr_db - 10 * math.log10(information_bits_per_symbol)


def snr_db_from_ebno_db(ebno_db: float, information_bits_per_symbol: float) -> float:
    """Return Es/N0 in dB; the inverse of `ebno_db_from_snr_db`."""
    return ebno_db + 10 * math.log10(information_bits_per_symbol)


def milli_db(snr_db: float) -> np.uint32:
    """Return an SNR as it keys the draws of a channel: thousandths of a dB, modulo 2**28."""
    return np.uint32(round(snr_db * 1000) % 2**28)
