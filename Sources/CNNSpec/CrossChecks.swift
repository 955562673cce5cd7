internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model, the data and the training.
enum CrossChecks {
  static func check(
    _ model: CheckedModel, _ spec: ModelSpec, data: DataSpec?, training: TrainingSpec?, into bag: inout DiagnosticBag
  ) {
    if let data { checkInput(model, spec, data, into: &bag) }
    guard let training else { return }
    let loss = training.loss
    if let data { checkSource(data, into: &bag) }
    bag.add(contentsOf: model.oversized)
    checkActivation(model, loss, into: &bag)
    switch loss.value {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      checkClasses(model, loss, data?.classCount, into: &bag)
    case .binaryCrossentropy, .meanSquaredError:
      if let data { checkOneHot(model, loss, data.classCount, into: &bag) }
    }
  }

  /// A loss that compares value by value with the label's one-hot vector, or with the label itself.
  private static func checkOneHot(
    _ model: CheckedModel, _ loss: Located<TrainingSpec.Loss>, _ classes: Int?, into bag: inout DiagnosticBag
  ) {
    let output = model.outputType
    guard output.rank == 1, let values = output.extents.first else {
      bag.add(
        Diagnostic(
          SpecCode.outputRank,
          "a label is one class, and the output of `\(model.output.spec.name)` is \(output.extents)",
          at: model.output.spec.keySpan, help: "end with `- flatten` and a `dense` layer",
          path: model.output.spec.path))
      return
    }
    guard let classes else { return }
    let fits = values == 1 ? loss.value == .meanSquaredError || classes <= 2 : values >= classes
    if fits { return }
    bag.add(
      Diagnostic(
        SpecCode.classCount, "`\(model.output.spec.name)` gives \(values) values, and the data has \(classes) classes",
        at: model.output.spec.keySpan, help: "give the last `dense` layer \(classes) units",
        path: model.output.spec.path))
  }

  private static func checkInput(
    _ model: CheckedModel, _ spec: ModelSpec, _ data: DataSpec, into bag: inout DiagnosticBag
  ) {
    guard case .builtIn(let builtIn) = data.source.value, let input = spec.input, input.value != builtIn.extents else {
      return
    }
    bag.add(
      Diagnostic(
        SpecCode.inputMismatch,
        "a sample of `\(builtIn.rawValue)` is \(builtIn.extents), and the model takes \(input.value)",
        at: input.span, notes: [.init("the data is chosen here", at: data.source.span)],
        help: "write `input: \(builtIn.extents)`", path: input.path))
  }

  /// Sources of the language that nothing reads yet: a spec that would train on one is told so before it runs.
  private static func checkSource(_ data: DataSpec, into bag: inout DiagnosticBag) {
    let name: String
    switch data.source.value {
    case .builtIn(.fashionMNIST), .builtIn(.mnist), .idx: return
    case .builtIn(let builtIn): name = builtIn.rawValue
    case .imageFolder: name = "image_folder"
    case .csv: name = "csv"
    case .npz: name = "npz"
    }
    bag.add(
      contentsOf: FieldReader.notSupportedYet(
        "reading `\(name)`", at: data.source.span, path: data.source.path))
  }

  /// Expectations of metrics that this training will not measure.
  static func checkExpectations(
    _ expectations: Expectations, data: DataSpec?, training: TrainingSpec?, into bag: inout DiagnosticBag
  ) {
    guard let training, let data else { return }
    for expectation in expectations.items {
      guard case .metric(let name) = expectation.subject else { continue }
      let help: String
      if name.hasSuffix("accuracy"), !training.metrics.contains(.accuracy) {
        help = "add `metrics: [accuracy]` to `training`"
      } else if name.hasPrefix("val_"), data.split.validation == nil {
        help = "add `split: {validation: 0.2}` to `data`"
      } else if name.hasPrefix("test_"), data.split.test == nil {
        help = "add `split: {test: test}` to `data`"
      } else {
        continue
      }
      bag.add(
        Diagnostic(
          SpecCode.unmeasuredExpectation, "`\(name)` is expected, and this training does not measure it",
          at: expectation.span, help: help, path: expectation.path))
    }
  }

  /// The activation that the output comes out of, through layers that leave its nature as it is.
  private static func outputActivation(_ model: CheckedModel) -> (layer: CheckedLayer, activation: Activation)? {
    var layer = model.output
    while true {
      if let activation = layer.layer.outputActivation { return (layer, activation) }
      guard layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first else { return nil }
      layer = model.layers[index]
    }
  }

  private static func checkActivation(
    _ model: CheckedModel, _ loss: Located<TrainingSpec.Loss>, into bag: inout DiagnosticBag
  ) {
    guard let (layer, activation) = outputActivation(model) else { return }
    let end = activation == .linear ? "without an activation" : "with `\(activation.rawValue)`"
    func report(_ code: DiagnosticCode, _ wanted: String) {
      bag.add(
        Diagnostic(
          code, "`\(loss.value.rawValue)` takes probabilities, and the model ends \(end)",
          at: layer.spec.keySpan, label: "no `\(wanted)` behind it",
          notes: [.init("the loss is chosen here", at: loss.span)],
          help: "add `- activation: \(wanted)` as last layer", path: layer.spec.path))
    }
    switch loss.value {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      if activation != .softmax { return report(SpecCode.lossNeedsSoftmax, "softmax") }
      if model.outputType.extents.last == 1 {
        bag.add(
          Diagnostic(
            SpecCode.softmaxOfOne, "a softmax over one value is always 1, so nothing is learned",
            at: layer.spec.keySpan,
            help: "give one value a class, or use `sigmoid` with `loss: binary_crossentropy`", path: layer.spec.path))
      }
    case .binaryCrossentropy:
      if activation != .sigmoid, activation != .softmax, activation != .hardSigmoid {
        report(SpecCode.lossNeedsSigmoid, "sigmoid")
      }
    case .meanSquaredError: break
    }
  }

  private static func checkClasses(
    _ model: CheckedModel, _ loss: Located<TrainingSpec.Loss>, _ classes: Int?, into bag: inout DiagnosticBag
  ) {
    let output = model.outputType
    guard output.rank == 1, let values = output.extents.first else {
      bag.add(
        Diagnostic(
          SpecCode.outputRank,
          "`\(loss.value.rawValue)` takes one value a class, and `\(model.output.spec.name)` gives \(output.shapeText)",
          at: model.output.spec.keySpan, notes: [.init("the loss is chosen here", at: loss.span)],
          help: "add `- flatten` before the last dense layer", path: model.output.spec.path))
      return
    }
    guard let classes, classes != values, values > 1 else { return }
    // The layer that decides how many values there are: the last one with weights.
    var layer = model.output
    while layer.parameters.isEmpty, layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first {
      layer = model.layers[index]
    }
    let spec = layer.spec
    let argument = ["units", "filters"].first { spec.argumentSpans[$0] != nil }
    let span = argument.flatMap { spec.argumentSpans[$0] } ?? spec.keySpan
    bag.add(
      Diagnostic(
        SpecCode.classCount, "`\(spec.name)` gives \(values) values, and the data has \(classes) classes", at: span,
        label: "\(values) here", help: argument.map { "write `\($0): \(classes)`" }, path: spec.path))
  }
}
