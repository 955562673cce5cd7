// Convolutions of several images with few channels, written to be read; no scratch is used.
#include <string.h>

#include "kernels.h"

// Calls the text for every tap of output (row, col) that lies in the image, with its input pixel and place in the
// filter.
#define EACH_TAP(...)                                                                 \
  for (int32_t h = 0; h < s->kernel_h; h++) {                                         \
    for (int32_t v = 0; v < s->kernel_w; v++) {                                       \
      const int32_t in_row = row * s->stride_h + h * s->dilation_h - s->pad_top;      \
      const int32_t in_col = col * s->stride_w + v * s->dilation_w - s->pad_left;     \
      if (in_row < 0 || in_row >= s->in_h || in_col < 0 || in_col >= s->in_w) continue; \
      const int64_t pixel = (((int64_t)i * s->in_h + in_row) * s->in_w + in_col) * s->c; \
      const int32_t tap = h * s->kernel_w + v;                                        \
      __VA_ARGS__                                                                     \
    }                                                                                 \
  }

void ck_f32_flat_forward__scalar(const ck_conv *s, int32_t images, const float *x, const float *w, const float *bias,
                                 ck_clamp clamp, int32_t row_begin, int32_t row_end, int32_t past_caches,
                                 float *scratch, float *y) {
  (void)scratch, (void)past_caches;
  for (int32_t i = 0; i < images; i++) {
    for (int32_t row = row_begin; row < row_end; row++) {
      for (int32_t col = 0; col < s->out_w; col++) {
        float *output = y + (((int64_t)i * s->out_h + row) * s->out_w + col) * s->n;
        for (int32_t n = 0; n < s->n; n++) {
          float sum = 0;
          EACH_TAP({
            for (int32_t c = 0; c < s->c; c++) sum += x[pixel + c] * w[((int64_t)tap * s->c + c) * s->n + n];
          })
          output[n] = ck_clamped(bias ? sum + bias[n] : sum, clamp);
        }
      }
    }
  }
}

void ck_f32_flat_backward__scalar(const ck_conv *s, int32_t images, const float *x, const float *dy,
                                  const float *w_by_input, float *scratch, float *dx, float *dw, float *dbias) {
  (void)scratch;
  const int32_t taps = s->kernel_h * s->kernel_w;
  if (dx) memset(dx, 0, (size_t)images * s->in_h * s->in_w * s->c * sizeof *dx);
  for (int32_t i = 0; i < images; i++) {
    for (int32_t row = 0; row < s->out_h; row++) {
      for (int32_t col = 0; col < s->out_w; col++) {
        const float *gradient = dy + (((int64_t)i * s->out_h + row) * s->out_w + col) * s->n;
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
