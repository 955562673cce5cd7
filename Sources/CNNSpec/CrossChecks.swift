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
    checkMonitors(training, data: data, into: &bag)
    checkSoftmax(model, into: &bag)
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
          path: model.output.spec.path, proposals: rankRepairs(model)))
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
        help: "write `input: \(builtIn.extents)`", path: input.path,
        proposals: [.init("`input: \(builtIn.extents)`", .replace(input.span, with: "\(builtIn.extents)"))]))
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
    switch loss.value {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      if activation != .softmax { return report(SpecCode.lossNeedsSoftmax, "softmax") }
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
          help: "add `- flatten` before the last dense layer", path: model.output.spec.path,
          proposals: rankRepairs(model)))
      return
    }
    guard let classes, classes != values, values > 1 else { return }
    // The layer that decides how many values there are: the last one with weights.
    var layer = model.output
    while layer.parameters.isEmpty, layer.inputs.count == 1, case .layer(let index)? = layer.inputs.first {
      layer = model.layers[index]
    }
    let spec = layer.spec
    let argument = ["units", "filters"].first { spec.span(of: $0) != nil }
    let span = argument.flatMap { spec.span(of: $0) } ?? spec.keySpan
    bag.add(
      Diagnostic(
        SpecCode.classCount, "`\(spec.name)` gives \(values) values, and the data has \(classes) classes", at: span,
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

  /// Callbacks that wait for a metric which this training never measures: in Keras they would do nothing.
  private static func checkMonitors(_ training: TrainingSpec, data: DataSpec?, into bag: inout DiagnosticBag) {
    let metrics = ["loss"] + training.metrics.map(\.rawValue)
    var validates = data?.split.validation != nil
    if case .fraction(let text)? = data?.split.validation?.value, Double(text) == 0 { validates = false }
    let measured = metrics + (validates ? metrics.map { "val_\($0)" } : [])
    for callback in training.callbacks {
      guard let monitor = callback.monitor, !measured.contains(monitor.value) else { continue }
      // Without the section nobody knows yet whether there is a validation.
      if data == nil, monitor.value.hasPrefix("val_"), metrics.contains(String(monitor.value.dropFirst(4))) { continue }
      let name = monitor.value.hasPrefix("val_") ? String(monitor.value.dropFirst(4)) : monitor.value
      let full = monitor.value.hasSuffix("acc") ? monitor.value + "uracy" : monitor.value
      let close = measured.contains(full) ? full : Spelling.closest(to: monitor.value, among: measured)
      let help: String
      if metrics.contains(name), data?.split.validation == nil {
        help = "add `split: {validation: 0.2}` to `data`, or write `monitor: \(name)`"
      } else if ["acc", "accuracy"].contains(name), !metrics.contains("accuracy") {
        help = "add `metrics: [accuracy]` to `training`"
      } else {
        help = "it measures \(measured.joined(separator: ", "))"
      }
      var diagnostic = Diagnostic(
        SpecCode.monitor,
        "`\(callback.kind.rawValue)` monitors `\(monitor.value)`, which this training does not measure",
        at: monitor.isWritten ? monitor.span : callback.keySpan,
        label: monitor.isWritten
          ? close.map { "did you mean `\($0)`?" } ?? "" : "`monitor` is `val_loss` unless written",
        help: help, path: callback.path)
      if monitor.isWritten, let close {
        diagnostic.fix = .init("write \(close)", isSafe: false, edits: [.init(monitor.span, text: close)])
      }
      bag.add(diagnostic)
    }
  }

  /// Softmaxes of what cannot be, or already is, made into probabilities.
  private static func checkSoftmax(_ model: CheckedModel, into bag: inout DiagnosticBag) {
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
