/// A number that training measures, with Keras's name for it: `loss`, `val_accuracy`.
package struct NamedValue: Sendable, Equatable {
  package var name: String
  package var value: Double

  package init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// What the samples of an epoch, or of a data set, have come to so far: the loss and each metric.
///
/// All of it is in `sums`, flat, so that a run can be stopped within an epoch and go on later. Sums do not depend on the
/// number of threads, and nothing is allocated from step to step.
package struct MetricTotals: Sendable, Equatable {
  package let metrics: [Metric]
  /// Samples and the sum of their losses, then each metric's own.
  package var sums: [Double]
  /// Where each metric's sums begin.
  private let places: [Int]
  /// Whether the model's output is needed, not the loss alone.
  package let readsPredictions: Bool

  package init(_ metrics: [Metric]) {
    self.metrics = metrics
    var count = 2
    places = metrics.map { metric in
      defer { count += metric.sumCount }
      return count
    }
    sums = Array(repeating: 0, count: count)
    readsPredictions = metrics.contains(where: \.readsPredictions)
  }

  package mutating func reset() {
    for index in sums.indices { sums[index] = 0 }
  }

  package var sampleCount: Int { Int(sums[0]) }
  /// Mean over the samples; the penalties on weights are part of it.
  package var loss: Double { sums[1] / sums[0] }

  /// `loss`, then the metrics in the order of the spec.
  package var names: [String] { ["loss"] + metrics.map(\.name) }

  package var values: [NamedValue] {
    [NamedValue("loss", loss)]
      + metrics.indices.map { index in
        NamedValue(metrics[index].name, metrics[index].value(sums, at: places[index], samples: sums[0]))
      }
  }

  /// Adds what a step saw, without the model's output.
  package mutating func add(_ step: Session.StepResult) {
    sums[0] += Double(step.samples)
    sums[1] += step.lossSum
    for (index, metric) in metrics.enumerated() where metric.kind == .accuracy { sums[places[index]] += step.hits }
  }

  /// Adds a batch's samples to the metrics that read the model's output.
  ///
  /// - Parameters:
  ///   - predictions: of the batch, sample after sample.
  ///   - width: values of each.
  package mutating func add(
    _ predictions: [Float], width: Int, _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>
  ) {
    for (place, position) in batch.enumerated() {
      let index = Int(order[position])
      let sample = MeasuredSample(
        predictions, start: place * width, width: width, label: dataset.labels[index], targets: dataset.targets,
        sample: index)
      for (metric, start) in zip(metrics, places) where metric.readsPredictions {
        metric.add(sample, to: &sums, at: start)
      }
    }
  }
}
