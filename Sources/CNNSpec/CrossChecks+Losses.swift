internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model's output and the loss.
extension CrossChecks {
  /// The activation that the output comes out of, through layers that leave its nature as it is.
  static func outputActivation(_ model: CheckedModel) -> (layer: CheckedLayer, activation: Activation)? {
    outputActivation(of: model.outputIndex, in: model)
  }

  private static func outputActivation(
    of index: Int, in model: CheckedModel
  ) -> (layer: CheckedLayer, activation: Activation)? {
    var layer = model.layers[index]
    while true {
      if let activation = layer.layer.outputActivation { return (layer, activation) }
      guard layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first else { return nil }
      layer = model.layers[index]
    }
  }

  static func checkActivation(
    _ model: CheckedModel, _ loss: Located<LossSpec>, into bag: inout DiagnosticBag
  ) {
    guard let (layer, activation) = outputActivation(model) else { return }
    if activation != .softmax, [.categoricalCrossentropy, .sparseCategoricalCrossentropy].contains(loss.value.kind),
      model.outputType.extents == [1]
    {
      let end = activation == .sigmoid ? "" : " behind `activation: sigmoid`"
      bag.add(
        Diagnostic(
          SpecCode.lossNeedsSoftmax,
          "`\(loss.value.kind.rawValue)` takes one value a class, and the model gives one value in all",
          at: layer.spec.keySpan, notes: [.init("the loss is chosen here", at: loss.span)],
          help:
            "for two classes use `loss: binary_crossentropy`\(end), for a number `loss: mean_squared_error`, for more classes as many `units` and a softmax",
          path: layer.spec.path))
      return
    }
    let end = activation == .linear ? "without an activation" : "with `\(activation.rawValue)`"
    func report(_ code: DiagnosticCode, _ wanted: String) {
      bag.add(
        Diagnostic(
          code, "`\(loss.value.kind.rawValue)` takes probabilities, and the model ends \(end)",
          at: layer.spec.keySpan, label: "no `\(wanted)` behind it",
          notes: [
            .init("the loss is chosen here", at: loss.span),
            .init("Keras clips what is no probability to 1e-7 or 1 - 1e-7, where nothing is learned"),
          ],
          help: "end with `- activation: \(wanted)`", path: layer.spec.path,
          proposals: [
            .init(
              "`- activation: \(wanted)` as last layer",
              .insertAfter(model.output.spec.keySpan, item: "activation: \(wanted)"))
          ]
            + layer.spec.proposals("`activation: \(wanted)` in `\(layer.spec.name)`", set: "activation", to: wanted)))
    }
    switch loss.value.kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      if activation != .softmax { return report(SpecCode.lossNeedsSoftmax, "softmax") }
    case .binaryCrossentropy:
      if activation != .sigmoid, activation != .softmax, activation != .hardSigmoid {
        report(SpecCode.lossNeedsSigmoid, "sigmoid")
      }
    case .klDivergence:
      if activation != .softmax, activation != .sigmoid, activation != .hardSigmoid {
        report(SpecCode.lossNeedsSoftmax, "softmax")
      }
    case .meanSquaredError, .meanAbsoluteError, .huber: break
    }
  }

  /// Values of a prediction; of one that has axes beside them `nil`, and a fault.
  private static func values(
    of model: CheckedModel, _ loss: Located<LossSpec>, else message: @autoclosure () -> String, help: String,
    into bag: inout DiagnosticBag
  ) -> Int? {
    if model.outputType.rank == 1, let values = model.outputType.extents.first { return values }
    bag.add(
      Diagnostic(
        SpecCode.outputRank, message(), at: model.output.spec.keySpan,
        notes: [.init("the loss is chosen here", at: loss.span)], help: help, path: model.output.spec.path,
        proposals: rankRepairs(model)))
    return nil
  }

  static func checkClasses(
    _ model: CheckedModel, _ loss: Located<LossSpec>, _ classes: Int?, into bag: inout DiagnosticBag
  ) {
    guard
      let values = values(
        of: model, loss,
        else:
          "`\(loss.value.kind.rawValue)` takes one value a class, and `\(model.output.spec.name)` gives \(model.outputType.shapeText)",
        help: "add `- flatten` before the last dense layer", into: &bag)
    else { return }
    guard let classes, classes != values, values > 1 else { return }
    report(values, for: classes, model, into: &bag)
  }

  /// A loss that compares value by value with the label's one-hot vector, or with the label itself.
  static func checkOneHot(
    _ model: CheckedModel, _ loss: Located<LossSpec>, _ classes: Int?, into bag: inout DiagnosticBag
  ) {
    guard
      let values = values(
        of: model, loss,
        else: "a label is one class, and the output of `\(model.output.spec.name)` is \(model.outputType.extents)",
        help: "end with `- flatten` and a `dense` layer", into: &bag)
    else { return }
    // A softmax of one value is a fault of its own.
    guard let classes, classes != values, !(values == 1 && outputActivation(model)?.activation == .softmax) else {
      return
    }
    let takesIndex = values == 1 && (loss.value.kind.isOfValues || classes <= 2)
    if !takesIndex { report(values, for: classes, model, into: &bag) }
  }

  /// Reports an output of more or fewer values than classes, at the layer that decides: the last one with weights.
  private static func report(_ values: Int, for classes: Int, _ model: CheckedModel, into bag: inout DiagnosticBag) {
    var layer = model.output
    while layer.parameters.isEmpty, layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first {
      layer = model.layers[index]
    }
    let spec = layer.spec
    let argument = ["units", "filters"].first { spec.span(of: $0) != nil }
    let span = argument.flatMap { spec.span(of: $0) } ?? spec.keySpan
    bag.add(
      Diagnostic(
        SpecCode.classCount,
        "`\(spec.name)` gives \(values) value\(values == 1 ? "" : "s"), and the data has \(classes) classes", at: span,
        label: "\(values) here",
        help: argument.map { "write `\($0): \(classes)`" } ?? "give the output \(classes) values", path: spec.path,
        proposals: argument.map {
          [.init("`\($0): \(classes)`", .replace(span, with: "\(classes)"))]
        } ?? []))
  }

  /// Ways to an output of one axis: features from where a dense layer meets an image, or means over the image.
  private static func rankRepairs(_ model: CheckedModel) -> [Diagnostic.Proposal] {
    let features = model.layers.first { $0.layer.traits.isForFeatures && $0.inputTypes.first?.rank == 3 }
    return [
      features.map { .init("`- flatten` before `\($0.spec.name)`", .insertBefore($0.spec.keySpan, item: "flatten")) },
      .init(
        "`- global_average_pooling2d` before `\(model.output.spec.name)`",
        .insertBefore(model.output.spec.keySpan, item: "global_average_pooling2d")),
      .init("`- flatten` as last layer", .insertAfter(model.output.spec.keySpan, item: "flatten")),
    ].compactMap(\.self)
  }

  /// Softmaxes of what cannot be, or already is, made into probabilities.
  static func checkSoftmax(_ model: CheckedModel, into bag: inout DiagnosticBag) {
    guard let (layer, activation) = outputActivation(model), activation == .softmax else { return }
    if model.outputType.extents.last == 1 {
      bag.add(
        Diagnostic(
          SpecCode.softmaxOfOne, "a softmax over one value is always 1, so nothing is learned",
          at: layer.spec.keySpan,
          help: "give one value a class, or use `sigmoid` with `loss: binary_crossentropy`", path: layer.spec.path))
    }
    // A layer with weights between makes scores again.
    guard layer.parameters.isEmpty, case .layer(let index)? = layer.inputs.first,
      let (first, before) = outputActivation(of: index, in: model), before == .softmax
    else { return }
    bag.add(
      Diagnostic(
        SpecCode.doubleSoftmax, "`\(layer.spec.name)` takes the softmax of probabilities", at: layer.spec.keySpan,
        notes: [
          .init("`\(first.spec.name)` makes them", at: first.spec.keySpan),
          .init("the best possible probability of 10 classes becomes 0.23, so the loss stays above 1.46"),
        ],
        help: "leave one of the two out", path: layer.spec.path,
        proposals: [.init("one softmax: drop `\(layer.spec.name)`", .remove(layer.spec.keySpan))]))
  }
}

extension LossSpec.LossKind {
  /// Whether it takes any number, not a probability alone.
  package var isOfValues: Bool {
    switch self {
    case .meanSquaredError, .meanAbsoluteError, .huber: true
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .binaryCrossentropy, .klDivergence: false
    }
  }
}
