import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct FormatterTests {
  private static let order = YAMLKeyOrder(
    keys: ["name", "data", "model"],
    child: { key in
      key == "model"
        ? YAMLKeyOrder(
          keys: ["input", "layers"],
          child: { _ in
            YAMLKeyOrder(item: { YAMLKeyOrder(child: { _ in YAMLKeyOrder(keys: ["filters", "strides"]) }) })
          }) : nil
    })

  private static func format(_ text: String) throws(FormatRefusal) -> String {
    String(decoding: try YAMLFormatter.format(Array(text.utf8), order: order), as: UTF8.self)
  }

  @Test("keys are sorted, comments go with them, and spaces are those of one style") func everything() throws {
    let text = """
      # yaml-language-server: $schema=./s.json
      model:
          layers:
          # the stem
          - conv2d: {strides:   2,filters: 8}   # first
          -   conv2d:
                  strides: [ 1,2 ]


                  filters: 4  # how many

                  # end of the layer
          - flatten
      # size
          input: [28,28,
             1]
      data: x     # aligned
      name:  n   # here
      # the end
      """
    let expected = """
      # yaml-language-server: $schema=./s.json
      name: n    # here
      data: x     # aligned

      model:
        # size
        input: [28, 28, 1]
        layers:
          # the stem
          - conv2d: {filters: 8, strides: 2}    # first
          - conv2d:
              filters: 4  # how many
              strides: [1, 2]

              # end of the layer
          - flatten
      # the end

      """
    let formatted = try Self.format(text)
    // A comment behind a line keeps its column, where there is room.
    #expect(formatted == expected)
    #expect(try Self.format(formatted) == formatted)
  }

  @Test(
    "what cannot be kept is refused, at its line",
    arguments: [
      ("name: |\n  a\n", 1), ("name: >\n  a\n", 1), ("a: 1\nname: \"a\n  b\"\n", 2), ("a: 1\nname: b\n  c\n", 2),
      ("--- {name: a}\n", 1), ("%YAML 1.2\n---\nname: a\n", 1), ("{name: a}\n", 1), ("? a\n: b\n", 1),
      ("a: !!str b\n", 1),
    ])
  func refusals(text: String, line: Int) throws {
    let error = try #require(throws: FormatRefusal.self) { try Self.format(text) }
    #expect(error.line == line)
  }

  @Test(
    "small texts",
    arguments: [
      ("a:\n- b\n- c\n", "a:\n  - b\n  - c\n"),
      ("a:\n  -   - b\n      - c\n", "a:\n  - - b\n    - c\n"),
      ("a: # c\n  b: 1\n", "a:  # c\n  b: 1\n"),
      ("a:\n  - # c\n    b: 1\n", "a:\n  -  # c\n    b: 1\n"),
      ("\n\n# top\n\n\n\na: 1\n\n\n\nb: 2\n\n\n", "# top\n\na: 1\n\nb: 2\n"),
      ("a: 'it''s # no comment'\n", "a: 'it''s # no comment'\n"),
      ("a: b#c\n", "a: b#c\n"),
      ("a: [x, # one\n    y] # two\n", "a: [x, # one\n    y]  # two\n"),
      ("model: 1\nname: &x 2\nb: *x\n", "model: 1\nname: &x 2\nb: *x\n"),
      ("a: &x\n    b: 1\nc: *x\n", "a: &x\n  b: 1\n\nc: *x\n"),
      ("a: \r\nb:   2\r\n", "a:\r\nb: 2\r\n"),
      ("\u{FEFF}a:   1", "\u{FEFF}a: 1\n"),
      ("name: größe   # ä\n", "name: größe   # ä\n"),
      ("---\na:   1\n", "---\na: 1\n"),
      ("# top\n\n---  # first\n# of a\na: 1\n", "# top\n---  # first\n# of a\na: 1\n"),
      ("---\n\nmodel: 1\nname: 2\n", "---\nname: 2\n\nmodel: 1\n"),
      ("a: {}\nb: []\nc: {d: }\n", "a: {}\nb: []\nc: {d: }\n"),
    ])
  func small(text: String, expected: String) throws {
    let formatted = try Self.format(text)
    #expect(formatted == expected)
    #expect(try Self.format(formatted) == formatted)
  }

  @Test("no comment is lost, and the meaning stays, however lines are shuffled", arguments: 0..<60)
  func shuffled(seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var number = 0
    func comment() -> String {
      number += 1
      return "#c\(number)"
    }
    func block(_ indent: String, _ depth: Int) -> String {
      var text = ""
      for key in ["model", "name", "k\(next(3))x", "data"].shuffledBy(next) {
        if next(3) == 0 { text += "\n" }
        if next(3) == 0 { text += "\(indent)\(next(2) == 0 ? "" : "  ")\(comment())\n" }
        let tail = next(3) == 0 ? "  " + comment() : ""
        switch depth > 2 ? next(2) : next(4) {
        case 0: text += "\(indent)\(key): v\(tail)\n"
        case 1: text += "\(indent)\(key):  {b: 1,a: [1,2]}\(tail)\n"
        case 2: text += "\(indent)\(key):\(tail)\n" + block(indent + "   ", depth + 1)
        default:
          text += "\(indent)\(key):\(tail)\n\(indent)- x: 1\(next(2) == 0 ? " \(comment())" : "")\n\(indent)  y: 2\n"
        }
      }
      return text
    }
    let text = block("", 0)
    let formatted = try Self.format(text)
    #expect(try Self.format(formatted) == formatted, "\(text)")
    for index in 0..<number {
      let found = formatted.split(whereSeparator: { " \n".contains($0) }).count { $0 == "#c\(index + 1)" }
      #expect(found == 1, "#c\(index + 1) of:\n\(text)\n---\n\(formatted)")
    }
    var bag = DiagnosticBag()
    let source = SourceID(index: 0)
    let before = YAMLReader.read(Array(text.utf8), source: source, into: &bag)
    let after = YAMLReader.read(Array(formatted.utf8), source: source, into: &bag)
    #expect(bag.isEmpty)
    #expect(before.flatMap { left in after.map(left.means) } == true)
  }
}

extension Array {
  fileprivate func shuffledBy(_ next: (Int) -> Int) -> [Element] {
    var result = self
    for index in result.indices.reversed() { result.swapAt(index, next(index + 1)) }
    return result
  }
}

extension YAMLNode {
  /// Whether two trees stand for the same values, whatever the order of their keys.
  fileprivate func means(_ other: YAMLNode) -> Bool {
    switch (content, other.content) {
    case (.scalar(let left), .scalar(let right)): return left == right
    case (.sequence(let left), .sequence(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.means($1) }
    case (.mapping(let left), .mapping(let right)):
      let values = Dictionary(right.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
      return left.count == right.count && left.allSatisfy { entry in values[entry.key].map(entry.value.means) ?? false }
    default: return false
    }
  }
}
