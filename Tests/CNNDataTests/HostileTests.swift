import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

/// Files that were cut off, or of which bytes were changed: whatever they have become, the program says what is wrong
/// or reads samples of the declared shape, and never traps.
@Suite("hostile files")
struct HostileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A generator that gives the same numbers each time (SplitMix64, Steele et al. 2014).
  struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// Every beginning of the file, every byte with a bit flipped, replaced by 0 and by 255, and a few hundred with
  /// several bytes changed, some with stretches taken out or doubled.
  static func variants(of bytes: [UInt8], seed: UInt64) -> [[UInt8]] {
    var random = SeededGenerator(state: seed)
    var variants = (0..<bytes.count).map { Array(bytes.prefix($0)) }
    for index in bytes.indices {
      for value in [bytes[index] ^ (1 << UInt8.random(in: 0..<8, using: &random)), 0, 255] {
        var changed = bytes
        changed[index] = value
        variants.append(changed)
      }
    }
    for _ in 0..<300 {
      var changed = bytes
      for _ in 0..<Int.random(in: 2...8, using: &random) {
        changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let place = Int.random(in: changed.indices, using: &random)
      let length = min(changed.count - place, Int.random(in: 1...32, using: &random))
      if Bool.random(using: &random) {
        changed.removeSubrange(place..<(place + length))
      } else {
        changed.insert(contentsOf: changed[place..<(place + length)], at: place)
      }
      variants.append(changed)
    }
    return variants
  }

  static let imageFiles = [
    "rgb-8.png", "gray-1-interlaced.png", "palette-4.png", "palette-transparent.png", "rgba-16.png", "exif.png",
    "eight-pixels.jpg", "gray.jpg", "exif-6.jpg", "one-pixel.jpg",
  ]

  @Test("images", arguments: imageFiles)
  func images(name: String) throws {
    let bytes = try References.bytes("\(References.images)/\(name)")
    var read = 0
    var refused = 0
    for variant in Self.variants(of: bytes, seed: 1) {
      do throws(DataError) {
        let picture = try ImageDecoder(mode: .rgb).decode(variant, path: "x")
        #expect(picture.pixels.count == picture.size.height * picture.size.width * 3)
        read += 1
      } catch {
        #expect(!error.message.isEmpty)
        refused += 1
      }
    }
    // Both happen: no reader refuses everything, nor takes everything.
    #expect(read > 0)
    #expect(refused > bytes.count)
  }

  @Test("pairs of IDX files, plain and gzipped")
  func idxFiles() throws {
    let images = idx([5, 3, 2], (0..<30).map { UInt8($0) })
    let labels = idx([5], [0, 1, 2, 1, 0])
    for file in [images, gzip(images)] {
      for variant in Self.variants(of: file, seed: 2) { try check(images: variant, labels: labels, .idx) }
    }
    for file in [labels, gzip(labels)] {
      for variant in Self.variants(of: file, seed: 3) { try check(images: images, labels: variant, .idx) }
    }
  }

  enum Kind { case idx, npy }

  /// The pair is refused, or its samples are as many as its labels.
  private func check(images: [UInt8], labels: [UInt8], _ kind: Kind) throws {
    do throws(DataError) {
      var notes: [String] = []
      let split: SourceSplit
      switch kind {
      case .idx:
        split = try .idx(images: .memory(images, path: "x"), labels: .memory(labels, path: "y"), &notes)
      case .npy:
        let records = try ArrayRecords(try NPYArray(.memory(images, path: "x")), inputShape: nil)
        split = try SourceSplit(records, try SampleLabels(try NPYArray(.memory(labels, path: "y")), for: .classes(nil)))
      }
      try split.labels.check(classCount: nil)
      try check(split.records)
      #expect(split.labels.values.count == split.records.count)
    } catch {
      #expect(!error.message.isEmpty)
    }
  }

  /// All records have the declared shape, and only finite values.
  private func check(_ records: any SampleRecords) throws(DataError) {
    let (sizes, failures) = try RecordPass(records: records, threads: 1).run(Array(0..<records.count), Set<Int>()) {
      $0.insert($2.bytes.isEmpty ? $2.floats.count : $2.bytes.count)
      let isFinite = $2.floats.allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
    if failures.isEmpty { #expect(sizes == [records.elementCount]) }
  }

  @Test("arrays", arguments: ["u1.npy", "little-f4.npy", "big-f8.npy", "little-f2.npy", "u1-fortran.npy", "bool.npy"])
  func arrays(name: String) throws {
    let images = try References.bytes("\(References.arrays)/\(name)")
    let labels =
      NPYHeader.magic + [1, 0, 54, 0] + Array("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}".utf8.prefix(54))
    for variant in Self.variants(of: images, seed: 4) {
      try check(images: variant, labels: labels + [10, 0, 1, 2], .npy)
    }
  }

  @Test("archives", arguments: ["stored.npz", "deflated.npz"])
  func archives(name: String) throws {
    let bytes = try References.bytes("\(References.arrays)/\(name)")
    for variant in Self.variants(of: bytes, seed: 5) {
      do throws(DataError) {
        let splits = try NPZSource.open(.memory(variant, path: "x.npz"), images: nil, labels: nil, inputShape: nil)
        for split in splits.values { try check(split.records) }
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test("tables, plain and gzipped")
  func tables() throws {
    let text = "\u{feff}y,\"a\",b\r\n1,2,3\r\n0,\"4\",5e0\n\"1\",-.5,7\n"
    for file in [Array(text.utf8), gzip(Array(text.utf8))] {
      for variant in Self.variants(of: file, seed: 6) {
        do throws(DataError) {
          let table = try CSVTable(.memory(variant, path: "x"), CSVRequest(path: "x", label: "y"))
          try check(CSVRecords(table, inputShape: [1, table.columnCount - 1, 1]))
        } catch {
          #expect(!error.message.isEmpty)
        }
      }
    }
  }

  @Test("EXIF data")
  func exif() {
    let bytes: [UInt8] = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
    #expect(Orientation(exif: bytes) == .right)
    for variant in Self.variants(of: bytes, seed: 7) { _ = Orientation(exif: variant) }
  }

  @Test("a gzip bomb is stopped, by array and table as well")
  func bombs() throws {
    // A mebibyte of zeros, compressed by Python's gzip module at level 9, in 1,043 bytes.
    let encoded =
      "H4sIAAAAAAACA+3BMQEAAADCoPVPbQhfo"
      + String(repeating: "A", count: 1355) + "PgMc6jinAAAQAA=="
    let member = Array(try #require(Data(base64Encoded: encoded)))
    let bomb =
      gzip(
        NPYHeader.magic + [1, 0, 55, 0] + Array("{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}".utf8))
      + (0..<50).flatMap { _ in member }
    let error = #expect(throws: DataError.self) {
      try NPYArray(.memory(bomb, path: "x")).elements(mostBytes: 1 << 20)
    }
    #expect(error?.code == .trailingBytes)
    let table = #expect(throws: DataError.self) {
      try CSVTable(.memory(gzip(Array("y,a\n1,".utf8)) + member, path: "x"), CSVRequest(path: "x", label: "y"))
    }
    #expect(table?.message == "line 2 of 'x' holds a zero byte, so it is not text")
  }
}
