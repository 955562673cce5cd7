// How a convolution's rows lie in lines of scratch, with zeros for their padding.
#ifndef CK_FLAT_LAYOUT_H
#define CK_FLAT_LAYOUT_H

#include "kernels.h"

// FLAT_LANES: of the widest vector. FLAT_TILE: units of a tile of the input's gradient, at most. FLAT_BAND: floats of a
// band's lines, which stay in the first cache while all sums read them. FLAT_ROW: floats of outputs of a row, of wider ones pieces.
enum { FLAT_LANES = 16, FLAT_TILE = 8, FLAT_BAND = 16 << 10, FLAT_STEP = 3, FLAT_ROW = 16 << 10,
       FLAT_DOTS_FLOATS = 16 };

typedef struct {
  int32_t period;            // floats of a row of outputs after which the same outputs fall on the same lanes
  int32_t terms, filter;     // rows of the filter in a row of taps, and in all
  int32_t reach_h, reach_w;  // how far the last tap is from the first, in outputs
  int32_t rows, columns;     // of outputs, of a band
  int32_t x_rows, y_rows;    // lines that a band takes
  int32_t x_line, y_line;    // floats of a line
  int32_t y_before;          // floats before its first output
  // The input's gradient is made in units of `group` outputs, whose places within a stride are `sums` floats of it. A unit
  // is the product of `vectors` vectors for each row of taps, which start `back` outputs before it.
  int32_t group, sums, back, vectors;
} flat_layout;

static inline int32_t flat_round(int64_t floats) { return (int32_t)((floats + FLAT_LANES - 1) / FLAT_LANES * FLAT_LANES); }

static inline int32_t flat_common(int32_t a, int32_t b) {
  while (b) {
    const int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// A band's rows by what a row takes.
static inline flat_layout flat_layout_of(const ck_conv *s, int is_backward) {
  flat_layout l = {.period = s->n / flat_common(s->n, FLAT_LANES) * FLAT_LANES, .terms = s->kernel_w * s->c};
  l.filter = l.terms * s->kernel_h;
  l.reach_h = (s->kernel_h - 1) * s->dilation_h / s->stride_h;
  l.reach_w = (s->kernel_w - 1) * s->dilation_w / s->stride_w;
  const int32_t all = s->out_h + (is_backward ? l.reach_h : 0), step = s->stride_w * s->c;
  l.columns = s->out_w;
  if (is_backward) {
    // Two outputs of eight floats fill a vector, and are loaded once for both.
    l.group = s->n * 2 == FLAT_LANES && 4 * step <= FLAT_TILE ? 2 : 1;
    l.sums = l.group * step;
    l.back = (l.reach_w + l.group - 1) / l.group * l.group;
    l.vectors = flat_round((int64_t)(l.back + l.group) * s->n) / FLAT_LANES;
    const int32_t most = flat_round(ck_max(1, FLAT_ROW / s->n));
    l.columns = ck_min(most, s->out_w + l.reach_w);
    l.y_before = flat_round((int64_t)l.back * s->n);
    l.y_line = l.y_before + flat_round((int64_t)(l.columns + l.group * (FLAT_TILE + 1)) * s->n) + FLAT_LANES;
  }
  const int64_t width = (int64_t)(ck_min(s->out_w, l.columns) - 1) * s->stride_w + (s->kernel_w - 1) * s->dilation_w + 1;
  l.x_line = flat_round(width * s->c) + FLAT_LANES;
  const int32_t near = FLAT_BAND / (s->stride_h * l.x_line + l.y_line);
  l.rows = ck_min(all, is_backward && near < all ? ck_max(FLAT_STEP, (near - l.reach_h) / FLAT_STEP * FLAT_STEP) : ck_max(1, near));
  l.x_rows = (l.rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
  l.y_rows = l.rows + l.reach_h;
  return l;
}

#endif
