internal import CNNDiagnostics
internal import CNNGraph

extension Advice {
  /// Pixels of 0 to 255 that reach the first weights as they are.
  mutating func rawPixels() {
    // A factor that leaves them above 10 brings them to no scale that weights begin with.
    guard let data = spec.data, (data.rescale?.value ?? 1).magnitude * 255 > 10,
      let source = data.source.value.bytePixels
    else { return }
    // Whether a layer's output has been brought to a scale of its own.
    var isScaled: [Bool] = []
    for layer in layers {
      let reads = layer.inputs.map { input in
        if case .layer(let index) = input { return isScaled[index] }
        return false
      }
      let isRaw = reads.contains(false)
      if isRaw, layer.kernel != nil {
        add(
          Diagnostic(
            SpecCode.rawPixels, "the pixels of `\(source)` are 0 to 255, and reach `\(layer.spec.name)` as they are",
            at: data.source.span, notes: [.init("`\(layer.spec.name)` is here", at: layer.spec.keySpan)],
            help: "add `rescale: 1/255` to `data`", path: data.source.path,
            proposals: [.init("`rescale: 1/255` in `data`", .set(key: "rescale", value: "1/255", of: data.keySpan))]))
        return
      }
      isScaled.append(!isRaw || layer.traits.setsScale || layer.kernel != nil)
    }
  }

  /// Batch normalization has one sample to take mean and variance of.
  mutating func batchOfOne() {
    guard let training = spec.training, training.batchSize.value == 1,
      let layer = layers.first(where: \.traits.normalizesOverBatch), let input = layer.inputTypes.first
    else { return }
    let isOneValue = input.elementCount == input.extents.last
    let effect =
      isOneValue
      ? "each value is its own mean, so it gives the same output whatever it reads"
      : "its mean and variance are those of one image"
    add(
      Diagnostic(
        SpecCode.batchOfOne, "a batch is one sample, and `\(layer.spec.name)` normalizes over the batch: \(effect)",
        at: training.batchSize.span, notes: [.init("`\(layer.spec.name)` is here", at: layer.spec.keySpan)],
        help: "write `batch_size: 32`, or leave the layer out", path: training.batchSize.path))
  }

  /// Expectations that only training could measure, in a spec that cannot be trained.
  mutating func unusedExpectations() {
    guard spec.training == nil || spec.data == nil else { return }
    let missing = spec.training == nil ? "training" : "data"
    for expectation in spec.expectations.items {
      switch expectation.subject {
      case .metric, .maxSeconds:
        add(
          Diagnostic(
            SpecCode.unusedSection,
            "`\(expectation.key)` is measured by training, and the spec has no section `\(missing)`",
            at: expectation.span, help: "add the section `\(missing)`, or leave `\(expectation.key)` out",
            path: expectation.path))
      default: break
      }
    }
  }

  /// Expectations that every model meets, or that ask for the reverse of what their keys say.
  mutating func hollowExpectations() {
    for advice in spec.expectations.items.compactMap(\.hollowness) { add(advice) }
  }

  /// Values and blocks of `define` that nothing uses.
  mutating func unusedDefinitions() {
    for unused in spec.unusedDefinitions {
      let use = unused.isBlock ? "a layer `- \(unused.name)`" : "`$\(unused.name)`"
      add(
        Diagnostic(
          SpecCode.unusedDefinition, "nothing uses the \(unused.isBlock ? "block" : "value") `\(unused.name)`",
          at: unused.keySpan, help: "write \(use) where it is meant, or remove it",
          path: "$.define\(unused.isBlock ? ".blocks" : "").\(unused.name)"))
    }
  }

  /// Callbacks that wait for longer than training lasts.
  mutating func idleCallbacks() {
    guard let training = spec.training else { return }
    for callback in training.callbacks {
      guard let patience = callback.patience, patience.value >= training.epochs.value else { continue }
      let epochs = training.epochs.value
      add(
        Diagnostic(
          SpecCode.idleCallback,
          "`\(callback.kind.rawValue)` waits for \(patience.value) epoch\(patience.value == 1 ? "" : "s") without "
            + "improvement, and training has \(epochs)",
          at: patience.isWritten ? patience.span : callback.keySpan,
          notes: training.epochs.isWritten ? [.init("training ends here", at: training.epochs.span)] : [],
          help: "write a `patience` below the epochs, or more `epochs`", path: callback.path))
    }
  }
}

extension DataSpec.Source {
  /// What the source is called, if its samples are images of bytes.
  fileprivate var bytePixels: String? {
    switch self {
    case .builtIn(.digits), .npz, .npy: nil
    case .csv(let csv): csv.image == nil ? nil : word
    case .builtIn, .idx, .imageFolder: word
    }
  }
}
