// What a check says of its bits, given the three least of their magnitudes: sum-product by three minima, as
// docs/decoder.md and linksim.phy.native.ldpc_decoder have it.
#pragma once
#include "words.cuh"

// Sum-product's x ⊞ y of magnitudes x <= y, taken for x - (REACH - (y - x)) / 4, at least x / 2.
template <class Word>
INLINE u32 box_plus(u32 less, u32 more) {
    const u32 apart = Word::lowered(Word::of(Word::REACH), Word::difference(more, less));
    return Word::difference(less, Word::half(Word::least(Word::half(apart), less)));
}

// The magnitudes of a check's messages: to the bits of the least and the second magnitude, and to the others.
struct Said {
    u32 to_least, to_second, to_others;
};

// remainder: what the check's edges beyond the third are taken to cost.
template <class Word>
INLINE Said said(u32 least, u32 second, u32 third, int remainder) {
    const auto held = [&](u32 x) { return Word::least(Word::lowered(x, Word::of(remainder)), Word::of(Word::CEILING)); };
    const u32 to_least = held(box_plus<Word>(second, third));
    const u32 to_others = box_plus<Word>(Word::least(least, to_least), Word::most(least, to_least));
    const u32 to_second = Word::TELLS_SECOND ? held(box_plus<Word>(least, third)) : to_others;
    return {to_least, to_second, to_others};
}
