// What the scalar convolutions of whole images share.
#ifndef CK_CONVOLUTION_TAPS_H
#define CK_CONVOLUTION_TAPS_H

// Calls the text for every tap of output (row, col) that lies in the image, with its input pixel and filter row.
#define EACH_TAP(...)                                                                 \
  for (int32_t h = 0; h < s->kernel_h; h++) {                                         \
    for (int32_t v = 0; v < s->kernel_w; v++) {                                       \
      const int32_t in_row = row * s->stride_h + h * s->dilation_h - s->pad_top;      \
      const int32_t in_col = col * s->stride_w + v * s->dilation_w - s->pad_left;     \
      if (in_row < 0 || in_row >= s->in_h || in_col < 0 || in_col >= s->in_w) continue; \
      const int64_t pixel = ((int64_t)in_row * s->in_w + in_col) * s->c;              \
      const int32_t tap = h * s->kernel_w + v;                                        \
      __VA_ARGS__                                                                     \
    }                                                                                 \
  }

#endif
