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

// Rows of the sixteen matrices that are made together: about as many as stay in the second cache, and enough for a pass
// over the filter. For its gradient, enough for a pass over the sums.
enum { WINOGRAD_GRADIENT_ROWS = 96 };
static inline int32_t winograd_rows(int32_t c, int32_t n) {
  enum { FLOATS = 192 << 10, LEAST = 48, MOST = 96 };
  return ck_max(LEAST, ck_min(MOST, FLOATS / (WINOGRAD_POINTS * (c + n)) / 12 * 12));
}

// Floats of a matrix: a line more than its rows take, as sixteen rows a power of two apart would share a set of the
// caches.
static inline int64_t winograd_matrix(int32_t rows, int32_t width) {
  return ((int64_t)rows * width + WINOGRAD_LINE - 1) / WINOGRAD_LINE * WINOGRAD_LINE + WINOGRAD_LINE;
}

#endif
