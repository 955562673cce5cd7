internal import CNNDiagnostics
import CNNFiles

/// Some training images of a built-in set, in a folder beside the spec.
///
/// `indices-idx1-int.gz` says which record of the full set each image is. They are the same bytes,
/// so where they are all that is asked for the full set need not be there, nor be read.
struct DataSubset {
  /// The folder, as the person would write it.
  let directory: String
  let count: Int
  /// Where in the subset each record of the full set is.
  private let positions: [Int: Int]
  /// The images that it has, with their labels.
  let samples: SourceSplit
  /// What is odd and does no harm.
  let notes: [String]

  /// The split that the images are from.
  static let split = "train"

  /// The subset of `source` beside the spec, or `nil` if there is none.
  /// - Throws: if there is one and it is damaged.
  init?(of source: BuiltInSource, beside specDirectory: String, _ access: FileAccess) throws(DataError) {
    let folder = "\(source.folder)-subset"
    func open(_ name: String) throws(DataError) -> RandomBytes {
      let bytes: RandomBytes
      do throws(FileError) {
        bytes = RandomBytes(try access.openFile(ContainedPath("\(folder)/\(name)"), below: specDirectory))
      } catch {
        throw DataError(error)
      }
      try LFSPointer.refuse(bytes)
      return bytes
    }
    directory = Path.join(specDirectory, folder)
    guard access.exists(Path.join(directory, "indices-idx1-int.gz")) else { return nil }
    var file = try IDXFile(try open("indices-idx1-int.gz"))
    try file.require([.int32], ranks: 1...1, role: "indices")
    let indices = try file.readIntegers()
    let bound = source.counts[Self.split] ?? 0
    var positions: [Int: Int] = [:]
    positions.reserveCapacity(indices.count)
    for (position, index) in indices.enumerated() {
      guard index >= 0, index < bound, positions.updateValue(position, forKey: Int(index)) == nil else {
        throw DataError(
          .labelOutOfRange, .source,
          "index \(index) at record \(position.grouped) of '\(file.path)' is there twice, or outside 0 to \(bound - 1)",
          help: "make the subset again with its make_subset.py")
      }
    }
    var notes: [String] = []
    samples = try .idx(images: try open("images-idx3-ubyte.gz"), labels: try open("labels-idx1-ubyte.gz"), &notes)
    if samples.records.count != indices.count {
      throw DataError(
        .countMismatch, .source,
        "the subset in \(directory) holds \(samples.records.count.grouped) images, and \(indices.count.grouped) indices",
        help: "make the subset again with its make_subset.py")
    }
    self.notes = notes
    count = indices.count
    self.positions = positions
  }

  /// Where the subset has record `index` of the full training set, if it has it.
  func position(of index: Int) -> Int? { positions[index] }

  /// What of a request the subset lacks, in words; `nil` if nothing.
  /// - Parameter selections: for each role the records of the full set that it takes.
  func missing(_ selections: [Selection]) -> String? {
    let faults = selections.compactMap { part -> (String)? in
      let records = part.records
      if part.split != Self.split {
        return "all \(records.count.grouped) of `\(part.text)`, as it holds training images only"
      }
      let absent = records.indices.filter { positions[records[$0]] == nil }
      guard let first = absent.first, let last = absent.last else { return nil }
      let start = part.start
      let place =
        last - first + 1 == absent.count
        ? "`\(part.split)[\(start + first):\(start + last + 1)]`"
        : "from position \((start + first).grouped) to \((start + last).grouped), the first being record \(records[first].grouped)"
      return "\(absent.count.grouped) of the \(records.count.grouped) of `\(part.text)`: \(place)"
    }
    return faults.isEmpty ? nil : faults.joined(separator: "; ")
  }
}
