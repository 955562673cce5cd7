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
      mask takes = m_and(m_not_le(value, best), m_number(best));
      best = v_select(takes, value, best);
      *winner = i_select(takes, i_set((uint32_t)(h * pool_w + w)), *winner);
    }
  }
  return best;
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

// Only saves time: with these constants the loops over a whole 2x2 window unroll.
static const ck_window whole_2x2 = {.top = 0, .bottom = 2, .left = 0, .right = 2};

CK_INLINE int is_whole_2x2(const ck_pool *s, ck_window at) {
  return s->pool_h == 2 && s->pool_w == 2 && at.top == 0 && at.left == 0 && at.bottom == 2 && at.right == 2;
}

void CK_NAME(bias_clamp_max_pool)(const ck_pool *s, const float *x, const float *bias, ck_clamp clamp,
                                  int32_t row_begin, int32_t row_end, float *y, uint8_t *winners) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  for (int32_t row = row_begin; row < row_end; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      const float *from = x + at.origin * s->c;
      uint8_t *to = winners ? winners + out : NULL;
      if (!is_whole_2x2(s, at)) pool_window_channels(s, at, s->pool_w, from, bias, floor, y + out, to);
      else if (to) pool_window_channels(s, whole_2x2, 2, from, bias, floor, y + out, to);
      else pool_window_channels(s, whole_2x2, 2, from, bias, floor, y + out, NULL);
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

void CK_NAME(average_pool)(const ck_pool *s, const float *x, float *y) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      const vec cells = v_set((float)((at.bottom - at.top) * (at.right - at.left)));
      const float *from = x + at.origin * s->c;
      float *to = y + ((int64_t)row * s->out_w + col) * s->c;
      CK_SWEEP(i, n, s->c, {
        vec sum = v_set(0);
        for (int32_t h = at.top; h < at.bottom; h++) {
          for (int32_t w = at.left; w < at.right; w++) {
            sum = v_add(sum, v_load(from + h * in_row + (int64_t)w * s->c + i, n));
          }
        }
        v_store(to + i, n, v_div(sum, cells));
      });
    }
  }
}

void CK_NAME(average_pool_gradient)(const ck_pool *s, const float *dy, float *dx) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      const vec cells = v_set((float)((at.bottom - at.top) * (at.right - at.left)));
      const float *from = dy + ((int64_t)row * s->out_w + col) * s->c;
      float *to = dx + at.origin * s->c;
      CK_SWEEP(i, n, s->c, {
        const vec share = v_div(v_load(from + i, n), cells);
        for (int32_t h = at.top; h < at.bottom; h++) {
          for (int32_t w = at.left; w < at.right; w++) {
            float *cell = to + h * in_row + (int64_t)w * s->c + i;
            v_store(cell, n, v_add(v_load(cell, n), share));
          }
        }
      });
    }
  }
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
