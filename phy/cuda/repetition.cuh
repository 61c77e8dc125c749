// Bits sent several times, or once; as linksim.phy.native.repetition.
#pragma once
#include "base.cuh"

// information: u8 [blocks, information_bits]; order: the information bit that each coded bit is. A CTA has 32
// blocks (along x) and some of their bits (along y).
KERNEL repeat_bits(const u8* information, const int* order, u32* codeword, u32 blocks, u32 information_bits,
                   u32 coded_bits) {
    const u32 first = blockIdx.x * 32;
    for (u32 i = blockIdx.y * blockDim.x + threadIdx.x; i < coded_bits; i += blockDim.x * gridDim.y) {
        u32 word = 0;
        for (u32 g = 0; g < 32 && first + g < blocks; ++g)
            word |= (u32)information[(u64)(first + g) * information_bits + order[i]] << g;
        codeword[(u64)blockIdx.x * coded_bits + i] = word;
    }
}

// Add up the LLRs of every information bit, whose places are places[starts[i]] to places[starts[i + 1] - 1].
// soft: float [blocks, information_bits], or null. bit_errors: int [blocks], zeros before, or null.
KERNEL combine(const float* llr, const int* starts, const int* places, const u8* information, u32 information_bits,
               u32 payload_bits, u32 coded_bits, float* soft, int* bit_errors) {
    const u32 block = blockIdx.x;
    const float* const found = llr + (u64)block * coded_bits;
    int wrong = 0;
    for (u32 i = blockIdx.y * blockDim.x + threadIdx.x; i < information_bits; i += blockDim.x * gridDim.y) {
        float sum = 0.0f;
        for (int at = starts[i]; at < starts[i + 1]; ++at) sum += found[places[at]];
        if (soft) soft[(u64)block * information_bits + i] = sum;
        if (bit_errors && i < payload_bits) wrong += (sum > 0.0f) != information[(u64)block * information_bits + i];
    }
    if (wrong) atomicAdd(&bit_errors[block], wrong);
}
