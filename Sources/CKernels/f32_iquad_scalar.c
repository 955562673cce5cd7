// y[pixel][n] = clamp(sum over runs of x * w[four][n][place] + bias[n]) in four partial sums.
#include "kernels.h"

enum { BLOCK = 16 };

// A run's values from row k of the filter on: alone up to the next four, then four at a time.
static void add_run(int64_t k, int32_t count, const float *x, const float *w, int64_t w_row, int32_t outputs,
                    float sum[][4]) {
  while (count > 0) {
    const float *row = w + k / 4 * w_row;
    if (k % 4 == 0 && count >= 4) {
      for (int32_t n = 0; n < outputs; n++) {
        for (int32_t q = 0; q < 4; q++) sum[n][q] += x[q] * row[n * 4 + q];
      }
      k += 4, x += 4, count -= 4;
    } else {
      for (int32_t n = 0; n < outputs; n++) sum[n][k % 4] += *x * row[n * 4 + k % 4];
      k++, x++, count--;
    }
  }
}

void ck_f32_iquad__scalar(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                          int64_t first_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y) {
  const int64_t w_row = ck_quad_row(n_count);
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      for (int32_t c = 0; c < p->cols; c++) {
        const float *from = x + i * p->x_image + (int64_t)r * p->x_row + (int64_t)c * p->x_col;
        float *to = y + i * p->y_image + (int64_t)r * p->y_row + (int64_t)c * p->y_col;
        for (int32_t first = 0; first < n_count; first += BLOCK) {
          float sum[BLOCK][4] = {0};
          const int32_t outputs = ck_min(BLOCK, n_count - first);
          for (int32_t t = 0; t < run_count; t++) {
            add_run(first_row + runs[t].k, runs[t].count, from + runs[t].x, w + 4 * first, w_row, outputs, sum);
          }
          for (int32_t n = 0; n < outputs; n++) {
            const float total = (sum[n][0] + sum[n][2]) + (sum[n][1] + sum[n][3]);
            to[first + n] = ck_clamped(bias ? total + bias[first + n] : total, clamp);
          }
        }
      }
    }
  }
}
