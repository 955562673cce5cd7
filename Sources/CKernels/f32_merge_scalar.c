// What merges of values need beside `add` and `multiply`, one element at a time.
#include "kernels.h"

void ck_f32_subtract__scalar(const float *a, const float *b, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = a[i] - b[i];
}

void ck_f32_maximum__scalar(const float *a, const float *b, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = a[i] != a[i] || a[i] > b[i] ? a[i] : b[i];
}

void ck_f32_maximum_gradient__scalar(const float *a, const float *b, const float *dy, int64_t count, int32_t of_first,
                                     float *dx) {
  for (int64_t i = 0; i < count; i++) {
    int first_won = b[i] <= a[i];
    dx[i] = first_won == (of_first != 0) ? dy[i] : 0;
  }
}

void ck_f32_row_sum__scalar(const float *a, int64_t rows, int32_t c, float *sums) {
  for (int64_t row = 0; row < rows; row++) {
    float sum = 0;
    for (int32_t n = 0; n < c; n++) sum += a[row * c + n];
    sums[row] += sum;
  }
}
