// Indirect product for some more outputs than `idot` is for, and too few to fill the vectors of `igemm`: the lanes lie
// along fours of a sum's values and along the outputs. Four values that follow on in x are broadcast together, and the
// filter has, for each four, four values of one output after the other. A tile of M pixels x V vectors stays in registers.
//
// A sum is made in four partial sums, the value of filter row k going to number k % 4, in the order of the runs; the
// total is (0 + 2) + (1 + 3): equal bits for any M, number of images, split of the outputs, or instruction set with
// vectors.

// Outputs of a vector, and vectors of a tile at most.
enum { QUAD_OUTPUTS = LANES / 4, QUAD_VECTORS = 5 };

typedef struct {
  const ck_run *runs;
  int32_t run_count;
  int64_t first_row;
  const float *w;
  int64_t w_row;  // from one four's row to the next
  int32_t n_count;
  const float *bias;
  vec floor;
  int64_t ahead;  // as in igemm
  int32_t ahead_run, ahead_count;
} quad_panel;

// One four of each pixel, of which [begin, end) are the run's own where it is not whole: the others are not read, and
// neither are their rows of the filter, which may be infinite.
CK_INLINE void quad_step(const int pixels, const int vectors, const int whole, const float *const x[], int64_t j,
                         int32_t begin, int32_t end, const float *w, vec sum[][QUAD_VECTORS]) {
  vec row[QUAD_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    row[v] = whole ? v_load(w + v * LANES, LANES) : v_quads_between(w + v * LANES, begin, end);
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    const vec four = whole ? v_quad(x[m] + j) : v_quad_between(x[m] + j, begin, end);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[m][v] = v_fma(four, row[v], sum[m][v]);
  }
}

CK_INLINE void quad_tile(const int pixels, const int vectors, const int past, const quad_panel *p,
                         const float *const from[], float *const y[]) {
  const float *x[CK_TILE_NARROW];  // in registers, as in igemm
  vec sum[CK_TILE_NARROW][QUAD_VECTORS];
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    x[m] = from[m];
    for (int v = 0; v < vectors; v++) sum[m][v] = v_set(0);
  }
  for (int32_t r = 0; r < p->run_count; r++) {
    const int64_t k = p->first_row + p->runs[r].k, end = (int64_t)p->runs[r].x + p->runs[r].count;
    const int32_t before = (int32_t)(k % 4);
    const float *w = p->w + k / 4 * p->w_row;
    int64_t j = p->runs[r].x - before;
    if (before > 0) {
      quad_step(pixels, vectors, 0, x, j, before, (int32_t)(end - j < 4 ? end - j : 4), w, sum);
      j += 4;
      w += p->w_row;
    }
    if (past && r >= p->ahead_run) {
      const int64_t asked = p->runs[r].x + ck_min(p->runs[r].count, p->ahead_count);
      for (; j + IGEMM_LINE <= asked; j += IGEMM_LINE) {
#pragma clang loop unroll(full)
        for (int m = 0; m < pixels; m++) __builtin_prefetch(x[m] + j + p->ahead);
        for (int k4 = 0; k4 < IGEMM_LINE; k4 += 4, w += p->w_row) {
          quad_step(pixels, vectors, 1, x, j + k4, 0, 4, w, sum);
        }
      }
    }
    for (; j + 4 <= end; j += 4, w += p->w_row) quad_step(pixels, vectors, 1, x, j, 0, 4, w, sum);
    if (j < end) quad_step(pixels, vectors, 0, x, j, 0, (int32_t)(end - j), w, sum);
  }
  const vec none = v_set(0);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v += 4) {
    const int32_t left = p->n_count - v * QUAD_OUTPUTS, n = left < LANES ? left : LANES;
    const vec bias = p->bias ? v_load(p->bias + v * QUAD_OUTPUTS, n) : v_set(-0.0f);  // x + -0 is x
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      const vec total = v_quad_totals(sum[m][v], v + 1 < vectors ? sum[m][v + 1] : none,
                                      v + 2 < vectors ? sum[m][v + 2] : none, v + 3 < vectors ? sum[m][v + 3] : none);
      v_store(y[m] + v * QUAD_OUTPUTS, n, v_max(p->floor, v_add(total, bias)));
    }
  }
}

typedef void quad_tile_function(const quad_panel *p, const float *const x[], float *const y[]);

#define DEFINE_QUAD(V, M)                                                                               \
  static void quad_all_##V(const quad_panel *p, const float *const x[], float *const y[]) {             \
    if (p->ahead) quad_tile(M, V, 1, p, x, y);                                                          \
    else quad_tile(M, V, 0, p, x, y);                                                                   \
  }                                                                                                     \
  static void quad_half_##V(const quad_panel *p, const float *const x[], float *const y[]) {            \
    quad_tile(M / 2, V, 0, p, x, y);                                                                    \
  }                                                                                                     \
  static void quad_one_##V(const quad_panel *p, const float *const x[], float *const y[]) {             \
    quad_tile(1, V, 0, p, x, y);                                                                        \
  }
CK_EACH_QUAD(DEFINE_QUAD)

#define QUAD_ENTRY(V, M) [V] = {M, quad_all_##V, quad_half_##V, quad_one_##V},
static const struct {
  int32_t pixels;
  quad_tile_function *all, *half, *one;
} quad_tiles[QUAD_VECTORS + 1] = {CK_EACH_QUAD(QUAD_ENTRY)};

void CK_NAME(iquad)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                    int64_t first_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y) {
  // Pixels that stay in the first cache while all outputs are made of them.
  enum { BLOCK_FLOATS = 4 << 10, LEAST = 24 };
  int64_t values = 0;
  for (int32_t r = 0; r < run_count; r++) values += runs[r].count;
  if (values == 0 && !bias) {
    igemm_zero(p, n_count, y);
    return;
  }
  quad_panel panel = {.runs = runs, .run_count = run_count, .first_row = first_row, .w_row = ck_quad_row(n_count)};
  panel.floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);  // max(floor, NaN) is NaN
  const int32_t all_vectors = (n_count + QUAD_OUTPUTS - 1) / QUAD_OUTPUTS;
  const int32_t blocks = (all_vectors + QUAD_VECTORS - 1) / QUAD_VECTORS;
  const int64_t pixel_count = (int64_t)p->images * p->rows * p->cols;
  const int64_t block = blocks == 1 ? pixel_count : ck_max(LEAST, BLOCK_FLOATS / ck_max(1, p->x_col));
  igemm_walk start = {0, 0, x, x, y, y};
  for (int64_t done = 0; done < pixel_count; done += block) {
    const int64_t pixels = pixel_count - done < block ? pixel_count - done : block;
    igemm_walk at = start;
    for (int32_t first = 0, left_blocks = blocks; left_blocks > 0; left_blocks--) {
      const int32_t vectors = (all_vectors - first + left_blocks - 1) / left_blocks;
      const int32_t tile = quad_tiles[vectors].pixels, output = first * QUAD_OUTPUTS;
      panel.w = w + (int64_t)first * LANES;
      panel.n_count = ck_min(vectors * QUAD_OUTPUTS, n_count - output);
      panel.bias = bias ? bias + output : NULL;
      const int32_t ahead = first ? 0 : igemm_pixels_ahead(p, runs, run_count);
      const int32_t next_row = first ? run_count : igemm_next_row_run(p, runs, run_count, LANES);
      panel.ahead_run = ahead ? 0 : next_row;
      panel.ahead_count = ahead ? INT32_MAX : p->x_col;
      at = start;
      for (int64_t left = pixels; left > 0;) {
        const float *from[CK_TILE_NARROW];
        float *to[CK_TILE_NARROW];
        const int32_t count = left >= tile ? tile : left >= tile / 2 && tile > 1 ? tile / 2 : 1;
        panel.ahead = ahead ? igemm_floats_ahead(p, &at, ahead) : 0;
        if (next_row < run_count) {
          panel.ahead = igemm_floats_to_next_row(p, &at);
          if (p->x_col < IGEMM_FEW) {
            igemm_ask(runs, next_row, run_count, at.x, panel.ahead, count * p->x_col);
            panel.ahead = 0;
          }
        }
        igemm_take(p, &at, count, from, to);
        for (int32_t m = 0; first && m < count; m++) to[m] += output;
        (count == tile ? quad_tiles[vectors].all : count > 1 ? quad_tiles[vectors].half : quad_tiles[vectors].one)(
            &panel, from, to);
        left -= count;
      }
      first += vectors;
    }
    start = at;
  }
}
