import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct TreeTests {
  @Test("scalars keep their text, and whether they stood in quotes")
  func scalars() {
    let reading = Reading(
      "a: no\nb: \"no\"\nc: 'it''s'\nd: 1.10\ne: |\n  x\n  y\nf: >-\n  x\n  y\ng:\nh: \"\\u00e9\"\n")
    #expect(reading.codes.isEmpty)
    #expect(
      reading.tree == "{a: no, b: \"no\", c: \"it's\", d: 1.10, e: \"x\ny\n\", f: \"x y\", g: , h: \"é\"}")
  }

  @Test("flow and block style give the same tree")
  func styles() {
    let block = Reading("layers:\n  - conv2d:\n      filters: 32\n      kernel_size: [3, 3]\n  - flatten\n")
    let flow = Reading("{layers: [{conv2d: {filters: 32, kernel_size: [3, 3]}}, flatten]}")
    #expect(block.tree == "{layers: [{conv2d: {filters: 32, kernel_size: [3, 3]}}, flatten]}")
    #expect(flow.tree == block.tree)
  }

  @Test("spans cover the text exactly, whatever follows it")
  func spans() throws {
    let reading = Reading(
      "a: |\n  text\n\n# comment\nb:   plain text   # c\nc:\n  - 1\n\n  - 'two'   # c\n\n\nd: [x, {y: z} ]  \n\ne: &n\n  f: g\n\nh: &q \"q\"\n"
    )
    func text(_ path: String) throws -> String { reading.covered(try #require(reading[path]).span) }
    #expect(try text("a") == "|\n  text")
    #expect(try text("b") == "plain text")
    #expect(try text("c") == "- 1\n\n  - 'two'")
    #expect(reading.covered(try #require(reading["c", "1"]).span) == "'two'")
    #expect(try text("d") == "[x, {y: z} ]")
    #expect(reading.covered(try #require(reading["d", "1"]).span) == "{y: z}")
    #expect(try text("e") == "f: g")
    #expect(try text("h") == "\"q\"")
    let root = try #require(reading.root).span
    #expect(place(root.start) == [1, 1, 0])
    #expect(root.end.byte == reading.bytes.count - 1)
  }

  @Test("columns count scalars, bytes count UTF-8, a byte order mark has no column")
  func nonASCII() throws {
    // Line 1: mark (3 bytes), é (2), colon, space, 犬 (3). Line 2: 🐕 (4), colon, space, "ü" (4 with quotes).
    let reading = Reading("\u{FEFF}é: 犬\r\n🐕: \"ü\"\r\n")
    guard case .mapping(let entries) = try #require(reading.root).content else { return }
    #expect(entries.map(\.key) == ["é", "🐕"])
    #expect(place(entries[0].keySpan.start) == [1, 1, 3] && place(entries[0].keySpan.end) == [1, 2, 5])
    #expect(place(entries[0].value.span.start) == [1, 4, 7] && place(entries[0].value.span.end) == [1, 5, 10])
    #expect(place(entries[1].keySpan.start) == [2, 1, 12] && place(entries[1].keySpan.end) == [2, 2, 16])
    #expect(place(entries[1].value.span.start) == [2, 4, 18] && place(entries[1].value.span.end) == [2, 7, 22])
  }

  @Test("positions far into a long line are right, with and without wide text")
  func longLines() throws {
    for word in ["ab", "é犬"] {
      let text = "[" + Array(repeating: word, count: 500).joined(separator: ",") + "]"
      let reading = Reading(text)
      let last = try #require(reading["499"]).span
      #expect(reading.covered(last) == word)
      #expect(last.start.column == 1 + 499 * 3 + 1)
    }
  }

  @Test("Windows line endings change nothing")
  func lineEndings() {
    let text = "a: 1 # c\nb:\n  - x\n  - y z\nc: |\n  t\n"
    let windows = Reading(text.split(separator: "\n").map { $0 + "\r\n" }.joined())
    #expect(windows.codes.isEmpty && windows.tree == Reading(text).tree)
  }

  @Test("an override is read like the file, its spans in what was typed")
  func override() throws {
    let reading = Reading(override: "training.größe=[5, {a: \"b\"}]")
    #expect(reading.tree == "[5, {a: \"b\"}]")
    let five = try #require(reading["0"]).span
    #expect(place(five.start) == [1, 17, 18] && reading.covered(five) == "5")
    #expect(Reading(override: "a=5").tree == "5")
    #expect(Reading(override: "a=").faults == ["1:3 CN1006 the value is empty"])
    #expect(Reading(override: "a=b: c").faults == ["1:3 CN1212 a map without braces"])
    #expect(Reading(override: "a=[1").faults == ["1:3 CN1104 `[` is never closed"])
    #expect(Reading(override: "a=é @x\u{7}").faults == ["1:7 CN1004 control character U+0007 at byte 7"])
  }

  @Test("a value behind the end of the text is empty, not a trap")
  func overrideOffset() {
    var bag = DiagnosticBag()
    let id = SourceID(index: 0)
    #expect(YAMLReader.readValue([0x61], from: 99, source: id, into: &bag) == nil)
    #expect(YAMLReader.readValue([0x61], from: -1, source: id, into: &bag) != nil)
  }
}
