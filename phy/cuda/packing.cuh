// A stream of numbers cut into numbers of another width, the most significant bit first, as linksim.phy.bits does it:
// indices to bits, bits to symbols' labels, bytes to bits, and back.
#pragma once
#include "base.cuh"

// A CTA makes CUT_PER_CTA new numbers, its threads in turns. Widths are 1 to 32 bits; what a number has above its width
// is left out, and zeros follow the stream's end.
template <class T, class U>
INLINE void cut_anew(const T* numbers, u64 count, u32 width, U* cut, u64 new_count, u32 new_width) {
    const u64 mask = ((u64)1 << width) - 1, new_mask = ((u64)1 << new_width) - 1;
    const u64 first = (u64)blockIdx.x * CUT_PER_CTA;
    const u64 start = first * new_width / width;  // of the CTA: its threads go on in 32 bits
    const u32 skipped = first * new_width % width;
    const u32 here = new_count - first < CUT_PER_CTA ? new_count - first : CUT_PER_CTA;
    for (u32 i = threadIdx.x; i < here; i += blockDim.x) {
        const u32 place = skipped + i * new_width;
        u64 at = start + place / width;
        u32 held = width - place % width;
        u64 bits = at < count ? (u64)numbers[at] & (((u64)1 << held) - 1) : 0;
        for (; held < new_width; held += width) bits = bits << width | (++at < count ? (u64)numbers[at] & mask : 0);
        cut[first + i] = (U)(bits >> (held - new_width) & new_mask);
    }
}

#define CUTTING(name, T, U)                                                                                     \
    KERNEL name(const T* numbers, u64 count, u32 width, U* cut, u64 new_count, u32 new_width) {                 \
        cut_anew(numbers, count, width, cut, new_count, new_width);                                             \
    }
CUTTING(recut_8_to_8, u8, u8)
CUTTING(recut_8_to_64, u8, u64)
CUTTING(recut_64_to_8, u64, u8)
CUTTING(recut_64_to_64, u64, u64)
