import CNNKernels
import CNNLayers
import CNNModel
import CNNReport
import CNNSession
import CNNSpec

/// What a trained model makes of the samples of a split, batch by batch, with pictures of those that are worth a look.
///
/// Samples may be streamed: they are asked for in order, no more at once than training took, and those that are shown one
/// by one after that.
struct ModelMeasurement {
  let model: TrainedModel
  let dataset: Dataset
  /// `test`, `validation`, or `training` where there is no other.
  let split: String
  let kernels: KernelTable
  let threads: Int
  /// Samples of a step.
  let batchSize: Int

  private static let gridCount = 12

  /// Samples that are looked at.
  private var count: Int { emptyTally.count }

  private var emptyTally: OutputTally { OutputTally(model.spec, classNames: model.classNames, dataset: dataset) }

  /// - Parameter tally: of the model's outputs on the samples, where they are known already.
  /// - Returns: `nil` for what no picture is made of: outputs that are very many values.
  func measured(_ tally: OutputTally? = nil) throws(SessionError) -> TrainingReport.Measured? {
    let known: OutputTally
    if let tally { known = tally } else { known = try predicted() }
    switch known.result {
    case .classes(let evaluation, let isSoftmaxed)?:
      return .classes(try classes(evaluation, isSoftmaxed: isSoftmaxed))
    case .values(let predictions)?: return .values(try values(predictions))
    case nil: return nil
    }
  }

  private func predicted() throws(SessionError) -> OutputTally {
    var tally = emptyTally
    if tally.result == nil { return tally }
    var predictor = try Predictor(model, batchSize: batchSize, threads: threads, kernels: kernels)
    try predictor.predict(dataset, first: count) { outputs, batch in tally.add(outputs, of: batch) }
    return tally
  }

  /// Samples drawn without replacement, the same ones for the same seed.
  private var random: [Int] {
    CounterRandom.permutation(count: count, seed: UInt64(model.spec.training?.seed ?? 0), epoch: 0)
      .prefix(Self.gridCount).map(Int.init)
  }

  private var sampleNames: [String] {
    (0..<count).map { index in
      let source = dataset.sourceIndices[index]
      return dataset.sourceNames?(source) ?? String(source)
    }
  }

  // MARK: Classes

  private func classes(
    _ evaluation: ClassificationEvaluation, isSoftmaxed: Bool
  ) throws(SessionError) -> ClassMeasurement {
    let worst = evaluation.worstMistakes(Self.gridCount)
    let choices: [(String, String, String, [Int])] = [
      (
        "random_samples", "Random samples", "Drawn by the seed, each with the class that the model takes it for.",
        random
      ),
      (
        "least_confident", "Least confident", "The predictions that the model is least sure of.",
        evaluation.leastConfident(Self.gridCount)
      ),
      (
        "worst_mistakes", "Worst mistakes",
        worst.isEmpty ? "There are none: every prediction is right." : "Wrong, and surest of it.", worst
      ),
    ]
    let grids = try grids(choices) { index in
      let sample = evaluation.samples[index]
      let name = evaluation.classNames[Int(sample.predicted)]
      return (
        "\(name): \(NumberFormat.fixed(Double(sample.confidence), places: 2))",
        sample.isCorrect ? nil : "is \(evaluation.classNames[Int(sample.label)])", !sample.isCorrect
      )
    }
    return ClassMeasurement(
      split: split, evaluation: evaluation, isSoftmaxed: isSoftmaxed, sampleNames: sampleNames, grids: grids)
  }

  // MARK: Values

  private func values(_ predictions: [Double]) throws(SessionError) -> ValueMeasurement {
    let names = model.spec.valueNames
    let width = names.count
    let columns = names.enumerated().map { column, name in
      ValueMeasurement.Column(
        name: name,
        truth: (0..<count).map { sample in
          dataset.targets.isEmpty ? Double(dataset.labels[sample]) : Double(dataset.targets[sample * width + column])
        }, predictions: (0..<count).map { predictions[$0 * width + column] })
    }
    var measurement = ValueMeasurement(split: split, columns: columns, sampleNames: sampleNames, grids: [])
    measurement.grids = try grids([
      ("random_samples", "Random samples", "Drawn by the seed, each with the value that the model gives it.", random),
      (
        "worst_mistakes", "Worst mistakes", "Those whose value is missed by most.",
        measurement.worst(Self.gridCount)
      ),
    ]) { index in
      func text(_ values: [Double]) -> String {
        values.prefix(3).map { NumberFormat.fixed($0, places: 2) }.joined(separator: ", ")
          + (values.count > 3 ? ", …" : "")
      }
      return (
        text(columns.map { $0.predictions[index] }), "is \(text(columns.map { $0.truth[index] }))", false
      )
    }
    return measurement
  }

  // MARK: Pictures

  /// Grids of the chosen samples; none where samples are no pictures.
  private func grids(
    _ choices: [(name: String, title: String, note: String, indices: [Int])],
    caption: (Int) -> (text: String, truth: String?, isWrong: Bool)
  ) throws(SessionError) -> [PictureGrid] {
    let shape = dataset.sampleShape
    // Features in a row are no picture.
    guard shape.count == 3, shape[0] > 1, shape[1] > 1 else { return [] }
    var samples: [Int: [Float]] = [:]
    for index in choices.flatMap(\.indices) where samples[index] == nil {
      samples[index] = try dataset.values(of: index)
    }
    let range = Thumbnail.range(of: Array(samples.values))
    return choices.map { choice in
      let items = choice.indices.compactMap { index -> PictureGrid.Item? in
        guard let values = samples[index],
          let picture = Thumbnail(values: values, shape: shape, range: range)
        else { return nil }
        let caption = caption(index)
        return PictureGrid.Item(
          picture: picture, caption: caption.text, truth: caption.truth, isWrong: caption.isWrong,
          tip: dataset.name(of: index) + (caption.truth.map { ", \($0)" } ?? ""))
      }
      return PictureGrid(name: choice.name, title: choice.title, note: choice.note, items: items)
    }
  }
}

extension Dataset {
  /// One sample's values, from memory or from its stream.
  fileprivate func values(of index: Int) throws(SessionError) -> [Float] {
    let size = elementsPerSample
    let range = index * size..<(index + 1) * size
    switch storage {
    case .bytes(let bytes): return bytes[range].map(Float.init)
    case .floats(let floats): return Array(floats[range])
    case .streamed(let stream):
      return try stream.withBatch(order: [Int32(index)], batch: 0..<1) { batch in
        batch.bytes.isEmpty ? Array(batch.floats.prefix(size)) : batch.bytes.prefix(size).map(Float.init)
      }
    }
  }
}
