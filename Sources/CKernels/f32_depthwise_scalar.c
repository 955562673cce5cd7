// Products channel by channel: depthwise convolution and the gradient of its filter.
#include "kernels.h"

void ck_f32_depthwise__scalar(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                              int32_t ldw, int32_t c, const float *bias, ck_clamp clamp, float *y) {
  for (int32_t image = 0; image < p->images; image++) {
    for (int32_t row = 0; row < p->rows; row++) {
      for (int32_t col = 0; col < p->cols; col++) {
        const float *from = x + image * p->x_image + (int64_t)row * p->x_row + (int64_t)col * p->x_col;
        float *to = y + image * p->y_image + (int64_t)row * p->y_row + (int64_t)col * p->y_col;
        for (int32_t n = 0; n < c; n++) {
          float sum = 0;
          for (int32_t k = 0; k < run_count; k++) sum += from[runs[k].x + n] * w[(int64_t)runs[k].k * ldw + n];
          to[n] = ck_clamped(bias ? sum + bias[n] : sum, clamp);
        }
      }
    }
  }
}

void ck_f32_depthwise_outer__scalar(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets,
                                    int32_t row_count, const float *x, const float *dy, int32_t c, float *dw) {
  for (int32_t image = 0; image < p->images; image++) {
    for (int32_t row = 0; row < p->rows; row++) {
      const float *from = x + image * p->x_image + (int64_t)row * p->x_row;
      const float *gradient = dy + image * p->y_image + (int64_t)row * p->y_row;
      for (int32_t j = 0; j < row_count; j++) {
        for (int32_t n = 0; n < c; n++) {
          float sum = 0;
          for (int32_t col = 0; col < p->cols; col++) {
            sum += from[(int64_t)col * p->x_col + x_offsets[j] + n] * gradient[(int64_t)col * p->y_col + n];
          }
          dw[dw_offsets[j] + n] += sum;
        }
      }
    }
  }
}
