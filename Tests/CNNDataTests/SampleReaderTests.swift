import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("samples without labels")
struct SampleReaderTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func read(
    _ paths: [String], _ shape: [Int], batchSize: Int = 3, threads: Int = 2
  ) throws -> (values: [Float], entries: [SampleReader.Batch.Entry]) {
    var values: [Float] = []
    var entries: [SampleReader.Batch.Entry] = []
    try SampleReader(inputShape: shape, batchSize: batchSize, threads: threads).read(paths) { batch in
      #expect(batch.entries.count <= batchSize + 1)
      values += batch.values
      entries += batch.entries
    }
    return (values, entries)
  }

  private struct FolderReference: Decodable {
    struct Set: Decodable {
      let mode: String
      let offset: Int
      let files: [String]
    }
    let height, width: Int
    let sets: [Set]
  }

  /// Keras's `image_dataset_from_directory`, by `Tests/References/make_data_references.py`.
  @Test("images become what they are in training, and what Keras makes of them")
  func images() throws {
    let reference: FolderReference = try References.decode("\(References.images)/folder.json")
    let expected = try References.bytes("\(References.images)/folder.bin")
    for set in reference.sets {
      let mode = try #require(ColorMode(rawValue: set.mode))
      let shape = [reference.height, reference.width, mode.channels]
      let found = try read(set.files.map { "\(References.images)/folder/\($0)" }, shape)
      let floats = References.numbers(
        expected, at: set.offset, count: set.files.count * shape.reduce(1, *), as: Float.self)
      try #require(found.values.count == floats.count)
      let worst = zip(found.values, floats).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 255 * 0x1p-22, "\(worst)")
      var request = DataRequest(source: .imageFolder("folder"), specDirectory: References.images)
      request.imageSize = PixelSize(height: reference.height, width: reference.width)
      request.colorMode = mode
      guard case .floats(let trained) = try DataLoader().load(request).train.storage else { continue }
      #expect(found.values == trained)
    }
  }

  @Test("an IDX file is read as it is, gzipped or not, whatever its name")
  func idxFiles() throws {
    let bytes = idx([5, 2, 2], (0..<20).map { UInt8($0) })
    let plain = try scratch.write(bytes, "a.png")
    let packed = try scratch.write(gzip(bytes), "b")
    for path in [plain, packed] {
      let found = try read([path], [2, 2, 1])
      #expect(found.values == (0..<20).map { Float($0) })
      #expect(found.entries.map(\.index) == [0, 1, 2, 3, 4])
      #expect(found.entries.allSatisfy { $0.error == nil && $0.count == 5 && $0.path == path })
    }
  }

  @Test("files come in the order in which they are named, faults in their place")
  func order() throws {
    let one = try scratch.write(idx([1, 2, 2], [1, 1, 1, 1]), "one")
    let two = try scratch.write(gzip(idx([2, 2, 2], [2, 2, 2, 2, 3, 3, 3, 3])), "two")
    let gone = scratch.path("gone")
    let found = try read([two, gone, one, two, one], [2, 2, 1], batchSize: 2)
    #expect(found.values.enumerated().filter { $0.offset % 4 == 0 }.map(\.element) == [2, 3, 1, 2, 3, 1])
    #expect(found.entries.map(\.path) == [two, two, gone, one, two, two, one])
    #expect(found.entries.map { $0.error == nil } == [true, true, false, true, true, true, true])
  }

  @Test("what a damaged gzip held before the damage is there, and then its fault")
  func damaged() throws {
    var bytes = gzip(idx([4, 2, 2], Array(repeating: 7, count: 16)))
    // The checksum, four bytes before the last four (RFC 1952, section 2.3.1).
    bytes[bytes.count - 8] ^= 1
    let path = try scratch.write(bytes, "x.gz")
    let found = try read([path], [2, 2, 1])
    #expect(found.entries.last?.error?.code == .corruptGzip)
    #expect(found.entries.dropLast().allSatisfy { $0.error == nil })
  }

  @Test("samples of another shape, and images for what takes none, are refused")
  func misfits() throws {
    let images = try scratch.write(idx([1, 3, 2], Array(repeating: 0, count: 6)), "i")
    let shape = try #require(try read([images], [2, 2, 1]).entries.first?.error)
    #expect(shape.message.contains("holds samples of [3, 2, 1], and the model takes [2, 2, 1]"))
    let labels = try scratch.write(idx([3], [0, 1, 2]), "l")
    #expect(try read([labels], [2, 2, 1]).entries.first?.error?.code == .wrongRank)
    let image = try #require(try read(["\(References.images)/gray-8.png"], [4]).entries.first?.error)
    #expect(image.message.contains("is an image of 5x7 pixels, and the model takes [4]"), "\(image.message)")
  }

  @Test("a file cut off or changed anywhere gives samples or a fault", arguments: ["gray-8.png", "rgb-8.png"])
  func mutations(_ name: String) throws {
    let whole = try References.bytes("\(References.images)/\(name)")
    for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
      var changed = whole
      changed[place] ^= 0x55
      for bytes in [Array(whole.prefix(place)), changed] {
        let found = try read([try scratch.write(bytes, "m.png")], [4, 4, 1])
        #expect(found.entries.count == 1)
        #expect(found.values.count == (found.entries[0].error == nil ? 16 : 0))
      }
    }
  }

  @Test("what the receiver throws ends the reading")
  func thrown() throws {
    struct Enough: Error {}
    let path = try scratch.write(gzip(idx([9, 2, 2], Array(repeating: 0, count: 36))), "x")
    for paths in [[path], [path, path]] {
      var batches = 0
      #expect(throws: Enough.self) {
        try SampleReader(inputShape: [2, 2, 1], batchSize: 2, threads: 1).read(paths) { _ in
          batches += 1
          throw Enough()
        }
      }
      #expect(batches == 1)
    }
  }
}
