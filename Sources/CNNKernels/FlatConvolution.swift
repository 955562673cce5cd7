internal import CKernels

/// A convolution whose vectors lie along rows of outputs as they are in memory, pixel by pixel: for few inputs, with
/// any number of outputs from eight on.
package struct FlatConvolution: ImageConvolution {
  private let c: ck_conv
  package let scratchByteCount: Int

  /// Outputs that a pixel has at least, and floats from one window's input to the next at most.
  package static var fewestOutputs: Int { Int(CK_FLAT_OUTPUTS) }
  package static var longestStep: Int { Int(CK_FLAT_STEP) }

  /// Whether the filter's gradient permutes values for its products; else it is a sum of outer products, with the lanes
  /// along the outputs, over what the input's gradient reads too.
  ///
  /// - Parameter filterRows: taps times input channels.
  package static func permutes(filterRows: Int, outputChannels: Int) -> Bool {
    ck_flat_permutes(Int32(clamping: filterRows), Int32(clamping: outputChannels)) != 0
  }

  package init(rows: ConvolutionAxis, columns: ConvolutionAxis, inputChannels: Int, outputChannels: Int) {
    var shape = ck_conv(rows: rows, columns: columns, inputChannels: inputChannels, outputChannels: outputChannels)
    c = shape
    scratchByteCount = Int(unsafe ck_flat_scratch(&shape)) * MemoryLayout<Float>.stride
  }

  @unsafe package func forward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, isRectified: Bool, outputRows: Range<Int>?, scratch: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    var shape = c
    let rows = outputRows ?? 0..<Int(c.out_h)
    let isPast = PixelProduct.isPastCaches(images * c.outputCount)
    unsafe table.functions.flat_forward(
      &shape, Int32(images), x, filter, bias, isRectified ? CK_RELU : CK_LINEAR, Int32(rows.lowerBound),
      Int32(rows.upperBound), isPast ? 1 : 0, scratch, y)
  }

  /// - Parameter transposed: the filter `[in, taps reversed, out]`.
  @unsafe package func backward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    transposed: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    dKernel: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?
  ) {
    var shape = c
    unsafe table.functions.flat_backward(
      &shape, Int32(images), x, dy, transposed, scratch, dx, dKernel, dBias)
  }
}
