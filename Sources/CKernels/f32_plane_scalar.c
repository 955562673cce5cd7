// Convolutions with few channels over one image, written to be read; no scratch is used.
#include <string.h>

#include "convolution_taps.h"
#include "kernels.h"

void ck_f32_plane_forward__scalar(const ck_conv *s, const float *x, const float *w, const float *bias, ck_clamp clamp,
                                  int32_t row_begin, int32_t row_end, int32_t past_caches, float *scratch, float *y) {
  (void)scratch, (void)past_caches;
  for (int32_t row = row_begin; row < row_end; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      for (int32_t n = 0; n < s->n; n++) {
        float sum = 0;
        EACH_TAP({
          for (int32_t c = 0; c < s->c; c++) sum += x[pixel + c] * w[((int64_t)tap * s->c + c) * s->n + n];
        })
        y[((int64_t)row * s->out_w + col) * s->n + n] = ck_clamped(bias ? sum + bias[n] : sum, clamp);
      }
    }
  }
}

void ck_f32_plane_backward__scalar(const ck_conv *s, const float *x, const float *dy, const float *transposed_w,
                                   float *scratch, float *dx, float *dw, float *dbias) {
  (void)scratch;
  const int32_t taps = s->kernel_h * s->kernel_w;
  if (dx) memset(dx, 0, (size_t)s->in_h * s->in_w * s->c * sizeof *dx);
  for (int32_t row = 0; row < s->out_h; row++) {
    for (int32_t col = 0; col < s->out_w; col++) {
      const float *gradient = dy + ((int64_t)row * s->out_w + col) * s->n;
      for (int32_t n = 0; dbias && n < s->n; n++) dbias[n] += gradient[n];
      EACH_TAP({
        for (int32_t n = 0; n < s->n; n++) {
          const float *reversed = transposed_w + ((int64_t)(taps - 1 - tap) * s->n + n) * s->c;
          for (int32_t c = 0; c < s->c; c++) {
            if (dx) dx[pixel + c] += gradient[n] * reversed[c];
            if (dw) dw[((int64_t)tap * s->c + c) * s->n + n] += x[pixel + c] * gradient[n];
          }
        }
      })
    }
  }
}
