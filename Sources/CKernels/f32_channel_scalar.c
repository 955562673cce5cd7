// Per-channel sweeps over [pixels][c]: batch normalisation and its gradient.
#include <math.h>

#include "kernels.h"

void ck_f32_channel_affine__scalar(const float *x, int64_t pixels, int32_t c, const float *a, const float *b,
                                   ck_clamp clamp, float *y) {
  for (int64_t p = 0; p < pixels; p++) {
    for (int32_t n = 0; n < c; n++) y[p * c + n] = ck_clamped(fmaf(x[p * c + n], a[n], b[n]), clamp);
  }
}

void ck_f32_channel_squares__scalar(const float *x, int64_t pixels, int32_t c, const float *mean, float *sums) {
  for (int64_t first = 0; first < pixels; first += 256) {  // partial sums keep the rounding error small
    int64_t end = first + 256 < pixels ? first + 256 : pixels;
    for (int32_t n = 0; n < c; n++) {
      float sum = 0;
      for (int64_t p = first; p < end; p++) sum += (x[p * c + n] - mean[n]) * (x[p * c + n] - mean[n]);
      sums[n] += sum;
    }
  }
}

void ck_f32_channel_dots__scalar(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                                 const float *inv, float *dot, float *sum) {
  for (int64_t first = 0; first < pixels; first += 256) {
    int64_t end = first + 256 < pixels ? first + 256 : pixels;
    for (int32_t n = 0; n < c; n++) {
      float dots = 0, sums = 0;
      for (int64_t p = first; p < end; p++) {
        dots += dy[p * c + n] * ((x[p * c + n] - mean[n]) * inv[n]);
        sums += dy[p * c + n];
      }
      dot[n] += dots;
      sum[n] += sums;
    }
  }
}

void ck_f32_channel_gradient__scalar(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                                     const float *inv, const float *a, const float *b, const float *b_rest,
                                     const float *d, float *dx) {
  for (int64_t p = 0; p < pixels; p++) {
    for (int32_t n = 0; n < c; n++) {
      float xhat = (x[p * c + n] - mean[n]) * inv[n];
      dx[p * c + n] = a[n] * ((dy[p * c + n] - b[n]) - (xhat * d[n] + b_rest[n]));
    }
  }
}
