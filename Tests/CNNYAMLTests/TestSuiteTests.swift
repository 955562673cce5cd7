import CNNDiagnostics
import CNNYAML
import Foundation
import Testing

/// The YAML test suite, one case a line (`id`, `yaml`, `events`, `error`), if the environment names it.
///
/// No conformance is promised, but this: the value that the suite states, or an error with its place,
/// never another value.
@Suite struct TestSuiteTests {
  static let path = ProcessInfo.processInfo.environment["YAML_TEST_SUITE"]

  /// libyaml 0.2.5 reads these other than the suite says: ill-formed texts that it accepts, and
  /// five that it takes for something else.
  static let knownDifferences: Set<String> = [
    "9C9N", "9HCY", "9JBA", "CVW2", "DK95/01", "EB22", "G5U8", "MUS6/00", "MUS6/01", "QB6E", "RHX7", "S98Z", "SU5Z",
    "X4QW", "Y79Y/003", "YJV2", "652Z", "HM87/01", "JEF9/02", "L24T/01", "Y2GN",
  ]

  struct Case: Decodable {
    let id: String
    let yaml: String
    let events: String
    let error: Bool
  }

  @Test("the suite's value or an error, never another value", .enabled(if: path != nil))
  func suite() throws {
    let text = try String(contentsOfFile: #require(Self.path), encoding: .utf8)
    var read = 0
    for line in text.split(separator: "\n") {
      let test = try JSONDecoder().decode(Case.self, from: Data(line.utf8))
      let reading = Reading(test.yaml)
      _ = reading.rendered
      guard let root = reading.root, !reading.bag.hasErrors else {
        #expect(reading.bag.hasErrors, "\(test.id): neither a tree nor an error")
        continue
      }
      read += 1
      if Self.knownDifferences.contains(test.id) { continue }
      #expect(!test.error, "\(test.id): ill-formed, but read as \(Reading.describe(root))")
      // Aliases are expanded here, and in the suite's events they are not.
      if test.events.contains("=ALI") { continue }
      #expect(Self.events(of: root) == Self.bareEvents(test.events), "\(test.id)")
    }
    #expect(read > 100)
  }

  private static func events(of node: YAMLNode) -> [String] {
    switch node.content {
    case .scalar(let scalar): [(scalar.isQuoted ? "\"" : ":") + scalar.text]
    case .sequence(let items): ["+SEQ"] + items.flatMap(events) + ["-SEQ"]
    case .mapping(let entries): ["+MAP"] + entries.flatMap { ["key " + $0.key] + events(of: $0.value) } + ["-MAP"]
    }
  }

  /// The suite's events without stream, document, anchors and styles; keys marked as such.
  private static func bareEvents(_ text: String) -> [String] {
    var result: [String] = []
    // Per open collection: whether it is a map, and whether a key comes next.
    var open: [(isMap: Bool, isKey: Bool)] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("+MAP") || line.hasPrefix("+SEQ") {
        result.append(String(line.prefix(4)))
        open.append((line.hasPrefix("+MAP"), true))
        continue
      }
      if line.hasPrefix("-MAP") || line.hasPrefix("-SEQ") {
        result.append(String(line))
        open.removeLast()
      } else if line.hasPrefix("=VAL") {
        var words = line.dropFirst(5)
        while words.hasPrefix("&") || words.hasPrefix("<") { words = words.drop { $0 != " " }.dropFirst() }
        let style = words.prefix(1)
        let value = unescaped(words.dropFirst())
        let isKey = open.last.map { $0.isMap && $0.isKey } ?? false
        result.append(isKey ? "key " + value : (style == ":" ? ":" : "\"") + value)
      } else {
        continue
      }
      if let last = open.indices.last { open[last].isKey.toggle() }
    }
    return result
  }

  private static func unescaped(_ text: Substring) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        result.append(["n": "\n", "t": "\t", "r": "\r", "b": "\u{8}"][character] ?? character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}
