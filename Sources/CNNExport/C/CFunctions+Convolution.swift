extension CFunction {
  /// Geometry of what slides over an image.
  static let window = CFunction(
    "window",
    """
    /* A window that slides over an image [in_rows][in_columns][in_channels]. */
    typedef struct {
      size_t in_rows, in_columns, in_channels;
      size_t out_rows, out_columns, out_channels;
      size_t rows, columns; /* of the window */
      size_t row_stride, column_stride;
      size_t row_dilation, column_dilation;
      size_t top, left; /* padding before the image */
      size_t groups;    /* of channels */
    } window;
    """)

  static let isInside = CFunction(
    "is_inside",
    """
    /* Whether a place, counted from the start of the padding, lies in the image. */
    static int is_inside(size_t at, size_t padding, size_t size)
    {
      return at >= padding && at - padding < size;
    }
    """)

  /// Floats behind a kernel that a tile reads and does not use.
  static let kernelTail = 15

  // Six pixels by sixteen channels: with these numbers GCC and Clang keep all sums in registers at -O2 and at -O3. With
  // fewer of either they take the loop over channels apart before they make vectors of it, which is 20 times slower.
  private static let conv2dTile = CFunction(
    "conv2d_tile", needs: [window],
    """
    /* What is left to do with the sums of one pixel. */
    static void conv2d_store(const float *restrict sums, const float *restrict bias, size_t channels, int relu,
                             float *restrict y)
    {
      for (size_t j = 0; j < channels; j++) {
        const float sum = bias != NULL ? sums[j] + bias[j] : sums[j];
        y[j] = relu && sum < 0 ? 0 : sum;
      }
    }

    /* The sums of six pixels for sixteen neighbouring output channels, the first of which is `first`. The loop over
       channels has a fixed length, so that its sums stay in vector registers. Sums of channels behind the last one are
       made and dropped: 15 numbers behind the kernel are there to be read for that. */
    static void conv2d_tile(const window *restrict s, const float *const *x, const float *restrict kernel,
                            const float *restrict bias, size_t group, size_t first, size_t channels, int relu,
                            float *const *y)
    {
      const size_t group_channels = s->in_channels / s->groups;
      /* The taps of a row lie one behind the other, unless they are dilated or of one group. */
      const int is_joined = s->column_dilation == 1 && s->groups == 1;
      const size_t runs = is_joined ? 1 : s->columns;
      const size_t length = is_joined ? s->columns * s->in_channels : group_channels;
      const size_t run_step = s->column_dilation * s->in_channels;
      const size_t row_step = s->row_dilation * s->in_columns * s->in_channels;
      const size_t kernel_step = s->out_channels;
      const float *const x0 = x[0], *const x1 = x[1], *const x2 = x[2];
      const float *const x3 = x[3], *const x4 = x[4], *const x5 = x[5];
      float a0[16], a1[16], a2[16], a3[16], a4[16], a5[16];
      size_t at = first;
      for (size_t j = 0; j < 16; j++) {
        a0[j] = a1[j] = a2[j] = a3[j] = a4[j] = a5[j] = 0;
      }
      for (size_t row = 0; row < s->rows; row++) {
        for (size_t run = 0; run < runs; run++) {
          const size_t from = row * row_step + run * run_step + group * group_channels;
          for (size_t k = from; k < from + length; k++) {
            const float p0 = x0[k], p1 = x1[k], p2 = x2[k], p3 = x3[k], p4 = x4[k], p5 = x5[k];
            for (size_t j = 0; j < 16; j++) {
              a0[j] += p0 * kernel[at + j];
              a1[j] += p1 * kernel[at + j];
              a2[j] += p2 * kernel[at + j];
              a3[j] += p3 * kernel[at + j];
              a4[j] += p4 * kernel[at + j];
              a5[j] += p5 * kernel[at + j];
            }
            at += kernel_step;
          }
        }
      }
      if (bias != NULL) bias += first;
      conv2d_store(a0, bias, channels, relu, y[0] + first);
      conv2d_store(a1, bias, channels, relu, y[1] + first);
      conv2d_store(a2, bias, channels, relu, y[2] + first);
      conv2d_store(a3, bias, channels, relu, y[3] + first);
      conv2d_store(a4, bias, channels, relu, y[4] + first);
      conv2d_store(a5, bias, channels, relu, y[5] + first);
    }
    """)

  static let conv2d = CFunction(
    "conv2d", needs: [window, conv2dTile],
    """
    /* Cross-correlation with a kernel [rows][columns][in_channels / groups][out_channels], then bias (NULL for none) and
       ReLU. The image has its padding already. */
    static void conv2d(const window *s, const float *x, const float *restrict kernel, const float *bias, int relu,
                       float *y)
    {
      const size_t pixels = s->out_rows * s->out_columns;
      const size_t group_channels = s->out_channels / s->groups;
      for (size_t group = 0; group < s->groups; group++) {
        for (size_t channel = 0; channel < group_channels; channel += 16) {
          const size_t rest = group_channels - channel;
          for (size_t pixel = 0; pixel < pixels; pixel += 6) {
            const float *from[6];
            float *to[6];
            for (size_t i = 0; i < 6; i++) {
              /* Behind the last pixel it is made again. */
              const size_t p = pixel + i < pixels ? pixel + i : pixels - 1;
              const size_t row = p / s->out_columns * s->row_stride, column = p % s->out_columns * s->column_stride;
              from[i] = x + (row * s->in_columns + column) * s->in_channels;
              to[i] = y + p * s->out_channels;
            }
            conv2d_tile(s, from, kernel, bias, group, group * group_channels + channel, rest < 16 ? rest : 16, relu,
                        to);
          }
        }
      }
    }
    """)

  static let depthwiseConv2D = CFunction(
    "depthwise_conv2d", needs: [window, isInside],
    """
    /* Cross-correlation of each channel with filters of its own, [rows][columns][in_channels][multiplier], then bias
       (NULL for none) and ReLU. */
    static void depthwise_conv2d(const window *s, const float *restrict x, const float *restrict kernel,
                                 const float *restrict bias, int relu, float *restrict y)
    {
      const size_t multiplier = s->out_channels / s->in_channels;
      for (size_t pixel = 0; pixel < s->out_rows * s->out_columns; pixel++, y += s->out_channels) {
        const size_t row = pixel / s->out_columns * s->row_stride, column = pixel % s->out_columns * s->column_stride;
        for (size_t c = 0; c < s->out_channels; c++) y[c] = bias != NULL ? bias[c] : 0;
        for (size_t tap = 0; tap < s->rows * s->columns; tap++) {
          const size_t at_row = row + tap / s->columns * s->row_dilation;
          const size_t at_column = column + tap % s->columns * s->column_dilation;
          if (!is_inside(at_row, s->top, s->in_rows) || !is_inside(at_column, s->left, s->in_columns)) continue;
          const float *restrict from =
              x + ((at_row - s->top) * s->in_columns + at_column - s->left) * s->in_channels;
          const float *restrict weights = kernel + tap * s->out_channels;
          if (multiplier == 1) {
            for (size_t c = 0; c < s->in_channels; c++) y[c] += from[c] * weights[c];
          } else {
            for (size_t c = 0; c < s->out_channels; c++) y[c] += from[c / multiplier] * weights[c];
          }
        }
        if (relu) {
          for (size_t c = 0; c < s->out_channels; c++) y[c] = y[c] < 0 ? 0 : y[c];
        }
      }
    }
    """)

  private static let addProduct = CFunction(
    "add_product",
    """
    /* y += x . weights, with weights [in][out]. */
    static void add_product(size_t in, size_t out, const float *restrict x, const float *restrict weights,
                            float *restrict y)
    {
      const size_t fours = in - in % 4;
      for (size_t k = 0; k < fours; k += 4) {
        const float *restrict w = weights + k * out;
        const float p0 = x[k], p1 = x[k + 1], p2 = x[k + 2], p3 = x[k + 3];
        for (size_t j = 0; j < out; j++) {
          y[j] += p0 * w[j] + p1 * w[out + j] + (p2 * w[2 * out + j] + p3 * w[3 * out + j]);
        }
      }
      for (size_t k = fours; k < in; k++) {
        for (size_t j = 0; j < out; j++) y[j] += x[k] * weights[k * out + j];
      }
    }
    """)

  static let conv2dTranspose = CFunction(
    "conv2d_transpose", needs: [window, isInside, addProduct],
    """
    /* A convolution backwards: each pixel of x, [out_rows][out_columns][out_channels], adds its window to the image y,
       [in_rows][in_columns][in_channels]. The kernel is [rows][columns][out_channels][in_channels]. */
    static void conv2d_transpose(const window *s, const float *restrict x, const float *restrict kernel,
                                 const float *restrict bias, int relu, float *restrict y)
    {
      const size_t pixels = s->in_rows * s->in_columns;
      for (size_t pixel = 0; pixel < pixels; pixel++) {
        for (size_t c = 0; c < s->in_channels; c++) y[pixel * s->in_channels + c] = bias != NULL ? bias[c] : 0;
      }
      for (size_t pixel = 0; pixel < s->out_rows * s->out_columns; pixel++) {
        const size_t row = pixel / s->out_columns * s->row_stride, column = pixel % s->out_columns * s->column_stride;
        for (size_t tap = 0; tap < s->rows * s->columns; tap++) {
          const size_t at_row = row + tap / s->columns * s->row_dilation;
          const size_t at_column = column + tap % s->columns * s->column_dilation;
          if (!is_inside(at_row, s->top, s->in_rows) || !is_inside(at_column, s->left, s->in_columns)) continue;
          add_product(s->out_channels, s->in_channels, x + pixel * s->out_channels,
                      kernel + tap * s->out_channels * s->in_channels,
                      y + ((at_row - s->top) * s->in_columns + at_column - s->left) * s->in_channels);
        }
      }
      if (relu) {
        for (size_t i = 0; i < pixels * s->in_channels; i++) y[i] = y[i] < 0 ? 0 : y[i];
      }
    }
    """)

  static let dense = CFunction(
    "dense", needs: [addProduct],
    """
    /* x . kernel, with a kernel [in][out], then bias (NULL for none) and ReLU. */
    static void dense(size_t in, size_t out, const float *restrict x, const float *restrict kernel,
                      const float *restrict bias, int relu, float *restrict y)
    {
      for (size_t j = 0; j < out; j++) y[j] = bias != NULL ? bias[j] : 0;
      add_product(in, out, x, kernel, y);
      if (relu) {
        for (size_t j = 0; j < out; j++) y[j] = y[j] < 0 ? 0 : y[j];
      }
    }
    """)
}
