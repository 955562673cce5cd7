import CNNModel
import CNNReport
import CNNSession
import CNNSpec

/// What a report keeps of a model's outputs on samples, which come batch by batch, in order.
struct OutputTally {
  /// `nil` for what no picture is made of: outputs that are very many values.
  private(set) var result: Result?
  private let dataset: Dataset
  private let meaning: OutputMeaning
  private let width: Int

  enum Result {
    case classes(ClassificationEvaluation, isSoftmaxed: Bool)
    /// As many a sample as the model gives, row after row.
    case values([Double])
  }

  /// More samples would not change the picture, and would take their time; then the first ones are taken. Of models that
  /// give several values, so many values.
  private static let mostSamples = 100_000
  /// Values a sample.
  static let mostColumns = 256

  init(_ spec: Spec, classNames: [String], dataset: Dataset) {
    let names = dataset.classNames.isEmpty ? classNames : dataset.classNames
    self.dataset = dataset
    width = spec.model.outputType.elementCount
    meaning = OutputMeaning(of: spec, classNames: names, largestLabel: Int(dataset.labels.max() ?? 0))
    if meaning.isOfClasses, dataset.targets.isEmpty {
      result = .classes(
        ClassificationEvaluation(classNames: names, width: width), isSoftmaxed: meaning.isSoftmaxed)
    } else if width == 1 && dataset.targets.isEmpty
      || (1...Self.mostColumns).contains(width) && dataset.targets.count / width == dataset.count
    {
      result = .values([])
    }
  }

  /// Samples that are looked at.
  var count: Int {
    if case .classes? = result { return min(dataset.count, Self.mostSamples) }
    return min(dataset.count, max(1, Self.mostSamples / max(1, width)))
  }

  /// - Parameter outputs: of these samples, row after row.
  mutating func add(_ outputs: [Float], of batch: Range<Int>) {
    let range = batch.clamped(to: 0..<count)
    if range.isEmpty { return }
    let outputs = Array(outputs.prefix(range.count * width))
    switch result {
    case .classes(var evaluation, let isSoftmaxed)?:
      // So that it is not copied where it grows.
      result = nil
      evaluation.add(labels: dataset.labels[range], outputs: meaning.confidences(outputs, width: width))
      result = .classes(evaluation, isSoftmaxed: isSoftmaxed)
    case .values(var predictions)?:
      result = nil
      predictions += outputs.map(Double.init)
      result = .values(predictions)
    case nil: break
    }
  }
}
