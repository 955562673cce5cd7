import CNNFiles
import CNNGraph
import CNNSession
import Foundation
import Testing

/// A file by the description of the format: length, header, values.
func safetensors(_ header: String, values: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  let text = Array(header.utf8)
  let length = length ?? UInt64(text.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text + values
}

/// Written by `safetensors.numpy.save` of Python's safetensors 0.8.0:
///
///     save({"dense/kernel": numpy.arange(6, dtype="float32").reshape(2, 3) / 4 - 0.5,
///           "dense/bias": numpy.array([1e-38, -0.0, 3.4e38], dtype="float32"),
///           "scale": numpy.array(0.1, dtype="float32")}, metadata={"made by": 'safetensors "ü"'})
private let library = """
  8AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtYWRlIGJ5Ijoic2FmZXRlbnNvcnMgXCLDvFwiIn0sImRlbnNlL2JpYXMiOnsiZHR5cGUiOiJGMzIi\
  LCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlswLDEyXX0sImRlbnNlL2tlcm5lbCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0\
  YV9vZmZzZXRzIjpbMTIsMzZdfSwic2NhbGUiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6W10sImRhdGFfb2Zmc2V0cyI6WzM2LDQwXX19ICDu42wA\
  AAAAgJ7Jf38AAAC/AACAvgAAAAAAAIA+AAAAPwAAQD/NzMw9
  """

@Suite("Safetensors")
struct SafetensorsTests {
  private let tensors = [
    NamedTensor(name: "dense/kernel", extents: [2, 3], values: [-0.5, -0.25, 0, 0.25, 0.5, 0.75]),
    NamedTensor(name: "scale", extents: [], values: [0.1]),
    NamedTensor(name: "dense/bias", extents: [3], values: [1e-38, -0.0, 3.4e38]),
  ]
  private let metadata = ["made by": "safetensors \"ü\""]

  private func libraryBytes() throws -> [UInt8] { Array(try #require(Data(base64Encoded: library))) }

  private func fault(_ bytes: [UInt8]) -> WeightsError? {
    do throws(WeightsError) {
      _ = try Safetensors.decode(bytes, path: "w.safetensors")
      return nil
    } catch { return error }
  }

  // MARK: What is right

  @Test("a file of the format's library reads back")
  func readsLibrary() throws {
    let (found, notes) = try Safetensors.decode(libraryBytes(), path: "w.safetensors")
    #expect(notes == metadata)
    #expect(found == [tensors[2], tensors[0], tensors[1]])
    #expect(found[0].values[1].sign == .minus)
  }

  @Test("the same tensors give the bytes that the library gives, in whatever order they come")
  func writesAsLibrary() throws {
    #expect(try Safetensors.encode(tensors, metadata: metadata) == libraryBytes())
    #expect(try Safetensors.encode(tensors.reversed(), metadata: metadata) == libraryBytes())
  }

  @Test("values start at a multiple of eight bytes, for every length of a name", arguments: 0..<9)
  func alignment(length: Int) throws {
    let name = String(repeating: "n", count: length)
    let bytes = Safetensors.encode([NamedTensor(name: name, extents: [1], values: [1])])
    #expect((bytes.count - 4).isMultiple(of: 8))
    #expect(try Safetensors.decode(bytes, path: "").tensors.map(\.name) == [name])
  }

  @Test("names and metadata with every kind of character survive")
  func escapes() throws {
    let text = "a\"b\\c/d\u{1}\n\t\u{7f}\u{200b}é猫🎈"
    let bytes = Safetensors.encode([NamedTensor(name: text, extents: [0], values: [])], metadata: [text: text])
    let (tensors, metadata) = try Safetensors.decode(bytes, path: "")
    #expect(tensors.map(\.name) == [text] && metadata == [text: text])
    let escaped = safetensors(#"{"\u00e9\ud83c\udf88\/\b\f":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)
    #expect(try Safetensors.decode(escaped, path: "").tensors.map(\.name) == ["é🎈/\u{8}\u{c}"])
  }

  @Test("no tensors, spaces around everything, and empty tensors at one offset are fine")
  func unusual() throws {
    #expect(try Safetensors.decode(safetensors("{}"), path: "").tensors.isEmpty)
    let header = """
      { "b" : { "shape" : [ 0 , 5 ] , "data_offsets" : [ 4 , 4 ] , "dtype" : "F32" } ,
      "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"c":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}  \u{20}
      """
    let found = try Safetensors.decode(safetensors(header, values: [0, 0, 128, 63]), path: "").tensors
    #expect(found.map(\.name) == ["c", "a", "b"] && found[1].values == [1])
  }

  // MARK: What is wrong

  private static let one = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#

  private static func header(_ shape: String, _ offsets: String, more: String = "") -> String {
    #"{"a":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}\#(more)}"#
  }

  private static func second(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    #","\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static let zeros = [UInt8](repeating: 0, count: 12)

  private static let hostile: [(bytes: [UInt8], code: WeightsError.Code, words: String)] = [
    // 2^32 * 2^32 = 2^64 wraps to 0 bytes, so the comparison with the span alone would pass.
    (safetensors(header("[4294967296,4294967296]", "[0,0]")), .shapeOverflow, "[4294967296, 4294967296]"),
    (safetensors(header("[2305843009213693952]", "[0,0]")), .shapeOverflow, "more elements than can be counted"),
    (safetensors("{}", length: 1 << 63), .headerLength, "9223372036854775808 bytes, and 2 follow"),
    (safetensors("{}", length: 3), .headerLength, "3 bytes, and 2 follow"),
    (safetensors("{", length: 0), .header, "does not start with `{`"),
    ([1, 2, 3], .tooShort, "3 bytes long"),
    (Array("PK\u{3}\u{4}".utf8) + zeros, .header, "is a zip archive"),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] + zeros, .header, "is an HDF5 file"),
    (Array("<!doctype html>".utf8), .header, "is a web page"),
    ([], .tooShort, "0 bytes long"),
    (
      safetensors(
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}\#(second("a", "F32", "[1]", "[0,4]"))}"#,
        values: [0, 0, 0, 0]), .duplicateName, "names `a` twice"
    ),
    (
      safetensors(header("[2]", "[0,8]", more: second("b", "F32", "[2]", "[0,8]")), values: Array(zeros.prefix(8))),
      .overlap, "bytes 0 ..< 8 to both `a` and `b`"
    ),
    (
      safetensors(header("[1]", "[0,4]", more: second("b", "F32", "[1]", "[8,12]")), values: zeros), .gap,
      "leaves 4 bytes before `b`"
    ),
    (safetensors(one, values: Array(zeros.prefix(5))), .trailingBytes, "goes on for 1 bytes"),
    (safetensors("[]"), .header, "does not start with `{`"),
    (safetensors(" " + one, values: Array(zeros.prefix(4))), .header, "does not start with `{`"),
    (safetensors(one, values: [0, 0, 0xc0, 0x7f]), .nonFinite, "holds nan as value 0 of `a`"),
    (safetensors(one, values: [0, 0, 0x80, 0xff]), .nonFinite, "holds -inf as value 0 of `a`"),
    (safetensors(one, values: [0, 0, 0]), .beyondEnd, "end at byte 4 of its values, of which there are 3"),
    (
      safetensors(header("[2]", "[0,4]"), values: Array(zeros.prefix(4))), .byteCount,
      "4 bytes, and its shape [2] takes 8"
    ),
    (safetensors(header("[1]", "[4,0]"), values: Array(zeros.prefix(4))), .byteCount, "before its start 4"),
    (
      safetensors(#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, values: Array(zeros.prefix(4))),
      .elementType, "as F16, and F32 is read"
    ),
    (safetensors(header("[1]", "[0,18446744073709551616]")), .header, "larger than 2^63 - 1"),
    (safetensors(header("[-1]", "[0,4]")), .header, "non-negative whole number"),
    (safetensors(header("[1.0]", "[0,4]")), .header, "a whole number is expected"),
    (safetensors(header("[1e0]", "[0,4]")), .header, "a whole number is expected"),
    (safetensors(header("[01]", "[0,4]")), .header, "needless zero"),
    (safetensors(header("[1]", "[0]")), .header, "two `data_offsets`"),
    (safetensors(header("[1]", "[0,4,8]")), .header, "at most 2 numbers"),
    (safetensors(#"{"a":{"dtype":"F32","shape":[1]}}"#), .header, "a tensor needs"),
    (safetensors(#"{"a":{"dtype":"F32","size":1}}"#), .header, "unknown key `size`"),
    (safetensors(#"{"a":{"dtype":"F32","dtype":"F32"}}"#), .header, "the key `dtype` twice"),
    (safetensors(#"{"__metadata__":{"k":1}}"#), .header, "a string is expected"),
    (safetensors(#"{"__metadata__":{"k":"1","k":"2"}}"#), .header, "have `k` twice"),
    (safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), .duplicateName, "`__metadata__` twice"),
    (safetensors("{}{}"), .header, "follows the closing"),
    (safetensors("{,}"), .header, "a string is expected"),
    (safetensors(#"{"a""#), .header, "`:` is expected"),
    (safetensors(#"{"a"#), .header, "does not end"),
    (safetensors(#"{"\x""#), .header, "an escape that JSON does not have"),
    (safetensors(#"{"\ud800""#), .header, "half of a surrogate pair"),
    (safetensors(#"{"\udc00\ud800""#), .header, "half of a surrogate pair"),
    (safetensors(#"{"\u00g0""#), .header, "four hexadecimal digits"),
    (safetensors("{\"a\nb\""), .header, "control character"),
    ([4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22], .header, "not valid UTF-8"),
    // A terminal's escape sequence in a name stays text.
    (safetensors(#"{"\u001b[2J":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}"#), .elementType, #"`\x1B[2J`"#),
  ]

  @Test("every fault has its own code and words", arguments: hostile.indices)
  func hostileFiles(index: Int) throws {
    let (bytes, code, words) = Self.hostile[index]
    let error = try #require(fault(bytes))
    #expect(error.code == code, "\(error)")
    #expect(error.message.contains(words), "\(error)")
    #expect(error.message.hasPrefix("'w.safetensors' "))
  }

  @Test("too long a header and too many tensors are refused before they are read")
  func limits() {
    var long = safetensors("{", length: 16 << 20 + 1)
    long += [UInt8](repeating: 0x20, count: 16 << 20)
    #expect(fault(long)?.code == .headerLength)
    let entry = #"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    let many = "{" + (0...100_000).map { "\"\($0)\(entry)" }.joined(separator: ",") + "}"
    #expect(fault(safetensors(many))?.code == .tooManyTensors)
    let deep = SafetensorsTests.header("[\(Array(repeating: "1", count: 33).joined(separator: ","))]", "[0,4]")
    #expect(fault(safetensors(deep))?.message.contains("at most 32 numbers") == true)
    #expect(fault(safetensors(String(repeating: "{\"a\":", count: 100_000)))?.code == .header)
  }

  @Test("non-finite values are read where they are allowed")
  func nonFinite() throws {
    let bytes = Safetensors.encode([NamedTensor(name: "a", extents: [2], values: [1, .infinity])])
    #expect(fault(bytes)?.message.contains("inf as value 1 of `a`") == true)
    #expect(try Safetensors.decode(bytes, path: "", allowsNonFinite: true).tensors[0].values == [1, .infinity])
  }

  @Test("no cut and no changed byte is fatal")
  func mutations() throws {
    let bytes = try libraryBytes()
    for count in bytes.indices { #expect(fault(Array(bytes.prefix(count))) != nil) }
    for place in 0..<248 {
      for change: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
        var changed = bytes
        changed[place] ^= change
        _ = fault(changed)
      }
    }
  }
}
