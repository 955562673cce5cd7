internal import CKernels

/// Where a convolution's outputs find their patches, and which of them can carry a gradient.
package struct WinnerShape: Sendable {
  let c: ck_winners
  /// Rows and floats of a row of one image, and of the same with its padding around it.
  let rows, rowCount, paddedRows, paddedRowCount: Int
  /// Floats from the start of a padded image to its first real value.
  let inset: Int
  let isPadded: Bool
  let cellsPerImage, channels, filterRows, poolArea: Int

  /// - Parameters:
  ///   - paddedHeight: rows that the windows reach over, padding included; `paddedWidth` likewise.
  ///   - pool: `nil` where nothing pools.
  package init(
    inputHeight: Int, inputWidth: Int, inputChannels: Int, paddingTop: Int, paddingLeft: Int, paddedHeight: Int,
    paddedWidth: Int, windowHeight: Int, windowWidth: Int, strideHeight: Int, strideWidth: Int, dilationHeight: Int,
    outputHeight: Int, outputWidth: Int, outputChannels: Int, pool: PoolShape?
  ) {
    isPadded = paddingTop > 0 || paddingLeft > 0 || paddedHeight > inputHeight || paddedWidth > inputWidth
    rows = inputHeight
    rowCount = inputWidth * inputChannels
    paddedRows = isPadded ? max(paddedHeight, inputHeight + paddingTop) : inputHeight
    paddedRowCount = (isPadded ? max(paddedWidth, inputWidth + paddingLeft) : inputWidth) * inputChannels
    inset = paddingTop * paddedRowCount + paddingLeft * inputChannels
    channels = outputChannels
    filterRows = windowHeight * windowWidth * inputChannels
    let window = pool?.c
    let cellRows = window.map { Int($0.out_h) } ?? outputHeight
    let cellColumns = window.map { Int($0.out_w) } ?? outputWidth
    cellsPerImage = cellRows * cellColumns
    poolArea = window.map { Int($0.pool_h * $0.pool_w) } ?? 1
    c = ck_winners(
      images: 0, cells_h: Int32(cellRows), cells_w: Int32(cellColumns), c: Int32(outputChannels),
      pool_h: window?.pool_h ?? 1, pool_w: window?.pool_w ?? 1, pool_stride_h: window?.stride_h ?? 1,
      pool_stride_w: window?.stride_w ?? 1, pool_pad_top: window?.pad_top ?? 0, pool_pad_left: window?.pad_left ?? 0,
      x_row: Int32(clamping: strideHeight * paddedRowCount), x_col: Int32(clamping: strideWidth * inputChannels),
      tap_rows: Int32(windowHeight), tap_row: Int32(clamping: dilationHeight * paddedRowCount),
      run: Int32(windowWidth * inputChannels), x_image: Int64(paddedRows * paddedRowCount), capacity: 0)
  }

  var imageCount: Int { paddedRows * paddedRowCount }

  /// Scratch of a call over `images` at once, in bytes, part by part.
  struct Scratch {
    var images, paddedInputs, listOffsets, listGradients, counts, sums, turned, names, values, ends, byteCount: Int
  }

  func scratch(images: Int) -> Scratch {
    var end = 0
    func part(_ words: Int) -> Int {
      let start = end
      end += Arena.aligned(words * 4)
      return start
    }
    let capacity = images * cellsPerImage + 16
    // A vector may read, never use, a few values beyond the last image.
    let padded = part(isPadded ? images * imageCount + 64 : 0)
    return Scratch(
      images: images, paddedInputs: padded, listOffsets: part(capacity * channels),
      listGradients: part(capacity * channels), counts: part(channels), sums: part(filterRows * channels),
      turned: part(filterRows * channels), names: part(cellsPerImage * channels + 16),
      values: part(cellsPerImage * channels + 16), ends: part(cellsPerImage * poolArea), byteCount: end)
  }

  /// Images to treat at once, so that their lists stay in the second-level cache, and the bytes of scratch that takes.
  package func chunk(imagesPerPiece: Int) -> (images: Int, byteCount: Int) {
    let budget = 192 << 10
    let perImage = cellsPerImage * channels * 8 + (isPadded ? imageCount * 4 : 0)
    // Offsets into the images of a call are 32 bits wide.
    let images = max(1, min(imagesPerPiece, budget / max(1, perImage), Int(Int32.max) / max(1, imageCount)))
    return (images, scratch(images: images).byteCount)
  }
}

/// Gradients of a convolution behind ReLU or max pooling, over the outputs that carry one.
///
/// The same sums as `ConvolutionBackward`'s without its zeros: the filter's gradient gathers patches of the input, the
/// input's scatters rows of the filter.
package struct WinnerBackward: KernelCall {
  package let table: KernelTable
  package let shape: WinnerShape
  package let chunk: Int
  package let x: Slot
  /// `[out, taps * in]`
  package let kernelByOutput: Slot?
  /// The forward output, where a rectifier shut the gradient off.
  package let y: Slot?
  package let winners: Slot?
  package let dy: Slot
  package let dx, dKernel, dBias: Slot?
  package let scratch: Slot

  package init(
    table: KernelTable, shape: WinnerShape, chunk: Int, x: Slot, kernelByOutput: Slot?, y: Slot?, winners: Slot?,
    dy: Slot, dx: Slot?, dKernel: Slot?, dBias: Slot?, scratch: Slot
  ) {
    self.table = table
    self.shape = shape
    self.chunk = chunk
    self.x = x
    self.kernelByOutput = kernelByOutput
    self.y = y
    self.winners = winners
    self.dy = dy
    self.dx = dx
    self.dKernel = dKernel
    self.dBias = dBias
    self.scratch = scratch
  }

  package func run(_ frame: Frame, _ part: Part) {
    let places = shape.scratch(images: chunk)
    let base = unsafe frame.bytes(scratch, part)
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      var winners = shape.c
      winners.images = Int32(count)
      winners.capacity = Int32(chunk * shape.cellsPerImage + 16)
      if dKernel != nil || dBias != nil {
        unsafe filterGradient(frame, part, image: image, &winners, base, places)
      }
      if dx != nil, kernelByOutput != nil { unsafe inputGradient(frame, part, image: image, &winners, base, places) }
      image += count
    }
  }

  @unsafe private func filterGradient(
    _ frame: Frame, _ part: Part, image: Int, _ winners: inout ck_winners, _ base: UnsafeMutablePointer<UInt8>,
    _ places: WinnerShape.Scratch
  ) {
    let offsets = unsafe integers(base + places.listOffsets)
    let gradients = unsafe floats(base + places.listGradients)
    let counts = unsafe integers(base + places.counts)
    unsafe table.functions.winner_lists(
      &winners, y.map { unsafe UnsafePointer(frame.floats($0, part, image: image)) },
      frame.floats(dy, part, image: image),
      self.winners.map { unsafe UnsafePointer(frame.bytes($0, part, image: image)) }, offsets, gradients, counts)
    var input = unsafe UnsafePointer(frame.floats(x, part, image: image))
    if shape.isPadded {
      let padded = unsafe floats(base + places.paddedInputs)
      unsafe pad(input, images: Int(winners.images), into: padded)
      unsafe input = UnsafePointer(padded)
    }
    guard let dKernel else { preconditionFailure("a bias is trained where its kernel is") }
    unsafe table.functions.winner_filter_gradient(
      &winners, input, offsets, gradients, counts, floats(base + places.sums), floats(base + places.turned),
      frame.floats(dKernel, part), dBias.map { unsafe frame.floats($0, part) })
  }

  @unsafe private func inputGradient(
    _ frame: Frame, _ part: Part, image: Int, _ winners: inout ck_winners, _ base: UnsafeMutablePointer<UInt8>,
    _ places: WinnerShape.Scratch
  ) {
    guard let dx, let kernelByOutput else { return }
    let images = Int(winners.images)
    let target = unsafe frame.floats(dx, part, image: image)
    let padded = unsafe shape.isPadded ? floats(base + places.paddedInputs) : target
    unsafe padded.update(repeating: 0, count: images * shape.imageCount)
    unsafe table.functions.winner_input_gradient(
      &winners, y.map { unsafe UnsafePointer(frame.floats($0, part, image: image)) },
      frame.floats(dy, part, image: image),
      self.winners.map { unsafe UnsafePointer(frame.bytes($0, part, image: image)) },
      frame.floats(kernelByOutput, part), integers(base + places.names), floats(base + places.values),
      integers(base + places.ends), padded)
    guard shape.isPadded else { return }
    for image in 0..<images {
      for row in 0..<shape.rows {
        unsafe (target + (image * shape.rows + row) * shape.rowCount).update(
          from: padded + image * shape.imageCount + shape.inset + row * shape.paddedRowCount, count: shape.rowCount)
      }
    }
  }

  @unsafe private func pad(_ x: UnsafePointer<Float>, images: Int, into padded: UnsafeMutablePointer<Float>) {
    unsafe padded.update(repeating: 0, count: images * shape.imageCount)
    for image in 0..<images {
      for row in 0..<shape.rows {
        unsafe (padded + image * shape.imageCount + shape.inset + row * shape.paddedRowCount).update(
          from: x + (image * shape.rows + row) * shape.rowCount, count: shape.rowCount)
      }
    }
  }

  @unsafe private func floats(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<Float> {
    unsafe UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: Float.self)
  }

  @unsafe private func integers(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<Int32> {
    unsafe UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: Int32.self)
  }
}
