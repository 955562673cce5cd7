import CNNReport

/// Reports of runs that nobody made, of any number of classes and epochs.
enum SampleReports {
  /// A sequence of numbers between 0 and 1, the same every time (the linear congruential generator of Numerical Recipes).
  struct Numbers {
    private var state: UInt32 = 1

    mutating func next() -> Double {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 8) / Double(1 << 24)
    }
  }

  static func names(_ count: Int) -> [String] {
    let known = [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]
    return (0..<count).map { $0 < known.count ? known[$0] : "class number \($0)" }
  }

  /// Falls from 2, or rises to 1.
  static func history(epochs: Int, validates: Bool = true) -> TrainingHistory {
    let accuracy = (0..<epochs).map { 1 - 0.8 / (1 + 0.3 * Double($0)) }
    let loss = (0..<epochs).map { 2 / (1 + 0.3 * Double($0)) }
    return TrainingHistory(
      [("loss", loss), ("accuracy", accuracy)]
        + (validates ? [("val_loss", loss.map { $0 * 1.2 + 0.1 }), ("val_accuracy", accuracy.map { $0 * 0.9 })] : []))
  }

  static func classes(_ count: Int, names: [String]? = nil, samples: Int = 1000) -> ClassMeasurement {
    var numbers = Numbers()
    var evaluation = ClassificationEvaluation(classNames: names ?? Self.names(count), width: count)
    for index in 0..<samples {
      let label = index % count
      let predicted = numbers.next() < 0.8 ? label : Int(numbers.next() * Double(count)) % count
      let confidence = Float(0.4 + 0.6 * numbers.next())
      var output = [Float](repeating: (1 - confidence) / Float(max(1, count - 1)), count: count)
      output[predicted] = confidence
      evaluation.add(labels: [Int32(label)], outputs: output)
    }
    let picture = Thumbnail(
      height: 8, width: 8, channels: 1, pixels: (0..<64).map { UInt8(truncatingIfNeeded: $0 * 4) })
    let items = (0..<12).map { index in
      PictureGrid.Item(
        picture: picture, caption: "\(evaluation.classNames[index % count]): 0.93",
        truth: index % 3 == 0 ? "is \(evaluation.classNames[(index + 1) % count])" : nil, isWrong: index % 3 == 0,
        tip: "sample \(index)")
    }
    return ClassMeasurement(
      split: "test", evaluation: evaluation, isSoftmaxed: false, sampleNames: (0..<samples).map(String.init),
      grids: [PictureGrid(name: "random_samples", title: "Random samples", note: "By chance.", items: items)])
  }

  static func values(_ names: [String] = [""]) -> ValueMeasurement {
    var numbers = Numbers()
    let truth = (0..<200).map { Double($0 % 10) }
    return ValueMeasurement(
      split: "validation",
      columns: names.map { name in
        .init(name: name, truth: truth, predictions: truth.map { $0 + numbers.next() - 0.5 })
      }, sampleNames: (0..<200).map(String.init), grids: [])
  }

  /// Forty steps, some of them of no layer.
  static let stepTimes = StepTimes(batch: 64, threads: 2, steps: (0..<40).map(step))

  private static func step(_ index: Int) -> StepTimes.Step {
    let seconds: Double = 1e-5 * Double(index * 37 % 41)
    return StepTimes.Step(
      name: index % 4 == 3 ? "indirect product, outer product" : "indirect product",
      layer: index % 8 == 7 ? "" : "conv2d_\(index)", seconds: [seconds, 2 * seconds, 4 * seconds],
      isBackward: index > 15)
  }

  static func report(
    _ measured: TrainingReport.Measured?, epochs: Int = 10, validates: Bool = true, title: String = "sample",
    settings: [SpecFacts.Setting] = [.init("training.epochs", "10")]
  ) -> TrainingReport {
    let history = history(epochs: epochs, validates: validates)
    let model = SummaryModel(
      name: title,
      rows: [SummaryRow(name: "conv2d", className: "Conv2D", outputShape: [24, 24, 32], parameterCount: 832)],
      isSequential: true, totalParameters: 832, trainableParameters: 832, nonTrainableParameters: 0, flops: 1_000_000,
      inputShape: [28, 28, 1], outputShape: [10])
    return TrainingReport(
      title: title, state: "done", reason: nil, history: history,
      monitor: validates ? "val_accuracy" : "accuracy", bestEpoch: epochs > 0 ? max(0, epochs - 2) : nil,
      epochsAsked: epochs, learningRates: (0..<epochs).map { $0 < 5 ? 0.001 : 0.0005 }, evaluation: [],
      facts: [.init("data", "a set")], model: model, settings: settings, plan: "fork 1\n  0 step",
      machine: .init(
        facts: [.init("threads", "2")], epochSeconds: (0..<epochs).map { 0.1 + 0.01 * Double($0 % 3) },
        stepsPerEpoch: 16,
        stepTimes: stepTimes),
      measured: measured,
      filters: FilterSheet(
        layer: "conv2d", kernel: (0..<5 * 5 * 32).map { Float($0 % 7) - 3 }, extents: [5, 5, 1, 32]), notes: [])
  }
}
