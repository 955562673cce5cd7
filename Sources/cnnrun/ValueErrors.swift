import CNNSession
import CNNSpec

/// How far values lie from the labels they aim at, each of those that the model gives and all together.
struct ValueErrors {
  /// One of the values that the model gives.
  struct Column {
    fileprivate var count = 0
    fileprivate var absolute = 0.0
    fileprivate var squared = 0.0

    var meanAbsoluteError: Double { absolute / Double(max(1, count)) }
    var rootMeanSquaredError: Double { (squared / Double(max(1, count))).squareRoot() }
  }

  private(set) var columns: [Column]

  /// - Parameter width: values a sample.
  init(width: Int) { columns = [Column](repeating: Column(), count: width) }

  /// - Parameter outputs: of each sample as many values; each aims at the sample's own target, or at its label.
  mutating func add(_ dataset: borrowing Dataset, _ samples: Range<Int>, outputs: [Float]) {
    let width = columns.count
    precondition(outputs.count == samples.count * width, "\(outputs.count) outputs of \(samples.count) samples")
    for (row, sample) in samples.enumerated() {
      for column in columns.indices {
        let truth =
          dataset.targets.isEmpty ? Double(dataset.labels[sample]) : Double(dataset.targets[sample * width + column])
        let error = Double(outputs[row * width + column]) - truth
        columns[column].count += 1
        columns[column].absolute += error.magnitude
        columns[column].squared += error * error
      }
    }
  }

  var figures: [(name: String, value: Double)] {
    let all = columns.reduce(into: Column()) { all, column in
      all.count += column.count
      all.absolute += column.absolute
      all.squared += column.squared
    }
    return [
      ("mean_absolute_error", all.meanAbsoluteError), ("root_mean_squared_error", all.rootMeanSquaredError),
    ]
  }
}

extension Spec {
  /// What the model's values are called: like the columns of the table that they were learned from, where there is one.
  var valueNames: [String] {
    let width = model.outputType.elementCount
    if width == 1 { return [""] }
    if case .csv(let csv)? = data?.source.value, csv.labels.count == width {
      return csv.hasHeader ? csv.labels : csv.labels.map { "column \($0)" }
    }
    return (0..<width).map { "value \($0)" }
  }
}
