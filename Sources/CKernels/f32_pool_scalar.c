// Pooling over one image [in_h][in_w][c] -> [out_h][out_w][c].
#include <math.h>
#include <string.h>

#include "pool_window.h"

// The winner is the first cell that no other exceeds; the first NaN wins over all.
static float window_max(const ck_pool *s, ck_window at, const float *x, float bias, ck_clamp clamp, int32_t *winner) {
  float best = -INFINITY;
  *winner = at.top * s->pool_w + at.left;
  for (int32_t h = at.top; h < at.bottom; h++) {
    for (int32_t w = at.left; w < at.right; w++) {
      float value = ck_clamped(x[(at.origin + (int64_t)h * s->in_w + w) * s->c] + bias, clamp);
      if (best == best && !(value <= best)) best = value, *winner = h * s->pool_w + w;
    }
  }
  return best;
}

void ck_f32_bias_clamp_max_pool__scalar(const ck_pool *s, const float *x, const float *bias, ck_clamp clamp,
                                        int32_t row_begin, int32_t row_end, float *y, uint8_t *winners) {
  for (int32_t row = row_begin; row < row_end; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      for (int32_t c = 0; c < s->c; c++) {
        int32_t winner;
        y[out + c] = window_max(s, at, x + c, bias ? bias[c] : -0.0f, clamp, &winner);  // x + -0 is x
        if (winners) winners[out + c] = (uint8_t)winner;
      }
    }
  }
}

void ck_f32_max_pool__scalar(const ck_pool *s, const float *x, float *y, uint8_t *winners) {
  ck_f32_bias_clamp_max_pool__scalar(s, x, NULL, CK_LINEAR, 0, s->out_h, y, winners);
}

void ck_f32_max_pool_gradient__scalar(const ck_pool *s, const float *dy, const uint8_t *winners, const float *relu_y,
                                      float *dx) {
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      if (at.top >= at.bottom || at.left >= at.right) continue;
      for (int32_t c = 0; c < s->c; c++) {
        if (relu_y && !(relu_y[out + c] > 0)) continue;
        int32_t h = winners[out + c] / s->pool_w, w = winners[out + c] % s->pool_w;
        dx[(at.origin + (int64_t)h * s->in_w + w) * s->c + c] += dy[out + c];
      }
    }
  }
}

void ck_f32_max_pool_gradient_search__scalar(const ck_pool *s, const float *x, const float *dy, float *dx) {
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      int64_t out = ((int64_t)row * s->out_w + col) * s->c;
      if (at.top >= at.bottom || at.left >= at.right) continue;
      for (int32_t c = 0; c < s->c; c++) {
        int32_t winner;
        (void)window_max(s, at, x + c, -0.0f, CK_LINEAR, &winner);
        dx[(at.origin + (int64_t)(winner / s->pool_w) * s->in_w + winner % s->pool_w) * s->c + c] += dy[out + c];
      }
    }
  }
}

void ck_f32_average_pool__scalar(const ck_pool *s, const float *x, float *y) {
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      float cells = (float)((at.bottom - at.top) * (at.right - at.left));
      for (int32_t c = 0; c < s->c; c++) {
        float sum = 0;
        for (int32_t h = at.top; h < at.bottom; h++) {
          for (int32_t w = at.left; w < at.right; w++) sum += x[(at.origin + (int64_t)h * s->in_w + w) * s->c + c];
        }
        y[((int64_t)row * s->out_w + col) * s->c + c] = sum / cells;
      }
    }
  }
}

void ck_f32_average_pool_gradient__scalar(const ck_pool *s, const float *dy, float *dx) {
  memset(dx, 0, (size_t)ck_image_count(s) * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      ck_window at = ck_pool_window(s, row, col);
      float cells = (float)((at.bottom - at.top) * (at.right - at.left));
      for (int32_t c = 0; c < s->c; c++) {
        float share = dy[((int64_t)row * s->out_w + col) * s->c + c] / cells;
        for (int32_t h = at.top; h < at.bottom; h++) {
          for (int32_t w = at.left; w < at.right; w++) dx[(at.origin + (int64_t)h * s->in_w + w) * s->c + c] += share;
        }
      }
    }
  }
}

void ck_f32_global_average__scalar(const float *x, int32_t pixels, int32_t c, float *y) {
  for (int32_t n = 0; n < c; n++) y[n] = 0;
  for (int32_t p = 0; p < pixels; p++) {
    for (int32_t n = 0; n < c; n++) y[n] += x[(int64_t)p * c + n];
  }
  for (int32_t n = 0; n < c; n++) y[n] /= (float)pixels;
}

void ck_f32_global_average_gradient__scalar(const float *dy, int32_t pixels, int32_t c, float *dx) {
  for (int32_t p = 0; p < pixels; p++) {
    for (int32_t n = 0; n < c; n++) dx[(int64_t)p * c + n] = dy[n] / (float)pixels;
  }
}
