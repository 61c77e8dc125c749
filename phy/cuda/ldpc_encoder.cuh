// LDPC encoding by substitution, as linksim.phy.native.ldpc_encoder: 32 blocks to a CTA, a bit of a word each.
// STEPS, STEP_EDGES, STEP_DEGREES, STEP_TABLE (edges whose sum a step is) and PARITY_TABLE (the parity column
// that it gives, and its shift) come from plan.py; the first CORE_STEPS build on one another.
#pragma once
#include "ldpc_code.cuh"

__constant__ Edge step_table[STEP_EDGES] = STEP_TABLE;
__constant__ int step_degrees[STEPS] = STEP_DEGREES;
__constant__ Edge parity_table[STEPS] = PARITY_TABLE;

INLINE void send(u32* out, u32 i, u32 word) {
    for (u32 at = first_sent(ring_place(i)); at < CODED; at += RING) out[at] = word;
}

// information: u8 [blocks, INFORMATION]; codeword: u32 [ceil(blocks / 32), CODED].
KERNEL encode(const u8* information, u32* codeword, int blocks) {
    DYNAMIC_SHARED(u32, columns);  // information and core parity
    const u32 first = blockIdx.x * 32;
    u32* const out = codeword + (u64)blockIdx.x * CODED;
    for (u32 i = threadIdx.x; i < FIRST_PARITY; i += blockDim.x) {
        u32 word = 0;
        if (i < INFORMATION)
            for (u32 g = 0; g < 32 && first + g < (u32)blocks; ++g)
                word |= (u32)information[(u64)(first + g) * INFORMATION + i] << g;
        columns[i] = word;
        if (!is_filler(i)) send(out, i, word);
    }
    __syncthreads();
    int edge = 0;
    for (int step = 0; step < STEPS; ++step) {
        const int end = edge + step_degrees[step];
        const Edge parity = parity_table[step];
        for (u32 t = threadIdx.x; t < LIFTING; t += blockDim.x) {
            u32 sum = 0;
            for (int e = edge; e < end; ++e)
                sum ^= columns[step_table[e].column * LIFTING + rotated(t, step_table[e].shift)];
            const u32 i = parity.column * LIFTING + rotated(t, parity.shift);
            if (step < CORE_STEPS) columns[i] = sum;
            send(out, i, sum);
        }
        edge = end;
        if (step < CORE_STEPS) __syncthreads();
    }
}
