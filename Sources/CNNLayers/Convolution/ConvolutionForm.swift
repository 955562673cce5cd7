/// How the lanes of a vector lie in a convolution's products: whatever takes the least time by an estimate from the
/// sizes alone, so that a sum has one order on every machine. Lanes past the last of a row of outputs, values or pixels
/// are empty.
///
/// The estimates are in thirty-seconds of a cycle for an output pixel, for vectors of sixteen lanes and two products a
/// cycle, as measured with everything in the caches.
enum ConvolutionForm: Hashable {
  /// Along the output channels.
  case alongOutputs
  /// Along the values that a sum reads, which follow on in memory.
  case alongValues
  /// Along the pixels: see `PlaneConvolution`.
  case alongPixels
  /// Along the pixels and the outputs of each: see `FlatConvolution`.
  case alongBoth
}

/// The sizes that the estimates are made of.
struct ConvolutionSizes {
  let taps, inputs, outputs: Int
  /// Taps of a row whose values follow on in memory, and in the filter.
  let tapsInRow: Int
  /// Outputs of an image and of a row, those that a row of planes has room for, and input pixels for each output.
  let pixelCount, columns, pitch: Int
  let stridePixels: Int
  /// Of the filter.
  let rowsOfTaps: Int
  /// Whether planes are possible, and few enough to stay in the first caches.
  let allowsPixels: Bool
  /// Whether lanes along both are possible.
  let allowsBoth: Bool

  var forward: ConvolutionForm {
    let outputsCost = Self.alongOutputs(values: taps * inputs, outputs: outputs)
    let valuesCost = alongValues(values: inputs, outputs: outputs)
    let pixelsCost = pixels(products: 1, values: stridePixels * inputs + outputs, fixed: 500)
    return Self.best(
      outputsCost, outputs <= 64 ? valuesCost : .max, allowsPixels && !allowsBoth ? pixelsCost : .max,
      allowsBoth ? productOfBoth + fixedOfBoth : .max)
  }

  /// How the input's gradient is made, together with the filter's, if that is wanted.
  func backward(wantsInput: Bool, wantsKernel: Bool) -> ConvolutionForm {
    let outputsCost = Self.alongOutputs(values: taps * outputs, outputs: inputs, pixels: stridePixels)
    let valuesCost = alongValues(values: outputs, outputs: inputs, pixels: stridePixels)
    let form = Self.best(outputsCost, inputs <= 64 ? valuesCost : .max, .max, .max)
    // With a single input, reading the outputs' gradient for one product after the other is most of the work.
    let reading = inputs == 1 ? 15 * outputs * ((wantsKernel ? 2 : 0) + (wantsInput ? 1 : 0) - 1) : 0
    let separate =
      (wantsInput ? min(outputsCost, valuesCost) : 0)
      + (wantsKernel ? Self.alongOutputs(values: taps * inputs, outputs: outputs) : 0)
    // A single plane of the input's gradient loads a vector for each product.
    let products = (wantsKernel ? 1 : 0) + (wantsInput ? (inputs == 1 ? 2 : 1) : 0)
    let values = (wantsKernel ? stridePixels * inputs : 0) + (wantsInput ? stridePixels * inputs : 0) + outputs * 5 / 4
    // The filter's sums are folded for every image.
    let fixed = 1500 + 3 * taps * inputs * outputs
    let few = pixels(products: products, values: values, fixed: fixed)
    let both = (wantsKernel ? productOfBoth : 0) + (wantsInput ? inputOfBoth : 0) + 2 * fixedOfBoth
    // A single tap fills one lane of the input's gradient.
    let isWide = wantsInput && taps == 1 && outputs > 32
    let best = Self.best(
      separate + (allowsBoth ? reading : 0), .max,
      allowsPixels && (!allowsBoth || stridePixels == 1 && inputs > 1) ? few : .max,
      allowsBoth && !isWide ? both : .max)
    return best == .alongOutputs ? form : best
  }

  /// What wins by a tenth at least; the first is the usual one.
  private static func best(_ outputs: Int, _ values: Int, _ pixels: Int, _ both: Int) -> ConvolutionForm {
    let usual = min(outputs, values)
    let few = min(pixels, both)
    if few < Int.max / 10, 10 * few < 9 * usual { return both <= pixels ? .alongBoth : .alongPixels }
    return values < Int.max / 10 && 10 * values < 9 * outputs ? .alongValues : .alongOutputs
  }

  private static func vectors(_ count: Int) -> Int { (count + 15) / 16 }

  /// One vector of outputs is loaded for each product: a quarter more time than two take.
  private static func alongOutputs(values: Int, outputs: Int, pixels: Int = 1) -> Int {
    values * vectors(outputs) * (vectors(outputs) == 1 ? 20 : 17) + 160 * pixels
  }

  /// Folding the partial sums of one output takes as long as five products of vectors, a stretch's end as one.
  private func alongValues(values: Int, outputs: Int, pixels: Int = 1) -> Int {
    let stretch = values * tapsInRow
    let vectors = Self.vectors(stretch) + (stretch % 16 == 0 ? 0 : 1)
    return 16 * outputs * (taps / max(1, tapsInRow) * vectors + 5 * pixels)
  }

  /// Products at nine tenths of the peak, columns that no output has included; values are turned into planes or back.
  ///
  /// - Parameter fixed: cycles for each image.
  private func pixels(products: Int, values: Int, fixed: Int) -> Int {
    products * (taps * inputs * outputs * pitch * 9 / (8 * max(1, columns)) + 32) + 20 * values
      + 32 * fixed / max(1, pixelCount)
  }

  /// Every product permutes a vector of values, and there are few of them for each vector that is written or read.
  private var productOfBoth: Int { taps * inputs * outputs * 3 / 2 + 6 * outputs + 7 * stridePixels * inputs }

  /// Every output is multiplied with all taps that it reaches; their sums are stored by rows of taps and gathered.
  private var inputOfBoth: Int {
    let vectors = Self.vectors(taps * inputs)
    return (18 * outputs + 30 * rowsOfTaps) * vectors + 30
  }

  /// Lines of an image.
  private var fixedOfBoth: Int { 32 * 500 / max(1, pixelCount) }
}
