import CNNLayers
import CNNSession
import CNNSpec
import Testing

@Suite("metrics against Keras") struct MetricReferenceTests {
  @Test("the value after each batch", arguments: TrainingReference.all("metrics"))
  func stream(_ reference: TrainingReference) throws {
    let tensors = try TrainingReference.files.tensors("metrics.safetensors")
    let batches = try TrainingReference.integers("batches", in: "metrics.json")
    let predictions = try #require(tensors["\(reference.stream)/predictions"])
    let labels = try #require(tensors["\(reference.stream)/labels"]).values.map { Int32($0) }
    let width = predictions.shape[1]
    let spec = try TrainingReference.spec(
      input: width, layers: [width == 1 ? "{activation: sigmoid}" : "softmax"],
      loss: width == 1 ? "binary_crossentropy" : "categorical_crossentropy", metrics: "[\(reference.spec)]")
    let metrics = CompiledModel(spec).metrics
    let data = Dataset(
      sampleShape: [width], storage: .floats(predictions.values), labels: labels, classNames: [],
      sourceIndices: Array(labels.indices))
    let order = labels.indices.map { Int32($0) }
    func values(_ totals: MetricTotals) -> Double? { totals.values.last?.value }
    var totals = MetricTotals(metrics)
    var saved: MetricTotals?
    var start = 0
    for (index, count) in batches.enumerated() {
      let batch = start..<start + count
      start += count
      let values = Array(predictions.values[batch.lowerBound * width..<batch.upperBound * width])
      totals.add(Session.StepResult(lossSum: 1, samples: count))
      totals.add(values, width: width, data, order: order, batch: batch)
      let found = try #require(totals.values.last?.value)
      // Keras counts and divides in float32, in up to 200 strips.
      #expect(abs(found - reference.values[index]) <= 2e-6, "after batch \(index + 1): \(found)")
      // What is saved within an epoch goes on as if nothing had been.
      if index == 1 {
        saved = MetricTotals(metrics)
        saved?.sums = totals.sums
      } else if index > 1 {
        saved?.add(Session.StepResult(lossSum: 1, samples: count))
        saved?.add(values, width: width, data, order: order, batch: batch)
      }
    }
    #expect(saved == totals)
    totals.reset()
    #expect(totals == MetricTotals(metrics))
  }

  @Test("values aimed at, several of them positive, count one by one")
  func targets() {
    // By hand: of two samples with targets 1 0 1 and 0 1 0, values 0.9 0.8 0.1 and 0.2 0.7 0.6 above one half are right
    // twice, wrong twice, and one positive is missed.
    let data = Dataset(
      sampleShape: [3], storage: .floats([0, 0, 0, 0, 0, 0]), labels: [0, 0], targets: [1, 0, 1, 0, 1, 0],
      classNames: [], sourceIndices: [0, 1])
    var totals = MetricTotals([
      Metric(.precision(.init()), name: "precision", width: 3), Metric(.recall(.init()), name: "recall", width: 3),
      Metric(.topKAccuracy(1), name: "top", width: 3),
    ])
    totals.add(Session.StepResult(lossSum: 0, samples: 2))
    totals.add([0.9, 0.8, 0.1, 0.2, 0.7, 0.6], width: 3, data, order: [0, 1], batch: 0..<2)
    #expect(totals.values.map(\.value) == [0, 0.5, 2.0 / 3, 1])
  }

  @Test("what is no number is never right, and no trap")
  func notANumber() {
    let data = Dataset(
      sampleShape: [2], storage: .floats([0, 0]), labels: [1], classNames: [], sourceIndices: [0])
    var totals = MetricTotals([
      Metric(.auc(.init()), name: "auc", width: 2), Metric(.f1(.init()), name: "f1", width: 2),
      Metric(.topKAccuracy(1), name: "top", width: 2), Metric(.precision(.init()), name: "precision", width: 2),
    ])
    totals.add(Session.StepResult(lossSum: 0, samples: 1))
    totals.add([.nan, .nan], width: 2, data, order: [0], batch: 0..<1)
    #expect(totals.values[2].value == 0 && totals.values[3].value == 0 && totals.values[4].value == 0)
  }
}
