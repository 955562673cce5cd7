// How convolutions by Winograd's algorithm lay out their scratch: patches of 4x4 inputs, each the sixteen matrices' row.
#ifndef CK_WINOGRAD_LAYOUT_H
#define CK_WINOGRAD_LAYOUT_H

#include "kernels.h"

enum {
  WINOGRAD_PATCH = 4,    // inputs of a side that 2x2 outputs read
  WINOGRAD_OUTPUTS = 2,  // of a side
  WINOGRAD_POINTS = WINOGRAD_PATCH * WINOGRAD_PATCH,
  WINOGRAD_LINE = 16     // floats of a line of the caches
};

// Outputs of a panel of the filter at its points: half the widest are enough for few.
static inline int32_t winograd_panel(int32_t n, int32_t widest) { return n <= widest / 2 ? widest / 2 : widest; }

// Rows of the sixteen matrices that are made together: `most` at first, then as many as take `floats`; some for a pass over
// the filter, or over the sums of its gradient, though they take more, and of very many channels a tile's.
static inline int32_t winograd_rows_of(int32_t c, int32_t n, int32_t floats, int32_t least, int32_t most) {
  enum { TILE = 12, BOUND = 4 << 20 };
  const int64_t row = WINOGRAD_POINTS * ((int64_t)c + n);
  const int32_t fitting = (int32_t)(floats / row) / TILE * TILE, bound = (int32_t)(BOUND / row) / TILE * TILE;
  return ck_max(TILE, ck_min(bound, ck_max(least, ck_min(most, fitting))));
}
static inline int32_t winograd_rows(int32_t c, int32_t n) { return winograd_rows_of(c, n, 192 << 10, 48, 96); }
static inline int32_t winograd_gradient_rows(int32_t c, int32_t n) { return winograd_rows_of(c, n, 192 << 10, 96, 96); }

// Floats of a matrix: a line more than its rows take, as sixteen rows a power of two apart would share a set of the
// caches.
static inline int64_t winograd_matrix(int32_t rows, int32_t width) {
  return ((int64_t)rows * width + WINOGRAD_LINE - 1) / WINOGRAD_LINE * WINOGRAD_LINE + WINOGRAD_LINE;
}

#endif
