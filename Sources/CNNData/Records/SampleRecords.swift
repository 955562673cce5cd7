internal import CNNDiagnostics

/// The samples of one split of a source, found, counted and measured, but not read yet.
///
/// Records are numbered from 0 as they are stored. What a record holds depends on nothing but its number, so any number
/// of threads may read at once.
protocol SampleRecords: Sendable {
  var count: Int { get }
  /// `[H, W, C]`, of every sample.
  var shape: [Int] { get }
  var element: SampleElement { get }
  /// Why records can only be read from the first to the last, such as "it is gzipped"; `nil` if in any order.
  var isSequentialSince: String? { get }

  /// Reads one record.
  /// - Precondition: `isSequentialSince` is `nil`.
  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError)

  /// Reads all records, one after the other, and what follows the last: a damaged file is found out whatever is wanted
  /// of it.
  ///
  /// - Parameter sample: what each is read into.
  func readAll(
    into sample: inout SampleBuffer, _ body: (Int, borrowing SampleBuffer) throws(DataError) -> Void
  ) throws(DataError)

  /// What the record is called in messages: the name of its file, or `record 7 of 'x.npy'`.
  func name(of record: Int) -> String
  /// Whether names say more than numbers: those of files do.
  var isNamed: Bool { get }
  /// Whether what can only be read in order lies in a file, which a person can unpack.
  var isUnpackable: Bool { get }
}

extension SampleRecords {
  var isNamed: Bool { false }
  var isUnpackable: Bool { true }
  var elementCount: Int { shape.reduce(1, *) }
  /// Bytes of a sample in memory.
  var sampleByteCount: Int { elementCount * element.byteCount }

  func readAll(
    into sample: inout SampleBuffer, _ body: (Int, borrowing SampleBuffer) throws(DataError) -> Void
  ) throws(DataError) {
    for record in 0..<count {
      try read(record, into: &sample)
      try body(record, sample)
    }
  }
}

/// What a source may make the program hold: one sample at a time, and a number for each.
enum SampleLimits {
  static let recordCount = IDXHeader.maximumRecordCount
  /// Values of a sample; what training computes with may have no more either.
  static let elementCount = 1 << 28

  static func check(count: Int, shape: [Int], _ path: String) throws(DataError) {
    guard count <= recordCount else {
      throw DataError(
        .tooLarge, .source, "'\(path)' declares \(count.grouped) samples, and \(recordCount.grouped) at most are read")
    }
    var elements = 1
    for extent in shape {
      let (product, overflows) = elements.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= elementCount else {
        throw DataError(
          .tooLarge, .source,
          "'\(path)' declares samples of \(shape) values, and \(elementCount.grouped) at most are read",
          help: "check that the file is not damaged")
      }
      elements = product
    }
  }
}

/// What the values of a sample are in memory.
enum SampleElement: Sendable {
  case bytes, floats

  var byteCount: Int { self == .bytes ? 1 : 4 }
}

/// A place for one sample after the other; a thread has its own.
struct SampleBuffer: Sendable {
  /// The values, where they are bytes; row-major `[H, W, C]`.
  var bytes: [UInt8] = []
  /// The values, where they are floats.
  var floats: [Float] = []
  /// What a record was read into, before it became values.
  var raw: [UInt8] = []
  /// Whether to find out the digest as well.
  var wantsDigest = false
  /// Of the sample as it is stored: what `split: {hash: true}` and the search for duplicates go by.
  var digest = MD5()
  /// Smallest and largest value, where they were found out already.
  private var knownExtremes: (smallest: Float, largest: Float)?
  /// Of an image file: its rows and columns, before it was resized.
  var size: PixelSize?
  var resizer: BilinearResize?

  init(wantsDigest: Bool = false) { self.wantsDigest = wantsDigest }

  /// Smallest and largest value; infinite the wrong way round if there is none.
  var extremes: (smallest: Float, largest: Float) {
    if let knownExtremes { return knownExtremes }
    if let smallest = bytes.min(), let largest = bytes.max() { return (Float(smallest), Float(largest)) }
    var result = (smallest: Float.infinity, largest: -Float.infinity)
    for value in floats {
      result.smallest = value < result.smallest ? value : result.smallest
      result.largest = value > result.largest ? value : result.largest
    }
    return result
  }

  /// Finds out the extremes now, where no lock is held, if they are wanted with the digest.
  mutating func measure() {
    knownExtremes = nil
    if wantsDigest { knownExtremes = extremes }
  }

  /// Notes the digest of what a record holds, if it is wanted.
  mutating func noteStored(_ bytes: [UInt8]) {
    if wantsDigest { digest = MD5(of: bytes) }
  }
}

/// Samples and what belongs to them.
final class SourceSplit: Sendable {
  let records: any SampleRecords
  let labels: SampleLabels

  init(records: any SampleRecords, labels: SampleLabels) {
    self.records = records
    self.labels = labels
  }
}
