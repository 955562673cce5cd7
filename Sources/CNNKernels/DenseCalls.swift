internal import CKernels

/// y = relu(x · w + bias), bias and rectifier optional; a sample has `rows` rows (1 behind `flatten`).
package struct DenseForward: KernelCall {
  package let table: KernelTable
  package let product: PixelProduct
  package let channels: Int
  package let x, kernel, y: Slot
  package let bias: Slot?
  package let isRectified: Bool

  package init(
    table: KernelTable, inputs: Int, outputs: Int, rows: Int, x: Slot, kernel: Slot, bias: Slot?, y: Slot,
    isRectified: Bool
  ) {
    self.table = table
    product = PixelProduct(
      [.matrix(rows: rows, inputs: inputs, outputs: outputs)], xImage: rows * inputs, yImage: rows * outputs)
    channels = outputs
    self.x = x
    self.kernel = kernel
    self.bias = bias
    self.y = y
    self.isRectified = isRectified
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    unsafe product.run(
      table, images: part.images.count, x: frame.floats(x, part, image: first), filter: frame.floats(kernel, part),
      rowStride: channels, channels: channels, bias: bias.map { unsafe UnsafePointer(frame.floats($0, part)) },
      clamp: isRectified ? CK_RELU : CK_LINEAR, y: frame.floats(y, part, image: first))
  }
}

/// Gradients of `DenseForward`: dx = dy · wᵀ, dw += xᵀ · dy, dbias += sum dy.
package struct DenseBackward: KernelCall {
  package let table: KernelTable
  package let inputProduct: PixelProduct
  package let filterProduct: TapProduct
  package let inputs, outputs, rows: Int
  package let x: Slot
  package let transposedKernel: Slot?
  /// The forward output, where a rectifier masks the gradient; `scratch` then holds the masked one.
  package let y: Slot?
  package let dy: Slot
  package let dx, dKernel, dBias: Slot?
  package let scratch: Slot?

  package init(
    table: KernelTable, inputs: Int, outputs: Int, rows: Int, x: Slot, transposedKernel: Slot?, y: Slot?, dy: Slot,
    dx: Slot?, dKernel: Slot?, dBias: Slot?, scratch: Slot?
  ) {
    self.table = table
    inputProduct = PixelProduct(
      [.matrix(rows: rows, inputs: outputs, outputs: inputs)], xImage: rows * outputs, yImage: rows * inputs)
    filterProduct = TapProduct(
      [
        TapClass(
          rows: 1, columns: rows, xOffset: 0, xRow: 0, xColumn: inputs, yOffset: 0, yRow: 0, yColumn: outputs,
          inputs: Array(0..<inputs), outputs: (0..<inputs).map { $0 * outputs })
      ], xImage: rows * inputs, yImage: rows * outputs)
    self.inputs = inputs
    self.outputs = outputs
    self.rows = rows
    self.x = x
    self.transposedKernel = transposedKernel
    self.y = y
    self.dy = dy
    self.dx = dx
    self.dKernel = dKernel
    self.dBias = dBias
    self.scratch = scratch
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let images = part.images.count
    var gradient = unsafe UnsafePointer(frame.floats(dy, part, image: first))
    if let y, let scratch {
      let masked = unsafe frame.floats(scratch, part)
      unsafe table.functions.relu_gradient(
        frame.floats(y, part, image: first), gradient, Int64(images * rows * outputs), masked)
      unsafe gradient = UnsafePointer(masked)
    }
    if let dKernel {
      unsafe filterProduct.run(
        table, images: images, x: frame.floats(x, part, image: first), dy: gradient, channels: outputs,
        gradient: frame.floats(dKernel, part))
    }
    if let dBias {
      unsafe table.functions.column_sum(
        gradient, Int64(images * rows), Int64(outputs), Int32(outputs), frame.floats(dBias, part))
    }
    if let dx, let transposedKernel {
      unsafe inputProduct.run(
        table, images: images, x: gradient, filter: frame.floats(transposedKernel, part), rowStride: inputs,
        channels: inputs, bias: nil, clamp: CK_LINEAR, y: frame.floats(dx, part, image: first))
    }
  }
}

extension PixelClass {
  /// Rows of a matrix, each a pixel that reads all of its values.
  static func matrix(rows: Int, inputs: Int, outputs: Int) -> PixelClass {
    PixelClass(
      firstRow: 0, rows: 1, columns: rows, xOffset: 0, xRow: 0, xColumn: inputs, yOffset: 0, yRow: 0, yColumn: outputs,
      runs: [Run(x: 0, k: 0, count: inputs)])
  }
}
