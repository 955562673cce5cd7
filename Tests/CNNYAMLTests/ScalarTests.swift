import CNNYAML
import Testing

@Suite struct ScalarTests {
  @Test(
    "integers are decimal digits with a sign",
    arguments: [
      ("0", 0), ("-0", 0), ("+7", 7), ("-12", -12), ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ] as [(String, Int)])
  func integers(text: String, value: Int) {
    #expect(ScalarGrammar.parseInteger(text) == .value(value))
  }

  @Test(
    "what is no integer says why",
    arguments: [
      ("", .empty, nil), ("~", .null, nil), ("007", .leadingZeros, "7"), ("-010", .leadingZeros, "-10"),
      ("1_000", .digitSeparator, "1000"), ("1,000", .digitSeparator, nil), ("12:30", .sexagesimal, nil),
      ("0x1F", .otherBase, "31"), ("0o10", .otherBase, "8"), (".inf", .notFinite, nil), ("NaN", .notFinite, nil),
      ("9223372036854775808", .tooLarge, nil), ("64.0", .notWhole, "64"), ("1e3", .notWhole, "1000"),
      ("0.5", .notWhole, nil), ("five", .notANumber, nil), ("5 ", .notANumber, nil), ("٣", .notANumber, nil),
      ("--5", .notANumber, nil), ("1/255", .notANumber, nil), ("5\u{301}", .notANumber, nil), ("-", .notANumber, nil),
      ("0x", .notANumber, nil), ("1__", .digitSeparator, "1"),
    ] as [(String, ScalarFault.Kind, String?)])
  func noIntegers(text: String, kind: ScalarFault.Kind, suggestion: String?) {
    #expect(ScalarGrammar.parseInteger(text) == .fault(ScalarFault(kind, suggestion: suggestion)))
  }

  @Test(
    "numbers may have a fraction and an exponent, with or without a point",
    arguments: [
      ("1e-3", 0.001), ("1.0e-3", 0.001), ("1E+3", 1000), ("-.5", -0.5), ("5.", 5), ("0.00392156862745098", 1.0 / 255),
      ("0", 0), ("0.0e9", 0), ("3e38", 3e38), ("1e-45", 1e-45),
    ] as [(String, Double)])
  func numbers(text: String, value: Double) {
    #expect(ScalarGrammar.parseNumber(text) == .value(value))
  }

  @Test(
    "what is no number says why",
    arguments: [
      ("1e39", .tooLarge, nil), ("1.0e+400", .tooLarge, nil), ("1e-60", .tooSmall, nil), ("1e-400", .tooSmall, nil),
      ("01.5", .leadingZeros, "1.5"), ("00", .leadingZeros, "0"), ("-.INF", .notFinite, nil), ("1e", .notANumber, nil),
      (".", .notANumber, nil), ("e5", .notANumber, nil), ("190:20:30", .sexagesimal, nil), ("0b11", .otherBase, "3"),
      ("1.5f", .notANumber, nil), ("0x1p3", .notANumber, nil),
    ] as [(String, ScalarFault.Kind, String?)])
  func noNumbers(text: String, kind: ScalarFault.Kind, suggestion: String?) {
    #expect(ScalarGrammar.parseNumber(text) == .fault(ScalarFault(kind, suggestion: suggestion)))
  }

  @Test("a number as long as a file is none")
  func longNumber() {
    #expect(ScalarGrammar.parseNumber(String(repeating: "9", count: 65536)).value == nil)
  }

  @Test("booleans are true and false alone")
  func booleans() {
    #expect(ScalarGrammar.parseBoolean("true") == .value(true))
    #expect(ScalarGrammar.parseBoolean("false") == .value(false))
    #expect(ScalarGrammar.parseBoolean("True") == .fault(ScalarFault(.otherCase, suggestion: "true")))
    #expect(ScalarGrammar.parseBoolean("yes") == .fault(ScalarFault(.oldBoolean, suggestion: "true")))
    #expect(ScalarGrammar.parseBoolean("OFF") == .fault(ScalarFault(.oldBoolean, suggestion: "false")))
    #expect(ScalarGrammar.parseBoolean("1") == .fault(ScalarFault(.notABoolean)))
  }

  @Test("text in quotes is no number, and the fix takes the quotes away")
  func quoted() {
    #expect(YAMLScalar("5", isQuoted: true).integer == .fault(ScalarFault(.quoted, suggestion: "5")))
    #expect(YAMLScalar("5", isQuoted: false).integer == .value(5))
    #expect(YAMLScalar("x", isQuoted: true).number == .fault(ScalarFault(.notANumber)))
    #expect(YAMLScalar("true", isQuoted: true).boolean == .fault(ScalarFault(.quoted, suggestion: "true")))
  }

  @Test(
    "a text is written so that it is read as the same text",
    arguments: [
      ("fashion-mnist", "fashion-mnist"), ("train[:80%]", "\"train[:80%]\""), ("no", "\"no\""), ("1.10", "\"1.10\""),
      ("", "\"\""), ("a: b", "\"a: b\""), ("a #b", "\"a #b\""), ("- x", "\"- x\""), ("é犬", "é犬"), ("a\nb", "\"a\\nb\""),
      ("\u{1B}", "\"\\U0000001B\""), ("~", "\"~\""), ("*.csv", "\"*.csv\""), ("it's", "it's"), ("a:", "\"a:\""),
      (">= 0.80", "\">= 0.80\""), ("C:\\x", "C:\\x"), (" a", "\" a\""), ("$width", "\"$width\""), ("a$", "a$"),
    ])
  func writing(text: String, expected: String) {
    #expect(YAMLText.scalar(text) == expected)
    if text != "\u{1B}" {
      #expect(Reading("a: \(expected)").tree == (expected.hasPrefix("\"") ? "{a: \"\(text)\"}" : "{a: \(text)}"))
    }
  }

  @Test("a tree is written in block style and read back the same")
  func document() throws {
    let text = """
      name: fashion
      model:
        input: [28, 28, 1]
        layers:
          - conv2d:
              filters: 32
              activation: "no"
          - flatten
          -
            - a
            - {}
            - b: []
              c:
      "5": x y

      """
    let reading = Reading(text)
    let written = YAMLText.document(try #require(reading.root))
    #expect(
      written == """
        name: fashion

        model:
          input: [28, 28, 1]
          layers:
            - conv2d:
                filters: 32
                activation: "no"
            - flatten
            - - a
              - {}
              - b: []
                c:

        "5": x y

        """)
    #expect(Reading(written).tree == reading.tree)
  }

  @Test("a number in block style is text, and what to write is known", arguments: ["a: >-\n  10\n", "a: |\n  10\n"])
  func block(text: String) throws {
    guard case .scalar(let scalar)? = Reading(text)["a"]?.content else {
      Issue.record("no scalar")
      return
    }
    #expect(scalar.isBlock && scalar.isQuoted && scalar.trimmedText == "10")
    #expect(scalar.integer == .fault(ScalarFault(.block, suggestion: "10")))
    #expect(ScalarFault(.block).reason == "is text")
  }
}
