// Convolutions with few inputs for each output: lanes lie along a row of outputs as it is in memory, pixel by pixel, so
// that all are full whatever the number of outputs, and nothing is transposed.
//
// Vector q of a row holds its floats LANES * q ...; which outputs those are repeats after a period. The filter is
// written out once for each vector of a period; of a row of the input, with its padding in a line of scratch, a window
// as long as a vector is loaded, and a permutation takes each lane its value. Windows hold as many taps as they can.
//
// A sum is one chain in the order of the filter's rows, zeros of the padding included: the bits of `igemm`.
#include "flat_layout.h"

// Terms of a row of taps that one window holds: how many, from the one that is `at` floats from the first tap.
typedef struct {
  int32_t at, count;
} flat_window;

// Floats from the first pixel of a vector to the last one.
CK_INLINE int32_t flat_span(const ck_conv *s) {
  const int32_t latest = s->n - flat_common(s->n, LANES);
  return (latest + LANES - 1) / s->n * s->stride_w * s->c;
}

// Where term k of a row of taps is in the line, from the first.
CK_INLINE int32_t flat_term(const ck_conv *s, int32_t k) { return k / s->c * s->dilation_w * s->c + k % s->c; }

// The window that starts at term `first`, of at most `most`.
CK_INLINE flat_window flat_window_at(const ck_conv *s, int32_t first, int32_t end) {
  flat_window w = {.at = flat_term(s, first), .count = 1};
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
  const uintptr_t line = sizeof(float) * FLAT_LANES;
  return (float *)(((uintptr_t)scratch + line - 1) / line * line);
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
  const int64_t row_step = (int64_t)p->s->stride_h * p->l.in_line, tap_step = (int64_t)p->s->dilation_h * p->l.in_line;
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
CK_EACH_LENGTH(DEFINE_FLAT)
#define FLAT_ENTRY(R) [R] = flat_rows_##R,
static flat_rows_function *const flat_row_tiles[CK_STRIP_VECTORS + 1] = {CK_EACH_LENGTH(FLAT_ENTRY)};

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
  flat_product p = {.s = s, .l = flat_layout_of(s), .past_caches = past_caches,
                    .floor = v_set(clamp == CK_RELU ? 0 : -INFINITY)};
  const flat_layout *l = &p.l;
  float *lines = flat_aligned(scratch);
  flat_expand(&p, w, bias, lines + (int64_t)flat_height(s, l->out_rows) * l->in_line);
  memset(lines, 0, (size_t)flat_height(s, l->out_rows) * l->in_line * sizeof *lines);
  const int64_t x_row = (int64_t)s->in_w * s->c, y_row = (int64_t)s->out_w * s->n;
  flat_source source = flat_source_of(x, s->in_h, x_row, -(int64_t)s->pad_left * s->c, flat_width(s, s->out_w));
  for (int32_t i = 0; i < images; i++, source.image += s->in_h * x_row, y += s->out_h * y_row) {
    for (int32_t row = row_begin; row < row_end;) {
      const int32_t count = ck_min(l->out_rows, row_end - row);
      flat_copy_rows(&source, row * s->stride_h - s->pad_top, flat_height(s, count), l->in_line, lines);
      for (int32_t done = 0; done < count;) {
        const int32_t rows = ck_dealt(count - done, CK_STRIP_VECTORS);
        flat_row_tiles[rows](&p, lines + (int64_t)done * s->stride_h * l->in_line, y + (row + done) * y_row);
        done += rows;
      }
      row += count;
    }
  }
  if (past_caches) v_stream_end();
}
