"""PSNR over several pictures, lossless ones among them: these have no noise, and so infinite PSNR.

An average in dB can't hold them, so they are told apart: `LOSSLESS` is their share, `PSNR` averages
over the others, and `PSNR_OF_MSE` is the PSNR of the squared error averaged over all.
"""

from __future__ import annotations

import math

import numpy as np

from linksim.experiments.results.estimates import Estimate, mean, rate

PSNR, PSNR_OF_MSE, LOSSLESS = "psnr", "psnr_of_mse", "lossless"
AVERAGES = (PSNR, PSNR_OF_MSE, LOSSLESS)
"""What is estimated from the PSNR of each picture, by the names of curves."""

_CAP_OF_BEFORE = 100.0  # what a lossless picture counted as, give or take float32's rounding


def uncapped(psnr: np.ndarray) -> np.ndarray:
    """Return stored PSNRs with infinity for the 100 dB that older files have in its place."""
    capped = np.isclose(psnr, _CAP_OF_BEFORE, rtol=0, atol=1e-3)
    return np.where(capped, np.inf, psnr).astype(psnr.dtype)


def average(name: str, psnr: np.ndarray) -> Estimate:
    """Estimate one of `AVERAGES`.

    The interval of `PSNR_OF_MSE` is Student's for the mean squared error, carried over to dB by the
    derivative there (the delta method).

    Args:
        name: of what is estimated.
        psnr: dB of each picture, infinite where it is lossless; NaN is left out.

    Returns:
        NaN for everything without pictures, and for a PSNR where all of them are lossless.

    >>> pictures = np.array([20.0, 30.0, np.inf])
    >>> [round(average(name, pictures).value, 2) for name in AVERAGES]
    [25.0, 24.36, 0.33]
    """
    psnr = psnr[~np.isnan(psnr)].astype(float)
    if name == LOSSLESS:
        return rate(np.isposinf(psnr), 1.0)
    if name == PSNR:
        return mean(psnr[np.isfinite(psnr)])
    error = mean(10 ** (-psnr / 10))
    if not error.value > 0:
        return Estimate(math.nan, math.nan, math.nan)
    value = -10 * math.log10(error.value)
    reach = 10 / math.log(10) * (error.high - error.value) / error.value
    return Estimate(value, value - reach, value + reach)
