package import CNNGraph
internal import CNNKernels

/// Cross-correlation of images with a filter, Keras's `Conv2D`; bias, ReLU and max pooling may ride along.
///
/// Operands: x `[N, H, W, in]`, kernel `[kh, kw, in / groups, out]`, then bias `[out]` if fused.
/// Results: y `[N, H', W', out]` (of the pooled image if fused), then the winners `u8` if a gradient needs them.
package struct Conv2DOperation: Operation {
  package let window: Window2D
  package let groups: Int
  package private(set) var hasBias = false
  package private(set) var isRectified = false
  package private(set) var pool: Window2D?
  package private(set) var keepsWinners = false

  package init(window: Window2D, groups: Int) {
    self.window = window
    self.groups = groups
  }

  package var name: String { "conv2d" }

  package var attributes: [(name: String, value: String)] {
    var list = window.attributes
    if groups > 1 { list.append(("groups", "\(groups)")) }
    let fused = (hasBias ? ["bias"] : []) + (isRectified ? ["relu"] : []) + (pool.map { ["max_pool \($0.text)"] } ?? [])
    if !fused.isEmpty { list.append(("fused", fused.joined(separator: " + "))) }
    return list
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasBias ? 3 : 2), operands[0].rank == 3, operands[1].rank == 4 else { return nil }
    let x = operands[0].extents
    let kernel = operands[1].extents
    guard
      x[0] == window.rows.size, x[1] == window.columns.size, kernel[0] == window.rows.window,
      kernel[1] == window.columns.window, groups > 0, x[2] == kernel[2] * groups, kernel[3] % groups == 0
    else { return nil }
    if hasBias, operands[2].extents != [kernel[3]] { return nil }
    let area = pool ?? window
    let y = TensorType([area.rows.output, area.columns.output, kernel[3]])
    return keepsWinners ? [y, y.with(element: .uint8)] : [y]
  }

  /// Of the convolution alone; pooling that rides along is for the graph before fusion to tell.
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .window(window) }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    let kernel = operands[1].extents
    let values = window.rows.output * window.columns.output * kernel[3]
    // What rides along costs what it does on its own, so that fusion changes no sum.
    let epilogues = Cost(flops: (hasBias ? values : 0) + (isRectified ? values : 0))
    let pooling = pool.map { Cost.product(results[0].elementCount, $0.area) } ?? .none
    return .product(2, window.rows.output * window.columns.output, kernel.reduce(1, *)) + epilogues + pooling
  }
}

extension Conv2DOperation: FusionAnchor {
  package func absorbing(_ epilogue: Epilogue, keepsWinners: Bool) -> (any Operation)? {
    guard pool == nil else { return nil }
    var fused = self
    switch epilogue {
    case .bias:
      guard !hasBias, !isRectified else { return nil }
      fused.hasBias = true
    case .activation(.relu):
      guard !isRectified else { return nil }
      fused.isRectified = true
    case .maxPool(let window):
      // Winners are bytes: larger windows stay on their own.
      guard window.area <= 256 else { return nil }
      fused.pool = window
      fused.keepsWinners = keepsWinners
    }
    return fused
  }
}

extension Conv2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let wantsInput = context.wanted[0]
    let overWinners = hasSparseGradient
    let operation = Conv2DGradientOperation(
      forward: self, overWinners: overWinners, wantsInput: wantsInput, wantsKernel: context.wanted[1],
      wantsBias: hasBias && context.wanted[2])
    var operands = [context.operands[0]]
    if wantsInput {
      operands.append(
        builder.append(
          FilterTransposeOperation(overWinners ? .byOutput : .gradient(operation)), [context.operands[1]]))
    }
    if isRectified { operands.append(context.results[0]) }
    if keepsWinners { operands.append(context.results[1]) }
    operands.append(context.resultGradient)
    let results = builder.appendAll(operation, operands)
    var remaining = results[...]
    return [wantsInput, context.wanted[1], hasBias && context.wanted[2]].prefix(hasBias ? 3 : 2).map {
      $0 ? remaining.popFirst() : nil
    }
  }
}

extension Conv2DOperation {
  /// Sizes that tell which form is fastest. Kernel: `[kh, kw, in / groups, out]`.
  ///
  /// - Parameter images: of a piece of the batch; products are made alike whatever their number.
  func sizes(kernel: [Int], isBackward: Bool, lanes: Int, images: Int) -> ConvolutionSizes {
    let columns = window.columns
    let joins = groups == 1 && columns.dilation == 1
    let stretches =
      joins
      ? (isBackward ? columns.tapsOfInputs : [kernel[1]]) : Array(repeating: 1, count: kernel[1])
    let reach = (columns.window - 1) * columns.dilation / columns.stride
    let allowsBoth =
      groups == 1
      && FlatConvolution.isPossible(
        inputs: kernel[2], outputs: kernel[3], rows: window.rows, columns: columns)
    let joined = isBackward ? joinedColumns(kernel: kernel) : nil
    return ConvolutionSizes(
      rows: TapRows(count: kernel[0], stretches: stretches), inputs: kernel[2], outputs: kernel[3] / groups,
      joined: joined.map { (columns.stride, $0.outputs.count) }, pixelCount: window.rows.output * columns.output,
      columns: columns.output, pitch: columns.output + reach,
      stridePixels: min(columns.stride, columns.size) * min(window.rows.stride, window.rows.size),
      allowsPixels: groups == 1 && reach <= PlaneConvolution.farthest && window.padsModestly && kernel[2] <= 24
        && kernel[3] <= 24, allowsBoth: allowsBoth,
      winograd: WinogradSizes(window, groups: groups), lanes: lanes, images: images,
      covered: isBackward ? window.rows.covered * columns.covered : 1,
      interior: isBackward ? window.rows.interior * columns.interior : 1, tapsInRow: joins ? kernel[1] : 1)
  }

  /// Where the columns of a stride can be made together in the input's gradient: only those fill vectors better than each
  /// alone that are few, and a large filter would only be the larger for its zeros.
  func joinedColumns(kernel: [Int]) -> JoinedColumns? {
    guard groups == 1, kernel[2] * window.columns.stride <= Self.mostJoined, kernel.reduce(1, *) <= Self.largestJoined
    else { return nil }
    return JoinedColumns(window.columns)
  }

  private static let mostJoined = 128
  private static let largestJoined = 64 << 10

  /// How the forward product is made with vectors of so many lanes.
  func form(kernel: [Int], lanes: Int) -> ConvolutionForm {
    sizes(kernel: kernel, isBackward: false, lanes: lanes, images: 1).forward
  }

  /// Whether a product with a filter of so many rows and columns reads it in panels. A filter that stays in the
  /// second-level cache as it is gains nothing, unless its rows are no whole vectors: half of the loads then cross lines.
  /// A few images do not pay for the copy.
  static func packs(rows: Int, columns: Int, images: Int) -> Bool {
    let least = columns % Self.wholeVector == 0 ? Self.pastSecondCache : Self.pastFirstCache
    return columns > Self.fewestPacked && rows * columns >= least && images >= 4
  }

  private static let wholeVector = 16
  private static let fewestPacked = 32
  /// Floats of a filter that leaves a cache.
  private static let pastFirstCache = 12 << 10
  private static let pastSecondCache = 128 << 10

  /// Whether most outputs carry no gradient: behind max pooling one of a window does, and only if it is positive.
  ///
  /// Such gradients are gathered and scattered over the winners instead of multiplied through with their zeros.
  fileprivate var hasSparseGradient: Bool {
    groups == 1 && window.columns.dilation == 1 && keepsWinners && isRectified && window.padsModestly
  }
}

extension Window2D {
  /// Whether an image with its padding around it is at most some times as large as without, or small.
  var padsModestly: Bool {
    let cells = Double(rows.size) * Double(columns.size)
    return Double(rows.reach) * Double(columns.reach) <= max(3 * cells, 4096)
  }
}

extension WindowGeometry {
  /// From the first cell of the first window to the last of the last.
  var reach: Int { (output - 1) * stride + dilation * (window - 1) + 1 }

  /// How many taps reach an input, by its place within a stride; without those that none does.
  fileprivate var tapsOfInputs: [Int] { (0..<min(stride, window)).map { (window - $0 + stride - 1) / stride } }

  /// The part of all windows' cells that are no padding.
  fileprivate var covered: Double {
    let real = (0..<window).reduce(0.0) { $0 + Double(outputs(for: $1).count) }
    return real / max(1, Double(window) * Double(output))
  }

  /// The part of the windows that reach no padding.
  fileprivate var interior: Double {
    Double((0..<output).count { taps(at: $0).count == window }) / Double(max(1, output))
  }
}

/// Gradients of a fused convolution from what it kept.
///
/// Operands: x; the transposed kernel if the input's gradient is wanted; y if rectified; the winners if pooled; dy.
/// Results, those wanted: dx, dkernel, dbias. Pooling and rectifier are undone first, by reading the winners.
package struct Conv2DGradientOperation: Operation {
  package let forward: Conv2DOperation
  /// Over the outputs that carry a gradient alone; the kernel's transpose is then by output.
  package let overWinners: Bool
  package let wantsInput, wantsKernel, wantsBias: Bool

  package init(forward: Conv2DOperation, overWinners: Bool, wantsInput: Bool, wantsKernel: Bool, wantsBias: Bool) {
    self.forward = forward
    self.overWinners = overWinners
    self.wantsInput = wantsInput
    self.wantsKernel = wantsKernel
    self.wantsBias = wantsBias
  }

  package var name: String { "conv2d_gradient" }

  package var attributes: [(name: String, value: String)] {
    let wanted = (wantsInput ? ["input"] : []) + (wantsKernel ? ["kernel"] : []) + (wantsBias ? ["bias"] : [])
    return forward.attributes + [("of", wanted.joined(separator: " + "))]
  }

  /// Output channels, from dy's type.
  package func outputChannels(_ operands: [TensorType]) -> Int { operands.last?.extents.last ?? 0 }

  package func kernelExtents(_ operands: [TensorType]) -> [Int] {
    [
      forward.window.rows.window, forward.window.columns.window,
      (operands[0].extents.last ?? 0) / forward.groups, outputChannels(operands),
    ]
  }

  /// The transposed filter is made anew anyhow, whatever the number of images.
  func packsInputProduct(kernel: [Int]) -> Bool {
    forward.groups == 1
      && Conv2DOperation.packs(rows: kernel[0] * kernel[1] * kernel[3], columns: kernel[2], images: .max)
  }

  /// Floats that the kernel takes as the input's gradient reads it, on any instruction set.
  func transposedCount(kernel: [Int]) -> Int {
    let usual = kernel.reduce(1, *)
    if overWinners || !wantsInput { return usual }
    if WinogradSizes(forward.window, groups: forward.groups)?.paysForInput(inputs: kernel[2], outputs: kernel[3])
      == true
    {
      return WinogradConvolution.filterCount(inputChannels: kernel[3], outputChannels: kernel[2])
    }
    func count(taps: Int, inputs: Int) -> Int {
      let values = taps * kernel[3]
      let allowsFours = ConvolutionSizes.allowsFours(values: values / forward.groups, outputs: inputs)
      return max(values * inputs, allowsFours ? FilterTranspose.Order.foursCount(values: values, outputs: inputs) : 0)
    }
    let apart = count(taps: kernel[0] * kernel[1], inputs: kernel[2])
    let joined = forward.joinedColumns(kernel: kernel).map {
      count(taps: kernel[0] * $0.outputs.count, inputs: forward.window.columns.stride * kernel[2])
    }
    let packed =
      packsInputProduct(kernel: kernel)
      ? FilterTranspose.Order.packedCount(rows: kernel[0] * kernel[1] * kernel[3], columns: kernel[2]) : 0
    return max(apart, joined ?? 0, packed)
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    let expected = 2 + (wantsInput ? 1 : 0) + (forward.isRectified ? 1 : 0) + (forward.keepsWinners ? 1 : 0)
    guard operands.count == expected, operands[0].rank == 3, forward.pool == nil || forward.keepsWinners else {
      return nil
    }
    var results: [TensorType] = []
    if wantsInput { results.append(operands[0]) }
    if wantsKernel { results.append(.parameter(kernelExtents(operands))) }
    if wantsBias { results.append(.parameter([outputChannels(operands)])) }
    return results
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    let product = Cost.product(
      2, forward.window.rows.output, forward.window.columns.output, kernelExtents(operands).reduce(1, *))
    return (wantsInput ? product : .none) + (wantsKernel ? product : .none)
  }
}

/// A filter as a product reads it, made once a step.
package struct FilterTransposeOperation: Operation {
  package enum Order: Sendable {
    /// The taps in reverse and `[in, out]` transposed: `[kh, kw, out, in / groups]`; a matrix becomes `[out, in]`.
    case reversed
    /// `[out, kh * kw * in]`, the taps in their order.
    case byOutput
    /// As `reversed`, the values in whatever order the kernels of that gradient read them: see
    /// `Conv2DGradientOperation.transposeOrder`.
    case gradient(Conv2DGradientOperation)
  }
  package let order: Order
  package init(_ order: Order = .reversed) { self.order = order }

  package var name: String { "filter_transpose" }
  package var attributes: [(name: String, value: String)] {
    switch order {
    case .reversed, .gradient: []
    case .byOutput: [("by", "output")]
    }
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank >= 2, !operands[0].isBatched else { return nil }
    let extents = operands[0].extents
    let (inputs, outputs) = (extents[extents.count - 2], extents[extents.count - 1])
    let taps = extents.dropLast(2).reduce(1, *)
    return switch order {
    case .gradient(let operation) where operation.transposedCount(kernel: extents) > extents.reduce(1, *):
      [.parameter([operation.transposedCount(kernel: extents)])]
    case .reversed, .gradient: [.parameter(extents.dropLast(2) + [outputs, inputs])]
    case .byOutput: [.parameter([outputs, taps * inputs])]
    }
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension Window2D {
  /// `2x2`
  package var text: String { "\(rows.window)x\(columns.window)" }

  /// Whatever a dump should say of a window.
  package var attributes: [(name: String, value: String)] {
    var list = [("window", text)]
    if rows.stride != 1 || columns.stride != 1 { list.append(("strides", "\(rows.stride)x\(columns.stride)")) }
    if rows.dilation != 1 || columns.dilation != 1 {
      list.append(("dilation", "\(rows.dilation)x\(columns.dilation)"))
    }
    let after = { (axis: WindowGeometry) in
      max(0, (axis.output - 1) * axis.stride + axis.dilation * (axis.window - 1) + 1 - axis.size - axis.paddingBefore)
    }
    let padding = [rows.paddingBefore, after(rows), columns.paddingBefore, after(columns)]
    if padding.contains(where: { $0 > 0 }) {
      list.append(("padding", "\(padding[0])+\(padding[1]) x \(padding[2])+\(padding[3])"))
    }
    return list
  }
}
