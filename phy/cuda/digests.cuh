// What tells rows of memory apart: sums of Philox blocks, one for each 16 bytes and their place.
#pragma once
#include "random.cuh"

// rows: u32 [gridDim.x, 4 · quads]; sums: u32 [gridDim.x, 4], zeros before. Equal rows have equal sums, whatever the
// order in which threads add to them; others have equal ones with a probability of 2^-128.
KERNEL sum_up_rows(const u32* rows, u32 quads, u32* sums) {
    const u32* const row = rows + (u64)blockIdx.x * 4 * quads;
    Words sum = {0, 0, 0, 0};
    for (u32 i = blockIdx.y * blockDim.x + threadIdx.x; i < quads; i += gridDim.y * blockDim.x) {
        const u32* const quad = row + (u64)4 * i;
        const Draw draw = {quad[0] | (u64)quad[1] << 32, quad[2] | (u64)quad[3] << 32, 0};
        const Words words = philox(draw, BITS, i);
        sum = {sum.a + words.a, sum.b + words.b, sum.c + words.c, sum.d + words.d};
    }
    u32* const found = sums + 4 * blockIdx.x;
    atomicAdd(&found[0], sum.a);
    atomicAdd(&found[1], sum.b);
    atomicAdd(&found[2], sum.c);
    atomicAdd(&found[3], sum.d);
}
