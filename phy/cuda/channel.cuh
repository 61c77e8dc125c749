// Codewords to LLRs: mapper, fading, noise and demapper of one symbol after another, without memory
// between them. The numbers are those of linksim.phy.native.chain, in its order of operations.
//
// Codewords of 32 blocks share words: bit g of word [block / 32, i] is bit i of block 32 * (block / 32) + g.
#pragma once
#include "random.cuh"

// linksim.phy.kernels.draws.Fading
struct Fading {
    int fades, span;
    float direct, scattered;
    int pilot_every, symbols;
};

// What the receiver sees of a symbol: y h'*, |h'|^2 and 1/N0'.
struct Observed {
    float real, imaginary, energy, weight;
};

INLINE u32 spans_of(const Fading& fading) { return (fading.symbols + fading.span - 1) / fading.span; }

// Which pilots lie in a span: first, and how many.
INLINE u32 pilots_in(const Fading& fading, u32 span, u32& first) {
    const u32 every = fading.pilot_every, start = span * fading.span;
    const u32 end = smaller(start + fading.span, fading.symbols);
    first = (start + every - 1) / every;
    return (end + every - 1) / every - first;
}

// Sums of the noise of every span's pilots, of [frames, spans]; a thread for each.
KERNEL sum_pilots(const u64* frames, Fading fading, u64 seed, u32 snr, u32 frame_count, Complex* sums) {
    const u32 spans = spans_of(fading);
    for (u64 at = (u64)blockIdx.x * blockDim.x + threadIdx.x; at < (u64)frame_count * spans;
         at += (u64)gridDim.x * blockDim.x) {
        const Draw draw = {seed, frames[at / spans], snr};
        u32 first;
        const u32 pilots = pilots_in(fading, (u32)(at % spans), first);
        Complex sum = {0.0f, 0.0f};
        for (u32 pilot = first; pilot < first + pilots; ++pilot) {
            const Complex noise = normal_number(draw, PILOTS, pilot);
            sum.real += noise.real;
            sum.imaginary += noise.imaginary;
        }
        sums[at] = sum;
    }
}

// Send x as data symbol `number` of a frame: with gain h, and h' from the sum of its span's pilots.
INLINE Observed faded(const Fading& fading, const Draw& draw, float sigma, const Complex* sums, u32 number,
                      Complex x, Complex noise) {
    const u32 span = number / fading.span;
    Complex h = {fading.direct, 0.0f};
    if (fading.fades) {
        const Complex drawn = normal_number(draw, FADING, span);
        h = {fading.direct + fading.scattered * drawn.real, fading.scattered * drawn.imaginary};
    }
    Complex known = h;
    float n0 = sigma * sigma;
    if (fading.pilot_every) {
        u32 first;
        const float pilots = (float)(int)pilots_in(fading, span, first), scale = sigma / pilots;
        known = {h.real + scale * sums[span].real, h.imaginary + scale * sums[span].imaginary};
        n0 *= 1.0f + 1.0f / pilots;
    }
    const float real = fmaf(noise.real, sigma, h.real * x.real - h.imaginary * x.imaginary);
    const float imaginary = fmaf(noise.imaginary, sigma, h.real * x.imaginary + h.imaginary * x.real);
    return {known.real * real + known.imaginary * imaginary, known.real * imaginary - known.imaginary * real,
            known.real * known.real + known.imaginary * known.imaginary, 1.0f / n0};
}

// LLRs, log p(1)/p(0), of a symbol's bits; the first bit of a label is its highest.
template <u32 BITS_PER_SYMBOL>
INLINE void demap(const Observed& seen, const float* points, bool exact, float (&llr)[BITS_PER_SYMBOL]) {
    const u32 labels = 1u << BITS_PER_SYMBOL;
    const float x = seen.real * (seen.weight + seen.weight), y = seen.imaginary * (seen.weight + seen.weight);
    const float lost = 0.0f - seen.energy * seen.weight;
    float most[2][BITS_PER_SYMBOL], sum[2][BITS_PER_SYMBOL];
#pragma unroll
    for (u32 b = 0; b < BITS_PER_SYMBOL; ++b) {
        most[0][b] = most[1][b] = -3.402823466e38f;
        sum[0][b] = sum[1][b] = 0.0f;
    }
    // log p(y | x) but for what all points share: (2 Re{y h'* x*} - |h'|^2 |x|^2) / N0'
    const auto metric = [&](u32 label) {
        return fmaf(lost, points[2 * labels + label], fmaf(x, points[label], y * points[labels + label]));
    };
#pragma unroll 4
    for (u32 label = 0; label < labels; ++label) {
        const float here = metric(label);
#pragma unroll
        for (u32 b = 0; b < BITS_PER_SYMBOL; ++b)
            if (label >> (BITS_PER_SYMBOL - 1 - b) & 1) most[1][b] = larger(most[1][b], here);
            else most[0][b] = larger(most[0][b], here);
    }
    if (exact)
#pragma unroll 1
        for (u32 label = 0; label < labels; ++label) {
            const float here = metric(label);
#pragma unroll
            for (u32 b = 0; b < BITS_PER_SYMBOL; ++b)
                if (label >> (BITS_PER_SYMBOL - 1 - b) & 1) sum[1][b] = sum[1][b] + exponential(here - most[1][b]);
                else sum[0][b] = sum[0][b] + exponential(here - most[0][b]);
        }
#pragma unroll
    for (u32 b = 0; b < BITS_PER_SYMBOL; ++b)
        llr[b] = exact ? (most[1][b] + logarithm(sum[1][b])) - (most[0][b] + logarithm(sum[0][b]))
                       : most[1][b] - most[0][b];
}

// What a launch sends, and over what.
struct Sending {
    const u32* codeword;
    const u64* frames;
    const float* points;         // real parts, imaginary parts, energies by label
    const Complex* pilot_sums;   // or null
    Fading fading;
    u64 seed;
    u32 snr;
    float sigma, weight;         // sqrt(N0), 1/N0
    u32 blocks_of_frame, symbols;
    int exact;                   // whether the demapper adds up all points' likelihoods
    float* llr;                  // [blocks, symbols * bits per symbol]
    int* raw_errors;             // [blocks], zeros before
};

// Send blocks: a CTA (or several, along y) for each.
template <u32 BITS_PER_SYMBOL>
INLINE void pass_channel(const Sending& sending) {
    __shared__ float table[3 << BITS_PER_SYMBOL];
    __shared__ int wrong_of_block;
    for (u32 i = threadIdx.x; i < 3u << BITS_PER_SYMBOL; i += blockDim.x) table[i] = sending.points[i];
    if (threadIdx.x == 0) wrong_of_block = 0;
    __syncthreads();

    const u32 block = blockIdx.x, labels = 1u << BITS_PER_SYMBOL, frame = block / sending.blocks_of_frame;
    const u32 symbols = sending.symbols;
    const Fading& fading = sending.fading;
    const float sigma = sending.sigma;
    const Draw draw = {sending.seed, sending.frames[frame], sending.snr};
    const Complex* const sums = fading.pilot_every ? sending.pilot_sums + (u64)frame * spans_of(fading) : nullptr;
    const u32* const words = sending.codeword + (u64)(block / 32) * (symbols * BITS_PER_SYMBOL);
    float* const out = sending.llr + (u64)block * (symbols * BITS_PER_SYMBOL);
    const u32 first = block % sending.blocks_of_frame * symbols;
    const u32 end = block_of_number((first + symbols - 1) | 31) + 1;
    int wrong = 0;
    for (u32 drawn = first / 32 * 16 + blockIdx.y * blockDim.x + threadIdx.x; drawn < end;
         drawn += blockDim.x * gridDim.y) {
        const Words random = philox(draw, NOISE, drawn);
#pragma unroll 1
        for (u32 half = 0; half < 2; ++half) {
            const u32 number = first_number_of(drawn) + 16 * half, s = number - first;
            if (s >= symbols) continue;  // before the block, too: below zero is huge
            u32 label = 0;
#pragma unroll
            for (u32 b = 0; b < BITS_PER_SYMBOL; ++b)
                label = label << 1 | (words[b * symbols + s] >> block % 32 & 1);
            const Complex x = {table[label], table[labels + label]}, noise = normal_of(random, half);
            const Observed seen =
                fading.fades || fading.pilot_every
                    ? faded(fading, draw, sigma, sums, number, x, noise)
                    : Observed{fmaf(noise.real, sigma, x.real), fmaf(noise.imaginary, sigma, x.imaginary), 1.0f,
                               sending.weight};
            float found[BITS_PER_SYMBOL];
            demap<BITS_PER_SYMBOL>(seen, table, sending.exact, found);
#pragma unroll
            for (u32 b = 0; b < BITS_PER_SYMBOL; ++b) {
                out[b * symbols + s] = found[b];
                wrong += (found[b] > 0.0f) != (label >> (BITS_PER_SYMBOL - 1 - b) & 1);
            }
        }
    }
    if (wrong) atomicAdd(&wrong_of_block, wrong);
    __syncthreads();
    if (threadIdx.x == 0 && wrong_of_block) atomicAdd(&sending.raw_errors[block], wrong_of_block);
}

// A kernel for each number of bits of a symbol: loops over a label's bits are unrolled.
KERNEL pass_channel_1(Sending sending) { pass_channel<1>(sending); }
KERNEL pass_channel_2(Sending sending) { pass_channel<2>(sending); }
KERNEL pass_channel_3(Sending sending) { pass_channel<3>(sending); }
KERNEL pass_channel_4(Sending sending) { pass_channel<4>(sending); }
KERNEL pass_channel_6(Sending sending) { pass_channel<6>(sending); }
KERNEL pass_channel_8(Sending sending) { pass_channel<8>(sending); }
