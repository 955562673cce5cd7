// Sweeps over arrays, one element at a time.
#include <math.h>

#include "kernels.h"

void ck_f32_column_sum__scalar(const float *a, int64_t rows, int64_t stride, int32_t n_count, float *sums) {
  for (int64_t first = 0; first < rows; first += 256) {  // partial sums keep the rounding error small
    int64_t end = first + 256 < rows ? first + 256 : rows;
    for (int32_t n = 0; n < n_count; n++) {
      float sum = 0;
      for (int64_t row = first; row < end; row++) sum += a[row * stride + n];
      sums[n] += sum;
    }
  }
}

void ck_f32_transpose__scalar(const float *a, int32_t rows, int32_t cols, float *b) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < cols; c++) b[c * rows + r] = a[r * cols + c];
  }
}

void ck_f32_bias_clamp__scalar(const float *x, int64_t pixels, int32_t c, const float *bias, ck_clamp clamp,
                               float *y) {
  for (int64_t p = 0; p < pixels; p++) {
    for (int32_t n = 0; n < c; n++) {
      float value = x[p * c + n];
      y[p * c + n] = ck_clamped(bias ? value + bias[n] : value, clamp);
    }
  }
}

void ck_f32_relu_gradient__scalar(const float *y, const float *dy, int64_t count, float *dx) {
  for (int64_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
}

void ck_f32_add__scalar(const float *a, const float *b, int64_t count, ck_clamp clamp, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = ck_clamped(a[i] + b[i], clamp);
}

void ck_f32_multiply__scalar(const float *a, const float *b, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

void ck_f32_scale_offset__scalar(const float *x, int64_t count, float scale, float offset, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * scale + offset;
}

void ck_f32_accumulate__scalar(const float *a, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] += a[i];
}

// Part p closes as many open subtrees as p has trailing one bits: a binary counter whose digits are partial sums.
void ck_f32_reduce_parts__scalar(const float *a, int32_t parts, int64_t stride, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) {
    float open[32];
    int32_t depth = 0;
    for (int32_t p = 0; p < parts; p++) {
      float sum = a[p * stride + i];
      for (int32_t q = p; q & 1; q >>= 1) sum = open[--depth] + sum;
      open[depth++] = sum;
    }
    float sum = depth ? open[--depth] : 0;
    while (depth) sum = open[--depth] + sum;
    y[i] = sum;
  }
}

void ck_f32_bytes_to_float__scalar(const uint8_t *x, int64_t count, float *y) {
  for (int64_t i = 0; i < count; i++) y[i] = (float)x[i];
}

// The square of a finite float never overflows a double, nor does any sum of fewer than 2^769: the sum alone tells.
double ck_f32_sum_squares__scalar(const float *x, int64_t count, int32_t *non_finite) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
  if (!(sum < INFINITY)) *non_finite = 1;
  return sum;
}
