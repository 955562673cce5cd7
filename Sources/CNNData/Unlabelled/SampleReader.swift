import CNNFiles

/// Reads the samples of any number of files, batch by batch, in the order in which they are named.
///
/// In: paths of images and arrays. Out: batches of values as the model takes them, with what each sample is called, and
/// an error in the place of each that cannot be read. No more than a batch is held, and no file of an image stays open.
package struct SampleReader: Sendable {
  private let opener: SampleOpener
  private let batchSize: Int
  private let threads: Int

  /// - Parameter inputShape: `[H, W, C]` of the model, or whatever it takes.
  package init(inputShape: [Int], batchSize: Int, threads: Int, _ access: FileAccess = FileAccess()) {
    opener = SampleOpener(inputShape: inputShape, access: access)
    self.batchSize = max(1, batchSize)
    self.threads = threads
  }

  /// What standard input is called.
  package static let standardInput = "-"
  /// Longest standard input that is read; it is held in memory.
  package static let standardInputLimit = 1 << 28

  package struct Batch: Sendable {
    /// One sample, or a file that has none to give.
    package struct Entry: Sendable {
      package let path: String
      /// Its place in an array; `nil` of an image.
      package let index: Int?
      /// Samples of its file.
      package let count: Int
      package fileprivate(set) var error: DataError?
    }

    package fileprivate(set) var entries: [Entry] = []
    /// Values of the samples without an error, in their order: `[samples, …]`, row-major.
    package fileprivate(set) var values: [Float] = []

    package init() {}
  }

  /// Reads all files, and hands over batch after batch.
  ///
  /// - Throws: what `body` throws; nothing is read after that.
  package func read(_ paths: [String], _ body: (Batch) throws -> Void) throws {
    var waiting = Waiting(elementCount: opener.inputShape.reduce(1, *))
    for path in paths {
      let records: any SampleRecords
      do throws(DataError) {
        records = try open(path)
      } catch {
        waiting.entries.append(.init(path: path, index: nil, count: 0, error: error))
        waiting.records.append((nil, 0))
        if waiting.entries.count >= batchSize { try flush(&waiting, body) }
        continue
      }
      if records.isSequentialSince != nil {
        try flush(&waiting, body)
        try readThrough(records, path, body)
        continue
      }
      for index in 0..<records.count {
        waiting.entries.append(
          .init(path: path, index: records is ImageSample ? nil : index, count: records.count, error: nil))
        waiting.records.append((records, index))
        if waiting.entries.count >= batchSize { try flush(&waiting, body) }
      }
    }
    try flush(&waiting, body)
  }

  private func open(_ path: String) throws(DataError) -> any SampleRecords {
    guard path == Self.standardInput else { return try opener.open(path) }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try opener.access.readStandardInput(limit: Self.standardInputLimit)
    } catch {
      throw DataError(error)
    }
    return try opener.open(bytes, name: "standard input")
  }

  // MARK: Samples at any place

  /// Samples that were named and have not been read.
  private struct Waiting {
    let elementCount: Int
    var entries: [Batch.Entry] = []
    /// Of each entry; `nil` where there is an error already.
    var records: [((any SampleRecords)?, Int)] = []
  }

  private func flush(_ waiting: inout Waiting, _ body: (Batch) throws -> Void) throws {
    if waiting.entries.isEmpty { return }
    var batch = Batch()
    batch.entries = waiting.entries
    let places = waiting.records.indices.filter { waiting.records[$0].0 != nil }
    let listed = ListedRecords(
      items: places.compactMap { place in waiting.records[place].0.map { ($0, waiting.records[place].1) } },
      shape: opener.inputShape)
    let size = waiting.elementCount
    let zeros = [Float](repeating: 0, count: places.count * size)
    let pass = RecordPass(records: listed, threads: threads)
    var failed: Set<Int> = []
    do throws(DataError) {
      let (values, failures) = try pass.run(Array(places.indices), zeros) { values, position, sample in
        values.replaceSubrange(position * size..<(position + 1) * size, with: sample.floats)
      }
      for failure in failures {
        batch.entries[places[failure.record]].error = failure.error
        failed.insert(failure.record)
      }
      batch.values =
        failed.isEmpty
        ? values
        : places.indices.filter { !failed.contains($0) }.flatMap { values[$0 * size..<($0 + 1) * size] }
    } catch {
      for place in places { batch.entries[place].error = error }
    }
    waiting.entries = []
    waiting.records = []
    try body(batch)
  }

  // MARK: Samples from first to last

  /// Reads what is compressed: damage is known only where it shows, and what came before it was read.
  private func readThrough(
    _ records: any SampleRecords, _ path: String, _ body: (Batch) throws -> Void
  ) throws {
    var batch = Batch()
    var thrown: (any Error)?
    func hand() {
      if thrown != nil || batch.entries.isEmpty { return }
      do { try body(batch) } catch { thrown = error }
      batch = Batch()
    }
    do throws(DataError) {
      var sample = SampleBuffer()
      try records.readAll(into: &sample) { index, sample in
        if thrown != nil { return }
        batch.entries.append(.init(path: path, index: index, count: records.count, error: nil))
        switch records.element {
        case .bytes: batch.values += sample.bytes.lazy.map(Float.init)
        case .floats: batch.values += sample.floats
        }
        if batch.entries.count >= batchSize { hand() }
      }
    } catch {
      batch.entries.append(.init(path: path, index: nil, count: records.count, error: error))
    }
    hand()
    if let thrown { throw thrown }
  }
}

/// Records of several sources, one after the other, as floats.
private struct ListedRecords: SampleRecords {
  let items: [(any SampleRecords, Int)]
  let shape: [Int]
  var count: Int { items.count }
  var element: SampleElement { .floats }
  var isSequentialSince: String? { nil }

  func name(of record: Int) -> String { items[record].0.name(of: items[record].1) }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    let (records, index) = items[record]
    try records.read(index, into: &sample)
    guard records.element == .bytes else { return }
    sample.floats.resize(to: sample.bytes.count)
    for place in sample.bytes.indices { sample.floats[place] = Float(sample.bytes[place]) }
  }
}
