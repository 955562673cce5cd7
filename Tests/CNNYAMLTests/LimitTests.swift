import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct LimitTests {
  static let mebibyte = 1 << 20

  static func flood(_ text: String) -> [UInt8] {
    Array(String(repeating: text, count: mebibyte / text.utf8.count).utf8)
  }

  @Test("a flood of brackets stops at level 33", arguments: [("[", 33), ("{a: ", 129), ("? ", 65), ("- ", 65)])
  func depth(text: String, column: Int) {
    let reading = Reading(Self.flood(text))
    #expect(reading.root == nil)
    #expect(reading.faults == ["1:\(column) CN1010 nesting deeper than 32 levels"])
  }

  @Test("32 levels are fine")
  func allowedDepth() {
    for depth in [12, 32] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(Reading(text).tree == text)
    }
  }

  @Test("size, events, values and keys have limits that the message states")
  func sizes() {
    #expect(
      Reading(Self.flood("a") + [0x61]).faults == [
        "1:1 CN1001 the file has more than 1,048,576 bytes, the most that are read"
      ])
    #expect(
      Reading("[" + String(repeating: "1,", count: 100_000) + "]").faults
        == ["1:199996 CN1011 more than 100000 keys, values and brackets"])
    #expect(Reading("a: " + String(repeating: "x", count: 65536)).codes.isEmpty)
    #expect(
      Reading("a: " + String(repeating: "x", count: 65537)).faults
        == ["1:4 CN1013 this text has 65537 bytes, at most 65536 are allowed"])
    #expect(Reading(String(repeating: "k", count: 128) + ": 1").codes.isEmpty)
    #expect(
      Reading(String(repeating: "k", count: 129) + ": 1").faults
        == ["1:1 CN1014 this key has 129 bytes, at most 128 are allowed"])
  }

  @Test("faults stop being collected at some number")
  func manyFaults() {
    #expect(Reading(Self.flood("a: 1\n")).codes.count == YAMLLimits.standard.faultCount)
    #expect(Reading(Self.flood("\0a")).codes == ["CN1002"])
    #expect(Reading(Self.flood("\u{7}")).codes.count == YAMLLimits.standard.faultCount)
  }

  @Test("a message quotes no more than a line of a hostile text")
  func longQuotes() {
    let long = String(repeating: "x", count: 60_000)
    for text in [
      "a: {b: \(long)[:1]}", "a: `\(long)", "a: *\(long)", "a: b: \(long)", "\(long)\nb: 1", "a: 1\n\(long): 2",
    ] {
      #expect(Reading(text).rendered.utf8.count < 2000)
    }
  }

  @Test("no mutilation of a spec traps")
  func truncated() {
    let text = Array("a: &x {b: [1, \"é\", 'c'], <<: *y}\nd: |\n  e\n? f\n: - g\n%TAG ! x\n--- !!t h\n...\n".utf8)
    for length in 0...text.count { _ = Reading(Array(text[..<length])).rendered }
    for position in text.indices {
      for byte in Array("\t\n\r:-[]{}\"'&*!%#?|>,\u{0} ".utf8) + [0xFF, 0xC3, 0x85] {
        var changed = text
        changed[position] = byte
        _ = Reading(changed).rendered
      }
    }
  }
}
