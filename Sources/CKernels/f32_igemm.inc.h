// Indirect matrix product: for a tile of M pixels x V vectors of output channels, every run's values are broadcast
// from where they lie in x and multiplied with rows of the filter; the sums stay in registers.
//
// The pixels of a rectangle are taken in one row, over its rows and images, M at a time, so that only the last tile
// is short. A sum is one chain of fused multiply-adds in the order of the runs, whatever tile it falls into: equal
// bits for any M, number of images, or split of the channels.

// Values of a filter that leave room for others in the first cache.
enum { IGEMM_SHORT = 6144 };

// What all tiles of a panel share.
typedef struct {
  const ck_run *runs;
  int32_t run_count;
  int32_t last;  // lanes of the last vector
  const float *w;
  int64_t ldw;
  vec bias[2], floor;
  int32_t accumulate;
} igemm_panel;

CK_INLINE void igemm_tile(const int pixels, const int vectors, const igemm_panel *p, const int32_t last,
                          const float *const x[], float *const y[]) {
  vec sum[CK_TILE_NARROW][2];
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) sum[m][0] = sum[m][1] = v_set(0);
  for (int32_t r = 0; r < p->run_count; r++) {
    const float *w = p->w + p->runs[r].k * p->ldw;
    int64_t j = p->runs[r].x, end = j + p->runs[r].count;
    for (; j < end; j++, w += p->ldw) {
      vec row[2];
      row[0] = v_load(w, vectors == 1 ? last : LANES);
      if (vectors == 2) row[1] = v_load(w + LANES, last);
#pragma clang loop unroll(full)
      for (int m = 0; m < pixels; m++) {
        vec value = v_set(x[m][j]);
        sum[m][0] = v_fma(value, row[0], sum[m][0]);
        if (vectors == 2) sum[m][1] = v_fma(value, row[1], sum[m][1]);
      }
    }
  }
  if (p->accumulate) {
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      for (int v = 0; v < vectors; v++) {
        const int32_t n = v + 1 < vectors ? LANES : last;
        v_store(y[m] + v * LANES, n, v_add(v_load(y[m] + v * LANES, n), sum[m][v]));
      }
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    for (int v = 0; v < vectors; v++) {
      v_store(y[m] + v * LANES, v + 1 < vectors ? LANES : last, v_max(p->floor, v_add(sum[m][v], p->bias[v])));
    }
  }
}

typedef void igemm_tile_function(const igemm_panel *p, const float *const x[], float *const y[]);

#define DEFINE_TILE(M, V)                                                                             \
  static void igemm_##M##x##V(const igemm_panel *p, const float *const x[], float *const y[]) {       \
    if (p->last == LANES) igemm_tile(M, V, p, LANES, x, y);                                           \
    else igemm_tile(M, V, p, p->last, x, y);                                                          \
  }
#define DEFINE_WIDE(M) DEFINE_TILE(M, 2)
#define DEFINE_NARROW(M) DEFINE_TILE(M, 1)
CK_EACH_WIDE(DEFINE_WIDE)
CK_EACH_NARROW(DEFINE_NARROW)

#define WIDE_ENTRY(M) [M] = igemm_##M##x2,
#define NARROW_ENTRY(M) [M] = igemm_##M##x1,
static igemm_tile_function *const igemm_wide[CK_TILE_WIDE + 1] = {CK_EACH_WIDE(WIDE_ENTRY)};
static igemm_tile_function *const igemm_narrow[CK_TILE_NARROW + 1] = {CK_EACH_NARROW(NARROW_ENTRY)};

// Where the walk over the pixels stands.
typedef struct {
  int32_t row, col;
  const float *x_image, *x;
  float *y_image, *y;
} igemm_walk;

CK_INLINE void igemm_take(const ck_pixels *p, igemm_walk *at, int32_t count, const float *x[], float *y[]) {
  if (at->col + count < p->cols) {  // all in one row: only saves time
    for (int32_t m = 0; m < count; m++) {
      x[m] = at->x + (int64_t)m * p->x_col;
      y[m] = at->y + (int64_t)m * p->y_col;
    }
    at->x += (int64_t)count * p->x_col;
    at->y += (int64_t)count * p->y_col;
    at->col += count;
    return;
  }
  for (int32_t m = 0; m < count; m++) {
    x[m] = at->x;
    y[m] = at->y;
    at->x += p->x_col;
    at->y += p->y_col;
    if (++at->col < p->cols) continue;
    at->col = 0;
    if (++at->row == p->rows) {
      at->row = 0;
      at->x_image += p->x_image;
      at->y_image += p->y_image;
    }
    at->x = at->x_image + (int64_t)at->row * p->x_row;
    at->y = at->y_image + (int64_t)at->row * p->y_row;
  }
}

// A few pixels x many vectors: what is written follows on in memory.
CK_INLINE void igemm_strip(const int pixels, const int vectors, const igemm_panel *p, const float *bias,
                           const int32_t last, const float *const x[], float *const y[]) {
  vec sum[2][CK_LONG_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    for (int m = 0; m < pixels; m++) sum[m][v] = v_set(0);
  }
  for (int32_t r = 0; r < p->run_count; r++) {
    const float *w = p->w + p->runs[r].k * p->ldw;
    int64_t j = p->runs[r].x, end = j + p->runs[r].count;
    for (; j < end; j++, w += p->ldw) {
      vec value[2];
#pragma clang loop unroll(full)
      for (int m = 0; m < pixels; m++) value[m] = v_set(x[m][j]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const vec row = v_load(w + v * LANES, v + 1 < vectors ? LANES : last);
#pragma clang loop unroll(full)
        for (int m = 0; m < pixels; m++) sum[m][v] = v_fma(value[m], row, sum[m][v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const int32_t n = v + 1 < vectors ? LANES : last;
      const vec offset = bias ? v_load(bias + v * LANES, n) : v_set(-0.0f);
      v_store(y[m] + v * LANES, n, v_max(p->floor, v_add(sum[m][v], offset)));
    }
  }
}

typedef void igemm_strip_function(const igemm_panel *p, const float *bias, const float *const x[], float *const y[]);

#define DEFINE_STRIP(V)                                                                                        \
  static void igemm_strip_1x##V(const igemm_panel *p, const float *bias, const float *const x[],              \
                                float *const y[]) {                                                           \
    igemm_strip(1, V, p, bias, p->last, x, y);                                                                \
  }                                                                                                           \
  static void igemm_strip_2x##V(const igemm_panel *p, const float *bias, const float *const x[],              \
                                float *const y[]) {                                                           \
    if (p->last == LANES) igemm_strip(2, V, p, bias, LANES, x, y);                                            \
    else igemm_strip(2, V, p, bias, p->last, x, y);                                                           \
  }
CK_EACH_STRIP(DEFINE_STRIP)
#define STRIP_ENTRY(V) [V] = {igemm_strip_1x##V, igemm_strip_2x##V},
static igemm_strip_function *const igemm_strips[CK_LONG_VECTORS + 1][2] = {CK_EACH_STRIP(STRIP_ENTRY)};

// Short sums write more than they compute. Two pixels at a time, all of their outputs before the next: written panel by
// panel, the outputs would miss the caches out of order, and nothing fetches lines ahead for that.
static void igemm_short(const ck_pixels *p, igemm_panel *panel, const float *x, const float *w, int32_t n_count,
                        const float *bias, float *y) {
  igemm_walk at = {0, 0, x, x, y, y};
  for (int64_t left = (int64_t)p->images * p->rows * p->cols; left > 0; left -= 2) {
    const float *from[2];
    float *to[2];
    const int32_t count = left < 2 ? 1 : 2;
    igemm_take(p, &at, count, from, to);
    for (int32_t first = 0; first < n_count;) {
      const int32_t width = ck_min(CK_LONG_VECTORS * LANES, n_count - first), vectors = (width + LANES - 1) / LANES;
      panel->last = width - (vectors - 1) * LANES;
      panel->w = w + first;
      igemm_strips[vectors][count - 1](panel, bias ? bias + first : NULL, from, to);
      first += width;
      to[0] += width;
      if (count == 2) to[1] += width;
    }
  }
}

void CK_NAME(igemm)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                    int32_t ldw, int64_t panel_stride, int32_t n_count, const float *bias, ck_clamp clamp,
                    int32_t accumulate, float *y) {
  const int64_t pixel_count = (int64_t)p->images * p->rows * p->cols;
  igemm_panel panel = {.runs = runs, .run_count = run_count, .ldw = ldw, .accumulate = accumulate};
  panel.floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);  // max(floor, NaN) is NaN
  int64_t values = 0;
  for (int32_t r = 0; r < run_count; r++) values += runs[r].count;
  // The filter of such a sum stays in the first cache whole; packed filters are never so small.
  if (n_count > 2 * LANES && values * n_count <= IGEMM_SHORT && ldw >= n_count && !accumulate) {
    igemm_short(p, &panel, x, w, n_count, bias, y);
    return;
  }
  for (int32_t first = 0; first < n_count; first += 2 * LANES) {
    const int32_t width = ck_min(2 * LANES, n_count - first);
    const int32_t wide = width > LANES, tile = wide ? CK_TILE_WIDE : CK_TILE_NARROW;
    igemm_tile_function *const *tiles = wide ? igemm_wide : igemm_narrow;
    panel.last = wide ? width - LANES : width;
    panel.w = w + first / (2 * LANES) * panel_stride;
    panel.bias[0] = panel.bias[1] = v_set(-0.0f);  // x + -0 is x
    if (bias) panel.bias[0] = v_load(bias + first, wide ? LANES : width);
    if (bias && wide) panel.bias[1] = v_load(bias + first + LANES, panel.last);
    igemm_walk at = {0, 0, x, x, y + first, y + first};
    for (int64_t left = pixel_count; left > 0; left -= tile) {
      const float *from[CK_TILE_NARROW];
      float *to[CK_TILE_NARROW];
      const int32_t count = left < tile ? (int32_t)left : tile;
      igemm_take(p, &at, count, from, to);
      tiles[count](&panel, from, to);
    }
  }
}
