extension CFunction {
  static let pad2D = CFunction(
    "pad2d",
    """
    /* An image [rows][columns][channels] with zeros around it. */
    static void pad2d(size_t rows, size_t columns, size_t channels, size_t top, size_t bottom, size_t left,
                      size_t right, const float *restrict x, float *restrict y)
    {
      const size_t line = columns * channels, wide = (left + columns + right) * channels;
      for (size_t i = 0; i < top * wide; i++) *y++ = 0;
      for (size_t row = 0; row < rows; row++, x += line) {
        for (size_t i = 0; i < left * channels; i++) *y++ = 0;
        memcpy(y, x, line * sizeof *y);
        y += line;
        for (size_t i = 0; i < right * channels; i++) *y++ = 0;
      }
      for (size_t i = 0; i < bottom * wide; i++) *y++ = 0;
    }
    """)

  static let copyStretches = CFunction(
    "copy_stretches",
    """
    /* `count` stretches of `length` values, from places `x_step` apart to places `y_step` apart. */
    static void copy_stretches(size_t count, size_t length, const float *restrict x, size_t x_step, float *restrict y,
                               size_t y_step)
    {
      for (size_t i = 0; i < count; i++) memcpy(y + i * y_step, x + i * x_step, length * sizeof *y);
    }
    """)

  static let copyAxes = CFunction(
    "copy_axes",
    """
    /* Axes in another order, or repeated: index i of axis a of the result reads at i * steps[a]. Returns where the
       result ends. */
    static float *copy_axes(size_t rank, const size_t *extents, const size_t *steps, const float *x, float *y)
    {
      for (size_t i = 0; i < extents[0]; i++, x += steps[0]) {
        if (rank == 1) {
          *y++ = *x;
        } else {
          y = copy_axes(rank - 1, extents + 1, steps + 1, x, y);
        }
      }
      return y;
    }
    """)

  static let upsampleNearest = CFunction(
    "upsample_nearest",
    """
    /* An image with every pixel repeated. */
    static void upsample_nearest(size_t rows, size_t columns, size_t channels, size_t row_factor, size_t column_factor,
                                 const float *restrict x, float *restrict y)
    {
      for (size_t row = 0; row < rows * row_factor; row++) {
        for (size_t column = 0; column < columns * column_factor; column++, y += channels) {
          const size_t pixel = row / row_factor * columns + column / column_factor;
          memcpy(y, x + pixel * channels, channels * sizeof *y);
        }
      }
    }
    """)

  static let upsampleBilinear = CFunction(
    "upsample_bilinear",
    """
    /* Between which inputs an output of an enlarged axis lies, and how far from the first. */
    typedef struct {
      size_t low, high;
      float share;
    } between;

    static between find_between(size_t at, size_t factor, size_t size)
    {
      const float place = ((float)at + 0.5f) / (float)factor - 0.5f, below = floorf(place);
      between found;
      found.low = below < 0 ? 0 : (size_t)below;
      found.high = below + 1 < (float)size ? (size_t)(below + 1) : size - 1;
      found.share = place - below;
      return found;
    }

    /* An image enlarged, its pixels being points at their centres; its edge goes on outside. */
    static void upsample_bilinear(size_t rows, size_t columns, size_t channels, size_t row_factor,
                                  size_t column_factor, const float *restrict x, float *restrict y)
    {
      for (size_t row = 0; row < rows * row_factor; row++) {
        const between v = find_between(row, row_factor, rows);
        for (size_t column = 0; column < columns * column_factor; column++, y += channels) {
          const between h = find_between(column, column_factor, columns);
          const float *restrict top_left = x + (v.low * columns + h.low) * channels;
          const float *restrict top_right = x + (v.low * columns + h.high) * channels;
          const float *restrict bottom_left = x + (v.high * columns + h.low) * channels;
          const float *restrict bottom_right = x + (v.high * columns + h.high) * channels;
          for (size_t c = 0; c < channels; c++) {
            const float above = (top_right[c] - top_left[c]) * h.share + top_left[c];
            const float below = (bottom_right[c] - bottom_left[c]) * h.share + bottom_left[c];
            y[c] = (below - above) * v.share + above;
          }
        }
      }
    }
    """)
}
