internal import CNNGraph

extension CFunction {
  /// y = f(x) for every value; `arguments` are floats that come behind the count.
  private static func elementwise(
    _ name: String, _ comment: String, arguments: [String] = [], _ formula: String
  ) -> CFunction {
    let extra = arguments.map { "float \($0), " }.joined()
    return CFunction(
      name,
      """
      /* \(comment) */
      static void \(name)(size_t count, \(extra)const float *restrict x, float *restrict y)
      {
        for (size_t i = 0; i < count; i++) {
          const float v = x[i];
          y[i] = \(formula);
        }
      }
      """)
  }

  /// `nil` for what is no function of one value. Comparisons are such that what is not a number stays so.
  static func activation(_ activation: Activation) -> CFunction? {
    switch activation {
    case .linear, .softmax: nil
    case .relu: elementwise("apply_relu", "max(x, 0)", "v < 0 ? 0 : v")
    case .relu6: elementwise("apply_relu6", "min(max(x, 0), 6)", "v < 0 ? 0 : v > 6 ? 6 : v")
    case .leakyReLU:
      elementwise("apply_leaky_relu", "x, below zero slope * x", arguments: ["slope"], "v > 0 ? v : slope * v")
    case .elu:
      elementwise(
        "apply_elu", "x, below zero alpha * (exp(x) - 1)", arguments: ["alpha"], "v < 0 ? alpha * expm1f(v) : v")
    case .selu:
      elementwise(
        "apply_selu", "An ELU that keeps mean 0 and variance 1.",
        "1.05070098f * (v < 0 ? 1.67326324f * expm1f(v) : v)")
    case .gelu:
      elementwise(
        "apply_gelu", "x times the normal distribution below x.", "0.5f * v * erfcf(-0.707106781f * v)")
    case .silu: elementwise("apply_silu", "x * sigmoid(x)", "v / (1 + expf(-v))")
    case .sigmoid: elementwise("apply_sigmoid", "1 / (1 + exp(-x))", "1 / (1 + expf(-v))")
    case .hardSigmoid:
      elementwise(
        "apply_hard_sigmoid", "A sigmoid of straight lines.", "v < -3 ? 0 : v > 3 ? 1 : (v + 3) / 6")
    case .tanh: elementwise("apply_tanh", "tanh(x)", "tanhf(v)")
    case .softplus:
      elementwise("apply_softplus", "log(1 + exp(x))", "(v < 0 ? 0 : v) + log1pf(expf(-fabsf(v)))")
    }
  }

  static let shapedReLU = elementwise(
    "apply_shaped_relu", "min(x, most), at the threshold and below it slope * (x - threshold)",
    arguments: ["most", "slope", "threshold"],
    // Nothing times a slope of 0 is 0, and no infinity either.
    "v > threshold ? (v > most ? most : v) : slope != 0 || v != v ? slope * (v - threshold) : 0")

  static let rescale = elementwise(
    "rescale", "x * scale + offset", arguments: ["scale", "offset"], "v * scale + offset")

  static let softmax = CFunction(
    "softmax",
    """
    /* exp(x - largest) / sum along an axis of `extent` values, `inner` places apart, in each of `outer` stretches. */
    static void softmax(size_t outer, size_t extent, size_t inner, const float *restrict x, float *restrict y)
    {
      for (size_t o = 0; o < outer; o++, x += extent * inner, y += extent * inner) {
        for (size_t i = 0; i < inner; i++) {
          float largest = x[i], sum = 0;
          for (size_t e = 1; e < extent; e++) largest = x[e * inner + i] > largest ? x[e * inner + i] : largest;
          for (size_t e = 0; e < extent; e++) {
            y[e * inner + i] = expf(x[e * inner + i] - largest);
            sum += y[e * inner + i];
          }
          for (size_t e = 0; e < extent; e++) y[e * inner + i] /= sum;
        }
      }
    }
    """)
}
