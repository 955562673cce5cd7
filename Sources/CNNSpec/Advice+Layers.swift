internal import CNNDiagnostics
internal import CNNGraph

extension Advice {
  /// A bias whose sum with the rest goes into a normalization that subtracts each channel's mean and the bias with it
  /// (Ioffe, Szegedy 2015, arXiv 1502.03167, section 3.2); one over all channels of a pixel leaves it.
  mutating func uselessBias() {
    for (index, layer) in layers.enumerated() {
      guard layer.traits.isAffine, layer.layer.outputActivation == .linear, layer.kernel != nil,
        layer.parameters.contains(where: { $0.name == "bias" && $0.isTrainable }), index != model.outputIndex,
        !readers[index].isEmpty, readers[index].allSatisfy({ layers[$0].traits.removesConstants(layer.outputType) }),
        let reader = readers[index].first
      else { continue }
      add(
        Diagnostic(
          SpecCode.uselessBias,
          "the bias of `\(layer.spec.name)` does nothing: `\(layers[reader].spec.name)` subtracts it with the mean",
          at: layer.span(of: "use_bias"), help: "write `use_bias: false`", path: layer.spec.path,
          proposals: layer.spec.proposals("`use_bias: false`", set: "use_bias", to: "false")))
    }
  }

  /// Rows and columns that no position of a window reaches: behind the last one, or between two.
  ///
  /// A window of one cell is meant to skip (the shortcut of a residual block); a dilated one reads all in the end.
  mutating func unreadBorder() {
    for layer in layers {
      guard let arguments = layer.traits.window, let image = layer.inputTypes.first,
        let window = arguments.window(on: image), arguments.size != IntegerPair(1),
        arguments.dilation == IntegerPair(1)
      else { continue }
      let (rows, columns) = (window.rows.unreadCount, window.columns.unreadCount)
      if rows + columns == 0 { continue }
      let hasGaps = window.rows.stride > window.rows.window || window.columns.stride > window.columns.window
      let zeros = zerosBehind(layer)
      if !hasGaps, rows <= zeros.rows, columns <= zeros.columns { continue }
      let parts = [(rows, "row"), (columns, "column")].filter { $0.0 > 0 }.map { count, word in
        hasGaps
          ? "\(count) \(word)\(count == 1 ? "" : "s")"
          : count == 1 ? "the last \(word)" : "the last \(count) \(word)s"
      }
      let (height, width) = (image.extents[0], image.extents[1])
      add(
        Diagnostic(
          SpecCode.unreadBorder,
          "`\(layer.spec.name)` never reads \(parts.joined(separator: " and ")) of its \(height)x\(width) input",
          at: layer.spec.keySpan,
          notes: [
            .init(
              "\(window.rows.output)x\(window.columns.output) windows of \(arguments.size.text), "
                + "\(arguments.strides.text) apart")
          ],
          help: "`padding: same` would keep what lies behind the last window", path: layer.spec.path,
          proposals: layer.spec.proposals("`padding: same`", set: "padding", to: "same")
            + layer.spec.proposals(
              "`strides: \(arguments.size.rows)`", set: "strides", to: "\(arguments.size.rows)")))
    }
  }

  /// Zeros that were put behind the last row and column of a layer's image, as for the stride of ResNet's first window:
  /// who never reads them misses nothing.
  private func zerosBehind(_ layer: CheckedLayer) -> IntegerPair {
    guard case .layer(let source)? = layer.inputs.first else { return IntegerPair(0) }
    return layers[source].traits.zerosBehind
  }

  /// A dropout with no weights between it and the output: it zeros results, not features.
  mutating func dropoutOnOutput() {
    var layer = model.output
    while layer.parameters.isEmpty {
      if layer.traits.dropsValues {
        add(
          Diagnostic(
            SpecCode.dropoutOnOutput, "`\(layer.spec.name)` drops values of the output itself", at: layer.spec.keySpan,
            help: "put it before the last layer with weights, or leave it out", path: layer.spec.path,
            proposals: [.init("no dropout here: drop `\(layer.spec.name)`", .remove(layer.spec.keySpan))]))
        return
      }
      guard layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first else { return }
      layer = layers[index]
    }
  }

  /// Filters beyond the values that each is computed from, read by linear layers alone.
  ///
  /// n filters of a patch of k values are n linear forms in k unknowns: with n > k, all but k of them are
  /// combinations of the others, and the next linear layer could combine those k itself. An activation in between
  /// makes them features of their own, so then (the usual expansion) nothing is said.
  mutating func dependentFilters() {
    for (index, layer) in layers.enumerated() {
      guard layer.traits.hasFilters, layer.layer.outputActivation == .linear, let kernel = layer.kernel,
        let outputs = kernel.extents.last, index != model.outputIndex,
        let patch = SizeLimits.elementCount(Array(kernel.extents.dropLast())), patch > 0
      else { continue }
      // A group's filters see that group's channels alone.
      let seen = kernel.extents.dropLast().last ?? 1
      let groups = max(1, (layer.inputTypes.first?.extents.last ?? seen) / max(1, seen))
      guard outputs / groups > patch, isReadLinearly(index) else { continue }
      let argument = ["filters", "units"].first { layer.spec.span(of: $0) != nil }
      add(
        Diagnostic(
          SpecCode.dependentFilters,
          "`\(layer.spec.name)` makes \(outputs / groups) values of \(patch), and no activation follows, so "
            + "\(outputs / groups - patch) of them only combine the others",
          at: argument.map { layer.span(of: $0) } ?? layer.spec.keySpan,
          help: "add an activation, or use at most \(patch * groups)", path: layer.spec.path,
          proposals: layer.spec.proposals("`activation: relu`", set: "activation", to: "relu")))
    }
  }

  /// Whether all that reads a layer ends in kernels, with nothing but affine layers on the way.
  private func isReadLinearly(_ index: Int) -> Bool {
    var open = readers[index]
    if open.isEmpty { return false }
    var steps = 0
    while let next = open.popLast() {
      let layer = layers[next]
      steps += 1
      guard layer.traits.isAffine, !layer.traits.dropsValues, steps < 64 else {
        return false
      }
      if layer.kernel != nil { continue }
      if readers[next].isEmpty { return false }
      open += readers[next]
    }
    return true
  }

  /// An input whose channels seem to come first: with padding, everything fits all the same.
  mutating func channelsFirst() {
    guard let input = spec.modelSpec.input, let last = ChannelOrder.channelsLast(input.value) else { return }
    let extents = input.value
    add(
      Diagnostic(
        SpecCode.channelsFirst,
        "the model reads images of \(extents[0]) row\(extents[0] == 1 ? "" : "s"), \(extents[1]) columns and "
          + "\(extents[2]) channels", at: input.span,
        help: "height and width come before the channels: `input: \(last)`", path: input.path,
        proposals: [
          .init("`input: \(last)`, height and width before the channels", .replace(input.span, with: "\(last)"))
        ]))
  }

  /// A dense layer on an image works on each pixel; a `flatten` that was forgotten looks the same.
  ///
  /// It is meant where each pixel's channels are normalised before it (ConvNeXt's blocks; Liu et al. 2022, arXiv 2201.03545),
  /// or where windows or merges take the image on behind it.
  mutating func denseOnImage() {
    for (index, layer) in layers.enumerated() where worksOnPixels(layer) {
      guard let image = layer.inputTypes.first, case let source? = layer.inputs.first, !isPixelWise(source),
        !goesOnAsImage(index)
      else { continue }
      add(
        Diagnostic(
          SpecCode.denseOnImage,
          "`\(layer.spec.name)` works on the \(image.extents[2]) channels of each pixel of a "
            + "\(image.extents[0])x\(image.extents[1]) image",
          at: layer.spec.keySpan,
          help:
            "put `- flatten` before it, or say it with `conv2d: {filters: \(layer.outputType.extents.last ?? 1), kernel_size: 1}`",
          path: layer.spec.path,
          proposals: [.init("`- flatten` before it", .insertBefore(layer.spec.keySpan, item: "flatten"))]))
    }
  }

  private func worksOnPixels(_ layer: CheckedLayer) -> Bool {
    guard layer.traits.isForFeatures, let image = layer.inputTypes.first, image.rank == 3 else { return false }
    return image.extents[0] > 1 || image.extents[1] > 1
  }

  /// Whether a value comes from a layer for each pixel: one that was told of already, or a normalisation.
  private func isPixelWise(_ source: LayerSource) -> Bool {
    guard case .layer(let index) = source else { return false }
    return layers[index].traits.setsScale || worksOnPixels(layers[index])
  }

  /// Whether a layer behind it, before the image is flattened, reads it with a window or beside another value.
  private func goesOnAsImage(_ index: Int) -> Bool {
    var seen: Set<Int> = []
    var next = readers[index]
    while let reader = next.popLast() {
      guard seen.insert(reader).inserted, layers[reader].inputTypes.first?.rank == 3 else { continue }
      if layers[reader].traits.window != nil || layers[reader].inputs.count > 1 { return true }
      next += readers[reader]
    }
    return false
  }
}

extension WindowGeometry {
  /// Input positions that no window covers, for windows without dilation.
  fileprivate var unreadCount: Int {
    let end = (output - 1) * stride - paddingBefore + window
    if stride <= window { return max(0, size - end) }
    // Windows do not touch, so each covers cells of its own, but for those in the padding.
    return max(0, size - (output * window - paddingBefore - max(0, end - size)))
  }
}
