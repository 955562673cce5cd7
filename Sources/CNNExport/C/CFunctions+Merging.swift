extension CFunction {
  private static func pairwise(_ name: String, _ comment: String, _ formula: String) -> CFunction {
    CFunction(
      name,
      """
      /* \(comment) */
      static void \(name)(size_t count, const float *restrict a, const float *restrict b, float *restrict y)
      {
        for (size_t i = 0; i < count; i++) y[i] = \(formula);
      }
      """)
  }

  static let add = pairwise("add", "a + b", "a[i] + b[i]")
  static let subtract = pairwise("subtract", "a - b", "a[i] - b[i]")
  static let multiply = pairwise("multiply", "a * b", "a[i] * b[i]")
  static let maximum = pairwise(
    "maximum", "The greater of a and b; one that is not a number wins.",
    "b[i] <= a[i] || a[i] != a[i] ? a[i] : b[i]")

  static let accumulate = CFunction(
    "accumulate",
    """
    /* y += x */
    static void accumulate(size_t count, const float *restrict x, float *restrict y)
    {
      for (size_t i = 0; i < count; i++) y[i] += x[i];
    }
    """)

  static let rectify = CFunction(
    "rectify",
    """
    /* y = max(y, 0) */
    static void rectify(size_t count, float *y)
    {
      for (size_t i = 0; i < count; i++) y[i] = y[i] < 0 ? 0 : y[i];
    }
    """)

  static let addBias = CFunction(
    "add_bias",
    """
    /* x + bias by channel. */
    static void add_bias(size_t pixels, size_t channels, const float *restrict x, const float *restrict bias,
                         float *restrict y)
    {
      for (size_t pixel = 0; pixel < pixels; pixel++, x += channels, y += channels) {
        for (size_t c = 0; c < channels; c++) y[c] = x[c] + bias[c];
      }
    }
    """)
}
