internal import CNNDiagnostics
import CNNFiles

/// Takes chosen samples out of a pair of IDX files, in one pass over each.
///
/// Files are read to their ends, so that a damaged one is found out whatever is wanted of it; only the wanted images
/// are kept. All labels are checked.
struct SampleGatherer {
  let images: () throws(DataError) -> IDXFile
  let labels: () throws(DataError) -> IDXFile
  /// Samples that the files have to hold, where that is known.
  var expectedCount: Int?
  /// Classes there have to be at most, where that is known.
  var classCount: Int?

  /// The samples of one role: pixels `[N, H, W, C]` and a label each.
  struct Samples {
    var pixels: [UInt8]
    var labels: [Int32]
  }

  struct Result {
    /// `[H, W, C]`.
    var sampleShape: [Int]
    /// In the order of the lists of positions.
    var parts: [Samples]
    /// One more than the largest label in the file.
    var labelBound: Int
    var notes: [String]
  }

  /// - Parameter parts: for each role, records of the files, in the order they are wanted in. No
  ///   record is in two places.
  /// - Precondition: all are below the number of records; the caller has compared them.
  func gather(_ parts: [[Int]]) throws(DataError) -> Result {
    var imageFile = try images()
    let header = imageFile.header
    try imageFile.require([.uint8], ranks: 3...4, role: "images")
    let (allLabels, labelsPath, labelsNote) = try readLabels()
    let count = header.recordCount
    if allLabels.count != count {
      throw DataError(
        .countMismatch, .source,
        "'\(imageFile.path)' holds \(count.grouped) images, and '\(labelsPath)' \(allLabels.count.grouped) labels",
        help: "take both from the same set")
    }
    if let expectedCount, count != expectedCount {
      throw DataError(
        .countMismatch, .source,
        "'\(imageFile.path)' holds \(count.grouped) images, and the set has \(expectedCount.grouped)",
        help: "copy or download the file again")
    }
    let labelBound = try checkRange(allLabels, labelsPath)
    let pixels = try Self.read(parts, from: &imageFile)
    return Result(
      sampleShape: Array(header.extents.dropFirst()) + (header.extents.count == 3 ? [1] : []),
      parts: zip(pixels, parts).map { pixels, part in
        Samples(pixels: pixels, labels: part.map { allLabels[$0] })
      },
      labelBound: labelBound,
      notes: [imageFile.note, labelsNote].compactMap { $0 })
  }

  private func readLabels() throws(DataError) -> ([Int32], String, String?) {
    var file = try labels()
    try file.require([.uint8, .int32], ranks: 1...1, role: "labels")
    return (try file.readIntegers(), file.path, file.note)
  }

  /// Largest number of classes; a limit on what a file can make the program hold.
  private static let maximumClassCount = 65_536

  private func checkRange(_ labels: [Int32], _ path: String) throws(DataError) -> Int {
    let bound = classCount ?? Self.maximumClassCount
    var largest: Int32 = 0
    for (record, label) in labels.enumerated() {
      if label < 0 || Int(label) >= bound {
        let isOneBased = Int(label) == bound && !labels.contains(0)
        throw DataError(
          .labelOutOfRange, .source,
          "label \(label) at record \(record.grouped) of '\(path)' is outside 0 to \(bound - 1)"
            + (isOneBased ? ", and no label is 0, so they seem to count from 1" : ""),
          help: isOneBased ? "subtract 1 from every label" : "name as many classes as there are labels")
      }
      largest = max(largest, label)
    }
    return Int(largest) + 1
  }

  /// One forward pass: what follows each other in the file and in a role is read in one piece.
  private static func read(_ parts: [[Int]], from file: inout IDXFile) throws(DataError) -> [[UInt8]] {
    let size = file.header.recordByteCount
    var picks: [(record: Int, part: Int, position: Int)] = []
    for (part, records) in parts.enumerated() {
      for (position, record) in records.enumerated() { picks.append((record, part, position)) }
    }
    picks.sort { $0.record < $1.record }
    // No product overflows: all records together are no more than the header was checked for.
    var pixels = parts.map { [UInt8](repeating: 0, count: $0.count * size) }
    var next = 0
    while next < picks.count {
      let first = picks[next]
      var length = 1
      while next + length < picks.count {
        let pick = picks[next + length]
        guard pick.part == first.part, pick.record == first.record + length,
          pick.position == first.position + length
        else { break }
        length += 1
      }
      try file.skip(to: first.record * size)
      try file.read(into: &pixels[first.part], (first.position * size)..<((first.position + length) * size))
      next += length
    }
    // To the end, whatever is wanted of it: the checksum and the length of a damaged file are known only there.
    try file.skip(to: file.header.recordCount * size)
    try file.finish()
    return pixels
  }
}
