internal import CNNDiagnostics

/// The images of an IDX file.
///
/// A plain file is read at any place; a gzipped one from its beginning to its end, each time.
struct IDXRecords: SampleRecords {
  let count: Int
  let shape: [Int]
  var element: SampleElement { .bytes }
  let isSequentialSince: String?

  private let bytes: RandomBytes
  private let header: IDXHeader
  /// What is odd and does no harm.
  let note: String?
  var path: String { bytes.path }

  init(_ bytes: RandomBytes) throws(DataError) {
    self.bytes = bytes
    let file = try IDXFile(bytes)
    try file.require([.uint8], ranks: 3...4, role: "images")
    header = file.header
    note = file.note
    count = header.recordCount
    shape = Array(header.extents.dropFirst()) + (header.extents.count == 3 ? [1] : [])
    try SampleLimits.check(count: count, shape: shape, bytes.path)
    isSequentialSince = file.isGzip ? "'\(bytes.path)' is gzipped" : nil
  }

  var isUnpackable: Bool {
    if case .file = bytes { return true }
    return false
  }

  func name(of record: Int) -> String { "record \(record.grouped) of '\(path)'" }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    precondition(isSequentialSince == nil, "'\(path)' is read from its beginning to its end")
    try bytes.fill(&sample.bytes, count: elementCount, at: header.byteCount + record * elementCount)
    sample.noteStored(sample.bytes)
  }

  func readAll(
    into sample: inout SampleBuffer, _ body: (Int, borrowing SampleBuffer) throws(DataError) -> Void
  ) throws(DataError) {
    var file = try IDXFile(bytes)
    guard file.header == header else { throw DataError(.truncated, .source, "'\(path)' changed while it was read") }
    sample.bytes.resize(to: elementCount)
    for record in 0..<count {
      try file.read(into: &sample.bytes, 0..<elementCount)
      sample.noteStored(sample.bytes)
      try body(record, sample)
    }
    // The checksum and the length of a damaged file are known only at its end.
    try file.finish()
  }
}

extension SourceSplit {
  /// A pair of IDX files; `notes` gets what is odd and does no harm.
  static func idx(
    images: RandomBytes, labels: RandomBytes, for target: DataRequest.Target = .classes(nil), _ notes: inout [String]
  ) throws(DataError) -> SourceSplit {
    let records = try IDXRecords(images)
    var file = try IDXFile(labels)
    try file.require([.uint8, .int32], ranks: 1...1, role: "labels")
    let values = try file.readIntegers()
    if values.count != records.count {
      throw DataError(
        .countMismatch, .source,
        "'\(records.path)' holds \(records.count.grouped) images, and '\(file.path)' \(values.count.grouped) labels",
        help: "take both from the same set")
    }
    notes += [records.note, file.note].compactMap(\.self)
    let numbers = try SampleLabels(count: values.count, width: 1, path: file.path, for: target) { record, _ in
      Double(values[record])
    }
    return SourceSplit(records: records, labels: numbers)
  }
}
