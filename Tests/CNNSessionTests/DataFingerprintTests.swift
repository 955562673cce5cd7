import CNNSession
import Testing

@Suite("the fingerprint of data") struct DataFingerprintTests {
  private static let count = 300
  private static let size = 12

  private func value(_ storage: Dataset.Storage) -> UInt64 {
    let data = Dataset(
      sampleShape: [2, 2, 3], storage: storage, labels: [Int32](repeating: 0, count: Self.count), classNames: ["a"],
      sourceIndices: Array(0..<Self.count))
    return DataFingerprint.value(training: data, validation: nil, test: nil)
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
