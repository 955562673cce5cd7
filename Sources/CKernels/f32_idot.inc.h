// Indirect product for few output channels: the lanes lie along a run's values, which follow on in x and in w, and not
// along the outputs, that would leave most of a vector empty. A tile of M pixels x N outputs stays in registers.
//
// A sum is made in DOT_LANES partial sums, value j of a run going to number j % DOT_LANES, in the order of the runs;
// they are folded by halves at the end: equal bits for any M, number of images, or instruction set with vectors.

enum { DOT_LANES = 16, DOT_PARTS = DOT_LANES / LANES, DOT_MOST = 8 };

typedef struct {
  const ck_run *runs;
  int32_t run_count;
  const float *w;
  int64_t w_row;
  const float *bias;
  ck_clamp clamp;
  int64_t ahead;  // as in igemm
  // Of a sum that is made in parts: whether earlier parts, and later ones, leave partial sums in memory.
  int32_t resumes, leaves;
} dot_panel;

// Eight vectors of eight partial sums: their totals, by halves.
CK_INLINE __m256 dot_totals(const __m256 s[8]) {
  __m256 four[4], two[2];
#pragma clang loop unroll(full)
  for (int k = 0; k < 4; k++) {
    four[k] = _mm256_add_ps(_mm256_permute2f128_ps(s[k], s[k + 4], 0x20), _mm256_permute2f128_ps(s[k], s[k + 4], 0x31));
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < 2; k++) {
    two[k] = _mm256_add_ps(_mm256_shuffle_ps(four[k], four[k + 2], 0x44), _mm256_shuffle_ps(four[k], four[k + 2], 0xEE));
  }
  // Lanes: s0 s2 s1 s3 | s4 s6 s5 s7, taken from two[0] = {s0, s2} and two[1] = {s1, s3} in pairs.
  __m256 all = _mm256_add_ps(_mm256_shuffle_ps(two[0], two[1], 0x88), _mm256_shuffle_ps(two[0], two[1], 0xDD));
  return _mm256_permute_ps(all, 0xD8);
}

CK_INLINE void dot_step(const int pixels, const int channels, const float *const x[], const float *w, int64_t w_row,
                        int64_t j, const int32_t left, int64_t ahead, vec sum[][DOT_PARTS]) {
#pragma clang loop unroll(full)
  for (int v = 0; v < DOT_PARTS; v++) {
    const int32_t n = left - v * LANES < LANES ? left - v * LANES : LANES;
    if (n <= 0) break;
    vec value[DOT_MOST];
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      value[m] = v_load(x[m] + j + v * LANES, n);
      if (ahead && v == 0) __builtin_prefetch(x[m] + j + ahead);
    }
#pragma clang loop unroll(full)
    for (int c = 0; c < channels; c++) {
      const vec row = v_load(w + c * w_row + v * LANES, n);
#pragma clang loop unroll(full)
      for (int m = 0; m < pixels; m++) sum[m * channels + c][v] = v_fma(value[m], row, sum[m * channels + c][v]);
    }
  }
}

// One pixel's channels.
CK_INLINE void dot_store(const dot_panel *p, const int channels, __m256 value, float *y) {
  const __m256i mask = _mm256_loadu_si256((const __m256i *)(first_of_block + 8 - channels));
  if (p->bias) value = _mm256_add_ps(value, channels == 8 ? _mm256_loadu_ps(p->bias) : _mm256_maskload_ps(p->bias, mask));
  if (p->clamp == CK_RELU) value = _mm256_max_ps(_mm256_setzero_ps(), value);  // NaN stays NaN
  v8_store(y, channels, value);
}

// Stretches of memory, one below the other, that are asked for line by line between products.
typedef struct {
  const float *row, *at, *end;
  int64_t row_step, row_floats;
  int32_t rows;  // that are left behind this one
  int32_t each;  // lines at a time
} dot_asks;

CK_INLINE void dot_ask(dot_asks *a) {
  for (int32_t k = a->each; k > 0; k--) {
    if (a->at >= a->end) {
      if (a->rows <= 0) {
        a->each = 0;
        return;
      }
      a->rows--;
      a->row += a->row_step;
      a->at = a->row;
      a->end = a->row + a->row_floats;
    }
    __builtin_prefetch(a->at);
    a->at += IGEMM_LINE;
  }
}

CK_INLINE void dot_tile(const int pixels, const int channels, const dot_panel *p, const float *const x[],
                        float *const y[], float *partial, dot_asks *asks) {
  vec sum[CK_DOT_SUMS][DOT_PARTS];
#pragma clang loop unroll(full)
  for (int k = 0; k < pixels * channels; k++) {
    for (int v = 0; v < DOT_PARTS; v++) {
      sum[k][v] = p->resumes ? v_load(partial + k * DOT_LANES + v * LANES, LANES) : v_set(0);
    }
  }
  for (int32_t r = 0; r < p->run_count; r++) {
    const float *w = p->w + p->runs[r].k;
    int64_t j = p->runs[r].x;
    int32_t left = p->runs[r].count;
    for (; left >= DOT_LANES; left -= DOT_LANES, j += DOT_LANES, w += DOT_LANES) {
      dot_ask(asks);
      dot_step(pixels, channels, x, w, p->w_row, j, DOT_LANES, p->ahead, sum);
    }
    if (left > 0) dot_step(pixels, channels, x, w, p->w_row, j, left, p->ahead, sum);
  }
  if (p->leaves) {
#pragma clang loop unroll(full)
    for (int k = 0; k < pixels * channels; k++) {
      for (int v = 0; v < DOT_PARTS; v++) v_store(partial + k * DOT_LANES + v * LANES, LANES, sum[k][v]);
    }
    return;
  }
  // Eight sums make a vector of totals: of a pixel's first channels, if they are four or more, and of the others of all
  // pixels.
  const int whole = channels >= 4 ? ck_min(channels, 8) : 0, rest = channels - whole;
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels && whole; m++) {
    __m256 eight[8];
#pragma clang loop unroll(full)
    for (int c = 0; c < 8; c++) eight[c] = c < whole ? v_dot_half(sum[m * channels + c]) : _mm256_setzero_ps();
    dot_store(p, whole, dot_totals(eight), y[m]);
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < pixels * rest; k += 8) {
    __m256 eight[8];
    float total[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      const int m = (k + i) / (rest ? rest : 1), c = whole + (k + i) % (rest ? rest : 1);
      eight[i] = m < pixels ? v_dot_half(sum[m * channels + c]) : _mm256_setzero_ps();
    }
    _mm256_storeu_ps(total, dot_totals(eight));
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      const int m = (k + i) / (rest ? rest : 1), c = whole + (k + i) % (rest ? rest : 1);
      if (m < pixels) y[m][c] = ck_clamped(p->bias ? total[i] + p->bias[c] : total[i], p->clamp);
    }
  }
}

typedef void dot_tile_function(const dot_panel *p, const float *const x[], float *const y[], float *partial,
                               dot_asks *asks);

// The pixels of a tile for so many outputs: as many sums as registers hold beside the tile's values.
#define DOT_PIXELS(N) (CK_DOT_SUMS / (N) < DOT_MOST ? CK_DOT_SUMS / (N) : DOT_MOST)
#define DEFINE_DOT(N)                                                                                               \
  static void dot_tile_##N(const dot_panel *p, const float *const x[], float *const y[], float *partial,           \
                           dot_asks *asks) {                                                                       \
    dot_tile(DOT_PIXELS(N), N, p, x, y, partial, asks);                                                            \
  }                                                                                                                \
  static void dot_one_##N(const dot_panel *p, const float *const x[], float *const y[], float *partial,            \
                          dot_asks *asks) {                                                                        \
    dot_tile(1, N, p, x, y, partial, asks);                                                                        \
  }
CK_EACH_DOT(DEFINE_DOT)

#define DOT_TILE_ENTRY(N) [N] = dot_tile_##N,
#define DOT_ONE_ENTRY(N) [N] = dot_one_##N,
#define DOT_PIXELS_ENTRY(N) [N] = DOT_PIXELS(N),
static dot_tile_function *const dot_tiles[CK_DOT_CHANNELS_PAST + 1] = {CK_EACH_DOT(DOT_TILE_ENTRY)};
static dot_tile_function *const dot_ones[CK_DOT_CHANNELS_PAST + 1] = {CK_EACH_DOT(DOT_ONE_ENTRY)};
static const int32_t dot_pixels[CK_DOT_CHANNELS_PAST + 1] = {CK_EACH_DOT(DOT_PIXELS_ENTRY)};

// Floats of a filter that stay in the first cache beside the pixels' values, and of a part of a longer one.
enum { DOT_FILTER = 6 << 10, DOT_PART = 4 << 10, DOT_GROUP = 8 };
// Several rows of the filter ask for what the pixels some rows below read and these do not: whole rows, and at least so
// many floats.
enum { DOT_ROWS_AHEAD = 4 << 10 };

typedef struct {
  const float *from[DOT_MOST];
  float *to[DOT_MOST];
  int32_t is_whole;
  dot_asks asks;
} dot_place;

// A few tiles against a filter so long that it would pass through the first cache for each of them: a part of it for
// all tiles, then the next part. Sums wait in memory meanwhile; their order is the same.
static void dot_parts(const dot_panel *whole, int32_t channels, dot_place *places, int32_t count) {
  float partial[DOT_GROUP][CK_DOT_SUMS * DOT_LANES] __attribute__((aligned(64)));
  const int32_t most = DOT_PART / channels / DOT_LANES * DOT_LANES;
  dot_panel part = *whole;
  part.run_count = 1;
  part.resumes = 0;
  int32_t run_count = whole->run_count;
  while (whole->runs[run_count - 1].count == 0) run_count--;  // the last piece of all finishes the sums
  for (int32_t r = 0; r < run_count; r++) {
    const ck_run run = whole->runs[r];
    for (int32_t begin = 0; begin < run.count; begin += most) {
      const ck_run piece = {run.x + begin, run.k + begin, ck_min(most, run.count - begin)};
      part.runs = &piece;
      part.leaves = r + 1 < run_count || begin + most < run.count;
      for (int32_t t = 0; t < count; t++) {
        dot_place *at = &places[t];
        (at->is_whole ? dot_tiles : dot_ones)[channels](&part, at->from, at->to, partial[t], &at->asks);
      }
      part.resumes = 1;
    }
  }
}

void CK_NAME(idot)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                   int64_t w_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y) {
  // Pixels that stay in the first cache while all channels are made of them.
  enum { BLOCK_FLOATS = 4 << 10, LEAST = 12 };
  // One value more of each row a step costs less than reading the pixels from memory again.
  const int32_t pixels_ahead = igemm_pixels_ahead(p, runs, run_count);
  const int32_t next_row = igemm_next_row_run(p, runs, run_count, n_count);
  int64_t values = 0;
  for (int32_t r = 0; r < run_count; r++) values += runs[r].count;
  if (values == 0 && !bias) {
    igemm_zero(p, n_count, y);
    return;
  }
  const int32_t most = pixels_ahead ? CK_DOT_CHANNELS_PAST : CK_DOT_CHANNELS;
  const int32_t blocks = (n_count + most - 1) / most;
  const int64_t pixel_count = (int64_t)p->images * p->rows * p->cols;
  const int64_t block = blocks == 1 ? pixel_count : ck_max(LEAST, BLOCK_FLOATS / ck_max(1, p->x_col) / LEAST * LEAST);
  // The rows that are asked for, and where the first of them lies from a pixel.
  const int32_t asked_rows = run_count - next_row;
  const int64_t rows_ahead = 1 + DOT_ROWS_AHEAD / ck_max(1, p->x_row);
  const int64_t asked = asked_rows > 0 ? runs[next_row].x + rows_ahead * p->x_row : 0;
  igemm_walk start = {0, 0, x, x, y, y};
  for (int64_t done = 0; done < pixel_count; done += block) {
    const int64_t pixels = pixel_count - done < block ? pixel_count - done : block;
    igemm_walk at = start;
    int32_t first = 0;
    for (int32_t left_blocks = blocks; left_blocks > 0; left_blocks--) {
      const int32_t channels = (n_count - first + left_blocks - 1) / left_blocks, tile = dot_pixels[channels];
      dot_panel panel = {runs, run_count, w + first * w_row, w_row, bias ? bias + first : NULL, clamp};
      const int32_t ahead = first ? 0 : pixels_ahead;
      const int in_parts = values * channels > DOT_FILTER;
      const int64_t lines = (int64_t)asked_rows * tile * p->x_col / (values + 1) + 1;
      const int32_t each = (int32_t)(lines < tile * channels / 8 ? lines : tile * channels / 8);
      dot_place places[DOT_GROUP];
      int32_t waiting = 0;
      at = start;
      for (int64_t left = pixels; left > 0;) {
        dot_place *place = &places[waiting];
        const int32_t count = left < tile ? 1 : tile;
        place->is_whole = count == tile;
        panel.ahead = ahead ? igemm_floats_ahead(p, &at, ahead) : 0;
        place->asks.each = 0;
        if (asked_rows > 0 && first == 0) {
          const int64_t floats = (int64_t)count * p->x_col;
          place->asks = (dot_asks){.row = at.x + asked, .at = at.x + asked, .end = at.x + asked + floats,
                                   .row_step = runs[run_count - 1].x - runs[run_count - 2].x, .row_floats = floats,
                                   .rows = asked_rows - 1, .each = each};
        }
        igemm_take(p, &at, count, place->from, place->to);
        for (int32_t m = 0; first && m < count; m++) place->to[m] += first;
        left -= count;
        if (in_parts) {
          if (++waiting < DOT_GROUP && left > 0) continue;
          dot_parts(&panel, channels, places, waiting);
          waiting = 0;
          continue;
        }
        (place->is_whole ? dot_tiles : dot_ones)[channels](&panel, place->from, place->to, NULL, &place->asks);
      }
      first += channels;
    }
    start = at;
  }
}
