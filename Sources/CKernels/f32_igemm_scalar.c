// y[pixel][n] = clamp(sum over runs of x * w + bias[n]), to be read: the faster ones do this in registers.
#include "kernels.h"

enum { BLOCK = CK_PANEL_SCALAR };

static void pixel_block(const ck_run *runs, int32_t run_count, const float *x, const float *w, int32_t ldw,
                        int32_t width, float sum[BLOCK]) {
  for (int32_t n = 0; n < width; n++) sum[n] = 0;
  for (int32_t r = 0; r < run_count; r++) {
    for (int32_t j = 0; j < runs[r].count; j++) {
      float value = x[(int64_t)runs[r].x + j];
      const float *row = w + ((int64_t)runs[r].k + j) * ldw;
      for (int32_t n = 0; n < width; n++) sum[n] += value * row[n];
    }
  }
}

void ck_f32_igemm__scalar(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                          int32_t ldw, int64_t panel_stride, int32_t n_count, const float *bias, ck_clamp clamp,
                          int32_t accumulate, float *y) {
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      for (int32_t c = 0; c < p->cols; c++) {
        const float *from = x + i * p->x_image + (int64_t)r * p->x_row + (int64_t)c * p->x_col;
        float *to = y + i * p->y_image + (int64_t)r * p->y_row + (int64_t)c * p->y_col;
        for (int32_t first = 0; first < n_count; first += BLOCK) {
          int32_t width = ck_min(BLOCK, n_count - first);
          float sum[BLOCK];
          pixel_block(runs, run_count, from, w + first / BLOCK * panel_stride, ldw, width, sum);
          for (int32_t n = 0; n < width; n++) {
            float total = bias ? sum[n] + bias[first + n] : sum[n];
            to[first + n] = accumulate ? to[first + n] + total : ck_clamped(total, clamp);
          }
        }
      }
    }
  }
}
