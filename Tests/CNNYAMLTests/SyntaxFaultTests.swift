import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct SyntaxFaultTests {
  @Test("both lines of a key given twice are shown")
  func duplicate() {
    let reading = Reading("epochs: 4\n\n\n\n\n\n\n\nepochs: 40\n")
    #expect(
      reading.rendered == """
        error[CN1201]: key `epochs` in line 9 was given in line 1 already
         --> a.yaml:9:1
          |
        9 | epochs: 40
          | ^^^^^^
          |
          = help: delete one of the two
        note: first given here
         --> a.yaml:1:1
          |
        1 | epochs: 4
          | ^^^^^^

        """)
    #expect(reading.tree == "{epochs: 4}")
  }

  @Test("every key given twice is found, in braces too")
  func duplicates() {
    #expect(
      Reading("conv: {filters: 8, kernel: 3, filters: 16}\nb: 1\nb: 2\nb: 3\n").faults == [
        "1:31 CN1201 key `filters` in line 1 was given earlier in line 1 already",
        "3:1 CN1201 key `b` in line 3 was given in line 2 already",
        "4:1 CN1201 key `b` in line 4 was given in line 2 already",
      ])
  }

  @Test("a slice in braces is shown with the quotes that it needs")
  func slice() throws {
    let reading = Reading("data:\n  split: {train: train[:1000], validation: x}\n")
    #expect(
      reading.rendered == """
        error[CN1108]: `train[:1000]` needs quotes inside braces and brackets
         --> a.yaml:2:18
          |
        2 |   split: {train: train[:1000], validation: x}
          |                  ^^^^^^^^^^^^
          |
          = help: write `"train[:1000]"`

        """)
    #expect(reading.bag.diagnostics.first?.fix?.edits.first?.text == "\"train[:1000]\"")
    #expect(Reading("data:\n  split:\n    train: train[:1000]\n").codes.isEmpty)
  }

  @Test("a missing space behind a colon is read on as it was meant")
  func missingSpace() throws {
    let reading = Reading("é: {filters:32, kernel_size:5, filters: 3}\n")
    #expect(
      reading.rendered.hasPrefix(
        """
        error[CN1107]: no space after the colon in `filters:32`
         --> a.yaml:1:12
          |
        1 | é: {filters:32, kernel_size:5, filters: 3}
          |            ^
          |
          = help: put a space after the colon: `filters: 32`

        """))
    #expect(reading.codes == ["CN1107", "CN1107", "CN1201"])
    #expect(reading.tree == "{é: {filters: 32, kernel_size: 5}}")
    #expect(reading.covered(try #require(reading["é", "kernel_size"]).span) == "5")
    #expect(Reading("{a:b: 1}").tree == "{a:b: 1}")
    #expect(Reading("{a}").tree == "{a: }")
  }

  @Test(
    "a quote left open is told where it opens, not where the next one ends it",
    arguments: [
      ("name: \"net\nmodel:\n  - activation: \"relu\"\n", "1:7 CN1104"),
      ("a:\n  - conv: {padding: 'same}\n  - dense: {name: 'x'}\n", "2:21 CN1104"),
      ("# don't\na:\n  - activation: 'relu\n  - flatten\n  - activation: 'relu'\n", "3:17 CN1104"),
      ("a: \"it's\nb: \"x\"\n", "1:4 CN1104"),
      // A text over two lines that is one, and a word behind it.
      ("a: \"one\n  two\" three\n", "2:8 CN1101"),
    ])
  func openQuote(text: String, fault: String) {
    #expect(Reading(text).faults.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [fault])
  }

  @Test(
    "a no-break space that looks like a blank is one fault",
    arguments: [
      ("a: {filters:\u{A0}8, kernel: 3}\n", "1:5 CN1204"), ("a: {b: 8,\u{A0}kernel: [3,\u{A0}3]}\n", "1:10 CN1204"),
      ("a:\n\u{A0} b: 1\n  c: 2\n", "2:1 CN1204"), ("a:\n  - b\n\u{A0} - c\n", "3:1 CN1204"),
      ("a:\n  b:\u{A0}8\n  c: 1\n", "2:4 CN1107"),
    ])
  func noBreakSpace(text: String, fault: String) {
    #expect(Reading(text).faults.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } == [fault])
  }

  @Test(
    "a second colon is told with what works",
    arguments: [
      ("name: net: v2\n", "write `name: net_v2`"), ("- conv2d: filters: 3\n", "write `conv2d: {filters: 3}`"),
      ("- conv2d: filters: 3, kernel_size: 3  # x\n", "write `conv2d: {filters: 3, kernel_size: 3}`"),
      ("note: a b: c\n", "put the value in quotes: `\"a b: c\"`"),
    ])
  func secondColon(text: String, help: String) {
    #expect(Reading(text).bag.diagnostics.map(\.help) == [help])
  }

  @Test("a tab is named, and no other word of the parser")
  func tab() {
    #expect(
      Reading("model:\n\tinput: 3\n").rendered == """
        error[CN1102]: tab used for indentation, line 2
         --> a.yaml:2:1
          |
        2 |  input: 3
          | ^
          |
          = help: indent with spaces

        """)
    #expect(Reading("model: x\n\tinput: 3\n").codes == ["CN1102"])
    #expect(Reading("layers:\n  -\tdense: 3\n").codes == ["CN1102"])
    #expect(Reading("a:\t1\t# c\nb: [1,\n\t2]\n").tree == "{a: 1, b: [1, 2]}")
  }

  @Test(
    "the parser's faults are told in plain words",
    arguments: [
      ("model: x\n  input: 3\n", "2:3 CN1103 `input` is indented below a key that has a value already"),
      ("name: a: b\n", "1:8 CN1105 a second colon in one line"),
      ("model:\n    a: 1\n  c: 2\n", "3:3 CN1103 this indentation matches no line above"),
      ("a: 1\n- b\n", "2:1 CN1103 a list item among the keys of a map"),
      ("- a\nb: 1\n", "2:1 CN1103 no `-` where the next item of a list is expected"),
      ("input: [28, 28, 1\nlayers: 3\n", "1:8 CN1104 `[` is never closed"),
      ("layers:\n  - conv2d: {filters: 32\n  - dense: 10\n", "2:13 CN1104 `{` is never closed"),
      ("input: [28, {a: 3]\n", "1:18 CN1104 `]` where `}` is expected"),
      ("a: {b: c d: e}\n", "1:11 CN1111 no `,` or `}` before this"),
      ("a: ]\n", "1:4 CN1104 `]` closes nothing"),
      ("a: [1,, 2]\n", "1:7 CN1101 a value is expected here"),
      ("a: \"x\nb: 3\n", "1:4 CN1104 this quote is never closed"),
      ("filters:32\nb: 2\n", "1:8 CN1107 no space after the colon"),
      ("filters:\u{A0}32\nb: 2\n", "1:8 CN1107 no ordinary space after the colon"),
      ("a: 1\nepochs 5\nseed: 1\n", "2:1 CN1106 no colon behind `epochs`"),
      ("a:\n  - epochs 5\n  - seed: 1\n", nil),
      ("epochs 5\n# c\n\nseed: 1\n", "1:1 CN1106 no colon behind `epochs`"),
      ("a: \"x\" y\n", "1:8 CN1101 text behind the end of a value"),
      ("a:\n  - b\n   - c: 1\n", "3:4 CN1103 this item is indented deeper than the one above it"),
      ("a:\n  - {b: 1}\n    - c\n", "3:5 CN1103 this item is indented deeper than the one above it"),
      ("a: [1]\n b: 2\n", "2:2 CN1103 this key is indented deeper than the others of its map"),
      ("model\n  input: 3\n", "1:1 CN1106 no colon behind `model`"),
      ("a:\n  conv {b: 1, c: 2}\n", "2:3 CN1106 no colon behind `conv`"),
      ("a:\n  b = [1, 2]\n  c: 3\n", "2:3 CN1106 no colon behind `b`"),
      ("a:\n  - b\n  -c: 1\n", "3:3 CN1107 no blank behind the dash"),
      ("a:\n  -b\n  -c: 1\n", "2:3 CN1107 no blank behind the dash"),
      ("a: > 3\nb: 1\n", "1:4 CN1109 `>` cannot begin a value: YAML reserves it"),
      ("{a: >= 3, b: 1}\n", "1:5 CN1109 `>` cannot begin a value: YAML reserves it"),
      ("a: *.csv\n", "1:4 CN1109 `*` cannot begin a value: YAML reserves it"),
      ("a: @x\n", "1:4 CN1109 `@` cannot begin a value: YAML reserves it"),
      ("a: `x`\n", "1:4 CN1109 a backquote cannot begin a value: YAML reserves it"),
      ("a: \"é\\q\"\n", "1:6 CN1110 an escape that YAML does not know"),
      ("a: - b\n", "1:4 CN1101 a list cannot begin here"),
      ("[a] b\n", "1:5 CN1101 this stands behind the end of the document"),
      ("? [a]\n: b\n", "1:3 CN1202 a key is a list or a map"),
      (": 3\n", "1:1 CN1203 an empty key"),
      ("{: 3}\n", "1:2 CN1203 an empty key"),
      ("{\"\": 3}\n", "1:2 CN1203 an empty key"),
      ("null: 3\n", "1:1 CN1203 `null` as a key means no key at all"),
      ("a: !!str x\n", "1:4 CN1205 a tag: the field decides what its value is"),
      ("a: !e!x y\n", "1:4 CN1205 a tag: the field decides what its value is"),
      ("%TAG ! tag:x\n---\na: 1\n", "1:1 CN1206 `%TAG` has no use here: tags are not read"),
      ("%YAML 2.0\n---\na: 1\n", "1:1 CN1206 only `%YAML 1.1` and `%YAML 1.2` are read, once"),
      ("%YAML 1.2\n---\na: 1\n", nil),
      ("a: 1\n---\nb: 1\n", "2:1 CN1211 a second document begins here"),
      ("a: 1\n...\n", nil),
      ("\u{A0}\u{A0}filters: 3\n", "1:1 CN1204 a no-break space U+00A0 in a key"),
      ("a: \"\\x1b[31m\"\n", "1:4 CN1210 character U+001B in a text"),
      ("a: \"\\0\"\n", "1:4 CN1210 character U+0000 in a text"),
      ("\"\\u202ex\": 1\n", "1:1 CN1210 character U+202E in a text"),
      ("\"a\\nb\": 1\n", "1:1 CN1210 a line break or tab in a key"),
      ("a: \"\\t\\n\"\n", nil),
    ] as [(String, String?)])
  func plainWords(text: String, fault: String?) {
    #expect(Reading(text).faults == (fault.map { [$0] } ?? []))
  }

  @Test(
    "what a value in quotes would be is the whole of it, and quoted it is read",
    arguments: [
      ("a: > 3   # most\nb: 1\n", "a: \"> 3\"   # most\nb: 1\n"), ("{a: >= 3, b: 1}\n", "{a: \">= 3\", b: 1}\n"),
      ("a: @x y\n", "a: \"@x y\"\n"), ("a: [%x, *.c]\n", "a: [\"%x\", *.c]\n"),
    ])
  func quoted(text: String, mended: String) throws {
    let fix = try #require(Reading(text).bag.diagnostics.first?.fix)
    #expect(fix.isSafe)
    #expect(TextEdits.apply(fix.edits, to: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } == mended)
  }

  @Test("help for a value in the line of its key has the words that are there")
  func belowValue() {
    func help(_ text: String) -> String? { Reading(text).bag.diagnostics.first?.help }
    #expect(
      help("optimizer: adam\n  rate: 1\n")
        == "to say more of `adam`, write `optimizer: {adam: {rate: …}}`; else begin the line like that of `optimizer`")
    #expect(
      help("- dense: 10\n    bias: 1\n") == "write `dense: {…: 10, bias: …}`, or begin the line like that of `dense`")
    #expect(help("epochs 5\nseed: 1\n") == "write `epochs: 5`")
    #expect(help("a:\n  b\n  c: 1\n") == "write `b:` if it is a key, `- b` if it is an item of a list")
    #expect(help("a:\n  - b\n   - c: 1\n") == "begin the line with 2 blanks, like that one")
  }

  @Test("a key with a no-break space is read on without it")
  func noBreakSpace() {
    #expect(Reading("\u{A0}\u{A0}filters: 3\n").tree == "{filters: 3}")
    #expect(Reading("\"a\u{A0}b\": 3\n").codes.isEmpty)
  }

  @Test("the note of an unclosed bracket's list leads to the bracket")
  func bracketNote() {
    #expect(
      Reading("a:\n  - {b: [1, 2 3: 4]}\n  - {b: [1 2}\n").rendered == """
        error[CN1104]: `}` where `]` is expected
         --> a.yaml:3:13
          |
        3 |   - {b: [1 2}
          |             ^
          |
          = help: close it with `]` first
        note: the bracket was opened here
         --> a.yaml:3:9
          |
        3 |   - {b: [1 2}
          |         ^

        """)
  }
}
