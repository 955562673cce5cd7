// Pooling over one image [in_h][in_w][c] -> [out_h][out_w][c], vectors of channels at a time.
#include "pool_window.h"

// The first window cell that no other exceeds, or the first NaN; x points at window cell (0, 0), channel i.
CK_INLINE vec window_max(ck_window at, int32_t pool_w, int64_t row, int64_t col, const float *x, int32_t n, vec bias,
                         vec floor, ivec *winner) {
  vec best = v_set(-INFINITY);
  *winner = i_set((uint32_t)(at.top * pool_w + at.left));
  for (int32_t h = at.top; h < at.bottom; h++) {
    for (int32_t w = at.left; w < at.right; w++) {
      vec value = v_max(floor, v_add(v_load(x + h * row + w * col, n), bias));
      mask takes = m_and(m_not_le(value, best), m_numbers(best, best));
      best = v_select(takes, value, best);
      *winner = i_select(takes, i_set((uint32_t)(h * pool_w + w)), *winner);
    }
  }
  return best;
}

// Only saves time: the same of a whole 2x2 window as it is.
CK_INLINE vec window_max_2x2(int64_t row, int64_t col, const float *x, int32_t n, ivec *winner) {
  const vec a = v_load(x, n), b = v_load(x + col, n), c = v_load(x + row, n), d = v_load(x + row + col, n);
  if (!m_all(m_and(m_numbers(a, b), m_numbers(c, d)))) {
    const ck_window whole = {.top = 0, .bottom = 2, .left = 0, .right = 2};
    return window_max(whole, 2, row, col, x, n, v_set(-0.0f), v_set(-INFINITY), winner);
  }
  const mask right = m_gt(b, a), lower_right = m_gt(d, c);
  const vec above = v_select(right, b, a), below = v_select(lower_right, d, c);
  const mask lower = m_gt(below, above);
  *winner = i_select(lower, i_select(lower_right, i_set(3), i_set(2)), i_select(right, i_set(1), i_set(0)));
  return v_select(lower, below, above);
}

CK_INLINE void pool_whole_2x2(const ck_pool *s, const float *x, float *y, uint8_t *winners) {
  CK_SWEEP(i, n, s->c, {
    ivec winner;
    v_store(y + i, n, window_max_2x2((int64_t)s->in_w * s->c, s->c, x + i, n, &winner));
    if (winners) i_store_bytes(winners + i, n, winner);
  });
}

CK_INLINE void pool_window_channels(const ck_pool *s, ck_window at, int32_t pool_w, const float *x, const float *bias,
                                    vec floor, float *y, uint8_t *winners) {
  const int64_t row = (int64_t)s->in_w * s->c, col = s->c;
  CK_SWEEP(i, n, s->c, {
    ivec winner;
    vec b = bias ? v_load(bias + i, n) : v_set(-0.0f);  // x + -0 is x
    v_store(y + i, n, window_max(at, pool_w, row, col, x + i, n, b, floor, &winner));
    if (winners) i_store_bytes(winners + i, n, winner);
  });
}

CK_INLINE int is_whole_2x2(const ck_pool *s, ck_window at) {
  return s->pool_h == 2 && s->pool_w == 2 && at.top == 0 && at.left == 0 && at.bottom == 2 && at.right == 2;
}

void CK_NAME(bias_clamp_max_pool)(const ck_pool *s, const float *x, const float *bias, ck_clamp clamp,
                                  int32_t row_begin, int32_t row_end, float *y, uint8_t *winners) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  const int as_is = !bias && clamp == CK_LINEAR;
  for (int32_t row = row_begin; row < row_end; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      const float *from = x + at.origin * s->c;
      uint8_t *to = winners ? winners + out : NULL;
      if (!as_is || !is_whole_2x2(s, at)) pool_window_channels(s, at, s->pool_w, from, bias, floor, y + out, to);
      else if (to) pool_whole_2x2(s, from, y + out, to);
      else pool_whole_2x2(s, from, y + out, NULL);
    }
  }
}

void CK_NAME(max_pool)(const ck_pool *s, const float *x, float *y, uint8_t *winners) {
  CK_NAME(bias_clamp_max_pool)(s, x, NULL, CK_LINEAR, 0, s->out_h, y, winners);
}

// Windows that tile the image: each cell belongs to one window at most and can be written outright.
CK_INLINE int tiles_image(const ck_pool *s) {
  return s->pool_h == s->stride_h && s->pool_w == s->stride_w && s->pad_top == 0 && s->pad_left == 0 &&
         s->out_h * s->pool_h <= s->in_h && s->out_w * s->pool_w <= s->in_w;
}

CK_INLINE void scatter_tiled(const ck_pool *s, int32_t pool_h, int32_t pool_w, const float *dy, const uint8_t *winners,
                             const float *relu_y, float *dx) {
  const int64_t row = (int64_t)s->in_w * s->c, col = s->c;
  CK_SWEEP(i, n, s->c, {
    vec value = v_load(dy + i, n);
    if (relu_y) value = v_select(m_gt(v_load(relu_y + i, n), v_set(0)), value, v_set(0));
    ivec winner = i_load_bytes(winners + i, n);
    for (int32_t h = 0; h < pool_h; h++) {
      for (int32_t w = 0; w < pool_w; w++) {
        mask won = i_equal(winner, i_set((uint32_t)(h * pool_w + w)));
        v_store(dx + h * row + w * col + i, n, v_select(won, value, v_set(0)));
      }
    }
  });
}

static void gradient_tiled(const ck_pool *s, const float *dy, const uint8_t *winners, const float *relu_y, float *dx) {
  const int64_t row = (int64_t)s->in_w * s->c, covered = (int64_t)s->out_w * s->pool_w * s->c;
  const int32_t two_by_two = s->pool_h == 2 && s->pool_w == 2;
  for (int32_t r = 0; r < s->out_h; r++) {
    for (int32_t c = 0; c < s->out_w; c++) {
      int64_t out = ((int64_t)r * s->out_w + c) * s->c;
      const float *mask_y = relu_y ? relu_y + out : NULL;
      float *to = dx + r * s->pool_h * row + (int64_t)c * s->pool_w * s->c;
      if (two_by_two) scatter_tiled(s, 2, 2, dy + out, winners + out, mask_y, to);
      else scatter_tiled(s, s->pool_h, s->pool_w, dy + out, winners + out, mask_y, to);
    }
    for (int32_t h = r * s->pool_h; covered < row && h < (r + 1) * s->pool_h; h++) {
      memset(dx + h * row + covered, 0, (size_t)(row - covered) * sizeof *dx);
    }
  }
  const int64_t below = (int64_t)s->out_h * s->pool_h * row;
  memset(dx + below, 0, (size_t)(ck_image_count(s) - below) * sizeof *dx);
}

// dx[winner] += value, for one vector of channels of one window; x points at window cell (0, 0).
CK_INLINE void scatter(ck_window at, int32_t pool_w, int64_t row, int64_t col, vec value, ivec winner, int32_t n,
                       float *dx) {
  for (int32_t h = at.top; h < at.bottom; h++) {
    for (int32_t w = at.left; w < at.right; w++) {
      float *to = dx + h * row + w * col;
      mask won = i_equal(winner, i_set((uint32_t)(h * pool_w + w)));
      vec old = v_load(to, n);
      v_store(to, n, v_select(won, v_add(old, value), old));
    }
  }
}

void CK_NAME(max_pool_gradient)(const ck_pool *s, const float *dy, const uint8_t *winners, const float *relu_y,
                                float *dx) {
  if (tiles_image(s)) {
    gradient_tiled(s, dy, winners, relu_y, dx);
    return;
  }
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      float *to = dx + at.origin * s->c;
      CK_SWEEP(i, n, s->c, {
        vec value = v_load(dy + out + i, n);
        if (relu_y) value = v_select(m_gt(v_load(relu_y + out + i, n), v_set(0)), value, v_set(0));
        ivec winner = i_load_bytes(winners + out + i, n);
        scatter(at, s->pool_w, (int64_t)s->in_w * s->c, s->c, value, winner, n, to + i);
      });
    }
  }
}

void CK_NAME(max_pool_gradient_search)(const ck_pool *s, const float *x, const float *dy, float *dx) {
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  const int64_t in_row = (int64_t)s->in_w * s->c;
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c, in = at.origin * s->c;
      CK_SWEEP(i, n, s->c, {
        ivec winner;
        (void)window_max(at, s->pool_w, in_row, s->c, x + in + i, n, v_set(-0.0f), v_set(-INFINITY), &winner);
        scatter(at, s->pool_w, in_row, s->c, v_load(dy + out + i, n), winner, n, dx + in + i);
      });
    }
  }
}

// Runs the text over `count` floats at i = 0, ..., with `vectors` of them at a time, a constant; the last of those has
// `last` lanes.
#define POOL_SPAN(i, vectors, last, count, V, ...)                                     \
  if ((count) - i > (V - 1) * LANES) {                                                 \
    enum { vectors = V };                                                              \
    const int64_t rest = (count) - i - (V - 1) * LANES;                                \
    const int32_t last = rest < LANES ? (int32_t)rest : LANES;                         \
    __VA_ARGS__                                                                        \
    i += V * LANES;                                                                    \
    continue;                                                                          \
  }
#define POOL_SPANS(i, vectors, last, count, ...)                                       \
  for (int64_t i = 0; i < (count);) {                                                  \
    if ((count) - i >= 8 * LANES) {                                                    \
      enum { vectors = 8, last = LANES };                                              \
      __VA_ARGS__                                                                      \
      i += 8 * LANES;                                                                  \
      continue;                                                                        \
    }                                                                                  \
    POOL_SPAN(i, vectors, last, count, 4, __VA_ARGS__)                                 \
    POOL_SPAN(i, vectors, last, count, 2, __VA_ARGS__)                                 \
    POOL_SPAN(i, vectors, last, count, 1, __VA_ARGS__)                                 \
  }

// Sums over rows and columns of cells, a row after the other.
CK_INLINE void pool_sums_of(const int vectors, const int32_t last, const int32_t rows, int64_t row, const int32_t columns,
                            int64_t col, const float *x, vec sum[8]) {
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = v_set(0);
  for (int32_t h = 0; h < rows; h++) {
    for (int32_t w = 0; w < columns; w++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        sum[v] = v_add(sum[v], v_load(x + h * row + w * col + v * LANES, v + 1 < vectors ? LANES : last));
      }
    }
  }
}

// The usual windows without loops.
CK_INLINE void pool_sums(const int vectors, const int32_t last, int32_t rows, int64_t row, int32_t columns, int64_t col,
                         const float *x, vec sum[8]) {
  if (rows == 3 && columns == 3) pool_sums_of(vectors, last, 3, row, 3, col, x, sum);
  else if (rows == 2 && columns == 2) pool_sums_of(vectors, last, 2, row, 2, col, x, sum);
  else pool_sums_of(vectors, last, rows, row, columns, col, x, sum);
}

// Adds a share to cells.
CK_INLINE void pool_spread_to(const int vectors, const int32_t last, const int32_t rows, int64_t row,
                              const int32_t columns, int64_t col, const vec share[8], float *x) {
  for (int32_t h = 0; h < rows; h++) {
    for (int32_t w = 0; w < columns; w++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const int32_t n = v + 1 < vectors ? LANES : last;
        float *cell = x + h * row + w * col + v * LANES;
        v_store(cell, n, v_add(v_load(cell, n), share[v]));
      }
    }
  }
}

CK_INLINE void pool_spread(const int vectors, const int32_t last, int32_t rows, int64_t row, int32_t columns, int64_t col,
                           const vec share[8], float *x) {
  if (rows == 3 && columns == 3) pool_spread_to(vectors, last, 3, row, 3, col, share, x);
  else if (rows == 2 && columns == 2) pool_spread_to(vectors, last, 2, row, 2, col, share, x);
  else pool_spread_to(vectors, last, rows, row, columns, col, share, x);
}

// Memory is asked for the rows that the next row of windows reads first, `count` floats of each: rows are pages apart,
// and nothing else fetches ahead across them.
CK_INLINE void pool_fetch(const ck_pool *s, const float *x, int64_t count) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  for (int32_t h = s->pool_h; h < s->pool_h + s->stride_h; h++) {
    for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(x + h * in_row + i, 0, 2);
  }
}

// Of one window.
CK_INLINE void average_window(const ck_pool *s, ck_window at, const float *x, float *y) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  const vec cells = v_set((float)((at.bottom - at.top) * (at.right - at.left)));
  const float *from = x + at.top * in_row + (int64_t)at.left * s->c;
  pool_fetch(s, x, (int64_t)s->stride_w * s->c);
  POOL_SPANS(i, vectors, last, s->c, {
    vec sum[8];
    pool_sums(vectors, last, at.bottom - at.top, in_row, at.right - at.left, s->c, from + i, sum);
    for (int v = 0; v < vectors; v++) {
      v_store(y + i + v * LANES, v + 1 < vectors ? LANES : last, v_div(sum[v], cells));
    }
  });
}

// Output columns whose windows lie in the image from side to side.
typedef struct {
  int32_t first, end;
} pool_columns;

CK_INLINE pool_columns whole_columns(const ck_pool *s) {
  const int32_t first = ck_min(s->out_w, (s->pad_left + s->stride_w - 1) / s->stride_w);
  const int32_t room = s->in_w + s->pad_left - s->pool_w;
  const int32_t end = room < 0 ? 0 : ck_min(s->out_w, room / s->stride_w + 1);
  return (pool_columns){first, ck_max(first, end)};
}

enum { POOL_BLOCK = 512 };

// Whether vectors of channels would stay half empty.
CK_INLINE int pool_has_few(const ck_pool *s) { return s->c < 3 * LANES && s->c % LANES != 0; }

// Windows of few channels, whole columns of one row: the sums at every place of the row, one after the other, of which
// those that a window begins at are kept.
CK_INLINE void average_few(const ck_pool *s, ck_window at, const float *from, int32_t columns, float *y) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  const int32_t step = s->stride_w * s->c;
  const vec cells = v_set((float)((at.bottom - at.top) * s->pool_w));
  float sums[POOL_BLOCK + 8 * LANES], kept[POOL_BLOCK + 8 * LANES];
  const int32_t most = (POOL_BLOCK - s->c) / step + 1;
  for (int32_t col = 0; col < columns; col += most) {
    const int32_t count = ck_min(most, columns - col);
    const float *x = from + (int64_t)col * step;
    pool_fetch(s, x, count * step);
    POOL_SPANS(i, vectors, last, (count - 1) * step + s->c, {
      vec sum[8];
      pool_sums(vectors, last, at.bottom - at.top, in_row, s->pool_w, s->c, x + at.top * in_row + i, sum);
      for (int v = 0; v < vectors; v++) v_store(sums + i + v * LANES, LANES, sum[v]);
    });
    // What is too much belongs to the next window, which comes next.
    if (s->stride_w > 1) {
      for (int32_t q = 0; q < count; q++) {
        for (int32_t k = 0; k < s->c; k += LANES) v_store(kept + q * s->c + k, LANES, v_load(sums + q * step + k, LANES));
      }
    }
    const float *whole = s->stride_w > 1 ? kept : sums;
    CK_SWEEP(i, n, count * s->c, { v_store(y + (int64_t)col * s->c + i, n, v_div(v_load(whole + i, n), cells)); });
  }
}

void CK_NAME(average_pool)(const ck_pool *s, const float *x, float *y) {
  const int64_t out_row = (int64_t)s->out_w * s->c;
  const pool_columns whole = whole_columns(s);
  const int few = pool_has_few(s) && s->stride_w * s->c <= POOL_BLOCK / 2;
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      float *to = y + row * out_row + (int64_t)col * s->c;
      if (few && col == whole.first && whole.end > col) {
        average_few(s, at, x + at.origin * s->c, whole.end - col, to);
        col = whole.end - 1;
      } else {
        average_window(s, at, x + at.origin * s->c, to);
      }
    }
  }
}

// The gradient of one row of windows, divided by their cells.
CK_INLINE void average_shares(const ck_pool *s, int32_t row, pool_columns whole, const float *dy, float *shares) {
  for (int32_t col = 0; col < s->out_w; col++) {
    const ck_window at = ck_pool_window(s, row, col);
    const int32_t columns = col == whole.first && whole.end > col ? whole.end - col : 1;
    const vec cells = v_set((float)((at.bottom - at.top) * (at.right - at.left)));
    CK_SWEEP(i, n, (int64_t)columns * s->c, {
      const int64_t k = (int64_t)col * s->c + i;
      v_store(shares + k, n, v_div(v_load(dy + k, n), cells));
    });
    col += columns - 1;
  }
}

enum { POOL_ROWS = 16 << 10 };

// Few channels: a row of windows' shares lies a stride apart in a row of zeros; each value of dx is the sum of those that
// a window's width before it hold, over the rows of windows that reach it: the order in which windows would add.
CK_INLINE int average_gradient_few(const ck_pool *s, const float *dy, float *dx) {
  const int32_t step = s->stride_w * s->c, in_row = s->in_w * s->c, out_row = s->out_w * s->c;
  const int32_t rows = (s->pool_h + s->stride_h - 1) / s->stride_h;
  // Zeros before the first share, as far as a window reaches; behind the last, as far as the image does.
  const int32_t before = (s->pool_w - 1) * s->c;
  const int64_t length = before + (out_row / s->c) * (int64_t)step + in_row + s->pad_left * s->c + 2 * LANES;
  if (!pool_has_few(s) || out_row > POOL_BLOCK * 8 || rows * length > POOL_ROWS) return 0;
  const pool_columns whole = whole_columns(s);
  float spread[POOL_ROWS], shares[POOL_BLOCK * 8 + LANES];
  memset(spread, 0, (size_t)(rows * length) * sizeof *spread);
  int32_t made = 0;
  for (int32_t row = 0; row < s->in_h; row++) {
    const int32_t place = row + s->pad_top;
    const int32_t first = place < s->pool_h ? 0 : (place - s->pool_h) / s->stride_h + 1;
    const int32_t end = ck_min(s->out_h, place / s->stride_h + 1);
    for (; made < end; made++) {
      float *to = spread + made % rows * length + before;
      average_shares(s, made, whole, dy + (int64_t)made * out_row, shares);
      for (int32_t col = 0; col < s->out_w; col++) {
        CK_SWEEP(k, n, s->c, { v_store(to + col * step + k, n, v_load(shares + col * s->c + k, n)); });
      }
    }
    POOL_SPANS(i, vectors, last, in_row, {
      vec sum[8];
      for (int v = 0; v < vectors; v++) sum[v] = v_set(0);
      for (int32_t r = first; r < end; r++) {
        const float *from = spread + r % rows * length + s->pad_left * s->c + i;
        for (int32_t w = 0; w < s->pool_w; w++, from += s->c) {
          for (int v = 0; v < vectors; v++) sum[v] = v_add(sum[v], v_load(from + v * LANES, LANES));
        }
      }
      for (int v = 0; v < vectors; v++) {
        v_store(dx + (int64_t)row * in_row + i + v * LANES, v + 1 < vectors ? LANES : last, sum[v]);
      }
    });
  }
  return 1;
}

void CK_NAME(average_pool_gradient)(const ck_pool *s, const float *dy, float *dx) {
  if (average_gradient_few(s, dy, dx)) return;
  const int64_t in_row = (int64_t)s->in_w * s->c;
  int32_t cleared = 0;
  for (int32_t row = 0; row < s->out_h; row++) {
    // Rows are cleared when the first window reaches them: they are still in a cache when it is added.
    const int32_t reached = ck_min(s->in_h, row * s->stride_h - s->pad_top + s->pool_h);
    if (reached > cleared) memset(dx + cleared * in_row, 0, (size_t)((reached - cleared) * in_row) * sizeof *dx);
    cleared = ck_max(cleared, reached);
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      const vec cells = v_set((float)((at.bottom - at.top) * (at.right - at.left)));
      const float *from = dy + ((int64_t)row * s->out_w + col) * s->c;
      float *to = dx + at.origin * s->c;
      POOL_SPANS(i, vectors, last, s->c, {
        vec share[8];
        for (int v = 0; v < vectors; v++) {
          share[v] = v_div(v_load(from + i + v * LANES, v + 1 < vectors ? LANES : last), cells);
        }
        pool_spread(vectors, last, at.bottom - at.top, in_row, at.right - at.left, s->c, share,
                    to + at.top * in_row + (int64_t)at.left * s->c + i);
      });
    }
  }
  memset(dx + cleared * in_row, 0, (size_t)((s->in_h - cleared) * in_row) * sizeof *dx);
}

void CK_NAME(global_average)(const float *x, int32_t pixels, int32_t c, float *y) {
  CK_SWEEP(i, n, c, {
    vec sum = v_set(0);
    for (int32_t p = 0; p < pixels; p++) sum = v_add(sum, v_load(x + (int64_t)p * c + i, n));
    v_store(y + i, n, v_div(sum, v_set((float)pixels)));
  });
}

void CK_NAME(global_average_gradient)(const float *dy, int32_t pixels, int32_t c, float *dx) {
  CK_SWEEP(i, n, c, {
    const vec share = v_div(v_load(dy + i, n), v_set((float)pixels));
    for (int32_t p = 0; p < pixels; p++) v_store(dx + (int64_t)p * c + i, n, share);
  });
}
