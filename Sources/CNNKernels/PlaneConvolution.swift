internal import CKernels

/// A convolution made by one kernel, in scratch of its own.
package protocol ImageConvolution: Sendable {
  /// What a call needs beside its operands.
  var scratchByteCount: Int { get }
  /// The same for gradients.
  func gradientScratchByteCount(makesFilter: Bool) -> Int
  /// Outputs that are made together: rows at which an image is best cut are a multiple.
  var rowsTogether: Int { get }

  /// y = clamp(conv(x) + bias), rows of it or all.
  @unsafe func forward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, isRectified: Bool, outputRows: Range<Int>?, scratch: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>)

  /// dx, and what is added to the filter's gradient and the bias's; each may be left out.
  ///
  /// - Parameter transposed: the filter as the input's gradient reads it.
  @unsafe func backward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    transposed: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    dKernel: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?)
}

extension ImageConvolution {
  package func gradientScratchByteCount(makesFilter: Bool) -> Int { scratchByteCount }
  package var rowsTogether: Int { 1 }
}

/// What makes the gradients of a convolution, or one of them, instead of products.
package struct WholeGradients: Sendable {
  package let convolution: any ImageConvolution
  package let makesInput: Bool
  /// And the bias's.
  package let makesFilter: Bool

  package init(_ convolution: any ImageConvolution, makesInput: Bool, makesFilter: Bool) {
    self.convolution = convolution
    self.makesInput = makesInput
    self.makesFilter = makesFilter
  }

  package var scratchByteCount: Int { convolution.gradientScratchByteCount(makesFilter: makesFilter) }
}

/// One axis: cells of the image, outputs, and how windows lie on them.
package struct ConvolutionAxis: Sendable {
  let input, output, window, stride, dilation, padding: Int32

  package init(input: Int, output: Int, window: Int, stride: Int, dilation: Int, padding: Int) {
    self.input = Int32(input)
    self.output = Int32(output)
    self.window = Int32(window)
    self.stride = Int32(stride)
    self.dilation = Int32(dilation)
    self.padding = Int32(padding)
  }
}

extension ck_conv {
  init(rows: ConvolutionAxis, columns: ConvolutionAxis, inputChannels: Int, outputChannels: Int) {
    self.init(
      in_h: rows.input, in_w: columns.input, c: Int32(inputChannels), out_h: rows.output, out_w: columns.output,
      n: Int32(outputChannels), kernel_h: rows.window, kernel_w: columns.window, stride_h: rows.stride,
      stride_w: columns.stride, dilation_h: rows.dilation, dilation_w: columns.dilation, pad_top: rows.padding,
      pad_left: columns.padding)
  }

  var inputCount: Int { Int(in_h) * Int(in_w) * Int(c) }
  var outputCount: Int { Int(out_h) * Int(out_w) * Int(n) }
}

/// A convolution whose vectors lie along the pixels: for so few channels that vectors of them would stay half empty.
///
/// The image is turned into planes, one for each channel, in scratch, and the outputs are turned back.
package struct PlaneConvolution: ImageConvolution {
  private let c: ck_conv
  package let scratchByteCount: Int

  /// Strides that the last tap of a row may be from the first.
  package static var farthest: Int { Int(CK_PLANE_REACH) }

  package init(rows: ConvolutionAxis, columns: ConvolutionAxis, inputChannels: Int, outputChannels: Int) {
    var shape = ck_conv(rows: rows, columns: columns, inputChannels: inputChannels, outputChannels: outputChannels)
    c = shape
    scratchByteCount = Int(unsafe ck_plane_scratch(&shape)) * MemoryLayout<Float>.stride
  }

  @unsafe package func forward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, isRectified: Bool, outputRows: Range<Int>?, scratch: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    var shape = c
    let rows = outputRows ?? 0..<Int(c.out_h)
    let isPast = PixelProduct.isPastCaches(images * c.outputCount)
    for image in 0..<images {
      unsafe table.functions.plane_forward(
        &shape, x + image * c.inputCount, filter, bias, isRectified ? CK_RELU : CK_LINEAR, Int32(rows.lowerBound),
        Int32(rows.upperBound), isPast ? 1 : 0, scratch, y + image * c.outputCount)
    }
  }

  /// - Parameter transposed: the filter `[taps reversed, out, in]`.
  @unsafe package func backward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    transposed: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    dKernel: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?
  ) {
    var shape = c
    for image in 0..<images {
      unsafe table.functions.plane_backward(
        &shape, x + image * c.inputCount, dy + image * c.outputCount, transposed, scratch,
        dx.map { unsafe $0 + image * c.inputCount }, dKernel, dBias)
    }
  }
}
