import CNNSession
import Testing

@Suite("the fingerprint of data") struct DataFingerprintTests {
  private static let count = 300
  private static let size = 12

  private func data(_ storage: Dataset.Storage) -> Dataset {
    Dataset(
      sampleShape: [2, 2, 3], storage: storage, labels: [Int32](repeating: 0, count: Self.count), classNames: ["a"],
      sourceIndices: Array(0..<Self.count))
  }

  private func value(_ storage: Dataset.Storage) -> DataFingerprint {
    DataFingerprint(training: data(storage), validation: nil, test: nil)
  }

  /// Bytes that are not in memory, as far as anybody can tell.
  private final class Stream: SampleStream {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func withBatch<Result>(
      order: borrowing [Int32], batch: Range<Int>, _ body: (borrowing StreamedBatch) -> Result
    ) throws(SessionError) -> Result {
      let samples = batch.map { Int(order[$0]) }
      return body(
        StreamedBatch(
          bytes: samples.flatMap { bytes[$0 * size..<($0 + 1) * size] }, floats: [],
          labels: samples.map { _ in 0 }, positions: samples.indices.map { Int32($0) }))
    }
  }

  @Test("samples are the same in memory and beside it, and each part tells of itself") func memory() {
    let bytes = (0..<Self.count * Self.size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var other = bytes
    // Every fourth sample is looked at where they are streamed: 300 / 64, rounded down.
    other[8 * Self.size + 3] ^= 1
    let (kept, streamed) = (data(.bytes(bytes)), data(.streamed(Stream(bytes))))
    for first in [kept, streamed] {
      let print = DataFingerprint(training: first, validation: kept, test: nil)
      #expect(print.training.isSampled == first.isStreamed)
      for now in [kept, streamed] {
        #expect(print.isOf(training: now, validation: now, test: nil))
        #expect(!print.isOf(training: now, validation: nil, test: nil))
        #expect(!print.isOf(training: now, validation: now, test: now))
      }
      for changed in [data(.bytes(other)), data(.streamed(Stream(other)))] {
        #expect(!print.training.isOf(changed))
        #expect(!print.isOf(training: kept, validation: changed, test: nil))
      }
    }
  }

  @Test("every value counts", arguments: [0, 1, 17, 1801, count * size - 1]) func everyValue(_ place: Int) {
    var bytes = (0..<Self.count * Self.size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let before = value(.bytes(bytes))
    #expect(before == value(.bytes(bytes)))
    bytes[place] ^= 1
    #expect(before != value(.bytes(bytes)))

    var floats = (0..<Self.count * Self.size).map { Float($0) / 8 }
    let floatsBefore = value(.floats(floats))
    floats[place] = floats[place].nextUp
    #expect(floatsBefore != value(.floats(floats)))
  }
}
