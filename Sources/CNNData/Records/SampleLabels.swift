internal import CNNDiagnostics

/// The class of each record, an index, with the names of the classes where the source has some; or the values that a
/// regression aims at.
struct SampleLabels: Sendable {
  /// A class each; zeros where labels are no classes.
  var values: [Int32]
  /// `nil` where labels are numbers.
  var names: [String]?
  /// What they were read from, for messages.
  var path: String
  /// Where labels are no classes: `width` values a record, row after row.
  var targets: [Float] = []
  /// Numbers a record: 1, or one a class in rows with a single 1.
  var width = 1
  /// Of a table, where each record stands.
  var lines: [Int] = []

  var areClasses: Bool { targets.isEmpty }

  /// One more than the largest.
  var bound: Int { names?.count ?? values.max().map { Int($0) + 1 } ?? 0 }

  /// What a record is called.
  func place(_ record: Int) -> String {
    lines.indices.contains(record)
      ? "line \(lines[record].grouped) of '\(path)'" : "record \(record.grouped) of '\(path)'"
  }

  /// The values that a model of `width` outputs is brought near for these records, row after row: a class is its index
  /// for one output, a single 1 among zeros for more.
  func targets(of records: [Int], width outputs: Int) -> [Float] {
    if !areClasses { return records.flatMap { targets[$0 * width..<($0 + 1) * width] } }
    if outputs == 1 { return records.map { Float(values[$0]) } }
    return records.flatMap { record in (0..<outputs).map { Int(values[record]) == $0 ? 1 : 0 } }
  }
}

extension SampleLabels {
  /// Labels that are numbers: `width` a record, of which `number` knows those of a record in their order.
  ///
  /// Whole numbers from 0, and rows with a single 1, are classes. Everything else is values, where the model aims at
  /// values, and a fault where it does not.
  init(
    count: Int, width: Int, path: String, lines: [Int] = [], for target: DataRequest.Target,
    _ number: (_ record: Int, _ column: Int) -> Double
  ) throws(DataError) {
    self.init(values: [], names: nil, path: path, width: width, lines: lines)
    values.reserveCapacity(count)
    for record in 0..<count {
      let label = Self.label(record, width, number)
      if let label, label >= 0 || !target.allowsValues {
        values.append(label)
      } else if target.allowsValues {
        try readTargets(count, number)
        return
      } else {
        throw fault(record, described(record, width, number))
      }
    }
    // One value may be any number; as a class it would need a place among so many.
    if case .values(_, let mostClasses) = target, width == 1, bound > mostClasses {
      try readTargets(count, number)
    }
  }

  /// The class that a record's numbers stand for, if they stand for one.
  private static func label(_ record: Int, _ width: Int, _ number: (Int, Int) -> Double) -> Int32? {
    if width == 1 { return Int32(exactly: number(record, 0)) }
    var place: Int32?
    for column in 0..<width {
      switch number(record, column) {
      case 0: continue
      case 1 where place == nil: place = Int32(truncatingIfNeeded: column)
      default: return nil
      }
    }
    return place
  }

  private func described(_ record: Int, _ width: Int, _ number: (Int, Int) -> Double) -> String {
    if width > 1 { return "is no row of zeros with a single 1" }
    return "\(lines.isEmpty ? "is" : "has the label") \(number(record, 0)), which is no class"
  }

  private mutating func readTargets(_ count: Int, _ number: (Int, Int) -> Double) throws(DataError) {
    values = [Int32](repeating: 0, count: count)
    targets.reserveCapacity(count * width)
    for record in 0..<count {
      for column in 0..<width {
        let value = number(record, column)
        guard Float(value).isFinite else {
          throw DataError(
            .notFinite, .source,
            "\(place(record)) has the target \(value), which is no finite number of 32 bits",
            help: "leave out samples without a target; scale values that are so large")
        }
        targets.append(Float(value))
      }
    }
  }

  private func fault(_ record: Int, _ what: String) -> DataError {
    DataError(
      .labelOutOfRange, .source, "\(place(record)) \(what)",
      help: "labels of classes are whole numbers from 0, one a sample; to learn values such as these, choose a loss of "
        + "values: `loss: mean_squared_error`")
  }
}

extension DataRequest.Target {
  var allowsValues: Bool {
    if case .values = self { return true }
    return false
  }

  /// Classes that the model tells apart, where it is known to tell classes apart.
  var classCount: Int? {
    if case .classes(let count) = self { return count }
    return nil
  }
}
