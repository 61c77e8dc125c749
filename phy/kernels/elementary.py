"""Elementary functions of float32 vectors, to within a few units of the last place.

Chebyshev fits, evaluated with fused multiply-add: the same numbers on every processor.
"""

from __future__ import annotations

from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.vectors import (
    bits_of_float,
    float_of_bits,
    fused,
    maximum,
    minimum,
    signed_to_float,
    splat,
)

_LN2 = 0.69314718
_LOG2E = 1.44269504


@kernel
def logarithm(x):  # type: ignore[no-untyped-def]
    """Return ln x for positive normal numbers."""
    words = bits_of_float(x)
    exponent = signed_to_float(words >> 23) - splat(x, 127.0)
    one = splat(words, 0x3F800000)
    mantissa = float_of_bits((words & splat(words, 0x007FFFFF)) | one)  # in [1, 2)
    t = mantissa - splat(x, 1.5)
    y = splat(x, -0.006151471)
    y = fused(y, t, splat(x, 0.010243828))
    y = fused(y, t, splat(x, -0.0143383425))
    y = fused(y, t, splat(x, 0.02596733))
    y = fused(y, t, splat(x, -0.049409617))
    y = fused(y, t, splat(x, 0.09879175))
    y = fused(y, t, splat(x, -0.22222137))
    y = fused(y, t, splat(x, 0.66666615))
    y = fused(y, t, splat(x, 0.4054651))
    return fused(exponent, splat(x, _LN2), y)


@kernel
def exponential(x):  # type: ignore[no-untyped-def]
    """Return e^x; arguments are held between -87 and 87."""
    bounded = minimum(maximum(x, splat(x, -87.0)), splat(x, 87.0))
    # Adding 1.5 · 2^23 rounds to the nearest integer, which then stands in the lowest bits.
    magic = splat(x, 12582912.0)
    shifted = fused(bounded, splat(x, _LOG2E), magic)
    t = fused(bounded, splat(x, _LOG2E), magic - shifted)
    y = splat(x, 0.00015469732)
    y = fused(y, t, splat(x, 0.0013400433))
    y = fused(y, t, splat(x, 0.009618025))
    y = fused(y, t, splat(x, 0.05550327))
    y = fused(y, t, splat(x, 0.2402265))
    y = fused(y, t, splat(x, 0.6931472))
    y = fused(y, t, splat(x, 1.0))
    power = bits_of_float(shifted) << 23  # the magic number's own bits are shifted out
    return float_of_bits(bits_of_float(y) + power)


@kernel
def sine_and_cosine(turns):  # type: ignore[no-untyped-def]
    """Return sin and cos of 2π · ``turns``, for at most a quarter turn either way."""
    z = turns * turns
    sine = splat(turns, -14.394135)
    sine = fused(sine, z, splat(turns, 42.009808))
    sine = fused(sine, z, splat(turns, -76.704285))
    sine = fused(sine, z, splat(turns, 81.605225))
    sine = fused(sine, z, splat(turns, -41.3417))
    sine = fused(sine, z, splat(turns, 6.2831855))
    cosine = splat(turns, -24.981836)
    cosine = fused(cosine, z, splat(turns, 60.14395))
    cosine = fused(cosine, z, splat(turns, -85.45357))
    cosine = fused(cosine, z, splat(turns, 64.93935))
    cosine = fused(cosine, z, splat(turns, -19.739208))
    cosine = fused(cosine, z, splat(turns, 1.0))
    return turns * sine, cosine
