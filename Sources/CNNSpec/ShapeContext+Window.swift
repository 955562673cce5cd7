internal import CNNDiagnostics
package import CNNGraph
internal import CNNYAML

/// The arguments that place a window on an image, by Keras's names.
package struct WindowArguments: Sendable {
  package var size: IntegerPair
  package var strides: IntegerPair
  package var dilation: IntegerPair
  package var padding: Padding

  package init(size: IntegerPair, strides: IntegerPair, dilation: IntegerPair = IntegerPair(1), padding: Padding) {
    self.size = size
    self.strides = strides
    self.dilation = dilation
    self.padding = padding
  }

  /// On an image `[H, W, C]`; `nil` where the window does not fit.
  package func window(on image: TensorType) -> Window2D? {
    guard image.rank == 3,
      let rows = WindowGeometry(
        size: image.extents[0], window: size.rows, stride: strides.rows, dilation: dilation.rows, padding: padding),
      let columns = WindowGeometry(
        size: image.extents[1], window: size.columns, stride: strides.columns, dilation: dilation.columns,
        padding: padding)
    else { return nil }
    return Window2D(rows: rows, columns: columns)
  }

  fileprivate var covered: IntegerPair {
    IntegerPair(dilation.rows * (size.rows - 1) + 1, dilation.columns * (size.columns - 1) + 1)
  }
}

extension ShapeContext {
  /// The window on an image; reports one that does not fit, with a repair that would.
  ///
  /// - Parameter argument: which gives the window's size, `kernel_size` or `pool_size`.
  package mutating func window(_ arguments: WindowArguments, on input: TensorType, argument: String) -> Window2D? {
    guard let input = image(input) else { return nil }
    let (rows, columns) = (input.extents[0], input.extents[1])
    guard let window = arguments.window(on: input) else {
      let covered = arguments.covered
      let isDilated = covered != arguments.size
      var notes = [inputNote()]
      if let chain { notes.append(.init("rows and columns shrink \(chain)")) }
      report(
        SpecCode.windowExceedsInput,
        "a \(covered.text) window does not fit the \(rows)x\(columns) input of `\(name)`", at: argument,
        label: isDilated
          ? "\(arguments.size.text), dilated to \(covered.text)"
          : isWritten(argument) ? "\(covered.text) here" : "\(covered.text) unless `\(argument)` says otherwise",
        notes: notes, help: Self.tooSmall,
        proposals: repairs(arguments, rows: rows, columns: columns, argument: argument))
      return nil
    }
    let area = [window.rows.output, window.columns.output, input.extents[2], window.area]
    return checkWork(area) ? window : nil
  }

  /// Said where no single change mends it.
  private static let tooSmall =
    "the image shrinks too far on its way here: begin with a larger `input`, or let fewer layers shrink it"

  private func repairs(
    _ arguments: WindowArguments, rows: Int, columns: Int, argument: String
  ) -> [Diagnostic.Proposal] {
    var repairs = [channelsLast].compactMap(\.self) + proposals("`padding: same`", set: "padding", to: "same")
    let most = min((rows - 1) / arguments.dilation.rows, (columns - 1) / arguments.dilation.columns) + 1
    // A pool of one cell does nothing.
    if most > 1 || argument == "kernel_size" {
      repairs += proposals("a `\(argument)` of at most \(most)", set: argument, to: "\(most)")
    }
    if arguments.dilation != IntegerPair(1) {
      repairs += proposals("`dilation_rate: 1`", set: "dilation_rate", to: "1")
    }
    if let halving = lastHalving {
      repairs.append(Diagnostic.Proposal("one layer less: drop `\(halving.name)`", .remove(halving.keySpan)))
    }
    // The innermost use is the nearest.
    if let step = layer.origin.steps.reversed().lazy.compactMap(\.repair).first { repairs.append(step) }
    return repairs
  }
}

extension ValueType where Value == Padding {
  /// `valid` or `same`, as in Keras; a number of pixels, as in PyTorch, is a layer of its own.
  package static var padding: ValueType {
    let word = ValueType<Padding>.word()
    return ValueType(
      word.text, schema: word.schema,
      read: { node, reader in
        guard let pixels = node.scalar?.integer.value, pixels >= 0 else { return word.read(node, &reader) }
        reader.report(
          SpecCode.unknownWord, "`\(reader.name)` takes \(word.text), not a number of pixels", at: node.span,
          help: pixels == 0
            ? "write `\(reader.written("valid"))`"
            : "write `\(reader.written("same"))`, or put `- zero_padding2d: \(pixels)` before the layer",
          fix: reader.replacing(node, with: pixels == 0 ? "valid" : "same", isSafe: false))
        return nil
      },
      write: word.write)
  }
}
