internal import CNNKernels

/// How the lanes of a vector lie in a convolution's products: whatever takes the least time by an estimate from the
/// sizes and the vectors' width alone. Lanes past the last of a row of outputs, values or pixels are empty.
enum ConvolutionForm: Hashable {
  /// Along the output channels.
  case alongOutputs
  /// Along the values that a sum reads, which follow on in memory.
  case alongValues
  /// Along fours of the values that a sum reads, and the outputs.
  case alongFours
  /// Along the pixels: see `PlaneConvolution`.
  case alongPixels
  /// Along the pixels and the outputs of each, but for filters' gradients where outputs fill vectors: see
  /// `FlatConvolution`.
  case alongBoth
  /// Along the channels, with fewer products than the sum has terms: see `WinogradConvolution`.
  case winograd

  /// Of the products that make it, where it is made of products.
  var product: ProductForm {
    switch self {
    case .alongValues: .alongValues
    case .alongFours: .alongFours
    case .alongOutputs, .alongPixels, .alongBoth, .winograd: .alongOutputs
    }
  }
}

/// How the gradients of a convolution are made.
struct GradientForms: Hashable {
  var input, filter: ConvolutionForm
  /// Whether the input's product makes the columns of a stride together: see `JoinedColumns`.
  var joinsColumns: Bool

  init(input: ConvolutionForm, joinsColumns: Bool = false, filter: ConvolutionForm) {
    self.input = input
    self.joinsColumns = joinsColumns
    self.filter = filter
  }

  init(_ both: ConvolutionForm) { self.init(input: both, filter: both) }
}

/// What products take, in thirty-seconds of a cycle, as measured with everything in the caches.
private struct ProductCosts {
  /// Of a vector.
  let lanes: Int
  /// Of a value of a pixel with one vector of outputs, alone or beside another one.
  let single, several: Int
  /// The same for the filter's gradient.
  let singleGradient, severalGradient: Int
  /// For a pixel of outputs.
  let pixel: Int
  /// Sixteen values of a sum along the values, of one output or of several that share them; fewer at a stretch's end; and
  /// folding its partial sums.
  let singleStretch, stretch, stretchEnd, fold: Int
  /// Four values with one vector of fours of outputs; what a four that a stretch begins or ends in adds; and folding the
  /// partial sums of four vectors.
  let four, partOfFour, foldFours: Int
  /// Of a value that is copied into an image with its padding.
  let copied: Int
  /// Eighths for a product of planes: a value, an output and a pixel; and for turning one value into a plane or back.
  let plane, turn: Int
  /// Halves for a product along both, and whole ones for an output and for a value of a window.
  let both, bothOutput, bothValue: Int
  /// What an output, and a row of taps, adds to the input's gradient along both, for sixteen of its floats.
  let spreadOutput, spreadRow: Int
  /// Whether making the filter's gradient by permutations is worth the trouble: one goes with each product.
  let permutes: Bool

  /// Vectors of sixteen lanes, two products a cycle.
  static let sixteen = ProductCosts(
    lanes: 16, single: 24, several: 17, singleGradient: 24, severalGradient: 17, pixel: 160, singleStretch: 16,
    stretch: 24,
    stretchEnd: 40, fold: 80, four: 17, partOfFour: 24, foldFours: 200,
    copied: 8, plane: 9, turn: 20, both: 3, bothOutput: 6, bothValue: 7, spreadOutput: 18, spreadRow: 30, permutes: true
  )
  /// Of eight, with half as many registers, and broadcasts that take as long as products.
  static let eight = ProductCosts(
    lanes: 8, single: 27, several: 18, singleGradient: 32, severalGradient: 21, pixel: 400, singleStretch: 105,
    stretch: 64,
    stretchEnd: 110, fold: 450, four: 25, partOfFour: 40, foldFours: 400, copied: 8, plane: 24, turn: 80, both: 18,
    bothOutput: 12,
    bothValue: 14, spreadOutput: 44,
    spreadRow: 170, permutes: false)
}

/// The rows of taps of a filter.
struct TapRows {
  let count: Int
  /// Taps of a row whose values follow on in memory, and in the filter, stretch by stretch.
  let stretches: [Int]

  var taps: Int { count * stretches.reduce(0, +) }
}

/// The taps that one call for a filter's gradient goes over.
enum FilterTaps {
  /// Those that all of some outputs see, for each such rectangle of outputs: few calls, of few taps each.
  case apart
  /// All that an output sees, for each rectangle of outputs that see the same: whole rows but for the borders'.
  case byOutputs
  /// All of them, over a copy of the input with its padding around it.
  case overPadding
}

/// The sizes that the estimates are made of.
struct ConvolutionSizes {
  let rows: TapRows
  let inputs, outputs: Int
  /// Where the columns of a stride can be made together: how many, and the outputs that they get something from.
  let joined: (columns: Int, outputs: Int)?
  /// Outputs of an image and of a row, those that a row of planes has room for, and input pixels for each output.
  let pixelCount, columns, pitch: Int
  let stridePixels: Int
  /// Whether planes are possible, and few enough to stay in the first caches.
  let allowsPixels: Bool
  /// Whether lanes along both are possible.
  let allowsBoth: Bool
  /// What Winograd's algorithm would take, where it is possible.
  let winograd: WinogradSizes?
  /// Of a vector.
  let lanes: Int
  /// Of a piece of the batch. Gradients alone ask for it: an output's bits depend on nothing beside it.
  let images: Int
  /// The part of the windows' cells that are no padding, and of the outputs whose windows reach none, where gradients ask
  /// for them.
  let covered, interior: Double
  /// Taps of a row whose inputs follow on in memory.
  let tapsInRow: Int

  private var taps: Int { rows.taps }

  /// Kernels of one lane have none of their own: no form is faster than another by much.
  private var costs: ProductCosts { lanes == 8 ? .eight : .sixteen }

  var forward: ConvolutionForm {
    if let winograd, winograd.pays(inputs: inputs, outputs: outputs) { return .winograd }
    let product = product(values: inputs, outputs: outputs)
    // Where lanes along both are possible and permutations cheap they win over planes.
    let allowsPixels = allowsPixels && !(allowsBoth && costs.permutes)
    return Self.best(
      product,
      allowsPixels ? pixels(products: 1, values: stridePixels * inputs + outputs, fixed: 500) : .max,
      allowsBoth ? productOfBoth + fixedOfBoth : .max)
  }

  /// How the gradients that are wanted are made.
  func backward(wantsInput: Bool, wantsKernel: Bool) -> GradientForms {
    guard let winograd else { return usualGradients(wantsInput: wantsInput, wantsKernel: wantsKernel) }
    let input = wantsInput && winograd.paysForInput(inputs: inputs, outputs: outputs)
    let filter =
      wantsKernel && winograd.paysForFilter(inputs: inputs, outputs: outputs, images: images, lanes: lanes)
    if !input, !filter { return usualGradients(wantsInput: wantsInput, wantsKernel: wantsKernel) }
    let product = inputProduct
    return GradientForms(
      input: input ? .winograd : product.form, joinsColumns: !input && product.joins,
      filter: filter ? .winograd : .alongOutputs)
  }

  /// What wins by a tenth; each place within a stride by itself is the usual one.
  private var inputProduct: Product {
    let apart = product(values: outputs, outputs: inputs, pixels: stridePixels)
    guard let joined else { return apart }
    let together = product(
      rows: TapRows(count: rows.count, stretches: [joined.outputs]), values: outputs, outputs: joined.columns * inputs,
      pixels: stridePixels / joined.columns)
    return 10 * together.cost < 9 * apart.cost ? Product(form: together.form, cost: together.cost, joins: true) : apart
  }

  private func usualGradients(wantsInput: Bool, wantsKernel: Bool) -> GradientForms {
    let input = inputProduct
    let product = GradientForms(input: input.form, joinsColumns: input.joins, filter: .alongOutputs)
    let filterCost = wantsKernel ? filterAlongOutputs : 0
    let separate = Product(form: .alongOutputs, cost: (wantsInput ? input.cost : 0) + filterCost)
    // Of sizes that are bounded where the form is possible.
    let few = allowsPixels ? planes(wantsInput: wantsInput, wantsKernel: wantsKernel) : .max
    // A single tap of a single input fills one lane of its gradient.
    let isWide = wantsInput && taps * inputs == 1 && outputs > 32
    let allowsBoth = allowsBoth && !isWide
    let permutes = FlatConvolution.permutes(filterRows: taps * inputs, outputChannels: outputs)
    guard costs.permutes else {
      // Products go over bands of an image that the second cache does not keep whole; lanes along both do not, and so
      // the outputs' gradient is read once more: a cycle for each.
      let rereading = wantsKernel && permutes && pixelCount * outputs > Self.keptOutputs ? 32 * outputs : 0
      let mixed = allowsBoth && wantsInput ? filterCost + inputOfBoth + fixedOfBoth + rereading : .max
      let best = Self.best(separate, few, mixed)
      if best == .alongBoth, !permutes { return GradientForms(.alongBoth) }
      return switch best {
      case .alongOutputs: product
      case .alongBoth: GradientForms(input: .alongBoth, filter: .alongOutputs)
      default: GradientForms(best)
      }
    }
    // With a single input, reading the outputs' gradient for one product after the other is most of the work; with
    // strides the input's reads it once for each place within a stride, in short sums.
    var reading = inputs == 1 ? 20 * outputs * ((wantsKernel ? 2 : 0) + (wantsInput ? 1 : 0) - 1) : 0
    if wantsInput, stridePixels > 1, input.form == .alongValues { reading += input.cost * 3 / 5 }
    let filterOfBoth = permutes ? productOfBoth : filterAlongOutputs
    let both = (wantsKernel ? filterOfBoth : 0) + (wantsInput ? inputOfBoth : 0) + 2 * fixedOfBoth
    let best = Self.best(
      Product(form: .alongOutputs, cost: separate.cost + (self.allowsBoth ? reading : 0)),
      !self.allowsBoth || stridePixels == 1 && inputs > 1 ? few : .max,
      allowsBoth ? both : .max)
    return best == .alongOutputs ? product : GradientForms(best)
  }

  /// Floats of outputs that stay in a second-level cache.
  private static let keptOutputs = 128 << 10

  /// A product of pixels and the filter, and what it takes.
  private struct Product {
    let form: ConvolutionForm
    let cost: Int
    /// Of the columns of a stride together.
    var joins = false
  }

  /// What wins by a tenth at least; products are the usual one.
  private static func best(_ product: Product, _ pixels: Int, _ both: Int) -> ConvolutionForm {
    let few = min(pixels, both)
    if few < Int.max / 10, 10 * few < 9 * product.cost { return both <= pixels ? .alongBoth : .alongPixels }
    return product.form
  }

  /// The best product of so many values of each tap with so many outputs: what wins by a tenth; along the outputs is the
  /// usual one.
  ///
  /// - Parameter rows: of taps, if not the filter's own.
  private func product(rows: TapRows? = nil, values: Int, outputs: Int, pixels: Int = 1) -> Product {
    let rows = rows ?? self.rows
    let outputsCost = alongOutputs(values: rows.taps * values, outputs: outputs, pixels: pixels)
    let valuesCost = outputs <= 64 ? alongValues(rows, values: values, outputs: outputs, pixels: pixels) : Int.max / 10
    let foursCost =
      pixelCount >= Self.fewestInFours && Self.allowsFours(values: rows.taps * values, outputs: outputs)
      ? alongFours(rows, values: values, outputs: outputs, pixels: pixels) : Int.max / 10
    let cost = min(outputsCost, valuesCost, foursCost)
    if 10 * cost >= 9 * outputsCost { return Product(form: .alongOutputs, cost: cost) }
    return Product(form: foursCost < valuesCost ? .alongFours : .alongValues, cost: cost)
  }

  /// Fewer outputs are for sums along the values, and more fill vectors well enough; each tile reads all of the filter.
  static func allowsFours(values: Int, outputs: Int) -> Bool {
    inFours.contains(outputs) && values <= largestInFours / outputs
  }

  private static let inFours = 5...40
  /// Outputs of an image that pay for writing out the filter.
  private static let fewestInFours = 16
  /// Floats of a filter that stays in the second cache.
  private static let largestInFours = 128 << 10

  private static func vectors(_ count: Int, of lanes: Int = 16) -> Int { (count + lanes - 1) / lanes }

  /// One vector of outputs is loaded for each product: that takes longer than two.
  private func alongOutputs(values: Int, outputs: Int, pixels: Int = 1) -> Int {
    let vectors = Self.vectors(outputs, of: costs.lanes)
    return values * vectors * (vectors == 1 ? costs.single : costs.several) + costs.pixel * pixels
  }

  private var filterAlongOutputs: Int {
    let joined = filterTaps != .apart
    let copied = filterTaps == .overPadding ? costs.copied * stridePixels * inputs : 0
    return (joined ? taps / tapsInRow * filterCost(rows: tapsInRow * inputs) : taps * filterCost(rows: inputs)) + copied
      + 160
  }

  /// Of the gradients of so many rows of the filter that follow on in the input, for a pixel: with the vectors along the
  /// outputs, or along the rows or fours of both, where these fill them better.
  private func filterCost(rows: Int) -> Int {
    func cost(_ lanes: Int, by others: Int) -> Int {
      let vectors = Self.vectors(lanes, of: costs.lanes)
      return others * vectors * (vectors == 1 ? costs.singleGradient : costs.severalGradient)
    }
    let alongRows = rows < TapProduct.leastRun ? Int.max / 10 : cost(rows, by: outputs)
    guard costs.lanes == 16, rows >= 4, (4...Self.mostFourGradients).contains(outputs) else {
      return min(cost(outputs, by: rows), alongRows)
    }
    let fours = Self.vectors(rows, of: 4) * Self.vectors(outputs, of: 4) * costs.severalGradient
    return min(cost(outputs, by: rows), alongRows, fours + costs.severalGradient * Self.vectors(outputs, of: 4))
  }

  /// Outputs of a filter's gradient that its kernel has in fours.
  private static let mostFourGradients = 20

  /// How the filter's gradient goes over its taps: whole rows of them fill vectors better where that takes nine cycles
  /// instead of ten. Few inputs make few rows of sums for each tap, and gain by any row. A copy with padding adds its
  /// zeros, and with strides is as large as what it saves.
  var filterTaps: FilterTaps {
    let share = Double(filterCost(rows: tapsInRow * inputs)) / Double(max(1, tapsInRow * filterCost(rows: inputs)))
    let isFew = inputs < Self.fewInputs
    if interior >= Self.enoughInside, tapsInRow > 1, taps <= Self.mostByOutputs, isFew || share <= 0.9 {
      return .byOutputs
    }
    return isFew || tapsInRow > 1 && stridePixels == 1 && share <= 0.9 * covered ? .overPadding : .apart
  }

  /// Input channels that make few rows of sums.
  private static let fewInputs = 8
  /// Part of the outputs whose windows reach no padding, from which on the others are worth calls of their own.
  private static let enoughInside = 0.75
  /// Taps whose lists, one for each set that a border's outputs see, are small.
  private static let mostByOutputs = 64

  private func alongValues(_ rows: TapRows, values: Int, outputs: Int, pixels: Int) -> Int {
    let row = rows.stretches.reduce(0) { cost, taps in
      let stretch = values * taps
      return cost + stretch / 16 * (outputs == 1 ? costs.singleStretch : costs.stretch)
        + (stretch % 16 == 0 ? 0 : costs.stretchEnd)
    }
    return outputs * (rows.count * row + costs.fold * pixels)
  }

  /// Stretches may begin and end within a four.
  private func alongFours(_ rows: TapRows, values: Int, outputs: Int, pixels: Int) -> Int {
    let vectors = Self.vectors(4 * outputs, of: costs.lanes)
    var (fours, parts, first) = (0, 0, 0)
    for _ in 0..<rows.count {
      for taps in rows.stretches {
        let end = first + taps * values
        fours += (end + 3) / 4 - first / 4
        parts += (first % 4 == 0 ? 0 : 1) + (end % 4 == 0 ? 0 : 1)
        first = end
      }
    }
    let foldings = Self.vectors(vectors, of: 4)
    return fours * vectors * costs.four + parts * costs.partOfFour
      + (costs.pixel + foldings * costs.foldFours) * pixels
  }

  /// Columns that no output has are included; values are turned into planes or back.
  ///
  /// - Parameter fixed: cycles for each image.
  private func pixels(products: Int, values: Int, fixed: Int) -> Int {
    products * (taps * inputs * outputs * pitch * costs.plane / (8 * max(1, columns)) + 32) + costs.turn * values
      + 32 * fixed / max(1, pixelCount)
  }

  private func planes(wantsInput: Bool, wantsKernel: Bool) -> Int {
    // A single plane of the input's gradient loads a vector for each product.
    let products = (wantsKernel ? 1 : 0) + (wantsInput ? (inputs == 1 ? 2 : 1) : 0)
    var values = (wantsKernel ? stridePixels * inputs : 0) + (wantsInput ? stridePixels * inputs : 0) + outputs * 5 / 4
    // Pixels of more than a block of channels take twice as long to turn.
    if inputs > 8 { values *= 2 }
    // The filter's sums are folded for every image.
    return pixels(products: products, values: values, fixed: 1500 + 3 * taps * inputs * outputs)
  }

  /// Every product permutes a vector of values, and there are few of them for each vector that is written or read.
  private var productOfBoth: Int {
    taps * inputs * outputs * costs.both / 2 + costs.bothOutput * outputs + costs.bothValue * stridePixels * inputs
  }

  /// Every output is multiplied with all taps that it reaches; their sums are stored by rows of taps and gathered.
  private var inputOfBoth: Int {
    (costs.spreadOutput * outputs + costs.spreadRow * rows.count) * Self.vectors(taps * inputs) + 30
  }

  /// Lines of an image.
  private var fixedOfBoth: Int { 32 * 500 / max(1, pixelCount) }
}
