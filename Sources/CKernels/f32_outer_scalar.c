// dw[row j][n] += sum over pixels of x[pixel + x_offsets[j]] * dy[pixel][n]; one partial sum an image.
#include "kernels.h"

enum { BLOCK = CK_PANEL_SCALAR };

static void image_block(const ck_pixels *p, const float *x, const float *dy, int32_t width, float *dw) {
  float sum[BLOCK] = {0};
  for (int32_t r = 0; r < p->rows; r++) {
    for (int32_t c = 0; c < p->cols; c++) {
      float value = x[(int64_t)r * p->x_row + (int64_t)c * p->x_col];
      const float *row = dy + (int64_t)r * p->y_row + (int64_t)c * p->y_col;
      for (int32_t n = 0; n < width; n++) sum[n] += value * row[n];
    }
  }
  for (int32_t n = 0; n < width; n++) dw[n] += sum[n];
}

void ck_f32_outer__scalar(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets, int32_t row_count,
                          const float *x, const float *dy, int32_t n_count, float *dw) {
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t j = 0; j < row_count; j++) {
      for (int32_t n = 0; n < n_count; n += BLOCK) {
        image_block(p, x + i * p->x_image + x_offsets[j], dy + i * p->y_image + n, ck_min(BLOCK, n_count - n),
                    dw + dw_offsets[j] + n);
      }
    }
  }
}
