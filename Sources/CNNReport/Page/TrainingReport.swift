/// Everything that a report of a run shows, as values: pages, pictures and tables are functions of it.
///
/// It knows neither sessions nor files. All that depends on how fast a machine was is in `machine`, so that the rest is the
/// same for any number of threads.
package struct TrainingReport: Sendable {
  /// A thing and what is said of it.
  package struct Fact: Sendable, Equatable {
    package let title, value: String

    package init(_ title: String, _ value: String) {
      self.title = title
      self.value = value
    }
  }

  /// Of the machine, and of how long things took there.
  package struct Machine: Sendable {
    package var facts: [Fact]
    /// Seconds of each epoch.
    package var epochSeconds: [Double]
    package var stepsPerEpoch: Int
    /// Of the compiled plan, where they could be measured.
    package var stepTimes: StepTimes?

    package init(facts: [Fact], epochSeconds: [Double], stepsPerEpoch: Int, stepTimes: StepTimes? = nil) {
      self.facts = facts
      self.epochSeconds = epochSeconds
      self.stepsPerEpoch = max(1, stepsPerEpoch)
      self.stepTimes = stepTimes
    }
  }

  /// What the model made of samples that it was not trained on.
  package enum Measured: Sendable {
    case classes(ClassMeasurement)
    case values(ValueMeasurement)

    /// Samples that were looked at.
    package var sampleCount: Int {
      switch self {
      case .classes(let classes): classes.evaluation.samples.count
      case .values(let values): values.sampleCount
      }
    }
  }

  /// The model's name.
  package var title: String
  /// `done`, or how else the run ended.
  package var state: String
  /// Why it ended, if there is more to say.
  package var reason: String?
  package var history: TrainingHistory
  /// The metric that tells the best epoch.
  package var monitor: String
  /// From 0.
  package var bestEpoch: Int?
  package var epochsAsked: Int
  /// One an epoch.
  package var learningRates: [Double]
  /// Of data that took no part in training.
  package var evaluation: [(String, Double)]
  /// Data, and what else is to be known.
  package var facts: [Fact]
  package var model: SummaryModel
  package var settings: [SpecFacts.Setting]
  /// The compiled steps, as `cnnrun plan` prints them.
  package var plan: String?
  package var machine: Machine
  package var measured: Measured?
  package var filters: FilterSheet?
  /// What is missing here, and why.
  package var notes: [String]

  package init(
    title: String, state: String, reason: String?, history: TrainingHistory, monitor: String, bestEpoch: Int?,
    epochsAsked: Int, learningRates: [Double], evaluation: [(String, Double)], facts: [Fact], model: SummaryModel,
    settings: [SpecFacts.Setting], plan: String?, machine: Machine, measured: Measured?, filters: FilterSheet?,
    notes: [String]
  ) {
    self.title = title
    self.state = state
    self.reason = reason
    self.history = history
    self.monitor = monitor
    self.bestEpoch = bestEpoch
    self.epochsAsked = epochsAsked
    self.learningRates = learningRates
    self.evaluation = evaluation
    self.facts = facts
    self.model = model
    self.settings = settings
    self.plan = plan
    self.machine = machine
    self.measured = measured
    self.filters = filters
    self.notes = notes
  }
}

/// What a classifier made of the samples of a split, with pictures of some.
package struct ClassMeasurement: Sendable {
  /// Which samples: `test`, `validation`.
  package var split: String
  package var evaluation: ClassificationEvaluation
  /// Whether the model's outputs were no probabilities, and a softmax made them such.
  package var isSoftmaxed: Bool
  /// What the samples are called, one each.
  package var sampleNames: [String]
  /// Of random ones, the least confident, the worst mistakes; empty where samples are no pictures.
  package var grids: [PictureGrid]

  package init(
    split: String, evaluation: ClassificationEvaluation, isSoftmaxed: Bool, sampleNames: [String],
    grids: [PictureGrid]
  ) {
    self.split = split
    self.evaluation = evaluation
    self.isSoftmaxed = isSoftmaxed
    self.sampleNames = sampleNames
    self.grids = grids
  }

  /// `1,000 validation samples`
  var samplesText: String {
    "\(NumberFormat.grouped(evaluation.samples.count)) \(split) \(evaluation.samples.count == 1 ? "sample" : "samples")"
  }
}

/// What a model of values made of the samples of a split.
package struct ValueMeasurement: Sendable {
  /// One of the values that the model gives.
  package struct Column: Sendable {
    /// Empty where there is but one.
    package var name: String
    /// One a sample.
    package var truth, predictions: [Double]

    /// - Precondition: as many predictions as true values.
    package init(name: String = "", truth: [Double], predictions: [Double]) {
      precondition(truth.count == predictions.count, "\(predictions.count) predictions of \(truth.count) values")
      self.name = name
      self.truth = truth
      self.predictions = predictions
    }

    package var errors: [Double] { zip(predictions, truth).map { $0 - $1 } }

    /// Mean of |prediction - truth|; 0 without samples.
    package var meanAbsoluteError: Double { errors.map(\.magnitude).mean }

    package var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

    fileprivate var meanSquaredError: Double { errors.map { $0 * $0 }.mean }

    /// 1 - sum of squared errors / sum of squared distances from the mean (scikit-learn's `r2_score`); `nil` where all
    /// true values are the same.
    package var determination: Double? {
      let center = truth.mean
      let total = truth.reduce(0) { $0 + ($1 - center) * ($1 - center) }
      return total > 0 ? 1 - errors.reduce(0) { $0 + $1 * $1 } / total : nil
    }
  }

  package var split: String
  /// In the order of the model's outputs, each of as many samples.
  package var columns: [Column]
  package var sampleNames: [String]
  package var grids: [PictureGrid]

  package init(split: String, columns: [Column], sampleNames: [String], grids: [PictureGrid]) {
    self.split = split
    self.columns = columns
    self.sampleNames = sampleNames
    self.grids = grids
  }

  package var sampleCount: Int { columns.first?.truth.count ?? 0 }

  /// Mean of |prediction - truth| over samples and columns; 0 without samples.
  package var meanAbsoluteError: Double { columns.map(\.meanAbsoluteError).mean }

  /// Root of the mean of (prediction - truth)² over samples and columns.
  package var rootMeanSquaredError: Double { columns.map(\.meanSquaredError).mean.squareRoot() }

  /// Mean of the columns' (scikit-learn's `uniform_average`); `nil` where one of them has none.
  package var determination: Double? {
    let all = columns.compactMap(\.determination)
    return all.isEmpty || all.count < columns.count ? nil : all.mean
  }

  /// The samples that were missed by most, over all columns, the worst first, of equals the earlier one.
  package func worst(_ count: Int) -> [Int] {
    var errors = [Double](repeating: 0, count: sampleCount)
    for column in columns {
      for (index, error) in column.errors.enumerated() { errors[index] += error.isNaN ? .infinity : error.magnitude }
    }
    return Array(
      errors.indices.sorted { errors[$0] != errors[$1] ? errors[$0] > errors[$1] : $0 < $1 }.prefix(max(0, count)))
  }
}

extension [Double] {
  /// 0 of nothing.
  fileprivate var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
