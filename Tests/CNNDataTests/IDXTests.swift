import CNNFiles
import Foundation
import Testing

@testable import CNNData

@Suite("IDX files")
struct IDXTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func read(_ bytes: [UInt8], _ name: String) throws -> (extents: [Int], elements: [UInt8], note: String?) {
    var file = try IDXFile(try FileAccess().openFile(try scratch.write(bytes, name)))
    let elements = try file.readAll()
    return (file.header.extents, elements, file.note)
  }

  func fault(_ bytes: [UInt8], _ name: String) -> DataError? {
    #expect(throws: DataError.self) { try read(bytes, name) }
  }

  static let elements = (0..<24).map { UInt8($0) }
  static let plain = idx([2, 3, 4], elements)

  @Test(
    "plain and gzipped files are told apart by their content, with a note where the name errs",
    arguments: [
      (plain, "a", nil), (gzip(plain), "a.gz", nil),
      (gzip(plain), "raw", "is gzipped; read as such"),
      (plain, "b.gz", "is not gzipped in spite of its name; read as plain IDX"),
    ] as [([UInt8], String, String?)])
  func sniffing(bytes: [UInt8], name: String, note: String?) throws {
    let file = try read(bytes, name)
    #expect(file.extents == [2, 3, 4])
    #expect(file.elements == Self.elements)
    #expect(file.note == note.map { "'\(scratch.path(name))' \($0)" })
  }

  @Test("32-bit integers are big-endian, and may be negative")
  func integers() throws {
    let bytes = idx([3], type: 0x0c, [0, 0, 1, 2, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe])
    var file = try IDXFile(try FileAccess().openFile(try scratch.write(bytes, "i")))
    #expect(try file.readIntegers() == [258, Int32.max, -2])
  }

  @Test(
    "a file that is no IDX file says what it is",
    arguments: [
      (Array("<!DOCTYPE html><html>".utf8), DataError.Code.looksLikeHTML),
      (Array("\n  <html>".utf8), .looksLikeHTML),
      (gzip(Array("<!DOCTYPE html>".utf8)), .looksLikeHTML),
      ([0xef, 0xbb, 0xbf] + Array("<html>".utf8), .looksLikeHTML),
      ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a], .notIDX), (Array("hello, world".utf8), .notIDX),
      ([], .truncated), ([0, 0, 8], .truncated), ([0, 0, 8, 3, 0, 0], .truncated), (gzip([]), .truncated),
      ([0, 0, 8, 0], .wrongRank), ([0, 0, 8, 5] + [UInt8](repeating: 1, count: 20), .wrongRank),
      (idx([1], type: 0x0d, [0, 0, 0, 0]), .unsupportedElement), (idx([1], type: 0x0e, []), .unsupportedElement),
      (idx([1], type: 0x77, [1]), .unsupportedElement), (idx([0, 3, 4], []), .truncated),
    ])
  func notIDX(bytes: [UInt8], code: DataError.Code) throws {
    let error = fault(bytes, "train-images.gz")
    #expect(error?.code == code)
    #expect(error?.message.contains("train-images.gz") == true)
    if code == .looksLikeHTML { #expect(error?.message.hasSuffix("looks like HTML, not IDX") == true) }
  }

  @Test(
    "a length that belies the header is an error",
    arguments: [
      (Array(plain.dropLast()), DataError.Code.truncated), (plain + [0], .trailingBytes),
      (gzip(Array(plain.dropLast())), .truncated), (gzip(plain + [0]), .trailingBytes),
      (Array(gzip(plain).dropLast()), .truncated), (Array(gzip(plain).dropLast(20)), .truncated),
      (gzip(plain) + [1, 2, 3], .trailingBytes), (gzip(plain) + gzip([1]), .trailingBytes),
    ])
  func length(bytes: [UInt8], code: DataError.Code) {
    #expect(fault(bytes, "images")?.code == code)
  }

  @Test("members of gzip that follow each other are one file")
  func members() throws {
    let bytes = gzip(Array(Self.plain.prefix(7))) + gzip([]) + gzip(Array(Self.plain.dropFirst(7)))
    #expect(try read(bytes, "images.gz").elements == Self.elements)
  }

  /// Some bits of the framing mean nothing, so not every flip is an error.
  @Test("a flipped bit in gzip is an error, or changes no element")
  func corruption() {
    let bytes = gzip(Self.plain)
    for position in 10..<bytes.count {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        guard let file = try? read(damaged, "images.gz") else { continue }
        #expect(file.elements == Self.elements, "bit \(bit) of byte \(position)")
      }
    }
    var damaged = bytes
    damaged[bytes.count - 6] ^= 1
    #expect(fault(damaged, "images.gz")?.code == .corruptGzip)
  }

  @Test("every beginning of a good file is refused, and none traps")
  func beginnings() {
    for whole in [Self.plain, gzip(Self.plain)] {
      for count in 0..<whole.count {
        #expect(throws: DataError.self, "\(count) bytes") { try read(Array(whole.prefix(count)), "images") }
      }
    }
  }

  @Test("no byte of the header makes a file be read that is not as it says")
  func headers() {
    for position in 0..<16 {
      for value in UInt8.min...UInt8.max where value != Self.plain[position] {
        var damaged = Self.plain
        damaged[position] = value
        #expect(throws: DataError.self, "byte \(position) is \(value)") { try read(damaged, "images") }
      }
    }
  }

  /// 2^32 · 2^32 is 2^64, which wraps to 0.
  @Test(
    "sizes that overflow, or are more than there can be, allocate nothing",
    arguments: [
      ([4_294_967_295, 4_294_967_295, 4_294_967_295, 4_294_967_295], DataError.Code.tooLarge),
      ([2_147_483_648, 2_147_483_648, 4], .tooLarge), ([4_294_967_295, 2], .tooLarge),
      ([100_000_000, 2, 2], .tooLarge),
      ([1_000_000, 28, 28], .truncated), ([16_777_216], .truncated),
    ])
  func sizes(extents: [Int], code: DataError.Code) {
    for bytes in [idx(extents, [1, 2, 3]), gzip(idx(extents, [1, 2, 3]))] {
      #expect(fault(bytes, "images")?.code == code)
    }
  }

  /// A mebibyte of zeros, compressed by Python's gzip module at level 9, a hundred times over.
  @Test("a gzip bomb is stopped one byte beyond what its header declares")
  func bomb() throws {
    let encoded =
      "H4sIAAAAAAACA+3BMQEAAADCoPVPbQhfo"
      + String(repeating: "A", count: 1355) + "PgMc6jinAAAQAA=="
    let member = Array(try #require(Data(base64Encoded: encoded)))
    let bytes = gzip(idx([2, 2], [1, 2, 3, 4])) + (0..<100).flatMap { _ in member }
    #expect(fault(bytes, "images.gz")?.code == .trailingBytes)
  }

  /// 24 bytes, 0 to 23, as two records of 3 x 4.
  @Test("records are those of the file, whether it can be read at any place or not")
  func records() throws {
    for bytes in [Self.plain, gzip(Self.plain)] {
      let file = RandomBytes(try FileAccess().openFile(try scratch.write(bytes, "records")))
      let records = try IDXRecords(file)
      #expect(records.shape == [3, 4, 1])
      #expect(records.count == 2)
      #expect((records.isSequentialSince == nil) == (bytes == Self.plain))
      let storages = try records.gather([[1], [0]], threads: 2)
      guard case .bytes(let first)? = storages.first, case .bytes(let second)? = storages.last else {
        Issue.record("bytes stay bytes")
        return
      }
      #expect(first == Array(12..<24))
      #expect(second == Array(0..<12))
    }
  }
}
