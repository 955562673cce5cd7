// y[pixel][n] = clamp(sum over runs of x * w[n] + bias[n]) in sixteen partial sums, folded by halves.
#include "kernels.h"

enum { PARTS = 16 };

static float dot(const ck_run *runs, int32_t run_count, const float *x, const float *w) {
  float sum[PARTS] = {0};
  for (int32_t r = 0; r < run_count; r++) {
    for (int32_t j = 0; j < runs[r].count; j++) {
      sum[j % PARTS] += x[(int64_t)runs[r].x + j] * w[(int64_t)runs[r].k + j];
    }
  }
  for (int32_t half = PARTS / 2; half > 0; half /= 2) {
    for (int32_t k = 0; k < half; k++) sum[k] += sum[k + half];
  }
  return sum[0];
}

void ck_f32_idot__scalar(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                         int64_t w_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y) {
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      for (int32_t c = 0; c < p->cols; c++) {
        const float *from = x + i * p->x_image + (int64_t)r * p->x_row + (int64_t)c * p->x_col;
        float *to = y + i * p->y_image + (int64_t)r * p->y_row + (int64_t)c * p->y_col;
        for (int32_t n = 0; n < n_count; n++) {
          float total = dot(runs, run_count, from, w + n * w_row);
          to[n] = ck_clamped(bias ? total + bias[n] : total, clamp);
        }
      }
    }
  }
}
