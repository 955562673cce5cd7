import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct PrescanTests {
  @Test("a key behind an invisible line break never counts")
  func hiddenLineBreaks() {
    let start = Array("epochs: 2 # short run".utf8)
    let end = Array("output_dir: ../../tmp/x\n".utf8)
    let cases: [([UInt8], String)] = [
      ([0xE2, 0x80, 0xA8], "line separator U+2028 at byte 21"),
      ([0xE2, 0x80, 0xA9], "paragraph separator U+2029 at byte 21"),
      ([0xC2, 0x85], "next line U+0085 at byte 21"),
      ([0x0D], "carriage return without line feed U+000D at byte 21"),
    ]
    for (bytes, message) in cases {
      let reading = Reading(start + bytes + end)
      #expect(reading.root == nil)
      #expect(reading.faults == ["1:22 CN1003 \(message)"])
    }
  }

  @Test(
    "characters that cannot be seen are named, each at its place",
    arguments: [
      ("a: \u{202E}b", "1:4 CN1005 bidirectional control U+202E at byte 3"),
      ("a: \u{2066}b", "1:4 CN1005 bidirectional control U+2066 at byte 3"),
      ("é: \u{200B}b", "1:4 CN1005 zero-width character U+200B at byte 4"),
      ("a: \u{2060}b", "1:4 CN1005 zero-width character U+2060 at byte 3"),
      ("a: \u{FEFF}b", "1:4 CN1005 byte order mark U+FEFF at byte 3"),
      ("a: \u{1B}b", "1:4 CN1004 control character U+001B at byte 3"),
      ("a: \u{9B}b", "1:4 CN1004 control character U+009B at byte 3"),
      ("a: \u{7F}b", "1:4 CN1004 control character U+007F at byte 3"),
      ("a: b\0", "1:5 CN1004 control character U+0000 at byte 4"),
      ("a: \u{FFFE}", "1:4 CN1004 noncharacter U+FFFE at byte 3"),
    ])
  func invisible(text: String, fault: String) {
    #expect(Reading(text).faults == [fault])
  }

  @Test("all hidden characters of a file are reported at once")
  func several() {
    #expect(
      Reading("a: \u{200B}\nb: \u{7}\n").faults == [
        "1:4 CN1005 zero-width character U+200B at byte 3", "2:4 CN1004 control character U+0007 at byte 10",
      ])
  }

  @Test("other encodings are named")
  func encodings() {
    #expect(Reading([0xFF, 0xFE, 0x61, 0]).faults == ["1:1 CN1002 the file is UTF-16, not UTF-8"])
    #expect(Reading([0xFE, 0xFF, 0, 0x61]).faults == ["1:1 CN1002 the file is UTF-16, not UTF-8"])
    #expect(Reading([0x61, 0, 0x3A, 0, 0x20, 0]).faults == ["1:1 CN1002 the file is UTF-16, not UTF-8"])
    #expect(Reading(Array("name: gr".utf8) + [0xFC]).faults == ["1:9 CN1002 byte 0xFC at byte 8 is not valid UTF-8"])
  }

  @Test(
    "ill-formed UTF-8 is refused",
    arguments: [
      [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE2, 0x80], [0xE2, 0x28, 0xA1],
    ] as [[UInt8]])
  func illFormed(bytes: [UInt8]) {
    #expect(Reading(Array("a: ".utf8) + bytes).codes == ["CN1002"])
  }

  @Test("a mark at the start and every visible character are fine")
  func accepted() {
    #expect(Reading("\u{FEFF}a: é犬🐕\u{A0}\u{E000}\u{FFFD}\u{10FFFF}\t# c\r\n").codes.isEmpty)
  }

  @Test("nothing is an error of its own")
  func empty() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{FEFF}"] {
      #expect(Reading(text).codes == ["CN1006"])
      #expect(Reading(text).bag.diagnostics.first?.message == "the file is empty")
    }
  }
}
