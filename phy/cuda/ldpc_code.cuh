// A lifted code's tables. LIFTING (Z), ROWS, EDGES, COLUMNS, INFORMATION_COLUMNS, INFORMATION (k), CODED (n),
// LAST_ROW (checks of the last row), DEGREES and EDGE_TABLE (row by row) are macros made by plan.py.
#pragma once
#include "base.cuh"

struct Edge {
    u32 column, shift;
};
__constant__ Edge edge_table[EDGES] = EDGE_TABLE;
__constant__ int degree_table[ROWS] = DEGREES;

const u32 PUNCTURED = 2 * LIFTING, SENT_INFORMATION = INFORMATION - PUNCTURED;
const u32 FIRST_PARITY = INFORMATION_COLUMNS * LIFTING;

// Where bit t of a column stands after a rotation: (t + shift) mod Z, for t and shift below Z.
INLINE u32 rotated(u32 t, u32 shift) {
    const u32 at = t + shift;
    return smaller(at, at - LIFTING);  // below zero is huge
}
