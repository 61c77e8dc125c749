// Two whole numbers to a word: the decoder's LLRs and messages, positive for bit 0. Narrow words carry out
// the native decoder's 8-bit arithmetic exactly in halves (whole numbers to 2048 are exact there); wide words
// its 16-bit arithmetic. The sign bits are bits 15 and 31 in both.
#pragma once
#include "base.cuh"

const u32 SIGNS = 0x80008000u;

INLINE half2 halves(u32 x) { return *reinterpret_cast<half2*>(&x); }
INLINE u32 word(half2 x) { return *reinterpret_cast<u32*>(&x); }
INLINE half2 both(float x) { return __float2half2_rn(x); }
INLINE u32 chosen(u32 mask, u32 then, u32 otherwise) { return (mask & then) | (~mask & otherwise); }

struct Narrow {
    static constexpr float SCALE = SCALE_8, LARGEST = LARGEST_8;
    static constexpr int KNOWN = 127, CEILING = CEILING_8, REACH = REACH_8, REMAINDERS[] = REMAINDERS_8;
    static constexpr bool TELLS_SECOND = false;

    // Adding 0 makes a plus of a zero's minus, which would be taken for bit 1.
    static INLINE u32 of(float low, float high) { return word(__floats2half2_rn(low + 0.0f, high + 0.0f)); }
    static INLINE u32 of(int both_halves) { return word(both((float)both_halves)); }
    static INLINE float low(u32 x) { return __low2float(halves(x)); }
    static INLINE float high(u32 x) { return __high2float(halves(x)); }

    static INLINE half2 held(half2 x) { return __hmin2(__hmax2(x, both(-128.0f)), both(127.0f)); }
    static INLINE u32 add(u32 a, u32 b) { return word(held(__hadd2_rn(halves(a), halves(b)))); }
    static INLINE u32 subtract(u32 a, u32 b) { return word(held(__hsub2_rn(halves(a), halves(b)))); }
    static INLINE u32 magnitude(u32 a) { return a & ~SIGNS; }
    static INLINE u32 least(u32 a, u32 b) { return word(__hmin2(halves(a), halves(b))); }
    static INLINE u32 most(u32 a, u32 b) { return word(__hmax2(halves(a), halves(b))); }
    static INLINE u32 difference(u32 a, u32 b) { return word(__hsub2_rn(halves(a), halves(b))); }  // b <= a
    static INLINE u32 lowered(u32 a, u32 b) { return most(difference(a, b), 0); }
    // Half of a magnitude, rounded up: beyond 1024 halves have whole numbers alone, and a factor a little above
    // 1/2 lifts what lies between two of them.
    static INLINE u32 half(u32 a) {
        return word(__hadd2_rn(__hfma2(halves(a), both(0.5f + 0x1p-11f), both(1024.0f)), both(-1024.0f)));
    }
    static INLINE u32 equal(u32 a, u32 b) { return __heq2_mask(halves(a), halves(b)); }
    static INLINE u32 negated(u32 a, u32 signs) { return a ^ signs; }

    // A message in a byte: 1024 + 128 + x has x + 128 in the lowest bits of its half.
    static INLINE u16 packed(u32 x) { return (u16)__byte_perm(word(__hadd2_rn(halves(x), both(1152.0f))), 0, 0x4420); }
    static INLINE u32 unpacked(u16 x) {
        return word(__hsub2_rn(halves(__byte_perm(x, 0x64646464u, 0x4140)), both(1152.0f)));
    }
};

struct Wide {
    static constexpr float SCALE = SCALE_16, LARGEST = LARGEST_16;
    static constexpr int KNOWN = 32767, CEILING = CEILING_16, REACH = REACH_16, REMAINDERS[] = REMAINDERS_16;
    static constexpr bool TELLS_SECOND = true;

    static INLINE u32 of(float low, float high) { return (u16)(int)low | (u32)(u16)(int)high << 16; }
    static INLINE u32 of(int both_halves) { return (u16)both_halves * 0x10001u; }
    static INLINE float low(u32 x) { return (float)(short)x; }
    static INLINE float high(u32 x) { return (float)(short)(x >> 16); }

    static INLINE u32 add(u32 a, u32 b) { return __vaddss2(a, b); }
    static INLINE u32 subtract(u32 a, u32 b) { return __vsubss2(a, b); }
    static INLINE u32 magnitude(u32 a) { return __vabs2(a); }
    static INLINE u32 least(u32 a, u32 b) { return __vminu2(a, b); }
    static INLINE u32 most(u32 a, u32 b) { return __vmaxu2(a, b); }
    static INLINE u32 difference(u32 a, u32 b) { return a - b; }  // b <= a, so that no half borrows
    static INLINE u32 lowered(u32 a, u32 b) { return __vsubus2(a, b); }
    static INLINE u32 half(u32 a) { return a - (a >> 1 & 0x7FFF7FFFu); }  // rounded up
    static INLINE u32 equal(u32 a, u32 b) { return __vcmpeq2(a, b); }
    static INLINE u32 negated(u32 a, u32 signs) {
        const u32 mask = (signs & SIGNS) / 0x8000u * 0xFFFFu;  // all ones in halves to be negated
        return __vsub2(a ^ mask, mask);
    }
};
