// A lifted code's tables, and which of its bits are sent. LIFTING (Z), ROWS, EDGES, COLUMNS, INFORMATION_COLUMNS,
// INFORMATION (k), LAST_ROW (checks of the last row), DEGREES and EDGE_TABLE (row by row) are macros made by
// plan.py, as are those of linksim.phy.native.ldpc_rate_matching: CODED (bits sent), RING, START.
#pragma once
#include "base.cuh"

struct Edge {
    u32 column, shift;
};
__constant__ Edge edge_table[EDGES] = EDGE_TABLE;
__constant__ int degree_table[ROWS] = DEGREES;

const u32 PUNCTURED = 2 * LIFTING, FIRST_PARITY = INFORMATION_COLUMNS * LIFTING;

// Bit i of a codeword in natural order: information, filler, parity.
INLINE bool is_filler(u32 i) { return i >= INFORMATION && i < FIRST_PARITY; }
// Its place in the circular buffer without filler; huge for the punctured bits before the first.
INLINE u32 ring_place(u32 i) { return (i < INFORMATION ? i : i - (FIRST_PARITY - INFORMATION)) - PUNCTURED; }
// Where a place of the ring is sent first, and again RING bits later; CODED or more if it is not sent.
INLINE u32 first_sent(u32 place) {
    if (place >= RING) return CODED;
    const u32 at = place + (RING - START);
    return at < RING ? at : at - RING;
}

// Where bit t of a column stands after a rotation: (t + shift) mod Z, for t and shift below Z.
INLINE u32 rotated(u32 t, u32 shift) {
    const u32 at = t + shift;
    return smaller(at, at - LIFTING);  // below zero is huge
}
