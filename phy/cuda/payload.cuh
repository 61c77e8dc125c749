// Random payload with its CRC, a CTA for each code block; and numbers of frames.
#pragma once
#include "random.cuh"

// Number frames one after the other, which need not come from the host then.
KERNEL number_frames(u64 first, u32 count, u64* frames) {
    for (u32 i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) frames[i] = first + i;
}

// information: u8 [blocks, payload_bits + crc_bits]. crc_of: u32 [payload_bits], the CRC of each payload bit
// alone; the CRC is linear, so a block's is the sum of those of its ones.
KERNEL draw_payload(const u64* frames, const u32* crc_of, u64 seed, u32 snr, u32 blocks_of_frame, u32 payload_bits,
                    u32 crc_bits, u8* information) {
    __shared__ u32 crc;
    const u32 block = blockIdx.x;
    const Draw draw = {seed, frames[block / blocks_of_frame], snr};
    u8* const bits = information + (u64)block * (payload_bits + crc_bits);
    if (threadIdx.x == 0) crc = 0;
    __syncthreads();

    const u32 lanes = (payload_bits + 2047) / 2048 * 16;  // Philox blocks; 16 of them make 2048 bits
    const u32 first = block % blocks_of_frame * lanes;
    u32 sum = 0;
    for (u32 lane = threadIdx.x; lane < lanes; lane += blockDim.x) {
        const Words words = philox(draw, BITS, first + lane);
        const u32 of[4] = {words.a, words.b, words.c, words.d};
        const u32 start = lane / 16 * 2048 + lane % 16 * 4;
#pragma unroll
        for (u32 w = 0; w < 4; ++w)
            for (u32 shift = 0; shift < 8; ++shift)
#pragma unroll
                for (u32 byte = 0; byte < 4; ++byte) {
                    const u32 i = start + w * 512 + shift * 64 + byte;
                    if (i >= payload_bits) continue;
                    const u32 bit = of[w] >> (8 * byte + shift) & 1;
                    bits[i] = (u8)bit;
                    if (crc_bits && bit) sum ^= crc_of[i];
                }
    }
    if (sum) atomicXor(&crc, sum);
    __syncthreads();
    for (u32 j = threadIdx.x; j < crc_bits; j += blockDim.x) bits[payload_bits + j] = crc >> (crc_bits - 1 - j) & 1;
}
