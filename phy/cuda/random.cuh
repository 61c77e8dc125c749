// Random numbers from counters: Philox4x32-10 and Box-Muller, number for number those of
// linksim.phy.kernels.random, which tells how a frame's numbers are numbered.
#pragma once
#include "elementary.cuh"

enum Purpose { NOISE = 1, FADING = 2, PILOTS = 3, BITS = 4 };

struct Draw {
    u64 seed;
    u64 frame;
    u32 snr;  // thousandths of a dB, modulo 2^28
};

struct Words {
    u32 a, b, c, d;
};

struct Complex {
    float real, imaginary;
};

// The four words of one block of a frame's draw.
INLINE Words philox(const Draw& draw, Purpose purpose, u32 block) {
    Words w = {block, (u32)draw.frame, (u32)(draw.frame >> 32), ((u32)purpose << 28) | draw.snr};
    u32 key_a = (u32)draw.seed, key_c = (u32)(draw.seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; ++round) {
        const u32 high_a = __umulhi(w.a, 0xD2511F53u), low_a = w.a * 0xD2511F53u;
        const u32 high_c = __umulhi(w.c, 0xCD9E8D57u), low_c = w.c * 0xCD9E8D57u;
        w = {high_c ^ w.b ^ key_a, low_c, high_a ^ w.d ^ key_c, low_a};
        key_a += 0x9E3779B9u;
        key_c += 0xBB67AE85u;
    }
    return w;
}

// CN(0, 1): E|n|^2 = 1 (Box and Muller 1958).
INLINE Complex complex_normal(u32 radius_word, u32 angle_word) {
    const float uniform = fmaf((float)radius_word, 0x1p-32f, 0x1p-33f);  // in (0, 1]
    const float radius = sqrtf(larger(0.0f - logarithm(uniform), 0.0f));
    float sine, cosine;  // of half a turn; one bit is the sign of both parts
    sine_and_cosine((float)(int)(angle_word << 1) * 0x1p-33f, sine, cosine);
    const u32 sign = angle_word & 0x80000000u;
    return {float_of(bits_of(radius * cosine) ^ sign), float_of(bits_of(radius * sine) ^ sign)};
}

// A group's 32 numbers are made of 16 blocks: first one of each block's first two words, then of the last.
INLINE u32 block_of_number(u32 number) { return number / 32 * 16 + number % 16; }
INLINE u32 first_number_of(u32 block) { return block / 16 * 32 + block % 16; }

INLINE Complex normal_of(const Words& w, u32 half) {
    return half ? complex_normal(w.c, w.d) : complex_normal(w.a, w.b);
}

INLINE Complex normal_number(const Draw& draw, Purpose purpose, u32 number) {
    return normal_of(philox(draw, purpose, block_of_number(number)), number / 16 % 2);
}
