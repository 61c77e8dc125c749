// Elementary functions of float32, as linksim.phy.kernels.elementary has them: the same polynomials,
// evaluated in the same order.
#pragma once
#include "base.cuh"

INLINE u32 bits_of(float x) { return __float_as_uint(x); }
INLINE float float_of(u32 x) { return __uint_as_float(x); }
INLINE float larger(float a, float b) { return a > b ? a : b; }

// ln x of positive normal numbers.
INLINE float logarithm(float x) {
    const u32 word = bits_of(x);
    const float exponent = (float)(int)(word >> 23) - 127.0f;
    const float t = float_of((word & 0x007FFFFFu) | 0x3F800000u) - 1.5f;  // of the mantissa, in [1, 2)
    float y = -0.006151471f;
    y = fmaf(y, t, 0.010243828f);
    y = fmaf(y, t, -0.0143383425f);
    y = fmaf(y, t, 0.02596733f);
    y = fmaf(y, t, -0.049409617f);
    y = fmaf(y, t, 0.09879175f);
    y = fmaf(y, t, -0.22222137f);
    y = fmaf(y, t, 0.66666615f);
    y = fmaf(y, t, 0.4054651f);
    return fmaf(exponent, 0.69314718f, y);
}

// e^x; arguments are held between -87 and 87.
INLINE float exponential(float x) {
    const float held = larger(x, -87.0f);
    const float bounded = held < 87.0f ? held : 87.0f;
    // Adding 1.5 * 2^23 rounds to the nearest integer, which then stands in the lowest bits.
    const float magic = 12582912.0f, log2e = 1.44269504f;
    const float shifted = fmaf(bounded, log2e, magic);
    const float t = fmaf(bounded, log2e, magic - shifted);
    float y = 0.00015469732f;
    y = fmaf(y, t, 0.0013400433f);
    y = fmaf(y, t, 0.009618025f);
    y = fmaf(y, t, 0.05550327f);
    y = fmaf(y, t, 0.2402265f);
    y = fmaf(y, t, 0.6931472f);
    y = fmaf(y, t, 1.0f);
    return float_of(bits_of(y) + (bits_of(shifted) << 23));
}

// sin and cos of 2 pi * turns, for at most a quarter turn either way.
INLINE void sine_and_cosine(float turns, float& sine, float& cosine) {
    const float z = turns * turns;
    float s = -14.394135f;
    s = fmaf(s, z, 42.009808f);
    s = fmaf(s, z, -76.704285f);
    s = fmaf(s, z, 81.605225f);
    s = fmaf(s, z, -41.3417f);
    s = fmaf(s, z, 6.2831855f);
    float c = -24.981836f;
    c = fmaf(c, z, 60.14395f);
    c = fmaf(c, z, -85.45357f);
    c = fmaf(c, z, 64.93935f);
    c = fmaf(c, z, -19.739208f);
    c = fmaf(c, z, 1.0f);
    sine = turns * s;
    cosine = c;
}
