internal import CKernels

/// Where a convolution's outputs find their patches, and which of them can carry a gradient.
package struct WinnerShape: Sendable {
  let c: ck_winners
  let image: PaddedImage
  let cellsPerImage, channels, filterRows, poolArea: Int

  /// - Parameter pool: `nil` where nothing pools.
  package init(
    image: PaddedImage, inputChannels: Int, windowHeight: Int, windowWidth: Int, strideHeight: Int, strideWidth: Int,
    dilationHeight: Int, outputHeight: Int, outputWidth: Int, outputChannels: Int, pool: PoolShape?
  ) {
    self.image = image
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
      x_row: Int32(clamping: strideHeight * image.paddedRowCount), x_col: Int32(clamping: strideWidth * inputChannels),
      tap_rows: Int32(windowHeight), tap_row: Int32(clamping: dilationHeight * image.paddedRowCount),
      run: Int32(windowWidth * inputChannels), x_image: Int64(image.count), capacity: 0)
  }

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
    let padded = part(image.isPadded ? images * image.count + 64 : 0)
    return Scratch(
      images: images, paddedInputs: padded, listOffsets: part(capacity * channels),
      listGradients: part(capacity * channels), counts: part(channels), sums: part(filterRows * channels),
      turned: part(filterRows * channels), names: part(cellsPerImage * channels + 16),
      values: part(cellsPerImage * channels + 16), ends: part(cellsPerImage * poolArea), byteCount: end)
  }

  /// Images to treat at once, so that their lists stay in the second-level cache, and the bytes of scratch that takes.
  package func chunk(imagesPerPiece: Int) -> (images: Int, byteCount: Int) {
    let budget = 192 << 10
    let perImage = cellsPerImage * channels * 8 + (image.isPadded ? image.count * 4 : 0)
    // Offsets into the images of a call are 32 bits wide.
    let images = max(1, min(imagesPerPiece, budget / max(1, perImage), Int(Int32.max) / max(1, image.count)))
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
    if shape.image.isPadded {
      let padded = unsafe floats(base + places.paddedInputs)
      unsafe shape.image.pad(input, images: Int(winners.images), into: padded)
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
    let padded = unsafe shape.image.isPadded ? floats(base + places.paddedInputs) : target
    unsafe padded.update(repeating: 0, count: images * shape.image.count)
    unsafe table.functions.winner_input_gradient(
      &winners, y.map { unsafe UnsafePointer(frame.floats($0, part, image: image)) },
      frame.floats(dy, part, image: image),
      self.winners.map { unsafe UnsafePointer(frame.bytes($0, part, image: image)) },
      frame.floats(kernelByOutput, part), integers(base + places.names), floats(base + places.values),
      integers(base + places.ends), padded)
    if shape.image.isPadded { unsafe shape.image.crop(padded, images: images, into: target) }
  }

  @unsafe private func floats(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<Float> {
    unsafe UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: Float.self)
  }

  @unsafe private func integers(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<Int32> {
    unsafe UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: Int32.self)
  }
}
