internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension Conv2DOperation: KernelBinding {
  /// The outputs before pooling, the filter in another order, the scratch of a whole convolution, and the input with its
  /// padding; each if needed.
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let lowering = lowering(sizes)
    let pooled = pool.map { _ in
      Temporary.workspace(chunk(sizes, lowering.shape) * lowering.shape.outputCount * 4)
    }
    let form = form(kernel: lowering.kernel, lanes: sizes.lanes)
    let prepared = preparedCount(sizes, form).map { Temporary.prepared($0 * 4) }
    let scratch = lowering.whole(form).map { Temporary.workspace($0.scratchByteCount) }
    let padded = paddedInput(sizes).map { Temporary.workspace(chunk(sizes, lowering.shape) * $0.image.count * 4) }
    return [pooled, prepared, scratch, padded].compactMap(\.self)
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let sizes = binding.sizes
    let lowering = lowering(sizes)
    var shape = lowering.shape
    shape.pool = pool.map { PoolShape($0, channels: lowering.kernel[3]) }
    let kernel = binding.operands[1]
    let form = form(kernel: lowering.kernel, lanes: sizes.lanes)
    let order = filterOrder(sizes, form)
    let whole = lowering.whole(form)
    var temporaries = binding.temporaries[...]
    let scratch = pool == nil ? nil : temporaries.removeFirst()
    let prepared = order == nil ? nil : temporaries.removeFirst()
    let wholeScratch = whole == nil ? nil : temporaries.removeFirst()
    let padded = paddedInput(sizes)
    let paddedScratch = padded == nil ? nil : temporaries.removeFirst()
    let classes = padded.map { ConvolutionLowering(window: $0.window, groups: 1, kernel: lowering.kernel).forward }
    let call = ConvolutionForward(
      table: binding.kernels, shape: shape,
      product: PixelProduct(
        classes ?? lowering.forward, form: form.product,
        packedRows: order == .packed ? shape.filterRows : nil, xImage: padded?.image.count ?? shape.inputCount,
        yImage: shape.outputCount),
      x: binding.operands[0], kernel: prepared ?? kernel, bias: hasBias ? binding.operands[2] : nil,
      y: binding.results[0], winners: keepsWinners ? binding.results[1] : nil, isRectified: isRectified,
      scratch: scratch, chunk: chunk(sizes, shape), whole: whole, wholeScratch: wholeScratch,
      paddedInput: padded?.image, paddedScratch: paddedScratch)
    let product = BoundCall(form == .winograd ? "Winograd product" : "indirect product", .images, call)
    guard let order, let prepared else { return [product] }
    // Along the values, and in fours, it is one matrix, without taps to reverse.
    let isMatrix = order != .winograd
    let transpose = FilterTranspose(
      table: binding.kernels, order: order, taps: isMatrix ? 1 : lowering.kernel[0] * lowering.kernel[1],
      rows: isMatrix ? shape.filterRows : lowering.kernel[2], columns: lowering.kernel[3], kernel: kernel,
      transposed: prepared)
    let name =
      switch order {
      case .packed: "pack"
      case .winograd: "filter to points"
      default: "transpose"
      }
    return [BoundCall(name, .once, transpose, isPreparation: true), product]
  }

  /// Images to treat at once.
  private func chunk(_ sizes: BindingSizes, _ shape: ConvolutionShape) -> Int {
    if pool != nil { return sizes.chunk(bytesPerImage: shape.outputCount * 4) }
    guard let padded = paddedInput(sizes) else { return sizes.decomposition.imagesPerPiece }
    return max(1, min(sizes.decomposition.imagesPerPiece, Self.paddedFloats / max(1, padded.image.count)))
  }

  /// A large filter is read anew for each set of outputs that see the same taps, which on a small image are a few pixels
  /// each. With the padding in the image they are one set, which fills its tiles.
  private func paddedInput(_ sizes: BindingSizes) -> (image: PaddedImage, window: Window2D)? {
    let kernel = sizes.operands[1].extents
    guard groups == 1, pool == nil, kernel[0] * kernel[1] >= Self.manyTaps,
      kernel.reduce(1, *) >= Self.largeFilter, window.rows.output * window.columns.output <= Self.fewOutputs,
      form(kernel: kernel, lanes: sizes.lanes) == .alongOutputs, let padded = window.overPadding
    else { return nil }
    let image = window.paddedImage(channels: kernel[2])
    return image.isPadded ? (image, padded) : nil
  }

  /// Taps whose sets are many, floats of a filter that leaves the second cache, outputs of a small image, and floats of
  /// padded images at once.
  private static let manyTaps = 25
  private static let largeFilter = 128 << 10
  private static let fewOutputs = 64
  private static let paddedFloats = 256 << 10

  /// How the product reads the filter, if not as it is.
  private func filterOrder(_ sizes: BindingSizes, _ form: ConvolutionForm) -> FilterTranspose.Order? {
    switch form {
    case .alongValues: .reversed
    case .alongFours: .fours(groups: groups)
    case .winograd: .winograd
    case .alongOutputs: packs(sizes) ? .packed : nil
    case .alongPixels, .alongBoth: nil
    }
  }

  /// Floats that the filter takes in that order.
  private func preparedCount(_ sizes: BindingSizes, _ form: ConvolutionForm) -> Int? {
    let kernel = sizes.operands[1].extents
    return switch filterOrder(sizes, form) {
    case nil: nil
    case .packed:
      FilterTranspose.Order.packedCount(rows: kernel.dropLast().reduce(1, *), columns: kernel[3])
    case .winograd: WinogradConvolution.filterCount(inputChannels: kernel[2], outputChannels: kernel[3])
    case .fours:
      groups
        * FilterTranspose.Order.foursCount(values: kernel.dropLast().reduce(1, *), outputs: kernel[3] / groups)
    default: kernel.reduce(1, *)
    }
  }

  private func packs(_ sizes: BindingSizes) -> Bool {
    let kernel = sizes.operands[1].extents
    return groups == 1
      && Self.packs(rows: kernel.dropLast().reduce(1, *), columns: kernel[3], images: sizes.decomposition.batch)
  }

  private func lowering(_ sizes: BindingSizes) -> ConvolutionLowering {
    ConvolutionLowering(window: window, groups: groups, kernel: sizes.operands[1].extents)
  }
}

extension Conv2DGradientOperation: KernelBinding {
  private var needsScratch: Bool { forward.isRectified || forward.pool != nil }

  /// The input with its padding around it, if that is what the filter's gradient reads.
  private func paddedInput(_ sizes: BindingSizes) -> (input: PaddedInput, window: Window2D)? {
    guard filterTaps(sizes) == .overPadding, let padded = forward.window.overPadding else { return nil }
    let image = forward.window.paddedImage(channels: kernelExtents(sizes.operands)[2])
    let input = PaddedInput(image, windowRows: (padded.rows.window - 1) * padded.rows.dilation + 1)
    return image.isPadded ? (input, padded) : nil
  }

  private func filterTaps(_ sizes: BindingSizes) -> FilterTaps {
    guard wantsKernel, !overWinners, forward.groups == 1, forms(sizes).filter == .alongOutputs else { return .apart }
    return self.sizes(kernel: kernelExtents(sizes.operands), sizes).filterTaps
  }

  /// Images to treat at once: their gradient is read by one product after the other, from the second-level cache if it
  /// fits. Whole pieces of the filter's sums over pixels, and the same with a rectifier as without.
  private func chunk(_ sizes: BindingSizes) -> Int {
    let shape = lowering(sizes).shape
    let images = sizes.chunk(bytesPerImage: (shape.outputCount + (paddedInput(sizes)?.input.image.count ?? 0)) * 4)
    if forms(sizes).filter == .winograd {
      // The sums at the points are turned into the filter's once for each.
      return min(
        sizes.decomposition.imagesPerPiece, max(images, Int(WinogradSizes.pixelsTogether) / max(1, shape.outputPixels)))
    }
    let together = max(1, ConvolutionBackward.pixelsTogether / max(1, shape.outputPixels))
    return min(sizes.decomposition.imagesPerPiece, max(1, images / together) * together)
  }

  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    if overWinners {
      return [.workspace(winnerShape(sizes).chunk(imagesPerPiece: sizes.decomposition.imagesPerPiece).byteCount)]
    }
    let images = chunk(sizes)
    let gradient = needsScratch ? [Temporary.workspace(images * lowering(sizes).shape.outputCount * 4)] : []
    let shape = shape(lowering(sizes))
    let padded: [Temporary] =
      paddedInput(sizes).map { [.workspace($0.input.count(images: images, of: shape) * 4)] } ?? []
    return gradient + padded + (whole(sizes).map { [.workspace($0.scratchByteCount)] } ?? [])
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let lowering = lowering(binding.sizes)
    let padded = paddedInput(binding.sizes)
    let filter =
      padded.map { ConvolutionLowering(window: $0.window, groups: 1, kernel: lowering.kernel).filter }
      ?? (filterTaps(binding.sizes) == .byOutputs ? lowering.filterByOutputs : lowering.filter)
    let shape = shape(lowering)
    var operands = binding.operands[...]
    let x = operands.removeFirst()
    let transposed = wantsInput ? operands.removeFirst() : nil
    let y = forward.isRectified ? operands.removeFirst() : nil
    let winners = forward.keepsWinners ? operands.removeFirst() : nil
    let dy = operands.removeFirst()
    var results = binding.results[...]
    if overWinners {
      let winnerShape = winnerShape(binding.sizes)
      let call = WinnerBackward(
        table: binding.kernels, shape: winnerShape,
        chunk: winnerShape.chunk(imagesPerPiece: binding.sizes.decomposition.imagesPerPiece).images, x: x,
        kernelByOutput: transposed, y: y, winners: winners, dy: dy, dx: wantsInput ? results.removeFirst() : nil,
        dKernel: wantsKernel ? results.removeFirst() : nil, dBias: wantsBias ? results.removeFirst() : nil,
        scratch: binding.temporaries[0])
      return [BoundCall("gather and scatter winners", .images, call)]
    }
    let order = transposeOrder(kernel: lowering.kernel, binding.sizes)
    let joined = joinedColumns(kernel: lowering.kernel, binding.sizes)
    let places = tapPlaces(kernel: lowering.kernel, binding.sizes)
    var temporaries = binding.temporaries[...]
    let scratch = needsScratch ? temporaries.removeFirst() : nil
    let paddedScratch = padded == nil ? nil : temporaries.removeFirst()
    let call = ConvolutionBackward(
      table: binding.kernels, shape: shape,
      filterProduct: TapProduct(
        filter, xImage: padded?.input.image.count ?? shape.inputCount, yImage: shape.outputCount),
      inputProduct: PixelProduct(
        wantsInput ? joined.map(lowering.backward) ?? lowering.backward(tapPlaces: places) : [],
        form: forms(binding.sizes).input.product,
        packedRows: order == .packedReversed ? shape.filterRows / lowering.kernel[2] * lowering.kernel[3] : nil,
        xImage: shape.outputCount,
        yImage: shape.inputCount),
      joinedColumns: places?.phases ?? 1, inputTaps: places?.count, x: x, transposedKernel: transposed, y: y,
      winners: winners, dy: dy, dx: wantsInput ? results.removeFirst() : nil,
      dKernel: wantsKernel ? results.removeFirst() : nil, dBias: wantsBias ? results.removeFirst() : nil,
      isRectified: forward.isRectified, scratch: scratch, paddedInput: padded?.input, paddedScratch: paddedScratch,
      chunk: chunk(binding.sizes), whole: whole(binding.sizes), wholeScratch: temporaries.first)
    return [BoundCall(kernelName(forms(binding.sizes)), .images, call)]
  }

  private func shape(_ lowering: ConvolutionLowering) -> ConvolutionShape {
    var shape = lowering.shape
    shape.pool = forward.pool.map { PoolShape($0, channels: lowering.kernel[3]) }
    return shape
  }

  private func kernelName(_ forms: GradientForms) -> String {
    let input = forms.input == .winograd ? "Winograd product" : "indirect product"
    let filter = forms.filter == .winograd ? "Winograd gradient" : "outer product"
    return [wantsInput ? input : nil, wantsKernel || wantsBias ? filter : nil].compactMap(\.self)
      .joined(separator: ", ")
  }

  private func forms(_ sizes: BindingSizes) -> GradientForms { forms(kernel: kernelExtents(sizes.operands), sizes) }

  /// How the gradients are made, unless they are gathered over winners. Kernel: `[kh, kw, in / groups, out]`.
  private func forms(kernel: [Int], _ sizes: BindingSizes) -> GradientForms {
    self.sizes(kernel: kernel, sizes).backward(wantsInput: wantsInput, wantsKernel: wantsKernel)
  }

  private func sizes(kernel: [Int], _ sizes: BindingSizes) -> ConvolutionSizes {
    forward.sizes(kernel: kernel, isBackward: true, lanes: sizes.lanes, images: sizes.decomposition.imagesPerPiece)
  }

  /// How the input's gradient reads the kernel, unless it is made over winners.
  fileprivate func transposeOrder(kernel: [Int], _ sizes: BindingSizes) -> FilterTranspose.Order {
    switch forms(kernel: kernel, sizes).input {
    case .alongValues, .alongBoth: .byRow
    case .alongPixels: .reversed
    case .alongFours: .foursReversed
    case .winograd: .winogradReversed
    case .alongOutputs: packsInputProduct(kernel: kernel) ? .packedReversed : .reversed
    }
  }

  /// Where the taps go in that order, if they are not simply reversed.
  fileprivate func tapPlaces(kernel: [Int], _ sizes: BindingSizes) -> TapPlaces? {
    let lowering = ConvolutionLowering(window: forward.window, groups: forward.groups, kernel: kernel)
    if let joined = joinedColumns(kernel: kernel, sizes) { return lowering.tapPlaces(joined) }
    return switch forms(kernel: kernel, sizes).input {
    case .alongOutputs, .alongValues, .alongFours: forward.window.columns.stride == 1 ? nil : lowering.tapPlaces
    case .alongPixels, .alongBoth, .winograd: nil
    }
  }

  private func joinedColumns(kernel: [Int], _ sizes: BindingSizes) -> JoinedColumns? {
    forms(kernel: kernel, sizes).joinsColumns ? forward.joinedColumns(kernel: kernel) : nil
  }

  /// What makes gradients instead of the products, of both or of one.
  private func whole(_ sizes: BindingSizes) -> WholeGradients? {
    let forms = forms(sizes)
    let lowering = lowering(sizes)
    let input = wantsInput ? lowering.whole(forms.input) : nil
    let filter = wantsKernel || wantsBias ? lowering.whole(forms.filter) : nil
    return (input ?? filter).map { WholeGradients($0, makesInput: input != nil, makesFilter: filter != nil) }
  }

  private func lowering(_ sizes: BindingSizes) -> ConvolutionLowering {
    ConvolutionLowering(window: forward.window, groups: forward.groups, kernel: kernelExtents(sizes.operands))
  }
}

extension Conv2DGradientOperation {
  fileprivate func winnerShape(_ sizes: BindingSizes) -> WinnerShape {
    let rows = forward.window.rows
    let columns = forward.window.columns
    let kernel = kernelExtents(sizes.operands)
    return WinnerShape(
      image: forward.window.paddedImage(channels: kernel[2]), inputChannels: kernel[2], windowHeight: rows.window,
      windowWidth: columns.window, strideHeight: rows.stride, strideWidth: columns.stride,
      dilationHeight: rows.dilation, outputHeight: rows.output, outputWidth: columns.output,
      outputChannels: kernel[3], pool: forward.pool.map { PoolShape($0, channels: kernel[3]) })
  }
}

extension FilterTransposeOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let extents = binding.sizes.operands[0].extents
    // By output there is one matrix; else one a tap.
    let isWhole = if case .byOutput = order { true } else { false }
    let call = FilterTranspose(
      table: binding.kernels, order: order.call(extents, binding.sizes),
      taps: isWhole ? 1 : extents.dropLast(2).reduce(1, *), places: order.tapPlaces(extents, binding.sizes),
      rows: isWhole ? extents.dropLast().reduce(1, *) : extents[extents.count - 2],
      columns: extents[extents.count - 1], kernel: binding.operands[0], transposed: binding.results[0])
    return [BoundCall("transpose", .once, call, isPreparation: true)]
  }
}

extension FilterTransposeOperation.Order {
  /// By output it is one matrix, without taps to reverse.
  fileprivate func call(_ kernel: [Int], _ sizes: BindingSizes) -> FilterTranspose.Order {
    switch self {
    case .reversed, .byOutput: .reversed
    case .gradient(let operation): operation.transposeOrder(kernel: kernel, sizes)
    }
  }

  fileprivate func tapPlaces(_ kernel: [Int], _ sizes: BindingSizes) -> TapPlaces? {
    switch self {
    case .reversed, .byOutput: nil
    case .gradient(let operation): operation.tapPlaces(kernel: kernel, sizes)
    }
  }
}

extension PoolShape {
  init(_ window: Window2D, channels: Int) {
    self.init(
      inputHeight: window.rows.size, inputWidth: window.columns.size, channels: channels,
      outputHeight: window.rows.output, outputWidth: window.columns.output, poolHeight: window.rows.window,
      poolWidth: window.columns.window, strideHeight: window.rows.stride, strideWidth: window.columns.stride,
      paddingTop: window.rows.paddingBefore, paddingLeft: window.columns.paddingBefore)
  }
}

extension Window2D {
  /// The same windows over an image that has its padding around it, if that is not much larger.
  fileprivate var overPadding: Window2D? {
    guard padsModestly, let rows = rows.overPadding, let columns = columns.overPadding,
      rows.output == self.rows.output, columns.output == self.columns.output
    else { return nil }
    return Window2D(rows: rows, columns: columns)
  }

  /// The images that the window slides over, with all that it reaches around them.
  func paddedImage(channels: Int) -> PaddedImage {
    PaddedImage(
      height: rows.size, width: columns.size, channels: channels, top: rows.paddingBefore,
      left: columns.paddingBefore, paddedHeight: rows.reach, paddedWidth: columns.reach)
  }
}

extension WindowGeometry {
  /// The place of each tap where those that reach the same inputs follow on, in reverse.
  var gradientPlaces: [Int] {
    var places = [Int](repeating: 0, count: window)
    var place = 0
    for phase in 0..<min(stride, window) {
      for tap in Swift.stride(from: phase, to: window, by: stride).reversed() {
        places[tap] = place
        place += 1
      }
    }
    return places
  }

  /// The same windows over an axis that has its padding around it.
  fileprivate var overPadding: WindowGeometry? {
    WindowGeometry(
      size: max(reach, size + paddingBefore), window: window, stride: stride, dilation: dilation, padding: .valid)
  }
}

extension FlatConvolution {
  /// Its scratch grows with all that a window reaches, the gaps of a dilation included, with a row's length, and with the
  /// filter written out for all lanes: it must stay in the caches.
  static func isPossible(inputs: Int, outputs: Int, rows: WindowGeometry, columns: WindowGeometry) -> Bool {
    let isSmall = { (axis: WindowGeometry) in
      axis.dilation == 1 && axis.window <= 7 && axis.stride <= 7 && axis.size <= 2048
    }
    guard isSmall(rows), isSmall(columns), outputs >= fewestOutputs, columns.stride * inputs <= longestStep,
      outputs <= 1 << 16
    else { return false }
    // Lanes after which the pattern of outputs repeats.
    let period = outputs * 16 / min(16, outputs & -outputs)
    return rows.window * columns.window * inputs * period <= 64 << 10
  }
}
