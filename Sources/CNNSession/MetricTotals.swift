/// A number that training measures, with Keras's name for it: `loss`, `val_accuracy`.
package struct NamedValue: Sendable, Equatable {
  package var name: String
  package var value: Double

  package init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

/// What is measured beside the loss.
package enum Metric: Sendable, Hashable {
  case accuracy

  package var name: String { "accuracy" }
}

/// What the samples of an epoch, or of a data set, have come to so far: the loss and each metric.
///
/// All of it is in `sums`, flat, so that a run can be stopped within an epoch and go on later. Sums do not depend on the
/// number of threads, and nothing is allocated from step to step.
package struct MetricTotals: Sendable, Equatable {
  package let metrics: [Metric]
  /// Samples, sum of losses, sum of hits.
  package var sums: [Double]

  package init(_ metrics: [Metric]) {
    self.metrics = metrics
    sums = Array(repeating: 0, count: 3)
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
    [NamedValue("loss", loss)] + metrics.map { NamedValue($0.name, sums[2] / sums[0]) }
  }

  package mutating func add(_ step: Session.StepResult) {
    sums[0] += Double(step.samples)
    sums[1] += step.lossSum
    sums[2] += step.hits
  }
}
