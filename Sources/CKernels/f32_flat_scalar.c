// Convolutions of several images with few channels, written to be read; no scratch is used.
#include <string.h>

#include "convolution_taps.h"
#include "kernels.h"

void ck_f32_flat_forward__scalar(const ck_conv *s, int32_t images, const float *x, const float *w, const float *bias,
                                 ck_clamp clamp, int32_t row_begin, int32_t row_end, int32_t past_caches,
                                 float *scratch, float *y) {
  for (int32_t i = 0; i < images; i++) {
    ck_f32_plane_forward__scalar(s, x + (int64_t)i * s->in_h * s->in_w * s->c, w, bias, clamp, row_begin, row_end,
                                 past_caches, scratch, y + (int64_t)i * s->out_h * s->out_w * s->n);
  }
}

void ck_f32_flat_backward__scalar(const ck_conv *s, int32_t images, const float *x, const float *dy,
                                  const float *w_by_input, float *scratch, float *dx, float *dw, float *dbias) {
  (void)scratch;
  const int32_t taps = s->kernel_h * s->kernel_w;
  const int64_t input = (int64_t)s->in_h * s->in_w * s->c, output = (int64_t)s->out_h * s->out_w * s->n;
  if (dx) memset(dx, 0, (size_t)(images * input) * sizeof *dx);
  for (int32_t i = 0; i < images; i++, x += input, dy += output, dx = dx ? dx + input : NULL) {
    for (int32_t row = 0; row < s->out_h; row++) {
      for (int32_t col = 0; col < s->out_w; col++) {
        const float *gradient = dy + ((int64_t)row * s->out_w + col) * s->n;
        for (int32_t n = 0; dbias && n < s->n; n++) dbias[n] += gradient[n];
        EACH_TAP({
          for (int32_t c = 0; c < s->c; c++) {
            const float *reversed = w_by_input + ((int64_t)c * taps + taps - 1 - tap) * s->n;
            for (int32_t n = 0; n < s->n; n++) {
              if (dx) dx[pixel + c] += gradient[n] * reversed[n];
              if (dw) dw[((int64_t)tap * s->c + c) * s->n + n] += x[pixel + c] * gradient[n];
            }
          }
        })
      }
    }
  }
}
