// What a check says of a bit, given the least magnitude among its other bits: three quarters of it, up to a
// ceiling. The native decoder rounds 8 bits to the nearest, halves down, and 16 bits down; so does this.
#pragma once
#include "words.cuh"

template <class Word>
INLINE u32 corrected(u32 least);

template <>
INLINE u32 corrected<Narrow>(u32 least) {
    const half2 x = halves(Narrow::least(least, Narrow::of(CEILING_8)));
    // 3/4 x - 1/8, to the nearest whole number: beyond 1024 halves have no others.
    return word(__hadd2_rn(__hadd2_rn(__hfma2(x, both(0.75f), both(-0.125f)), both(1024.0f)), both(-1024.0f)));
}

template <>
INLINE u32 corrected<Wide>(u32 least) {
    const u32 x = Wide::least(least, Wide::of(CEILING_16));
    return (x >> 1 & 0x7FFF7FFFu) + (x >> 2 & 0x3FFF3FFFu);
}
