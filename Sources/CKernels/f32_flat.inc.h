// Convolutions with few inputs for each output: lanes lie along a row of outputs as it is in memory, pixel by pixel, so
// that all are full whatever the number of outputs, and nothing is transposed.
//
// Vector q of a row holds its floats LANES * q ...; which outputs those are repeats after a period. The filter is written
// out once for each vector of a period; of a row of the input, with its padding in a line of scratch, a window as long as
// a vector is loaded, and a permutation takes each lane its value. Windows hold as many taps as they can.
//
// A sum is one chain in the order of the filter's rows, zeros of the padding included: the bits of `igemm`.
#include "flat_layout.h"

// Terms of a row of taps that one window holds: [first, first + count) at `at` floats from the first tap.
typedef struct {
  int32_t at, first, count;
} flat_window;

// Floats from the first pixel of a vector to the last one.
CK_INLINE int32_t flat_span(const ck_conv *s) {
  const int32_t latest = s->n - flat_common(s->n, LANES);
  return (latest + LANES - 1) / s->n * s->stride_w * s->c;
}

// Where term k of a row of taps is in the line, from the first.
CK_INLINE int32_t flat_term(const ck_conv *s, int32_t k) { return k / s->c * s->dilation_w * s->c + k % s->c; }

// Floats of the input that a stretch of a row of outputs reads, and rows that rows of them do.
CK_INLINE int64_t flat_width(const ck_conv *s, int32_t columns) {
  return ((int64_t)(columns - 1) * s->stride_w + (s->kernel_w - 1) * s->dilation_w + 1) * s->c;
}
CK_INLINE int32_t flat_height(const ck_conv *s, int32_t rows) {
  return (rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
}

// The window that starts at term `first`, of at most `most`.
CK_INLINE flat_window flat_window_at(const ck_conv *s, int32_t first, int32_t end) {
  flat_window w = {.at = flat_term(s, first), .first = first, .count = 1};
  const int32_t room = LANES - 1 - flat_span(s);
  while (first + w.count < end && flat_term(s, first + w.count) - w.at <= room) w.count++;
  return w;
}

// Where each lane of a period's vectors finds the first term, from the pixel that the vector starts in.
CK_INLINE void flat_places(const ck_conv *s, int32_t period, int32_t *places) {
  int32_t n = 0, pixel = 0, first = 0;
  for (int32_t f = 0; f < period; f++) {
    if (f % LANES == 0) first = pixel;
    places[f] = (pixel - first) * s->stride_w * s->c;
    if (++n == s->n) {
      n = 0;
      pixel++;
    }
  }
}

CK_INLINE float *flat_aligned(float *scratch) {
  return (float *)(((uintptr_t)scratch + sizeof(float) * FLAT_LANES - 1) & ~(uintptr_t)(sizeof(float) * FLAT_LANES - 1));
}

CK_INLINE void flat_copy(const float *from, int64_t count, float *to) {
  CK_SWEEP(i, n, count, { v_store(to + i, n, v_load(from + i, n)); });
}

// An image's rows, and the stretch of their floats that a band reads: what of it lies in the image, and what before.
typedef struct {
  const float *image;
  int32_t rows;
  int64_t row, before, begin, count;
} flat_source;

CK_INLINE flat_source flat_source_of(const float *image, int32_t rows, int64_t row, int64_t begin, int64_t count) {
  const int64_t outside = begin < 0 ? -begin : 0, before = outside < count ? outside : count;
  const int64_t rest = row - begin - before, room = count - before, inside = rest < room ? rest : room;
  return (flat_source){image, rows, row, before, begin + before, inside > 0 ? inside : 0};
}

// Rows [begin, begin + count) to lines that are zero outside the image; rows outside it are made so.
CK_INLINE void flat_copy_rows(const flat_source *s, int32_t begin, int32_t count, int64_t line, float *lines) {
  lines += s->before;
  for (int32_t r = begin; r < begin + count; r++, lines += line) {
    if (r >= 0 && r < s->rows) flat_copy(s->image + r * s->row + s->begin, s->count, lines);
    else CK_SWEEP(i, n, s->count, { v_store(lines + i, n, v_set(0)); });
  }
}

// n values, repeated over a period's vectors, each `step` floats from the one before. `line`: n + LANES floats.
CK_INLINE void flat_repeat(const float *values, int32_t n, int32_t period, int64_t step, float *line, float *to) {
  for (int32_t i = 0; i < n + LANES; i += n) flat_copy(values, ck_min(n, n + LANES - i), line + i);
  int32_t at = 0;
  for (int32_t f = 0; f < period; f += LANES, to += step) {
    v_store(to, LANES, v_load(line + at, LANES));
    at = (at + LANES) % n;
  }
}

typedef struct {
  const ck_conv *s;
  flat_layout l;
  const flat_window *windows;
  int32_t window_count;
  const int32_t *places;  // [vectors of a period][terms][LANES]
  const float *w, *bias;  // [vectors of a period][filter][LANES], [vectors of a period][LANES]; bias may be NULL
  vec floor;
  int past_caches;
} flat_product;

// Vector `phase` of a period in several rows: x points at the first row's first pixel of it.
CK_INLINE void flat_tile(const int rows, const flat_product *p, int32_t phase, const float *x, vec sum[]) {
  const float *w = p->w + (int64_t)phase * p->l.filter * LANES;
  const int64_t row_step = (int64_t)p->s->stride_h * p->l.x_line, tap_step = (int64_t)p->s->dilation_h * p->l.x_line;
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sum[r] = v_set(0);
  for (int32_t h = 0; h < p->s->kernel_h; h++, x += tap_step) {
    const int32_t *place = p->places + (int64_t)phase * p->l.terms * LANES;
    for (int32_t g = 0; g < p->window_count; g++) {
      vec window[CK_STRIP_VECTORS];
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) window[r] = v_load(x + p->windows[g].at + r * row_step, LANES);
      for (int32_t k = p->windows[g].count; k > 0; k--, w += LANES, place += LANES) {
        const vec factor = v_load(w, LANES);
        const ivec lanes = i_load(place);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum[r] = v_fma(v_permute(window[r], lanes), factor, sum[r]);
      }
    }
  }
}

// Rows of outputs, as many as a tile has, from the lines at x.
CK_INLINE void flat_rows(const int rows, const flat_product *p, const float *x, float *y) {
  const ck_conv *s = p->s;
  const int32_t row = s->out_w * s->n, pixel_floats = s->stride_w * s->c;
  const int is_streamed = p->past_caches && row % LANES == 0 && ((uintptr_t)y & (sizeof(vec) - 1)) == 0;
  int32_t phase = 0, pixel = 0, n = 0;
  for (int32_t f = 0; f < row; f += LANES) {
    vec sum[CK_STRIP_VECTORS];
    flat_tile(rows, p, phase, x + (int64_t)pixel * pixel_floats, sum);
    const vec offset = p->bias ? v_load(p->bias + phase * LANES, LANES) : v_set(-0.0f);
    const int32_t lanes = ck_min(LANES, row - f);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const vec value = v_max(p->floor, v_add(sum[r], offset));
      float *to = y + (int64_t)r * row + f;
      if (is_streamed) v_stream(to, value);
      else v_store(to, lanes, value);
    }
    for (n += LANES; n >= s->n; n -= s->n) pixel++;
    phase = (phase + 1) * LANES == p->l.period ? 0 : phase + 1;
  }
}

typedef void flat_rows_function(const flat_product *p, const float *x, float *y);
#define DEFINE_FLAT(R) \
  static void flat_rows_##R(const flat_product *p, const float *x, float *y) { flat_rows(R, p, x, y); }
CK_EACH_STRIP(DEFINE_FLAT)
#define FLAT_ENTRY(R) [R] = flat_rows_##R,
static flat_rows_function *const flat_row_tiles[CK_STRIP_VECTORS + 1] = {CK_EACH_STRIP(FLAT_ENTRY)};

// The filter, the bias and the places of lanes for every vector of a period, in scratch.
static void flat_expand(flat_product *p, const float *w, const float *bias, float *scratch) {
  const ck_conv *s = p->s;
  const int32_t terms = p->l.terms, filter = p->l.filter, period = p->l.period;
  float *expanded = scratch, *offsets = expanded + (int64_t)filter * period, *line = offsets + period;
  int32_t *places = (int32_t *)(line + flat_round(s->n + FLAT_LANES)), *firsts = places + (int64_t)terms * period;
  flat_window *windows = (flat_window *)(firsts + period);
  for (int32_t k = 0; k < filter; k++) {
    flat_repeat(w + (int64_t)k * s->n, s->n, period, (int64_t)filter * LANES, line, expanded + (int64_t)k * LANES);
  }
  if (bias) flat_repeat(bias, s->n, period, LANES, line, offsets);
  flat_places(s, period, firsts);
  for (int32_t k = 0, g = 0; k < terms; g++) {
    windows[g] = flat_window_at(s, k, terms);
    for (const int32_t end = k + windows[g].count; k < end; k++) {
      const ivec along = i_set((uint32_t)(flat_term(s, k) - windows[g].at));
      for (int32_t f = 0; f < period; f += LANES) {
        i_store(places + (int64_t)f * terms + k * LANES, i_add(i_load(firsts + f), along));
      }
    }
    p->window_count = g + 1;
  }
  p->windows = windows;
  p->places = places;
  p->w = expanded;
  p->bias = bias ? offsets : NULL;
}

void CK_NAME(flat_forward)(const ck_conv *s, int32_t images, const float *x, const float *w, const float *bias,
                           ck_clamp clamp, int32_t row_begin, int32_t row_end, int32_t past_caches, float *scratch,
                           float *y) {
  flat_product p = {.s = s, .l = flat_layout_of(s, 0), .past_caches = past_caches,
                    .floor = v_set(clamp == CK_RELU ? 0 : -INFINITY)};
  const flat_layout *l = &p.l;
  float *lines = flat_aligned(scratch);
  flat_expand(&p, w, bias, lines + (int64_t)l->x_rows * l->x_line);
  memset(lines, 0, (size_t)l->x_rows * l->x_line * sizeof *lines);
  const int64_t x_row = (int64_t)s->in_w * s->c, y_row = (int64_t)s->out_w * s->n;
  flat_source source = flat_source_of(x, s->in_h, x_row, -(int64_t)s->pad_left * s->c, flat_width(s, s->out_w));
  for (int32_t i = 0; i < images; i++, source.image += s->in_h * x_row, y += s->out_h * y_row) {
    for (int32_t row = row_begin; row < row_end;) {
      const int32_t count = ck_min(l->rows, row_end - row);
      flat_copy_rows(&source, row * s->stride_h - s->pad_top, flat_height(s, count), l->x_line, lines);
      int32_t done = 0;
      for (int32_t left = (count + CK_STRIP_VECTORS - 1) / CK_STRIP_VECTORS; left > 0; left--) {
        const int32_t rows = (count - done + left - 1) / left;
        flat_row_tiles[rows](&p, lines + (int64_t)done * s->stride_h * l->x_line, y + (row + done) * y_row);
        done += rows;
      }
      row += count;
    }
  }
  if (past_caches) v_stream_end();
}

// Terms of the filter's gradient in registers at once: rows of taps x terms of a window.
typedef struct {
  const ck_conv *s;
  const flat_layout *l;
  const float *x;        // lines, at the first row of the band
  const float *dy;       // lines, at its first output
  int32_t rows, row;     // and floats of outputs of each
  const int32_t *firsts; // places of the first term
  float *sums;           // [filter + 1][period]; the last is the bias's
} flat_outer;

CK_INLINE void flat_outer_tile(const int taps, const int terms, const flat_outer *p, int32_t h, int32_t k) {
  const ck_conv *s = p->s;
  const flat_layout *l = p->l;
  const int32_t row = p->row, pixels = l->period / s->n, begin = flat_term(s, k);
  const int64_t step = (int64_t)pixels * s->stride_w * s->c, tap_step = (int64_t)s->dilation_h * l->x_line;
  for (int32_t f = 0; f < l->period && f < row; f += LANES) {
    vec sum[CK_FLAT_SUMS], total;
    ivec lanes[CK_FLAT_SUMS];
    float *const sums = p->sums + ((int64_t)h * l->terms + k) * l->period + f;
    float *const bias = p->sums + (int64_t)l->filter * l->period + f;
#pragma clang loop unroll(full)
    for (int j = 0; j < terms; j++) {
      lanes[j] = i_add(i_load(p->firsts + f), i_set((uint32_t)(flat_term(s, k + j) - begin)));
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        sum[t * terms + j] = v_load(sums + ((int64_t)t * l->terms + j) * l->period, LANES);
      }
    }
    total = v_load(bias, LANES);
    const float *x_row = p->x + (int64_t)h * tap_step + begin + (int64_t)(f / s->n) * s->stride_w * s->c;
    const float *dy_row = p->dy + f;
    for (int32_t r = p->rows; r > 0; r--, x_row += (int64_t)s->stride_h * l->x_line, dy_row += l->y_line) {
      const float *from = x_row, *dy = dy_row;
      for (int32_t q = f; q < row; q += l->period, from += step, dy += l->period) {
        const vec gradient = v_load(dy, LANES);
        total = v_add(total, gradient);
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t++) {
          const vec window = v_load(from + t * tap_step, LANES);
#pragma clang loop unroll(full)
          for (int j = 0; j < terms; j++) {
            sum[t * terms + j] = v_fma(v_permute(window, lanes[j]), gradient, sum[t * terms + j]);
          }
        }
      }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < terms; j++) {
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        v_store(sums + ((int64_t)t * l->terms + j) * l->period, LANES, sum[t * terms + j]);
      }
    }
    if (h == 0 && k == 0) v_store(bias, LANES, total);
  }
}

typedef void flat_outer_function(const flat_outer *p, int32_t h, int32_t k);
#define DEFINE_FLAT_OUTER(T, K)   static void flat_outer_##T##x##K(const flat_outer *p, int32_t h, int32_t k) { flat_outer_tile(T, K, p, h, k); }
#define FLAT_OUTER_ENTRY(T, K) [T][K] = flat_outer_##T##x##K,
CK_EACH_FLAT_OUTER(DEFINE_FLAT_OUTER)
static flat_outer_function *const flat_outers[CK_FLAT_TAPS + 1][CK_FLAT_TERMS + 1] = {
    CK_EACH_FLAT_OUTER(FLAT_OUTER_ENTRY)};

// A band's part of the filter's gradient, and of the bias's.
static void flat_filter_gradient(const flat_outer *p) {
  const ck_conv *s = p->s;
  for (int32_t k = 0; k < p->l->terms;) {
    const int32_t room = flat_window_at(s, k, p->l->terms).count;
    const int32_t most = ck_min(room, CK_FLAT_TERMS), left = p->l->terms - k;
    // Nearly equal pieces of what is left.
    const int32_t pieces = (left + most - 1) / most, terms = ck_min(most, (left + pieces - 1) / pieces);
    for (int32_t h = 0; h < s->kernel_h;) {
      int32_t taps = ck_min(CK_FLAT_TAPS, s->kernel_h - h);
      while (!flat_outers[taps][terms]) taps--;
      flat_outers[taps][terms](p, h, k);
      h += taps;
    }
    k += terms;
  }
}

// to[n] += the sums of a period, pixel by pixel.
CK_INLINE void flat_fold(const float *sums, int32_t period, int32_t n_count, float *to) {
  CK_SWEEP(i, n, n_count, {
    vec sum = v_load(sums + i, n);
    for (int32_t f = n_count; f < period; f += n_count) sum = v_add(sum, v_load(sums + f + i, n));
    v_store(to + i, n, v_add(v_load(to + i, n), sum));
  });
}

// Memory that is asked for line by line between products.
typedef struct {
  const float *at;
  int64_t lines, each;
} flat_fetch;

CK_INLINE void flat_fetch_next(flat_fetch *f) {
  for (int64_t i = f->each < f->lines ? f->each : f->lines; i > 0; i--, f->lines--, f->at += FLAT_LANES) {
    __builtin_prefetch(f->at, 0, 2);
  }
}

// A row of the input's gradient, unit by unit: what it is the product of.
typedef struct {
  const float *w;             // [taps][vectors][sums][FLAT_LANES]
  int32_t taps, vectors;      // rows of taps, and the vectors of each
  int32_t unit;               // floats of outputs of a unit
  int64_t at, tap_step;       // of the first row of taps in the lines of the outputs' gradient, from the unit's first
  int64_t dx_step;            // from row to row of the input's gradient
  flat_fetch *fetch;
} flat_dots;

enum { FLAT_PARTS = FLAT_LANES / LANES, FLAT_ROWS = 3 };
_Static_assert(sizeof(flat_dots) <= FLAT_DOTS_FLOATS * sizeof(float), "the scratch has room for them");

CK_INLINE int32_t flat_clipped(int64_t at, int32_t most) { return at < 0 ? 0 : at < most ? (int32_t)at : most; }

// Vector by vector, what a row of the outputs' gradient adds to rows [first, end) of a tile: w points at its row of taps
// for row `first`, and at the ones before it for the next.
CK_INLINE void flat_dot_step(const int units, const int sums, const int first, const int end, const flat_dots *p,
                             const float *dy, const float *w, vec sum[][FLAT_PARTS]) {
  const int64_t tap = (int64_t)p->vectors * sums * FLAT_LANES;
  for (int32_t k = p->vectors; k > 0; k--, w += sums * FLAT_LANES, dy += FLAT_LANES) {
#pragma clang loop unroll(full)
    for (int v = 0; v < FLAT_PARTS; v++) {
      vec factor[FLAT_ROWS * CK_FLAT_STEP];
#pragma clang loop unroll(full)
      for (int r = first; r < end; r++) {
        for (int i = 0; i < sums; i++) {
          factor[r * sums + i] = v_load(w - (r - first) * tap + i * FLAT_LANES + v * LANES, LANES);
        }
      }
#pragma clang loop unroll(full)
      for (int m = 0; m < units; m++) {
        const vec value = v_load(dy + m * p->unit + v * LANES, LANES);
#pragma clang loop unroll(full)
        for (int r = first; r < end; r++) {
          for (int i = 0; i < sums; i++) {
            vec *const to = &sum[(r * units + m) * sums + i][v];
            *to = v_fma(value, factor[r * sums + i], *to);
          }
        }
      }
    }
  }
}

// Rows of the input's gradient: `count` units from those that start at dy; float `from` of a row is the first of them,
// and those in [0, end) are written. Sixteen partial sums each, in the order of the rows of taps, folded by halves: equal
// bits on every instruction set.
CK_INLINE void flat_dot_rows(const int rows, const int units, const int sums, const flat_dots *p, const float *dy,
                             int32_t count, int64_t from, int64_t end, float *dx) {
  if (end > from + (int64_t)count * sums) end = from + (int64_t)count * sums;
  const int64_t tap = (int64_t)p->vectors * sums * FLAT_LANES;
  for (int32_t u = 0; u < count; u += units, dy += units * p->unit, from += units * sums) {
    vec sum[FLAT_ROWS * FLAT_TILE * CK_FLAT_STEP][FLAT_PARTS];
    const int is_inside = from >= 0 && from + units * sums <= end;
    flat_fetch_next(p->fetch);
#pragma clang loop unroll(full)
    for (int k = 0; k < (rows * units * sums + 7) / 8 * 8; k++) {
      for (int v = 0; v < FLAT_PARTS; v++) sum[k][v] = v_set(0);
    }
    for (int32_t t = 0; t < p->taps + rows - 1; t++) {
      // Rows of the tile for which this is a row of taps.
      const int first = rows == 1 ? 0 : ck_max(0, t - p->taps + 1), last = rows == 1 ? 0 : ck_min(rows - 1, t);
      const float *gradient = dy + p->at + t * p->tap_step, *w = p->w + (t - first) * tap;
      if (rows == 1) flat_dot_step(units, sums, 0, 1, p, gradient, w, sum);
      else if (first == 0 && last == 0) flat_dot_step(units, sums, 0, 1, p, gradient, w, sum);
      else if (first == 0 && last == 1) flat_dot_step(units, sums, 0, 2, p, gradient, w, sum);
      else if (first == 1 && last == 1) flat_dot_step(units, sums, 1, 2, p, gradient, w, sum);
      else if (rows == 3 && first == 0) flat_dot_step(units, sums, 0, 3, p, gradient, w, sum);
      else if (rows == 3 && first == 1) flat_dot_step(units, sums, 1, 3, p, gradient, w, sum);
      else if (rows == 3) flat_dot_step(units, sums, 2, 3, p, gradient, w, sum);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      float *const to = dx + r * p->dx_step + from;
#pragma clang loop unroll(full)
      for (int k = 0; k < units * sums; k += 8) {
        const __m256 eight = v_dot_totals(sum + r * units * sums + k);
        const int floats = ck_min(8, units * sums - k);
        if (is_inside && floats == 8) _mm256_storeu_ps(to + k, eight);
        else v_store_between(to + k, flat_clipped(-from - k, floats), flat_clipped(end - from - k, floats), eight);
      }
    }
  }
}

typedef void flat_dot_function(const flat_dots *p, const float *dy, int32_t count, int64_t from, int64_t end, float *dx);
#define DEFINE_FLAT_DOT(R, U, S)                                                                                   \
  static void flat_dot_##R##x##S(const flat_dots *p, const float *dy, int32_t count, int64_t from, int64_t end,   \
                                 float *dx) {                                                                      \
    flat_dot_rows(R, U, S, p, dy, count, from, end, dx);                                                           \
  }
#define FLAT_DOT_ENTRY(R, U, S) [R][S] = flat_dot_##R##x##S,
#define FLAT_UNITS_ENTRY(R, U, S) [S] = U,
CK_EACH_FLAT_DOT(DEFINE_FLAT_DOT)
static flat_dot_function *const flat_dot_tiles[FLAT_ROWS + 1][CK_FLAT_STEP + 1] = {CK_EACH_FLAT_DOT(FLAT_DOT_ENTRY)};
static const int32_t flat_dot_units[CK_FLAT_STEP + 1] = {CK_EACH_FLAT_DOT(FLAT_UNITS_ENTRY)};

// The filter as rows of the input's gradient at place `a` within a stride are the products of. Taps that do not reach a
// sum are zero.
static flat_dots flat_reverse(const ck_conv *s, const flat_layout *l, const float *w_by_input, int32_t a, float *w) {
  const int32_t taps = s->kernel_h * s->kernel_w;
  flat_dots d = {.w = w, .vectors = l->vectors, .unit = l->group * s->n, .dx_step = (int64_t)s->stride_h * s->in_w * s->c};
  int32_t last = 0;
  for (int32_t h = s->kernel_h - 1; h >= 0; h--) {
    const int32_t down = h * s->dilation_h;
    if (down % s->stride_h != a) continue;
    float *row = w + (int64_t)d.taps * l->vectors * l->sums * FLAT_LANES;
    memset(row, 0, (size_t)l->vectors * l->sums * FLAT_LANES * sizeof *row);
    for (int32_t v = 0; v < s->kernel_w; v++) {
      const int32_t along = v * s->dilation_w, place = along % s->stride_w, reversed = taps - 1 - (h * s->kernel_w + v);
      for (int32_t g = 0; g < l->group; g++) {
        for (int32_t c = 0; c < s->c; c++) {
          const float *values = w_by_input + ((int64_t)c * taps + reversed) * s->n;
          const int32_t sum = (g * s->stride_w + place) * s->c + c;
          int32_t f = (l->back + g - along / s->stride_w) * s->n;
          for (int32_t n = 0; n < s->n; n++, f++) {
            row[((int64_t)(f / FLAT_LANES) * l->sums + sum) * FLAT_LANES + f % FLAT_LANES] = values[n];
          }
        }
      }
    }
    const int32_t rows = down / s->stride_h;
    if (d.taps == 0) d.at = -(int64_t)rows * l->y_line - (int64_t)l->back * s->n;
    else d.tap_step = (int64_t)(last - rows) * l->y_line;
    last = rows;
    d.taps++;
  }
  return d;
}

// Rows of the input's gradient that rows [row, row + count) of outputs are the last to reach, a band's columns of them.
// gradient points at the band's first output.
static void flat_input_gradient(const ck_conv *s, const flat_layout *l, const flat_dots *dots, int32_t row,
                                int32_t count, int32_t column, int32_t columns, const float *gradient, flat_fetch *fetch,
                                float *dx) {
  const int64_t x_row = (int64_t)s->in_w * s->c, begin = ((int64_t)column * s->stride_w - s->pad_left) * s->c;
  const int64_t end = begin + (int64_t)columns * s->stride_w * s->c, seen = end < 0 ? 0 : end;
  // Units that lie in the image.
  const int32_t all = (columns + l->group - 1) / l->group;
  const int32_t skipped = ck_min(all, begin < 0 ? (int32_t)(-begin / l->sums) : 0);
  const int64_t from = begin + (int64_t)skipped * l->sums, rest = (x_row - from + l->sums - 1) / l->sums;
  const int32_t units = rest < all - skipped ? (int32_t)ck_max(0, (int32_t)rest) : all - skipped;
  gradient += (int64_t)skipped * l->group * s->n;
  const int64_t tiles = (int64_t)count * s->stride_h * (units / flat_dot_units[l->sums] + 1);
  fetch->each = (fetch->lines + tiles - 1) / tiles;
  for (int32_t a = 0; a < s->stride_h; a++) {
    flat_dots d = dots[a];
    d.fetch = fetch;
    int32_t r = 0, last = count;
    while (r < last && (row + r) * s->stride_h + a < s->pad_top) r++;
    while (r < last && (row + last - 1) * s->stride_h + a - s->pad_top >= s->in_h) last--;
    while (r < last) {
      float *to = dx + ((int64_t)(row + r) * s->stride_h + a - s->pad_top) * x_row;
      int32_t rows = d.tap_step == l->y_line ? ck_min(last - r, last - r == 4 ? 2 : FLAT_ROWS) : 1;
      while (!flat_dot_tiles[rows][l->sums]) rows--;
      for (int32_t k = 0; k < rows; k++) {
        // What no window reaches: the row, or its end.
        if (d.taps == 0) memset(to + k * d.dx_step, 0, (size_t)x_row * sizeof *to);
        else if (seen < x_row && column + columns == s->out_w + l->reach_w) {
          memset(to + k * d.dx_step + seen, 0, (size_t)(x_row - seen) * sizeof *to);
        }
      }
      if (d.taps) flat_dot_tiles[rows][l->sums](&d, gradient + (int64_t)r * l->y_line, units, from, x_row, to);
      r += rows;
    }
  }
}

void CK_NAME(flat_backward)(const ck_conv *s, int32_t images, const float *x, const float *dy, const float *w_by_input,
                            float *scratch, float *dx, float *dw, float *dbias) {
  const flat_layout l = flat_layout_of(s, 1);
  float *x_lines = flat_aligned(scratch), *y_lines = x_lines + (int64_t)l.x_rows * l.x_line;
  float *w = y_lines + (int64_t)l.y_rows * l.y_line, *sums = w + (int64_t)s->kernel_h * l.vectors * l.sums * FLAT_LANES;
  int32_t *firsts = (int32_t *)(sums + (int64_t)(l.filter + 1) * l.period);
  flat_dots *dots = (flat_dots *)(firsts + l.period);
  memset(x_lines, 0, (size_t)((char *)w - (char *)x_lines));
  memset(sums, 0, (size_t)((char *)firsts - (char *)sums));
  flat_places(s, l.period, firsts);
  for (int32_t a = 0, taps = 0; dx && a < s->stride_h; taps += dots[a++].taps) {
    dots[a] = flat_reverse(s, &l, w_by_input, a, w + (int64_t)taps * l.vectors * l.sums * FLAT_LANES);
  }
  const int64_t x_row = (int64_t)s->in_w * s->c, y_row = (int64_t)s->out_w * s->n;
  const int32_t rows = s->out_h + (dx ? l.reach_h : 0), columns = s->out_w + (dx ? l.reach_w : 0);
  const float *gradient = y_lines + (int64_t)l.reach_h * l.y_line + l.y_before;
  for (int32_t i = 0; i < images; i++, x += s->in_h * x_row, dy += s->out_h * y_row) {
    for (int32_t column = 0; column < columns; column += l.columns) {
      const int32_t width = ck_min(l.columns, columns - column), summed_w = ck_min(width, s->out_w - column);
      const flat_source dy_source = flat_source_of(dy, s->out_h, y_row, (int64_t)(column - l.back) * s->n,
                                                   (int64_t)(l.back + width) * s->n);
      const flat_source x_source = flat_source_of(
          x, s->in_h, x_row, ((int64_t)column * s->stride_w - s->pad_left) * s->c, flat_width(s, ck_max(1, summed_w)));
      // What the columns before had inside the image.
      if (l.columns < columns) memset(x_lines, 0, (size_t)((char *)w - (char *)x_lines));
      for (int32_t row = 0; row < rows; row += l.rows) {
        const int32_t count = ck_min(l.rows, rows - row), summed = ck_min(count, s->out_h - row);
        // The last rows of the band before are the first ones of this.
        if (row > 0) memmove(y_lines, y_lines + (int64_t)l.rows * l.y_line, (size_t)l.reach_h * l.y_line * sizeof *dy);
        const int32_t kept = row > 0 ? l.reach_h : 0;
        flat_copy_rows(&dy_source, row - l.reach_h + kept, count + l.reach_h - kept, l.y_line,
                       y_lines + kept * (int64_t)l.y_line + l.y_before - (int64_t)l.back * s->n);
        flat_fetch fetch = {dy + (row + count) * y_row, count * y_row / FLAT_LANES, 0};
        if (dx) flat_input_gradient(s, &l, dots, row, count, column, width, gradient, &fetch, dx);
        if (!dw || summed <= 0 || summed_w <= 0) continue;
        flat_copy_rows(&x_source, row * s->stride_h - s->pad_top, flat_height(s, summed), l.x_line, x_lines);
        const flat_outer outer = {s, &l, x_lines, gradient, summed, summed_w * s->n, firsts, sums};
        flat_filter_gradient(&outer);
      }
    }
    // Rows of the input that no window reaches.
    const int32_t reached = ck_max(0, rows * s->stride_h - s->pad_top);
    if (dx && reached < s->in_h) memset(dx + reached * x_row, 0, (size_t)((s->in_h - reached) * x_row) * sizeof *dx);
    if (dx) dx += s->in_h * x_row;
  }
  for (int32_t k = 0; dw && k < l.filter; k++) {
    flat_fold(sums + (int64_t)k * l.period, l.period, s->n, dw + (int64_t)k * s->n);
  }
  if (dw && dbias) flat_fold(sums + (int64_t)l.filter * l.period, l.period, s->n, dbias);
}
