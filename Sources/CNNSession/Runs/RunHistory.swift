/// The epochs of a run so far, by Keras's names, and which was the best.
package struct RunHistory: Sendable, Equatable {
  /// `loss`, the metrics, then `val_loss` and theirs.
  package let names: [String]
  /// The metric that tells the best epoch.
  package let monitor: String
  /// One an epoch, each with one value a name.
  package private(set) var records: [EpochRecord] = []
  /// Index of the best epoch; the first of equals, never one that is not a number.
  package private(set) var best: Int?
  /// The records as a checkpoint holds them, made once for each: a checkpoint of many epochs costs a copy.
  private(set) var encodedRecords: [UInt8] = []

  /// - Precondition: `monitor` is among the names.
  package init(names: [String], monitor: String) {
    precondition(names.contains(monitor), "`\(monitor)` among \(names)")
    self.names = names
    self.monitor = monitor
  }

  /// - Parameters:
  ///   - metrics: beside the loss, such as `accuracy`.
  ///   - ofClasses: whether accuracy means anything: of values it does not.
  package init(metrics: [String], validates: Bool, ofClasses: Bool = true) {
    let own = ["loss"] + metrics
    let all = own + (validates ? own.map { "val_\($0)" } : [])
    let prefix = validates ? "val_" : ""
    self.init(names: all, monitor: prefix + (ofClasses && metrics.contains("accuracy") ? "accuracy" : "loss"))
  }

  package var epochCount: Int { records.count }
  package var bestValue: Double? { best.flatMap { value(of: monitor, in: records[$0]) } }

  /// Adds an epoch, and says whether it is the best so far.
  @discardableResult
  package mutating func append(_ record: EpochRecord) -> Bool {
    records.append(record)
    var writer = StateWriter()
    record.encode(into: &writer)
    encodedRecords += writer.bytes
    guard let value = value(of: monitor, in: record), !value.isNaN else { return false }
    if let held = bestValue, !MetricDirection(of: monitor).prefers(value, over: held) { return false }
    best = records.count - 1
    return true
  }

  package func value(of name: String, in record: EpochRecord) -> Double? {
    guard let index = names.firstIndex(of: name), index < record.values.count else { return nil }
    return record.values[index]
  }

  /// Names and values of an epoch, in order; what was not measured is left out.
  package func figures(of index: Int) -> [NamedValue] {
    zip(names, records[index].values).compactMap { name, value in value.map { NamedValue(name, $0) } }
  }

  /// Each metric's values, one an epoch.
  package var series: [(String, [Double])] {
    names.enumerated().map { index, name in (name, records.map { $0.values[index] ?? .nan }) }
  }

  /// What `history.csv` calls the columns: `train/loss`, `val/loss`.
  package var columns: [String] {
    names.map { $0.hasPrefix("val_") ? "val/" + $0.dropFirst(4) : "train/" + $0 }
  }
}

extension EpochRecord {
  /// An epoch's values in the order of `names`.
  package init(_ result: EpochResult, names: [String]) {
    self.init(
      epoch: result.epoch, seconds: result.seconds, learningRate: result.learningRate,
      values: names.map(result.value(of:)))
  }

  /// Without its number, which is its place.
  fileprivate func encode(into writer: inout StateWriter) {
    writer.add(seconds)
    writer.add(learningRate)
    for value in values { writer.add(value) { $0.add($1) } }
  }

  /// - Parameter count: of its values.
  fileprivate init(epoch: Int, count: Int, from reader: inout StateReader) throws(StateReader.Fault) {
    let seconds = try reader.double()
    let rate = try reader.float()
    var values: [Double?] = []
    for _ in 0..<count {
      values.append(try reader.optional { reader throws(StateReader.Fault) in try reader.double() })
    }
    self.init(epoch: epoch, seconds: seconds, learningRate: rate, values: values)
  }
}

extension RunHistory {
  func encode(into writer: inout StateWriter) {
    writer.add(names) { $0.add($1) }
    writer.add(monitor)
    writer.add(records.count)
    writer.add(encodedRecords)
  }

  init(from reader: inout StateReader) throws(StateReader.Fault) {
    let names = try reader.array { reader throws(StateReader.Fault) in try reader.string() }
    let monitor = try reader.string()
    guard names.contains(monitor) else { throw reader.fault("`\(monitor)` is not among the metrics") }
    self.init(names: names, monitor: monitor)
    let count = try reader.count()
    var inner = StateReader(try reader.byteArray())
    // Each takes a byte at least, so that a count that is made up ends with the bytes.
    for epoch in 0..<count {
      append(try EpochRecord(epoch: epoch + 1, count: names.count, from: &inner))
    }
    if !inner.isAtEnd { throw reader.fault("more than \(count) epochs") }
  }
}
