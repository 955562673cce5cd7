internal import CKernels

/// What convolution kernels need to know of their sizes, in floats and pixels.
package struct ConvolutionShape: Sendable {
  package var inputCount, outputCount: Int
  /// How an output's row finds those of the input.
  package var inputRows, rowStride, paddingTop: Int
  package var outputRows, outputPixels: Int
  package var groups: Int
  /// Of one group.
  package var inputChannels, outputChannels: Int
  /// Rows of the filter: taps times input channels of a group.
  package var filterRows: Int
  /// Max pooling in the epilogue, if any.
  package var pool: PoolShape?

  package init(
    inputCount: Int, outputCount: Int, inputRows: Int, rowStride: Int, paddingTop: Int, outputRows: Int,
    outputPixels: Int, groups: Int, inputChannels: Int, outputChannels: Int, filterRows: Int, pool: PoolShape?
  ) {
    self.inputCount = inputCount
    self.outputCount = outputCount
    self.inputRows = inputRows
    self.rowStride = rowStride
    self.paddingTop = paddingTop
    self.outputRows = outputRows
    self.outputPixels = outputPixels
    self.groups = groups
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.filterRows = filterRows
    self.pool = pool
  }

  /// Rows of outputs of one image whose gradients, and what they read, stay in the second-level cache from one product
  /// to the next. Whole pieces of the sums of taps that see all rows and columns.
  var gradientRows: Int {
    if pool != nil { return max(1, outputRows) }
    let columns = max(1, outputPixels / max(1, outputRows))
    let piece = max(1, ConvolutionBackward.pixelsTogether / columns)
    let bytes = (inputCount + outputCount) * MemoryLayout<Float>.stride
    let pieces = Self.bandBytes * outputRows / max(1, bytes * piece)
    return bytes <= 2 * Self.bandBytes ? max(1, outputRows) : min(max(1, outputRows), piece * max(1, pieces))
  }

  private static var bandBytes: Int { 256 << 10 }

  var allOutputChannels: Int { groups * outputChannels }
  var taps: Int { filterRows / max(1, inputChannels) }
}

/// y = max_pool(relu(conv(x) + bias)), each part but the convolution optional.
package struct ConvolutionForward: KernelCall {
  package let table: KernelTable
  package let shape: ConvolutionShape
  package let product: PixelProduct
  package let x, kernel, y: Slot
  package let bias, winners: Slot?
  package let isRectified: Bool
  /// Convolution outputs before pooling, for `chunk` images.
  package let scratch: Slot?
  package let chunk: Int
  /// Instead of the product, and what it takes.
  package let whole: (any ImageConvolution)?
  package let wholeScratch: Slot?
  /// Where the product reads the input with its padding around it: how that lies, and where it is put.
  package let paddedInput: PaddedImage?
  package let paddedScratch: Slot?

  package init(
    table: KernelTable, shape: ConvolutionShape, product: PixelProduct, x: Slot, kernel: Slot, bias: Slot?, y: Slot,
    winners: Slot?, isRectified: Bool, scratch: Slot?, chunk: Int, whole: (any ImageConvolution)? = nil,
    wholeScratch: Slot? = nil, paddedInput: PaddedImage? = nil, paddedScratch: Slot? = nil
  ) {
    self.paddedInput = paddedInput
    self.paddedScratch = paddedScratch
    self.whole = whole
    self.wholeScratch = wholeScratch
    self.table = table
    self.shape = shape
    self.product = product
    self.x = x
    self.kernel = kernel
    self.bias = bias
    self.y = y
    self.winners = winners
    self.isRectified = isRectified
    self.scratch = scratch
    self.chunk = chunk
  }

  /// A band must be worth waking another worker for: some hundred thousand operations.
  package var mostBands: Int {
    let work = 2 * shape.outputCount * shape.filterRows
    return max(1, min(shape.pool.map { Int($0.c.out_h) } ?? shape.outputRows, work / 120_000))
  }

  package func run(_ frame: Frame, _ part: Part) {
    let clamp: ck_clamp = isRectified ? CK_RELU : CK_LINEAR
    let band = part.bands > 1 ? self.band(part) : nil
    let isAlongValues = product.form == .alongValues
    /// From one group's filter to the next.
    let groupStride =
      switch product.form {
      case .alongOutputs: shape.outputChannels
      case .alongValues: shape.outputChannels * shape.filterRows
      case .alongFours: FilterTranspose.Order.foursCount(values: shape.filterRows, outputs: shape.outputChannels)
      }
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      let target = unsafe scratch.map { unsafe frame.floats($0, part) } ?? frame.floats(y, part, image: image)
      if let whole, let wholeScratch {
        unsafe whole.forward(
          table, images: count, x: frame.floats(x, part, image: image), filter: frame.floats(kernel, part),
          bias: bias.map { unsafe UnsafePointer(frame.floats($0, part)) }, isRectified: isRectified,
          outputRows: band?.outputs,
          scratch: frame.floats(wholeScratch, part), y: target)
      }
      let x = unsafe input(frame, part, image: image, count: count)
      for group in 0..<(whole == nil ? shape.groups : 0) {
        let channel = group * shape.outputChannels
        unsafe product.run(
          table, images: count, x: x + group * shape.inputChannels,
          filter: frame.floats(kernel, part) + group * groupStride,
          rowStride: isAlongValues ? shape.filterRows : shape.allOutputChannels,
          channels: shape.outputChannels, bias: bias.map { unsafe UnsafePointer(frame.floats($0, part) + channel) },
          clamp: clamp, outputRows: band?.outputs, y: target + channel)
      }
      if let pool = shape.pool {
        var window = pool.c
        let rows = band?.pooled ?? 0..<Int(window.out_h)
        for index in 0..<count {
          unsafe table.functions.bias_clamp_max_pool(
            &window, target + index * shape.outputCount, nil, CK_LINEAR, Int32(rows.lowerBound),
            Int32(rows.upperBound), frame.floats(y, part, image: image + index),
            winners.map { unsafe frame.bytes($0, part, image: image + index) })
        }
      }
      image += count
    }
  }

  private func input(_ frame: Frame, _ part: Part, image: Int, count: Int) -> UnsafePointer<Float> {
    let images = unsafe UnsafePointer(frame.floats(x, part, image: image))
    guard let paddedInput, let paddedScratch else { return unsafe images }
    let padded = unsafe frame.floats(paddedScratch, part)
    unsafe paddedInput.pad(images, images: count, into: padded)
    return unsafe UnsafePointer(padded)
  }

  /// The rows of a band: of what is written in the end, and of the convolution's outputs that these need.
  private func band(_ part: Part) -> (pooled: Range<Int>, outputs: Range<Int>) {
    guard let window = shape.pool?.c else {
      let together = whole?.rowsTogether ?? 1
      func start(_ band: Int) -> Int {
        min(shape.outputRows, band * ((shape.outputRows + together - 1) / together) / part.bands * together)
      }
      let rows = start(part.band)..<start(part.band + 1)
      return (rows, rows)
    }
    let height = Int(window.out_h)
    let pooled = part.band * height / part.bands..<(part.band + 1) * height / part.bands
    let first = pooled.lowerBound * Int(window.stride_h) - Int(window.pad_top)
    let last = (pooled.upperBound - 1) * Int(window.stride_h) - Int(window.pad_top) + Int(window.pool_h)
    return (pooled, max(0, first)..<min(Int(window.in_h), max(0, last)))
  }
}

/// Gradients of `ConvolutionForward` from what it kept: its input, its output and the pool's winners.
package struct ConvolutionBackward: KernelCall {
  package let table: KernelTable
  package let shape: ConvolutionShape
  package let filterProduct: TapProduct
  package let inputProduct: PixelProduct
  /// What that product writes as one pixel, side by side: columns of a stride.
  package let joinedColumns: Int
  /// Of the filter as that product reads it.
  package let inputTaps: Int
  package let x: Slot
  /// The filter as the product that makes the input's gradient reads it: see `FilterTranspose.Order`.
  package let transposedKernel: Slot?
  package let y, winners: Slot?
  package let dy: Slot
  package let dx, dKernel, dBias: Slot?
  package let isRectified: Bool
  /// The gradient where the convolution wrote, before pooling and rectifier, for `chunk` images.
  package let scratch: Slot?
  /// Where the filter's gradient reads the input with its padding around it: how that lies, and where it is put.
  package let paddedInput: PaddedInput?
  package let paddedScratch: Slot?
  package let chunk: Int
  /// Instead of the products, or of one of them, and what it takes.
  package let whole: WholeGradients?
  package let wholeScratch: Slot?

  package init(
    table: KernelTable, shape: ConvolutionShape, filterProduct: TapProduct, inputProduct: PixelProduct,
    joinedColumns: Int = 1, inputTaps: Int? = nil, x: Slot, transposedKernel: Slot?, y: Slot?, winners: Slot?, dy: Slot,
    dx: Slot?, dKernel: Slot?, dBias: Slot?,
    isRectified: Bool, scratch: Slot?, paddedInput: PaddedInput?, paddedScratch: Slot?, chunk: Int,
    whole: WholeGradients? = nil, wholeScratch: Slot? = nil
  ) {
    self.whole = whole
    self.wholeScratch = wholeScratch
    self.paddedInput = paddedInput
    self.paddedScratch = paddedScratch
    self.table = table
    self.shape = shape
    self.filterProduct = filterProduct
    self.inputProduct = inputProduct
    self.joinedColumns = joinedColumns
    self.inputTaps = inputTaps ?? shape.taps
    self.x = x
    self.transposedKernel = transposedKernel
    self.y = y
    self.winners = winners
    self.dy = dy
    self.dx = dx
    self.dKernel = dKernel
    self.dBias = dBias
    self.isRectified = isRectified
    self.scratch = scratch
    self.chunk = chunk
  }

  package func run(_ frame: Frame, _ part: Part) {
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      let images = image..<image + count
      image += count
      let ofWhole = unsafe runWhole(frame, part, images: images)
      let makesInput = whole?.makesInput ?? false
      let makesFilter = whole?.makesFilter ?? false
      if (makesInput || dx == nil) && (makesFilter || dKernel == nil && dBias == nil) { continue }
      let step = count == 1 ? shape.gradientRows : max(1, shape.outputRows)
      for first in stride(from: 0, to: shape.outputRows, by: step) {
        let rows = first..<min(first + step, shape.outputRows)
        let dense = unsafe ofWhole ?? denseGradient(frame, part, images: images, rows: rows)
        if !makesInput { unsafe inputGradient(frame, part, images: images, rows: rows, dense: dense) }
        if !makesFilter { unsafe filterGradient(frame, part, images: images, rows: rows, dense: dense) }
      }
    }
  }

  /// Of an input's gradient that several products write in turns.
  private static var interleavedBytes: Int { 128 << 10 }
  /// Pixels after which the sums of a filter's gradient go to memory.
  package static var pixelsTogether: Int { Int(CK_OUTER_PIXELS) }

  /// - Returns: dy as the convolution itself sees it, of all rows; `nil` if there is nothing instead of the products.
  private func runWhole(_ frame: Frame, _ part: Part, images: Range<Int>) -> UnsafePointer<Float>? {
    guard let whole, let wholeScratch else { return nil }
    let dense = unsafe denseGradient(frame, part, images: images, rows: 0..<shape.outputRows)
    unsafe whole.convolution.backward(
      table, images: images.count, x: unsafe UnsafePointer(frame.floats(self.x, part, image: images.lowerBound)),
      dy: dense, transposed: transposedKernel.map { unsafe UnsafePointer(frame.floats($0, part)) },
      scratch: frame.floats(wholeScratch, part),
      dx: whole.makesInput ? dx.map { unsafe frame.floats($0, part, image: images.lowerBound) } : nil,
      dKernel: whole.makesFilter ? dKernel.map { unsafe frame.floats($0, part) } : nil,
      dBias: whole.makesFilter ? dBias.map { unsafe frame.floats($0, part) } : nil)
    return unsafe dense
  }

  private func inputGradient(
    _ frame: Frame, _ part: Part, images: Range<Int>, rows: Range<Int>, dense: UnsafePointer<Float>
  ) {
    guard let dx, let transposedKernel else { return }
    // Inputs that no later row of outputs reads.
    let reached = { (output: Int) in max(0, output * shape.rowStride - shape.paddingTop) }
    let firstInput = rows.lowerBound == 0 ? 0 : reached(rows.lowerBound)
    let endOfInputs =
      rows.upperBound == shape.outputRows ? shape.inputRows : max(firstInput, reached(rows.upperBound))
    let inputRows = firstInput..<max(firstInput, endOfInputs)
    // The places within a stride are products of their own, which all write to the same lines.
    let bytes = max(1, shape.inputCount * MemoryLayout<Float>.stride)
    let isInterleaved = inputProduct.isInterleaved(pixel: joinedColumns * shape.groups * shape.inputChannels)
    let together = isInterleaved ? max(1, Self.interleavedBytes / bytes) : images.count
    let band = isInterleaved ? max(shape.rowStride, Self.interleavedBytes * shape.inputRows / bytes) : shape.inputRows
    for first in stride(from: images.lowerBound, to: images.upperBound, by: together) {
      let some = first..<min(first + together, images.upperBound)
      for row in stride(from: inputRows.lowerBound, to: inputRows.upperBound, by: band) {
        unsafe inputGradient(
          frame, part, images: some, rows: row..<min(row + band, inputRows.upperBound), dx: dx,
          transposedKernel: transposedKernel, dense: dense + (first - images.lowerBound) * shape.outputCount)
      }
    }
  }

  /// - Parameter rows: those of the input's gradient to make.
  private func inputGradient(
    _ frame: Frame, _ part: Part, images: Range<Int>, rows: Range<Int>, dx: Slot, transposedKernel: Slot,
    dense: UnsafePointer<Float>
  ) {
    let isAlongValues = inputProduct.form == .alongValues
    let channels = joinedColumns * shape.inputChannels
    for group in 0..<shape.groups {
      let channel = group * shape.outputChannels
      let offset =
        switch inputProduct.form {
        case .alongOutputs: channel * shape.inputChannels
        case .alongValues: channel
        case .alongFours: 0
        }
      unsafe inputProduct.run(
        table, images: images.count, x: dense + channel,
        filter: frame.floats(transposedKernel, part) + offset,
        rowStride: isAlongValues ? inputTaps * shape.allOutputChannels : channels, firstRow: channel,
        channels: channels, bias: nil, clamp: CK_LINEAR,
        outputRows: rows.count == shape.inputRows ? nil : rows, written: part.images.count,
        y: frame.floats(dx, part, image: images.lowerBound) + group * shape.inputChannels)
    }
  }

  /// The bias's first, as the input's was before: both read the outputs' gradient in the order of memory, and the
  /// product, whose tiles jump through it, then finds it in the caches.
  private func filterGradient(
    _ frame: Frame, _ part: Part, images: Range<Int>, rows: Range<Int>, dense: UnsafePointer<Float>
  ) {
    if let dBias {
      let rowCount = shape.outputCount / max(1, shape.outputRows)
      let channels = shape.allOutputChannels
      unsafe table.functions.column_sum(
        dense + rows.lowerBound * rowCount, Int64(images.count * rows.count * rowCount / max(1, channels)),
        Int64(channels), Int32(channels), frame.floats(dBias, part))
    }
    guard let dKernel else { return }
    let x = unsafe input(frame, part, images: images, rows: rows)
    for group in 0..<shape.groups {
      let channel = group * shape.outputChannels
      unsafe filterProduct.run(
        table, images: images.count, x: x + group * shape.inputChannels, dy: dense + channel,
        channels: shape.outputChannels, outputRows: rows.count == shape.outputRows ? nil : rows,
        gradient: frame.floats(dKernel, part) + channel)
    }
  }

  /// What the filter's gradient reads: from the first image's first row on, though only what `rows` of its outputs read
  /// is there.
  private func input(_ frame: Frame, _ part: Part, images: Range<Int>, rows: Range<Int>) -> UnsafePointer<Float> {
    let x = unsafe UnsafePointer(frame.floats(self.x, part, image: images.lowerBound))
    guard let paddedInput, let paddedScratch else { return unsafe x }
    let padded = unsafe frame.floats(paddedScratch, part)
    if rows.count == shape.outputRows {
      unsafe paddedInput.image.pad(x, images: images.count, into: padded)
      return unsafe UnsafePointer(padded)
    }
    let read = paddedInput.rows(rows, stride: shape.rowStride)
    unsafe paddedInput.image.pad(x, rows: read, into: padded)
    return unsafe UnsafePointer(padded) - read.lowerBound * paddedInput.image.paddedRowCount
  }

  /// dy as the convolution itself sees it: spread to the winners, and zero where the rectifier was. Starts at the first
  /// image's first row, though only `rows` are made.
  private func denseGradient(
    _ frame: Frame, _ part: Part, images: Range<Int>, rows: Range<Int>
  ) -> UnsafePointer<Float> {
    let image = images.lowerBound
    guard let scratch else { return unsafe UnsafePointer(frame.floats(dy, part, image: image)) }
    let target = unsafe frame.floats(scratch, part)
    if let pool = shape.pool, let winners {
      var window = pool.c
      for index in images.indices {
        unsafe table.functions.max_pool_gradient(
          &window, frame.floats(dy, part, image: index), frame.bytes(winners, part, image: index),
          isRectified ? y.map { unsafe UnsafePointer(frame.floats($0, part, image: index)) } : nil,
          target + (index - image) * shape.outputCount)
      }
    } else if let y {
      let rowCount = shape.outputCount / max(1, shape.outputRows)
      let offset = rows.lowerBound * rowCount
      unsafe table.functions.relu_gradient(
        frame.floats(y, part, image: image) + offset, frame.floats(dy, part, image: image) + offset,
        Int64(images.count * rows.count * rowCount), target + offset)
    }
    return unsafe UnsafePointer(target)
  }
}
