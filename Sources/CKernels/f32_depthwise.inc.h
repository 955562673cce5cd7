// Products channel by channel: depthwise convolution and the gradient of its filter, vectors of channels at a time.
//
// A tile of pixels, side by side in a row, shares each filter value that is loaded. Where pixels follow each other
// without a gap, and have at most half a vector of channels, a vector takes several pixels.

enum { DW_TILE = 8, DW_SUMS = 9, DW_ROWS = 256, DW_MOST_TAPS = 64 };

// Pixels that one vector takes, side by side.
CK_INLINE int32_t dw_pixels_a_vector(const ck_pixels *p, int32_t c, int32_t taps) {
  const int is_dense = p->x_col == c && p->y_col == c && taps <= DW_MOST_TAPS;
  return is_dense && 2 * c <= LANES && p->cols > 1 ? ck_min(LANES / c, p->cols) : 1;
}

CK_INLINE void dw_tile(int32_t m, const ck_run *runs, int32_t run_count, const float *x, int64_t x_step, const float *w,
                       int32_t ldw, int32_t n, vec bias, vec floor, float *y, int64_t y_step) {
  vec sums[DW_TILE];
  for (int32_t t = 0; t < m; t++) sums[t] = v_set(0);
  for (int32_t k = 0; k < run_count; k++) {
    const vec f = v_load(w + (int64_t)runs[k].k * ldw, n);
    const float *from = x + runs[k].x;
    for (int32_t t = 0; t < m; t++) sums[t] = v_fma(v_load(from + t * x_step, n), f, sums[t]);
  }
  for (int32_t t = 0; t < m; t++) v_store(y + t * y_step, n, v_max(floor, v_add(sums[t], bias)));
}

// `cols` pixels of one row, all channels.
CK_INLINE void dw_row(const ck_run *runs, int32_t run_count, const float *x, int64_t x_step, const float *w,
                      int32_t ldw, int32_t c, const float *bias, vec floor, int32_t cols, float *y, int64_t y_step) {
#define DW_TILES(M)                                                                                  \
  for (; cols >= M; cols -= M, x += M * x_step, y += M * y_step) {                                   \
    CK_SWEEP(i, n, c, {                                                                              \
      dw_tile(M, runs, run_count, x + i, x_step, w + i, ldw, n,                                      \
              bias ? v_load(bias + i, n) : v_set(-0.0f), floor, y + i, y_step);                      \
    });                                                                                              \
  }
  DW_TILES(8)
  DW_TILES(4)
  DW_TILES(2)
  DW_TILES(1)
#undef DW_TILES
}

void CK_NAME(depthwise)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                        int32_t ldw, int32_t c, const float *bias, ck_clamp clamp, float *y) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  const int32_t together = dw_pixels_a_vector(p, c, run_count);
  // The filter and the bias once for each pixel of a vector.
  float filter[DW_MOST_TAPS * LANES], biases[LANES];
  ck_run own[DW_MOST_TAPS];
  if (together > 1) {
    for (int32_t k = 0; k < run_count; k++) {
      own[k] = (ck_run){.x = runs[k].x, .k = k, .count = 1};
      for (int32_t i = 0; i < together * c; i++) filter[k * LANES + i] = w[(int64_t)runs[k].k * ldw + i % c];
    }
    for (int32_t i = 0; i < together * c && bias; i++) biases[i] = bias[i % c];
  }
  const int32_t wide = together * c, whole = p->cols / together, rest = p->cols % together;
  for (int32_t image = 0; image < p->images; image++) {
    for (int32_t row = 0; row < p->rows; row++) {
      const float *from = x + image * p->x_image + (int64_t)row * p->x_row;
      float *to = y + image * p->y_image + (int64_t)row * p->y_row;
      if (together == 1) {
        dw_row(runs, run_count, from, p->x_col, w, ldw, c, bias, floor, p->cols, to, p->y_col);
        continue;
      }
      dw_row(own, run_count, from, wide, filter, LANES, wide, bias ? biases : NULL, floor, whole, to, wide);
      if (rest) {
        const int64_t done = (int64_t)whole * wide;
        dw_row(own, run_count, from + done, wide, filter, LANES, rest * c, bias ? biases : NULL, floor, 1, to + done,
               wide);
      }
    }
  }
}

// sums[j] over `cols` pixels of one row, for `taps` rows of the filter.
CK_INLINE void dw_sums(int32_t taps, const int32_t *offsets, const float *x, int64_t x_step, const float *dy,
                       int64_t dy_step, int32_t cols, int32_t n, vec *sums) {
  for (int32_t col = 0; col < cols; col++, x += x_step, dy += dy_step) {
    const vec g = v_load(dy, n);
    for (int32_t j = 0; j < taps; j++) sums[j] = v_fma(v_load(x + offsets[j], n), g, sums[j]);
  }
}

// Adds lanes q * c + i, for all q, to dw[i].
CK_INLINE void dw_fold(vec sum, int32_t n, int32_t c, float *dw) {
  if (n <= c) {
    v_store(dw, n, v_add(v_load(dw, n), sum));
    return;
  }
  float lanes[LANES];
  v_store(lanes, n, sum);
  for (int32_t i = 0; i < c; i++) {
    float total = 0;
    for (int32_t q = i; q < n; q += c) total += lanes[q];
    dw[i] += total;
  }
}

// A stretch of rows of one image, `wide` lanes of `together` pixels, for taps of one tile.
CK_INLINE void dw_block(int32_t taps, const ck_pixels *p, int32_t rows, int32_t together, const int32_t *x_offsets,
                        const int32_t *dw_offsets, const float *x, const float *dy, int32_t c, int32_t first,
                        int32_t n, float *dw) {
  vec sums[DW_SUMS];
  for (int32_t j = 0; j < taps; j++) sums[j] = v_set(0);
  const int32_t whole = p->cols / together, rest = (p->cols % together) * c, wide = together * c;
  for (int32_t row = 0; row < rows; row++) {
    const float *from = x + (int64_t)row * p->x_row + first, *gradient = dy + (int64_t)row * p->y_row + first;
    if (together == 1) {
      dw_sums(taps, x_offsets, from, p->x_col, gradient, p->y_col, p->cols, n, sums);
      continue;
    }
    dw_sums(taps, x_offsets, from, wide, gradient, wide, whole, n, sums);
    if (rest) {
      dw_sums(taps, x_offsets, from + (int64_t)whole * wide, wide, gradient + (int64_t)whole * wide, wide, 1, rest,
              sums);
    }
  }
  for (int32_t j = 0; j < taps; j++) dw_fold(sums[j], n, c, dw + dw_offsets[j] + first);
}

// All taps of a block, in tiles whose sums stay in registers.
CK_INLINE void dw_taps(const ck_pixels *p, int32_t rows, int32_t together, const int32_t *x_offsets,
                       const int32_t *dw_offsets, int32_t count, const float *x, const float *dy, int32_t c,
                       int32_t first, int32_t n, float *dw) {
  int32_t j = 0;
  for (; j + 9 <= count; j += 9) {
    dw_block(9, p, rows, together, x_offsets + j, dw_offsets + j, x, dy, c, first, n, dw);
  }
  for (; j + 3 <= count; j += 3) {
    dw_block(3, p, rows, together, x_offsets + j, dw_offsets + j, x, dy, c, first, n, dw);
  }
  for (; j < count; j++) {
    dw_block(1, p, rows, together, x_offsets + j, dw_offsets + j, x, dy, c, first, n, dw);
  }
}

void CK_NAME(depthwise_outer)(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets,
                              int32_t row_count, const float *x, const float *dy, int32_t c, float *dw) {
  if (p->rows <= 0 || p->cols <= 0) return;
  const int32_t together = dw_pixels_a_vector(p, c, 1);
  const int32_t block = ck_max(1, DW_ROWS / p->cols);
  for (int32_t image = 0; image < p->images; image++) {
    for (int32_t row = 0; row < p->rows; row += block) {
      const int32_t rows = ck_min(block, p->rows - row);
      const float *from = x + image * p->x_image + (int64_t)row * p->x_row;
      const float *gradient = dy + image * p->y_image + (int64_t)row * p->y_row;
      CK_SWEEP(i, n, together * c, {
        dw_taps(p, rows, together, x_offsets, dw_offsets, row_count, from, gradient, c, (int32_t)i, n, dw);
      });
    }
  }
}
