extension CFunction {
  /// What pools walk their windows by.
  private static let tapAt = CFunction(
    "tap_at", needs: [window, isInside],
    """
    /* The pixel that a tap of the window of an output pixel reads; NULL if it lies in the padding. */
    static const float *tap_at(const window *s, const float *x, size_t pixel, size_t tap)
    {
      const size_t row = pixel / s->out_columns * s->row_stride + tap / s->columns * s->row_dilation;
      const size_t column = pixel % s->out_columns * s->column_stride + tap % s->columns * s->column_dilation;
      if (!is_inside(row, s->top, s->in_rows) || !is_inside(column, s->left, s->in_columns)) return NULL;
      return x + ((row - s->top) * s->in_columns + column - s->left) * s->in_channels;
    }
    """)

  static let maxPool2D = CFunction(
    "max_pool2d", needs: [window, tapAt],
    """
    /* The largest value of each window; the padding does not count, and one that is not a number wins. */
    static void max_pool2d(const window *s, const float *restrict x, float *restrict y)
    {
      const size_t channels = s->in_channels;
      for (size_t pixel = 0; pixel < s->out_rows * s->out_columns; pixel++, y += channels) {
        int is_first = 1;
        for (size_t tap = 0; tap < s->rows * s->columns; tap++) {
          const float *restrict from = tap_at(s, x, pixel, tap);
          if (from == NULL) continue;
          if (is_first) {
            memcpy(y, from, channels * sizeof *y);
          } else {
            for (size_t c = 0; c < channels; c++) y[c] = from[c] <= y[c] || y[c] != y[c] ? y[c] : from[c];
          }
          is_first = 0;
        }
      }
    }
    """)

  static let averagePool2D = CFunction(
    "average_pool2d", needs: [window, tapAt],
    """
    /* The mean of each window over what lies in the image. */
    static void average_pool2d(const window *s, const float *restrict x, float *restrict y)
    {
      const size_t channels = s->in_channels;
      for (size_t pixel = 0; pixel < s->out_rows * s->out_columns; pixel++, y += channels) {
        size_t count = 0;
        for (size_t c = 0; c < channels; c++) y[c] = 0;
        for (size_t tap = 0; tap < s->rows * s->columns; tap++) {
          const float *restrict from = tap_at(s, x, pixel, tap);
          if (from == NULL) continue;
          for (size_t c = 0; c < channels; c++) y[c] += from[c];
          count++;
        }
        for (size_t c = 0; c < channels; c++) y[c] /= (float)count;
      }
    }
    """)

  static let globalMaxPool = CFunction(
    "global_max_pool",
    """
    /* The largest value of each channel over all pixels; one that is not a number wins. */
    static void global_max_pool(size_t pixels, size_t channels, const float *restrict x, float *restrict y)
    {
      memcpy(y, x, channels * sizeof *y);
      for (size_t pixel = 1; pixel < pixels; pixel++) {
        const float *restrict from = x + pixel * channels;
        for (size_t c = 0; c < channels; c++) y[c] = from[c] <= y[c] || y[c] != y[c] ? y[c] : from[c];
      }
    }
    """)

  static let globalAveragePool = CFunction(
    "global_average_pool",
    """
    /* The mean of each channel over all pixels. */
    static void global_average_pool(size_t pixels, size_t channels, const float *restrict x, float *restrict y)
    {
      memcpy(y, x, channels * sizeof *y);
      for (size_t pixel = 1; pixel < pixels; pixel++) {
        const float *restrict from = x + pixel * channels;
        for (size_t c = 0; c < channels; c++) y[c] += from[c];
      }
      for (size_t c = 0; c < channels; c++) y[c] /= (float)pixels;
    }
    """)
}
