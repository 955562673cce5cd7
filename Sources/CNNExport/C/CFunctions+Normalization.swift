extension CFunction {
  static let channelAffine = CFunction(
    "channel_affine",
    """
    /* x * scale + shift by channel, then ReLU. */
    static void channel_affine(size_t pixels, size_t channels, const float *restrict x, const float *restrict scale,
                               const float *restrict shift, int relu, float *restrict y)
    {
      for (size_t pixel = 0; pixel < pixels; pixel++, x += channels, y += channels) {
        for (size_t c = 0; c < channels; c++) {
          const float v = x[c] * scale[c] + shift[c];
          y[c] = relu && v < 0 ? 0 : v;
        }
      }
    }
    """)

  static let placeAffine = CFunction(
    "place_affine",
    """
    /* (x - centre) * scale + offset, with numbers that repeat every `period` values; NULL for zeros. */
    static void place_affine(size_t count, size_t period, const float *restrict x, const float *restrict centre,
                             const float *restrict scale, const float *restrict offset, float *restrict y)
    {
      for (size_t start = 0; start < count; start += period, x += period, y += period) {
        for (size_t i = 0; i < period; i++) {
          const float v = centre != NULL ? x[i] - centre[i] : x[i];
          y[i] = offset != NULL ? v * scale[i] + offset[i] : v * scale[i];
        }
      }
    }
    """)

  static let groupNormalize = CFunction(
    "group_normalize",
    """
    /* (x - mean) / sqrt(variance + epsilon) * gamma + beta, with statistics of each group of channels over all pixels;
       NULL for no gamma, no beta. */
    static void group_normalize(size_t pixels, size_t channels, size_t groups, float epsilon, const float *restrict x,
                                const float *restrict gamma, const float *restrict beta, float *restrict y)
    {
      const size_t width = channels / groups;
      for (size_t group = 0; group < groups; group++) {
        const size_t first = group * width;
        double sum = 0, squares = 0;
        for (size_t pixel = 0; pixel < pixels; pixel++) {
          for (size_t c = first; c < first + width; c++) sum += (double)x[pixel * channels + c];
        }
        const double mean = sum / (double)(pixels * width);
        for (size_t pixel = 0; pixel < pixels; pixel++) {
          for (size_t c = first; c < first + width; c++) {
            const double distance = (double)x[pixel * channels + c] - mean;
            squares += distance * distance;
          }
        }
        const float inverse = (float)(1 / sqrt(squares / (double)(pixels * width) + (double)epsilon));
        const float centre = (float)mean;
        for (size_t pixel = 0; pixel < pixels; pixel++) {
          for (size_t c = first; c < first + width; c++) {
            const float v = (x[pixel * channels + c] - centre) * inverse;
            y[pixel * channels + c] = (gamma != NULL ? v * gamma[c] : v) + (beta != NULL ? beta[c] : 0);
          }
        }
      }
    }
    """)

  static let rowNormalize = CFunction(
    "row_normalize", needs: [groupNormalize],
    """
    /* The same with statistics of each row of `width` values. */
    static void row_normalize(size_t rows, size_t width, float epsilon, const float *restrict x,
                              const float *restrict gamma, const float *restrict beta, float *restrict y)
    {
      for (size_t row = 0; row < rows; row++) {
        group_normalize(1, width, 1, epsilon, x + row * width, gamma, beta, y + row * width);
      }
    }
    """)
}
