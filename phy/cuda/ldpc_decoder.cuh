// Layered sum-product decoding by three minima, number for number that of linksim.phy.native.ldpc_decoder.
//
// One thread is check t of every row in turn, for two of its halves: in a layout of pairs the checks t of two
// blocks; in a layout of halves the checks t and t + Z/2 of one block, whose word is read turned round where
// the rotation wraps. Posteriors lie in shared memory; so do messages, as words or as bytes, where there is
// room for them, and otherwise in a scratch of the CTA's own.
#pragma once
#include "correction.cuh"
#include "ldpc_code.cuh"

enum Messages { WORDS, BYTES, WORDS_OUTSIDE };

template <class WORD, bool PAIRS, int GROUP_COUNT, Messages MESSAGES>
struct Decoder {
    using Word = WORD;
    static constexpr u32 BLOCKS = PAIRS ? 2 : 1;                     // of a group
    static constexpr u32 CHECKS = PAIRS ? LIFTING : LIFTING / 2;     // threads of a group
    static constexpr u32 GROUPS = GROUP_COUNT;                       // of a CTA
    static constexpr u32 STRIDE = GROUPS * CHECKS;                   // between an edge's messages and the next's

    // Thread: check t of a group, with what it has in memory.
    u32 t, group;
    bool works;
    u32* posteriors;
    u32* words;
    u16* bytes;

    INLINE Decoder(u32* shared, u32* scratch) {
        group = GROUPS == 1 ? 0 : threadIdx.x / CHECKS;
        t = GROUPS == 1 ? threadIdx.x : threadIdx.x % CHECKS;
        works = threadIdx.x < STRIDE;
        posteriors = shared + group * (COLUMNS * CHECKS);
        u32* const room = MESSAGES == WORDS_OUTSIDE ? scratch + (u64)blockIdx.x * (EDGES * STRIDE)
                                                    : shared + COLUMNS * STRIDE;
        words = room + threadIdx.x;
        bytes = reinterpret_cast<u16*>(room) + threadIdx.x;
    }

    INLINE u32 message(u32 edge) const {
        if constexpr (MESSAGES == BYTES) return Word::unpacked(bytes[edge * STRIDE]);
        else return words[edge * STRIDE];
    }
    INLINE void keep(u32 edge, u32 message) const {
        if constexpr (MESSAGES == BYTES) bytes[edge * STRIDE] = Word::packed(message);
        else words[edge * STRIDE] = message;
    }

    // A bit's word, and whether its halves are turned round for this check.
    struct Place {
        u32 at, order;
    };
    INLINE Place place(const Edge& edge) const {
        u32 at = rotated(t, edge.shift);
        if constexpr (PAIRS) return {edge.column * CHECKS + at, 0x3210};
        const bool turned = at >= CHECKS;
        return {edge.column * CHECKS + (turned ? at - CHECKS : at), turned ? 0x1032u : 0x3210u};
    }
    INLINE u32 posterior(const Place& p) const {
        const u32 x = posteriors[p.at];
        return PAIRS ? x : __byte_perm(x, x, p.order);
    }
    INLINE void set_posterior(const Place& p, u32 x) const {
        posteriors[p.at] = PAIRS ? x : __byte_perm(x, x, p.order);
    }

    // --- One row of checks ---

    template <int DEGREE>
    INLINE void row(int first, bool again) const {
        Place at[DEGREE];
        u32 rest[DEGREE];
        u32 least = Word::of(Word::KNOWN), second = least, third = least, sign = 0;
#pragma unroll
        for (int e = 0; e < DEGREE; ++e) {
            at[e] = place(edge_table[first + e]);
            u32 q = posterior(at[e]);
            if (again) q = Word::subtract(q, message(first + e));
            rest[e] = q;
            sign ^= q;
            const u32 size = Word::magnitude(q), more = Word::most(least, size);
            third = Word::least(third, Word::most(second, more));
            second = Word::least(second, more);
            least = Word::least(least, size);
        }
        constexpr int remainder = Word::REMAINDERS[DEGREE];
        const Said out = said<Word>(least, second, third, remainder);
#pragma unroll
        for (int e = 0; e < DEGREE; ++e) {
            const u32 size = Word::magnitude(rest[e]);
            u32 r = out.to_others;
            if (Word::TELLS_SECOND) r = chosen(Word::equal(size, second), out.to_second, r);
            r = chosen(Word::equal(size, least), out.to_least, r);
            r = Word::negated(r, (sign ^ rest[e]) & SIGNS);
            keep(first + e, r);
            set_posterior(at[e], Word::add(rest[e], r));
        }
    }

    INLINE void iterate(bool again) const {
        int first = 0;
#pragma unroll 1
        for (int r = 0; r < ROWS; ++r) {
            const int degree = degree_table[r];
            if (works) switch (degree) {
#define ROW_OF(DEGREE) \
    case DEGREE: row<DEGREE>(first, again); break;
                FOR_EACH_DEGREE(ROW_OF)
#undef ROW_OF
            }
            first += degree;
            __syncthreads();  // the next row reads what this one wrote
        }
    }

    // --- Do all checks hold? ---

    // Return the halves in which a check of this thread fails, by their sign bits.
    INLINE u32 failing(int from, int to, int first) const {
        u32 failed = 0;
        int edge = first;
#pragma unroll 1
        for (int r = from; r < to; ++r) {
            const int end = edge + degree_table[r];
            u32 parity = 0;
            for (; edge < end; ++edge) parity ^= posterior(place(edge_table[edge]));
            u32 exist = SIGNS;
            if (r == ROWS - 1) exist = PAIRS ? (t < LAST_ROW ? SIGNS : 0)
                                             : (t < LAST_ROW ? 0x8000u : 0) | (t + CHECKS < LAST_ROW ? 0x80000000u : 0);
            failed |= parity & exist;
        }
        return failed;
    }

    // Return the blocks of this thread's group that are no codewords; both sign bits stand for a block alone.
    INLINE u32 blocks_failing(u32* flags) const {
        u32 failed;
        if constexpr (GROUPS == 1) {
            // Most that fail, fail in the first rows.
            failed = gathered(works ? failing(0, 2, 0) : 0);
            if (PAIRS ? failed != SIGNS : !failed)
                failed |= gathered(works ? failing(2, ROWS, degree_table[0] + degree_table[1]) : 0);
        } else {
            if (works && t == 0) flags[group] = 0;
            __syncthreads();
            const u32 own = works ? failing(0, ROWS, 0) : 0;
            if (own) atomicOr(&flags[group], own);
            __syncthreads();
            failed = works ? flags[group] : 0;
        }
        return PAIRS || !failed ? failed : SIGNS;
    }
    INLINE static u32 gathered(u32 failed) {
        if constexpr (!PAIRS) return __syncthreads_or(failed != 0) ? SIGNS : 0;
        const u32 low = __syncthreads_or(failed & 0x8000u), high = __syncthreads_or(failed >> 31);
        return (low ? 0x8000u : 0) | (high ? 0x80000000u : 0);
    }

    // --- LLRs in, decisions out ---

    // Bit i of a codeword in natural order, as a whole number: what was sent of it, added up.
    INLINE static float received(const float* llr, u32 i) {
        if (is_filler(i)) return (float)Word::KNOWN;
        float sum = 0.0f;
        for (u32 at = first_sent(ring_place(i)); at < CODED; at += RING) sum += llr[at];
        return rintf(fminf(fmaxf(sum * -Word::SCALE, -Word::LARGEST), Word::LARGEST));
    }

    INLINE void place_received(const float* low, const float* high) const {
        for (u32 c = 0; c < COLUMNS; ++c) {
            const u32 i = c * LIFTING + t;
            posteriors[c * CHECKS + t] = Word::of(received(low, i), received(high, PAIRS ? i : i + CHECKS));
        }
    }

    // Write one block's LLRs, or count its wrong bits; a thread has those of its column's halves.
    INLINE void write(u32 block, u32 half, const u8* information, float* soft, int* bit_errors) const {
        int wrong = 0;
        for (u32 c = 0; c * LIFTING < INFORMATION; ++c)
            for (u32 h = PAIRS ? half : 0; h < (PAIRS ? half + 1 : 2); ++h) {
                const u32 i = c * LIFTING + t + (PAIRS ? 0 : h * CHECKS);
                if (i >= INFORMATION) continue;
                const u32 x = posteriors[c * CHECKS + t];
                const float value = h ? Word::high(x) : Word::low(x);
                const u64 at = (u64)block * INFORMATION + i;
                if (soft) soft[at] = value * (-1.0f / Word::SCALE);
                if (bit_errors && i < PAYLOAD) wrong += (value < 0.0f) != information[at];
            }
        if (wrong) atomicAdd(&bit_errors[block], wrong);
    }
};

// What a launch decodes, and where it leaves what it found.
struct Batch {
    const float* llr;          // [blocks, CODED]
    const int* list;           // which blocks, or null for all
    const int* count;          // how many: known on the device alone
    const u8* information;     // [blocks, INFORMATION], true bits to count wrong ones; or null
    float* soft;               // [blocks, INFORMATION], or null
    int* bit_errors;           // [blocks], zeros before; or null
    int* used;                 // [blocks]: iterations until all checks held, 0 if they never did
    int* unsolved;             // list of these; or null: then they are written like the others
    int* unsolved_count;
    u32* scratch;              // messages that do not fit into shared memory
    int iterations;
};

template <class D>
INLINE void decode(const Batch& batch) {
    DYNAMIC_SHARED(u32, shared);
    __shared__ u32 flags[D::GROUPS];
    const D decoder(shared, batch.scratch);
    const u32 count = *batch.count, groups = (count + D::BLOCKS - 1) / D::BLOCKS;
    for (u32 first = blockIdx.x * D::GROUPS; first < groups; first += gridDim.x * D::GROUPS) {
        const u32 at = (first + decoder.group) * D::BLOCKS;
        const bool there = decoder.works && at < count, two = D::BLOCKS == 2 && at + 1 < count;
        const u32 low = !there ? 0 : batch.list ? batch.list[at] : at;
        const u32 high = !two ? low : batch.list ? batch.list[at + 1] : at + 1;
        if (decoder.works) decoder.place_received(batch.llr + (u64)low * CODED, batch.llr + (u64)high * CODED);
        __syncthreads();
        u32 open = there ? (D::BLOCKS == 2 && !two ? 0x8000u : SIGNS) : 0;
        for (int i = 1; i <= batch.iterations; ++i) {
            decoder.iterate(i > 1);
            const u32 held = open & ~decoder.blocks_failing(flags);
            const bool last = i == batch.iterations;
            // A block is written when it converges: its neighbour goes on, and would change it.
            const u32 out = last && !batch.unsolved ? open : held;
            if (out & 0x8000u) decoder.write(low, 0, batch.information, batch.soft, batch.bit_errors);
            if (D::BLOCKS == 2 && out >> 31) decoder.write(high, 1, batch.information, batch.soft, batch.bit_errors);
            if (decoder.t == 0) {
                if (held & 0x8000u) batch.used[low] = i;
                if (D::BLOCKS == 2 && held >> 31) batch.used[high] = i;
            }
            open &= ~held;
            if (!__syncthreads_or(open != 0)) break;  // also: all have read before posteriors change
        }
        if (decoder.t == 0 && there) {
            if (open & 0x8000u) {
                batch.used[low] = 0;
                if (batch.unsolved) batch.unsolved[atomicAdd(batch.unsolved_count, 1)] = low;
            }
            if (D::BLOCKS == 2 && two && open >> 31) {
                batch.used[high] = 0;
                if (batch.unsolved) batch.unsolved[atomicAdd(batch.unsolved_count, 1)] = high;
            }
        }
    }
}

using NarrowDecoder = Decoder<Narrow, NARROW_PAIRS, NARROW_GROUPS, NARROW_MESSAGES>;
using WideDecoder = Decoder<Wide, WIDE_PAIRS, WIDE_GROUPS, WIDE_MESSAGES>;

KERNEL __launch_bounds__(NARROW_THREADS, NARROW_CTAS) decode_narrow(Batch batch) { decode<NarrowDecoder>(batch); }
KERNEL __launch_bounds__(WIDE_THREADS, WIDE_CTAS) decode_wide(Batch batch) { decode<WideDecoder>(batch); }
