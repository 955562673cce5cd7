// Convolutions with few channels: the lanes of a vector lie along the pixels, so that no channel leaves one empty.
//
// A band of rows at a time, the image is turned into planes (plane_layout.h), padding included; sums of products of
// planes with single values of the filter make planes of outputs, which are turned back. A sum is one chain in the order
// of the filter's rows, zeros of the padding included: the bits of `igemm`.
#include "plane_layout.h"

// [count][width] in `line`, of which `stored` channels are wanted, to rows of planes; whole blocks are read and written.
CK_INLINE void plane_split(const float *line, int32_t count, int32_t width, int32_t stored, int64_t plane, float *planes) {
  if (width == 1) {
    for (int32_t q = 0; q < count; q += LANES) v_store(planes + q, LANES, v_load(line + q, LANES));
    return;
  }
  if (stored <= 4) {
    for (int32_t q = 0; q < count; q += 4) {
      __m128 r[4];
      for (int k = 0; k < 4; k++) r[k] = _mm_loadu_ps(line + (int64_t)(q + k) * width);
      _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]);
      for (int k = 0; k < 4; k++) {
        if (k < stored) _mm_storeu_ps(planes + k * plane + q, r[k]);
      }
    }
    return;
  }
  for (int32_t c = 0; c < stored; c += 8) {
    const int32_t left = stored - c;
    for (int32_t q = 0; q < count; q += 8) {
      __m256 r[8];
      for (int k = 0; k < 8; k++) r[k] = _mm256_loadu_ps(line + (int64_t)(q + k) * width + c);
      transpose_block(r);
      float *to = planes + c * plane + q;
      if (left >= 8) {
        for (int k = 0; k < 8; k++) _mm256_storeu_ps(to + k * plane, r[k]);
      } else {
        for (int k = 0; k < 7; k++) {
          if (k < left) _mm256_storeu_ps(to + k * plane, r[k]);
        }
      }
    }
  }
}

// The way back: `count` pixels of `width` channels; writes nothing else.
CK_INLINE void plane_merge(const float *planes, int64_t plane, int32_t count, int32_t width, float *y) {
  if (width == 1) {
    CK_SWEEP(q, n, count, { v_store(y + q, n, v_load(planes + q, n)); });
    return;
  }
  const int64_t total = (int64_t)count * width;
  if (width <= 4) {
    for (int32_t q = 0; q < count; q += 4) {
      __m128 r[4];
      for (int k = 0; k < 4; k++) r[k] = k < width ? _mm_loadu_ps(planes + k * plane + q) : _mm_setzero_ps();
      _MM_TRANSPOSE4_PS(r[0], r[1], r[2], r[3]);
      for (int k = 0; k < 4; k++) {
        // What is too much belongs to the next pixel, which comes next.
        const int64_t at = (int64_t)(q + k) * width;
        float values[4];
        if (at + 4 <= total) {
          _mm_storeu_ps(y + at, r[k]);
        } else if (at < total) {
          _mm_storeu_ps(values, r[k]);
          for (int32_t c = 0; c < width; c++) y[at + c] = values[c];
        }
      }
    }
    return;
  }
  // Blocks of eight channels; the last one overlaps the one before it.
  for (int32_t c = 0; c < width; c += 8) {
    const int32_t first = width < 8 ? 0 : ck_min(c, width - 8);
    for (int32_t q = 0; q < count; q += 8) {
      __m256 r[8];
      for (int k = 0; k < 8; k++) {
        r[k] = first + k < width ? _mm256_loadu_ps(planes + (first + k) * plane + q) : _mm256_setzero_ps();
      }
      transpose_block(r);
      float *to = y + (int64_t)q * width + first;
      if (width >= 8 && q + 8 <= count) {
        for (int k = 0; k < 8; k++) _mm256_storeu_ps(to + (int64_t)k * width, r[k]);
        continue;
      }
      for (int k = 0; k < 8 && q + k < count; k++) {
        const int64_t at = (int64_t)(q + k) * width;
        float values[8];
        if (width >= 8 || at + 8 <= total) {
          _mm256_storeu_ps(y + at + first, r[k]);
        } else {
          _mm256_storeu_ps(values, r[k]);
          for (int32_t i = 0; i < width; i++) y[at + i] = values[i];
        }
      }
    }
  }
}

// Rows of pixels [begin, end) x [0, in_w) of an image with `before` columns of padding, to planes of `width` channels at
// rows 0, 1, ... of the planes; rows outside [0, in_h) are zero.
CK_INLINE void plane_split_rows(const float *x, int32_t in_h, int64_t row_floats, int64_t before, int32_t begin,
                                int32_t count, int32_t step, int32_t pitch, int32_t width, int32_t stored,
                                int64_t plane, float *line, int64_t line_floats, float *planes) {
  const int64_t room = (int64_t)pitch * width - before, copied = row_floats < room ? row_floats : room;
  memset(line, 0, (size_t)line_floats * sizeof *line);
  for (int32_t r = 0; r < count; r++) {
    const int32_t row = begin + r * step;
    float *to = planes + (int64_t)r * pitch;
    if (row < 0 || row >= in_h) {
      for (int32_t k = 0; k < stored; k++) memset(to + k * plane, 0, (size_t)pitch * sizeof *to);
      continue;
    }
    memcpy(line + before, x + row * row_floats, (size_t)copied * sizeof *line);
    plane_split(line, pitch, width, stored, plane, to);
  }
  for (int32_t k = 0; k < stored; k++) {
    memset(planes + k * plane + (int64_t)count * pitch, 0, PLANE_SLACK * sizeof *planes);
  }
}

// Stretches of memory that are asked for line by line between products: what is written next and what is read after it.
typedef struct {
  const float *at[3];
  int64_t lines[3];
} plane_fetch;

CK_INLINE void plane_fetch_add(plane_fetch *f, int k, const float *at, int64_t floats) {
  f->at[k] = at;
  f->lines[k] = (floats + PLANE_LINE - 1) / PLANE_LINE;
}

CK_INLINE void plane_fetch_line(plane_fetch *f) {
#pragma clang loop unroll(full)
  for (int k = 0; k < 3; k++) {
    if (f->lines[k] <= 0) continue;
    if (k == 0) __builtin_prefetch(f->at[k], 1);
    else __builtin_prefetch(f->at[k], 0, 2);
    f->at[k] += PLANE_LINE;
    f->lines[k]--;
  }
}

// Of the largest stretch alone: there are more products than lines.
CK_INLINE void plane_fetch_next(plane_fetch *f) {
  if (f->lines[1] <= 0) return;
  __builtin_prefetch(f->at[1], 0, 2);
  f->at[1] += PLANE_LINE;
  f->lines[1]--;
}

typedef struct {
  const int32_t *at, *w_at;  // of each term: its place in the planes, and in the filter
  int32_t terms;
  const float *w;
  vec floor;
  plane_fetch *fetch;
} plane_sum;

CK_INLINE void plane_tile(const int outputs, const plane_sum *p, const float *x, const float *w, const float *bias,
                          int64_t plane, float *y) {
  vec sum[CK_PLANE_OUTPUTS][CK_PLANE_VECTORS];
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++) {
    for (int v = 0; v < CK_PLANE_VECTORS; v++) sum[o][v] = v_set(0);
  }
  for (int32_t k = 0; k < p->terms; k++) {
    const float *from = x + p->at[k], *row = w + p->w_at[k];
    vec value[CK_PLANE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < CK_PLANE_VECTORS; v++) value[v] = v_load(from + v * LANES, LANES);
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o++) {
      const vec factor = v_set(row[o]);
#pragma clang loop unroll(full)
      for (int v = 0; v < CK_PLANE_VECTORS; v++) sum[o][v] = v_fma(value[v], factor, sum[o][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < outputs; o++) {
    const vec offset = v_set(bias ? bias[o] : -0.0f);
#pragma clang loop unroll(full)
    for (int v = 0; v < CK_PLANE_VECTORS; v++) {
      v_store(y + o * plane + v * LANES, LANES, v_max(p->floor, v_add(sum[o][v], offset)));
    }
  }
}

typedef void plane_tile_function(const plane_sum *p, const float *x, const float *w, const float *bias, int64_t plane,
                                 float *y);
#define DEFINE_PLANE(N)                                                                                       \
  static void plane_tile_##N(const plane_sum *p, const float *x, const float *w, const float *bias,          \
                             int64_t plane, float *y) {                                                      \
    plane_tile(N, p, x, w, bias, plane, y);                                                                  \
  }
CK_EACH_PLANE(DEFINE_PLANE)
#define PLANE_ENTRY(N) [N] = plane_tile_##N,
static plane_tile_function *const plane_tiles[CK_PLANE_OUTPUTS + 1] = {CK_EACH_PLANE(PLANE_ENTRY)};

// Planes of `n` outputs over `count` pixels.
static void plane_product(const plane_sum *p, const float *x, int32_t n, const float *bias, int32_t count,
                          int64_t plane, float *y) {
  const int32_t groups = (n + CK_PLANE_OUTPUTS - 1) / CK_PLANE_OUTPUTS;
  int64_t lines = 0;
  for (int k = 0; k < 3; k++) lines = lines > p->fetch->lines[k] ? lines : p->fetch->lines[k];
  const int64_t each = lines * CK_PLANE_VECTORS * LANES / ck_max(1, count * groups) + 1;
  for (int32_t q = 0; q < count; q += CK_PLANE_VECTORS * LANES) {
    int32_t first = 0;
    for (int32_t left = groups; left > 0; left--) {
      const int32_t outputs = (n - first + left - 1) / left;
      for (int64_t l = 0; l < each; l++) plane_fetch_line(p->fetch);
      plane_tiles[outputs](p, x + q, p->w + first, bias ? bias + first : NULL, plane, y + first * plane + q);
      first += outputs;
    }
  }
}

// Where each row of the filter finds its values.
CK_INLINE void plane_terms(const ck_conv *s, const plane_layout *l, int32_t *at, int32_t *w_at) {
  int32_t k = 0;
  for (int32_t h = 0; h < s->kernel_h; h++) {
    const int32_t down = h * s->dilation_h;
    for (int32_t v = 0; v < s->kernel_w; v++) {
      const int32_t along = v * s->dilation_w;
      const int32_t place = down % s->stride_h * s->stride_w + along % s->stride_w;
      for (int32_t c = 0; c < s->c; c++, k++) {
        at[k] = (int32_t)((place * s->c + c) * l->x_plane) + down / s->stride_h * l->pitch + along / s->stride_w;
        w_at[k] = k * s->n;
      }
    }
  }
}

// Planes of the input that rows [row, row + count) of outputs read.
CK_INLINE void plane_input(const ck_conv *s, const plane_layout *l, const float *x, int32_t row, int32_t count,
                           float *line, float *planes) {
  const int32_t width = s->stride_w * s->c;
  // Places within a stride that a kernel smaller than it does not reach are left out.
  const int32_t places_h = s->dilation_h == 1 ? ck_min(s->stride_h, s->kernel_h) : s->stride_h;
  const int32_t places_w = s->dilation_w == 1 ? ck_min(s->stride_w, s->kernel_w) : s->stride_w;
  for (int32_t a = 0; a < places_h; a++) {
    plane_split_rows(x, s->in_h, (int64_t)s->in_w * s->c, (int64_t)s->pad_left * s->c,
                     row * s->stride_h + a - s->pad_top, count + l->reach_h, s->stride_h, l->pitch, width,
                     places_w * s->c, l->x_plane, line, l->line, planes + (int64_t)a * width * l->x_plane);
  }
}

CK_INLINE void plane_stream(const float *from, int64_t count, float *y) {
  int64_t i = 0;
  for (; i < count && ((uintptr_t)(y + i) & 63); i++) y[i] = from[i];
  for (; i + PLANE_LINE <= count; i += PLANE_LINE) {
    for (int v = 0; v < PLANE_LINE; v += LANES) v_stream(y + i + v, v_load(from + i + v, LANES));
  }
  for (; i < count; i++) y[i] = from[i];
}

void CK_NAME(plane_forward)(const ck_conv *s, const float *x, const float *w, const float *bias, ck_clamp clamp,
                            int32_t row_begin, int32_t row_end, int32_t past_caches, float *scratch, float *y) {
  const plane_layout l = plane_layout_of(s);
  const int32_t width = s->stride_w * s->c;
  float *planes = scratch, *outputs = planes + width * s->stride_h * l.x_plane;
  float *line = outputs + s->n * l.d_plane;
  int32_t *at = (int32_t *)(line + l.line), *w_at = at + l.taps;
  plane_terms(s, &l, at, w_at);
  plane_sum sum = {.at = at, .w_at = w_at, .terms = s->kernel_h * s->kernel_w * s->c, .w = w,
                         .floor = v_set(clamp == CK_RELU ? 0 : -INFINITY)};
  const int64_t y_row = (int64_t)s->out_w * s->n;
  for (int32_t row = row_begin; row < row_end; row += l.rows) {
    const int32_t count = ck_min(l.rows, row_end - row);
    plane_input(s, &l, x, row, count, line, planes);
    plane_fetch fetch = {{NULL, NULL, NULL}, {0, 0, 0}};
    if (!past_caches) plane_fetch_add(&fetch, 0, y + row * y_row, count * y_row);
    // Behind the last row the next image begins.
    const int64_t x_row = (int64_t)s->in_w * s->c;
    const int32_t next = (row + count) * s->stride_h - s->pad_top + l.reach_h * s->stride_h;
    plane_fetch_add(&fetch, 1, x + next * x_row, (int64_t)count * s->stride_h * x_row);
    sum.fetch = &fetch;
    plane_product(&sum, planes, s->n, bias, (count - 1) * l.pitch + s->out_w, l.d_plane, outputs);
    for (int32_t r = 0; r < count; r++) {
      float *to = y + (row + r) * y_row;
      plane_merge(outputs + (int64_t)r * l.pitch, l.d_plane, s->out_w, s->n, past_caches ? line : to);
      if (past_caches) plane_stream(line, y_row, to);
    }
  }
  if (past_caches) v_stream_end();
}

// dw[k][n] += sum over pixels of the values of row k and the gradient of output n: sixteen partial sums on every
// instruction set, folded by halves.
CK_INLINE void plane_outer_tile(const int rows, const int outputs, const int32_t *at, const float *x, const float *dy,
                                int64_t plane, int32_t count, float *dw, int64_t ldw, plane_fetch *fetch) {
  vec sum[CK_PLANE_TAPS * CK_PLANE_GRADIENTS][DOT_PARTS];
  const float *from[CK_PLANE_TAPS];
#pragma clang loop unroll(full)
  for (int k = 0; k < rows; k++) {
    from[k] = x + at[k];
    for (int o = 0; o < outputs; o++) {
      for (int v = 0; v < DOT_PARTS; v++) sum[k * outputs + o][v] = v_set(0);
    }
  }
  for (int32_t q = 0; q < count; q += DOT_LANES) {
    plane_fetch_next(fetch);
#pragma clang loop unroll(full)
    for (int v = 0; v < DOT_PARTS; v++) {
      vec value[CK_PLANE_TAPS];
#pragma clang loop unroll(full)
      for (int k = 0; k < rows; k++) value[k] = v_load(from[k] + q + v * LANES, LANES);
#pragma clang loop unroll(full)
      for (int o = 0; o < outputs; o++) {
        const vec gradient = v_load(dy + o * plane + q + v * LANES, LANES);
#pragma clang loop unroll(full)
        for (int k = 0; k < rows; k++) sum[k * outputs + o][v] = v_fma(value[k], gradient, sum[k * outputs + o][v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int k = 0; k < rows * outputs; k += 8) {
    __m256 eight[8];
    float total[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) eight[i] = k + i < rows * outputs ? v_dot_half(sum[k + i]) : _mm256_setzero_ps();
    _mm256_storeu_ps(total, dot_totals(eight));
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      if (k + i < rows * outputs) dw[(k + i) / outputs * ldw + (k + i) % outputs] += total[i];
    }
  }
}

typedef void plane_outer_function(const int32_t *at, const float *x, const float *dy, int64_t plane, int32_t count,
                                  float *dw, int64_t ldw, plane_fetch *fetch);
#define DEFINE_PLANE_OUTER(K, N)                                                                              \
  static void plane_outer_##K##x##N(const int32_t *at, const float *x, const float *dy, int64_t plane,       \
                                    int32_t count, float *dw, int64_t ldw, plane_fetch *fetch) {             \
    plane_outer_tile(K, N, at, x, dy, plane, count, dw, ldw, fetch);                                         \
  }
#define PLANE_OUTER_ENTRY(K, N) [K][N] = plane_outer_##K##x##N,
CK_EACH_PLANE_OUTER(DEFINE_PLANE_OUTER)
static plane_outer_function *const plane_outers[CK_PLANE_TAPS + 1][CK_PLANE_GRADIENTS + 1] = {
    CK_EACH_PLANE_OUTER(PLANE_OUTER_ENTRY)};

static void plane_outer(const int32_t *at, int32_t taps, const float *x, const float *dy, int64_t plane, int32_t n,
                        int32_t count, float *dw, plane_fetch *fetch) {
  for (int32_t k = 0, tiles = (taps + CK_PLANE_TAPS - 1) / CK_PLANE_TAPS; tiles > 0; tiles--) {
    const int32_t rows = (taps - k + tiles - 1) / tiles;
    int32_t first = 0;
    for (int32_t left = (n + CK_PLANE_GRADIENTS - 1) / CK_PLANE_GRADIENTS; left > 0; left--) {
      const int32_t outputs = (n - first + left - 1) / left;
      plane_outers[rows][outputs](at + k, x, dy + first * plane, plane, count, dw + (int64_t)k * n + first, n,
                                 fetch);
      first += outputs;
    }
    k += rows;
  }
}

// dbias[n] += sum over pixels: sixteen partial sums, as above.
static void plane_bias(const float *dy, int64_t plane, int32_t n, int32_t count, float *dbias) {
  for (int32_t first = 0; first < n; first += 8) {
    const int32_t outputs = ck_min(8, n - first);
    vec sum[8][DOT_PARTS];
    for (int o = 0; o < 8; o++) {
      for (int v = 0; v < DOT_PARTS; v++) sum[o][v] = v_set(0);
    }
    for (int32_t q = 0; q < count; q += DOT_LANES) {
      for (int32_t o = 0; o < outputs; o++) {
        for (int v = 0; v < DOT_PARTS; v++) {
          sum[o][v] = v_add(sum[o][v], v_load(dy + (first + o) * plane + q + v * LANES, LANES));
        }
      }
    }
    __m256 eight[8];
    float total[8];
    for (int o = 0; o < 8; o++) eight[o] = v_dot_half(sum[o]);
    _mm256_storeu_ps(total, dot_totals(eight));
    for (int32_t o = 0; o < outputs; o++) dbias[first + o] += total[o];
  }
}

// Where the input's gradient at place (a, b) within a stride finds its terms in the outputs' gradient, of the taps that
// reach it, in reverse: the order of `igemm` with the transposed filter.
CK_INLINE int32_t plane_reverse_terms(const ck_conv *s, const plane_layout *l, int32_t a, int32_t b, int32_t *at,
                                      int32_t *w_at) {
  int32_t terms = 0;
  for (int32_t h = s->kernel_h - 1; h >= 0; h--) {
    const int32_t down = h * s->dilation_h;
    if (down % s->stride_h != a) continue;
    for (int32_t v = s->kernel_w - 1; v >= 0; v--) {
      const int32_t along = v * s->dilation_w;
      if (along % s->stride_w != b) continue;
      const int32_t reversed = (s->kernel_h - 1 - h) * s->kernel_w + s->kernel_w - 1 - v;
      for (int32_t n = 0; n < s->n; n++, terms++) {
        at[terms] = (int32_t)(n * l->d_plane) - down / s->stride_h * l->pitch - along / s->stride_w;
        w_at[terms] = (reversed * s->n + n) * s->c;
      }
    }
  }
  return terms;
}

// Rows [row, row + count) of the planes of the input's gradient, to the image. gradient points at output (row, 0).
CK_INLINE void plane_input_gradient(const ck_conv *s, const plane_layout *l, const float *transposed_w, int32_t row,
                                    int32_t count, const float *gradient, float *planes, float *line, int32_t *at,
                                    int32_t *w_at, float *dx, plane_fetch *fetch) {
  const int32_t width = s->stride_w * s->c;
  const int64_t x_row = (int64_t)s->in_w * s->c, before = (int64_t)s->pad_left * s->c;
  const int64_t room = (int64_t)l->pitch * width - before, copied = room < x_row ? room : x_row;
  for (int32_t a = 0; a < s->stride_h; a++) {
    for (int32_t b = 0; b < s->stride_w; b++) {
      float *to = planes + (int64_t)b * s->c * l->x_plane;
      const plane_sum sum = {.at = at, .w_at = w_at, .terms = plane_reverse_terms(s, l, a, b, at, w_at),
                             .w = transposed_w, .floor = v_set(-INFINITY), .fetch = fetch};
      plane_product(&sum, gradient, s->c, NULL, count * l->pitch, l->x_plane, to);
    }
    for (int32_t r = 0; r < count; r++) {
      const int32_t input = (row + r) * s->stride_h + a - s->pad_top;
      if (input < 0 || input >= s->in_h) continue;
      float *to = dx + input * x_row;
      plane_merge(planes + (int64_t)r * l->pitch, l->x_plane, l->pitch, width, line);
      memcpy(to, line + before, (size_t)copied * sizeof *to);
      if (copied < x_row) memset(to + copied, 0, (size_t)(x_row - copied) * sizeof *to);
    }
  }
}

void CK_NAME(plane_backward)(const ck_conv *s, const float *x, const float *dy, const float *transposed_w,
                             float *scratch, float *dx, float *dw, float *dbias) {
  const plane_layout l = plane_layout_of(s);
  const int32_t width = s->stride_w * s->c;
  float *planes = scratch, *gradients = planes + width * s->stride_h * l.x_plane;
  float *input_planes = gradients + s->n * l.d_plane, *line = input_planes + width * l.x_plane;
  int32_t *at = (int32_t *)(line + l.line), *w_at = at + l.taps;
  const int32_t rows = s->out_h + l.reach_h;
  // What is left of a row's first output is read as zero.
  for (int32_t n = 0; n < s->n; n++) memset(gradients + n * l.d_plane, 0, (size_t)l.reach_w * sizeof *gradients);
  for (int32_t row = 0; row < rows; row += l.rows) {
    const int32_t count = ck_min(l.rows, rows - row), summed = ck_min(count, s->out_h - row);
    plane_split_rows(dy, s->out_h, (int64_t)s->out_w * s->n, 0, row - l.reach_h, count + l.reach_h, 1, l.pitch, s->n,
                     s->n, l.d_plane, line, l.line, gradients + l.reach_w);
    const float *gradient = gradients + l.reach_w + (int64_t)l.reach_h * l.pitch;
    plane_fetch fetch = {{NULL, NULL, NULL}, {0, 0, 0}};
    const int64_t x_row = (int64_t)s->in_w * s->c, y_row = (int64_t)s->out_w * s->n;
    const int32_t from = ck_max(0, row * s->stride_h - s->pad_top);
    if (dx) plane_fetch_add(&fetch, 0, dx + from * x_row, (int64_t)count * s->stride_h * x_row);
    plane_fetch_add(&fetch, 1, dy + (row + count) * y_row, count * y_row);
    plane_fetch_add(&fetch, 2, x + (from + (count + l.reach_h) * s->stride_h) * x_row, (int64_t)count * s->stride_h * x_row);
    if (dbias && summed > 0) plane_bias(gradient, l.d_plane, s->n, summed * l.pitch, dbias);
    if (dw && summed > 0) {
      plane_terms(s, &l, at, w_at);
      plane_input(s, &l, x, row, summed, line, planes);
      // Rows that a short band's planes hold behind its own would be summed twice: a band has none.
      plane_outer(at, s->kernel_h * s->kernel_w * s->c, planes, gradient, l.d_plane, s->n, summed * l.pitch, dw,
                  &fetch);
    }
    if (dx) plane_input_gradient(s, &l, transposed_w, row, count, gradient, input_planes, line, at, w_at, dx, &fetch);
  }
  // Rows of the input that no window reaches.
  const int32_t reached = rows * s->stride_h - s->pad_top;
  if (dx && reached < s->in_h) {
    memset(dx + (int64_t)reached * s->in_w * s->c, 0, (size_t)(s->in_h - reached) * s->in_w * s->c * sizeof *dx);
  }
}
