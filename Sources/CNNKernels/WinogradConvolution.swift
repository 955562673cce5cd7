internal import CKernels

/// A 3x3 convolution without strides and dilations in 16 products for each 2x2 outputs, where the sums as they are
/// written take 36.
///
/// Winograd's minimal filtering F(2x2, 3x3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
/// (arXiv 1509.09308): patches of 4x4 inputs and the filter are turned into values at sixteen points, multiplied there,
/// summed over the channels, and turned back. Every output depends on its patch alone, so that neither the number of
/// images nor that of threads changes a bit.
///
/// The error of an output, with `u` = 2^-24 and `K` input channels, is at most `(K + 11) u / (1 - (K + 11) u)` times the
/// same sum of the absolute values of everything that the transforms add, and the bias's:
/// `|bias| + |A|^T [(|G| |g| |G|^T) . (|B|^T |d| |B|)] |A|`, summed over the channels, which is 64/9 times the sum of the
/// products' absolute values where these are all alike. The filter's gradient over `P` patches has `P + 9` roundings in
/// the same way. On random values outputs are nearer to the exact sum than the sum as it is written, whose chain of
/// additions is nine times as long.
package struct WinogradConvolution: ImageConvolution {
  private let c: ck_conv
  package let scratchByteCount: Int

  package init(rows: ConvolutionAxis, columns: ConvolutionAxis, inputChannels: Int, outputChannels: Int) {
    c = ck_conv(rows: rows, columns: columns, inputChannels: inputChannels, outputChannels: outputChannels)
    scratchByteCount = Int(ck_winograd_scratch(c.c, c.n)) * MemoryLayout<Float>.stride
  }

  /// Floats of a filter at its points, on any instruction set.
  package static func filterCount(inputChannels: Int, outputChannels: Int) -> Int {
    Int(ck_winograd_filter_count(Int32(inputChannels), Int32(outputChannels)))
  }

  package func gradientScratchByteCount(makesFilter: Bool) -> Int {
    let count = makesFilter ? ck_winograd_gradient_scratch(c.c, c.n) : 0
    return Int(max(count, ck_winograd_scratch(c.n, c.c))) * MemoryLayout<Float>.stride
  }

  package var rowsTogether: Int { 2 }

  /// - Parameter filter: at its points: `FilterTranspose.Order.winograd`.
  @unsafe package func forward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, isRectified: Bool, outputRows: Range<Int>?, scratch: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    var shape = c
    let rows = outputRows ?? 0..<Int(c.out_h)
    unsafe table.functions.winograd(
      &shape, Int32(images), x, filter, Int32(table.panel), bias, isRectified ? CK_RELU : CK_LINEAR,
      Int32(rows.lowerBound), Int32(rows.upperBound), scratch, y)
  }

  /// - Parameter transposed: the filter, reversed, at its points: `FilterTranspose.Order.winogradReversed`.
  @unsafe package func backward(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    transposed: UnsafePointer<Float>?, scratch: UnsafeMutablePointer<Float>, dx: UnsafeMutablePointer<Float>?,
    dKernel: UnsafeMutablePointer<Float>?, dBias: UnsafeMutablePointer<Float>?
  ) {
    var shape = c
    if let dBias {
      let pixels = Int64(images) * Int64(c.out_h) * Int64(c.out_w)
      unsafe table.functions.column_sum(dy, pixels, Int64(c.n), c.n, dBias)
    }
    if let dx, let transposed {
      var turned = turned
      unsafe table.functions.winograd(
        &turned, Int32(images), dy, transposed, Int32(table.panel), nil, CK_LINEAR, 0, turned.out_h, scratch, dx)
    }
    if let dKernel {
      unsafe table.functions.winograd_gradient(&shape, Int32(images), x, dy, scratch, dKernel)
    }
  }

  /// From the outputs' gradient to the input's.
  private var turned: ck_conv {
    var shape = c
    (shape.in_h, shape.in_w, shape.c) = (c.out_h, c.out_w, c.n)
    (shape.out_h, shape.out_w, shape.n) = (c.in_h, c.in_w, c.c)
    (shape.pad_top, shape.pad_left) = (c.kernel_h - 1 - c.pad_top, c.kernel_w - 1 - c.pad_left)
    return shape
  }
}
