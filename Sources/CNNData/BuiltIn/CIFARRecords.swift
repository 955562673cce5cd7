internal import CNNDiagnostics

/// Files of CIFAR-10 or CIFAR-100 in their binary form, one after the other.
///
/// A record is a label, or a coarse and a fine one, then 3,072 bytes: 1,024 of red, row by row, 1,024 of green, 1,024 of
/// blue (cs.toronto.edu/~kriz/cifar.html).
struct CIFARRecords: SampleRecords {
  let count: Int
  let shape = [side, side, 3]
  var element: SampleElement { .bytes }
  var isSequentialSince: String? { nil }

  private let files: [RandomBytes]
  private let recordsPerFile: Int
  private let labelCount: Int
  private static let side = 32
  private static let planeByteCount = side * side
  private var recordByteCount: Int { labelCount + 3 * Self.planeByteCount }

  /// - Parameters:
  ///   - recordsPerFile: what each file has to hold.
  ///   - labelCount: label bytes of a record.
  init(_ files: [RandomBytes], recordsPerFile: Int, labelCount: Int) throws(DataError) {
    self.files = files
    self.recordsPerFile = recordsPerFile
    self.labelCount = labelCount
    count = files.count * recordsPerFile
    for file in files {
      let expected = recordsPerFile * recordByteCount
      if file.byteCount == expected { continue }
      throw DataError(
        file.byteCount < expected ? .truncated : .trailingBytes, .source,
        "'\(file.path)' is \(file.byteCount.grouped) bytes long, and \(recordsPerFile.grouped) records of "
          + "\(recordByteCount.grouped) bytes are \(expected.grouped)",
        help: "unpack the binary version of the set again")
    }
  }

  func name(of record: Int) -> String {
    "record \((record % recordsPerFile).grouped) of '\(files[record / recordsPerFile].path)'"
  }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    try files[record / recordsPerFile].fill(
      &sample.raw, count: recordByteCount, at: record % recordsPerFile * recordByteCount)
    sample.bytes.resize(to: 3 * Self.planeByteCount)
    for pixel in 0..<Self.planeByteCount {
      for channel in 0..<3 {
        sample.bytes[3 * pixel + channel] = sample.raw[labelCount + channel * Self.planeByteCount + pixel]
      }
    }
    // The image alone: two of one picture are the same whatever they are labelled.
    sample.noteStored(sample.bytes)
  }

  /// Label number `index` of each record.
  func labels(_ index: Int) throws(DataError) -> SampleLabels {
    var values: [Int32] = []
    values.reserveCapacity(count)
    var chunk: [UInt8] = []
    for file in files {
      for start in stride(from: 0, to: recordsPerFile, by: 256) {
        let length = min(256, recordsPerFile - start)
        try file.fill(&chunk, count: length * recordByteCount, at: start * recordByteCount)
        for record in 0..<length { values.append(Int32(chunk[record * recordByteCount + index])) }
      }
    }
    return SampleLabels(values: values, names: nil, path: files.count == 1 ? files[0].path : Self.folder(files[0].path))
  }

  private static func folder(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }
}
