/// Texts that a reader of specs could be made to choke on, most of them as large as a spec may be.
///
/// Each is meant to cost time or memory in one way: levels, tokens, keys, names that are nearly others, faults of each
/// of many layers, short texts that stand for long ones, one line of all of it, and texts without any fault.
struct HostileFile: Sendable, CustomStringConvertible {
  let name: String
  let text: String

  var description: String { name }

  private static let mebibyte = 1 << 20

  /// As often as fits into 1 MiB with `head` before it and `tail` behind.
  private static func flood(_ unit: String, head: String = "", tail: String = "") -> String {
    let room = mebibyte - head.utf8.count - tail.utf8.count
    return head + String(repeating: unit, count: room / unit.utf8.count) + tail
  }

  /// Numbered lines up to 1 MiB, or up to a count.
  private static func lines(
    _ most: Int = Int.max, head: String = "", tail: String = "", _ line: (Int) -> String
  ) -> String {
    var text = head
    for number in 0..<most {
      let next = line(number)
      if text.utf8.count + next.utf8.count + tail.utf8.count > mebibyte { break }
      text += next
    }
    return text + tail
  }

  private static let image = "model:\n  input: [28, 28, 1]\n  layers:\n"
  private static let features = "model:\n  input: [4]\n  layers:\n"
  private static let oneLine = "model: {input: [28, 28, 1], layers: ["

  static let all: [HostileFile] = syntax + aliases + keys + faults + graphs + blocks + faultless

  // MARK: What YAML makes of it

  private static var syntax: [HostileFile] {
    [
      HostileFile(name: "brackets", text: flood("[")),
      HostileFile(name: "braces", text: flood("{a: ")),
      HostileFile(name: "question marks", text: flood("? ")),
      HostileFile(name: "dashes", text: flood("- ")),
      HostileFile(name: "closing brackets", text: flood("]")),
      HostileFile(name: "a wide list", text: flood("1,", head: "model: {input: [", tail: "1]}\n")),
      HostileFile(name: "a wide mapping", text: lines(head: "{") { "k\($0): 1," }),
      HostileFile(name: "empty values", text: flood("a:\n")),
      HostileFile(name: "documents", text: flood("---\n")),
      HostileFile(name: "colons", text: flood(":")),
      HostileFile(name: "ampersands", text: flood("&a ")),
      HostileFile(name: "exclamation marks", text: flood("!a ")),
      HostileFile(name: "an open quote", text: flood("x", head: "a: \"")),
      HostileFile(name: "a long plain text", text: flood("word ", head: "name: ")),
      HostileFile(
        name: "texts as long as may be", text: lines { "k\($0): \(String(repeating: "x", count: 65_000))\n" }),
      HostileFile(name: "a folded text", text: flood("  word\n", head: "name: >\n")),
      HostileFile(name: "escapes", text: flood("\\x41", head: "name: \"", tail: "\"\n")),
      HostileFile(name: "escaped controls", text: lines { "k\($0): \"\\a\\e\"\n" }),
      HostileFile(name: "comments", text: flood("# nothing\n", tail: "model: {input: [4], layers: [flatten]}\n")),
      HostileFile(name: "one comment", text: flood("#", tail: "\nmodel: {input: [4], layers: [flatten]}\n")),
      HostileFile(
        name: "comments that ignore",
        text: flood(
          "  # cnnrun: ignore[CN9101, CN9199]\n", head: "model:\n", tail: "  input: [4]\n  layers: [flatten]\n")),
      HostileFile(name: "tabs", text: flood("\t")),
      HostileFile(name: "carriage returns", text: flood("a: 1\r")),
      HostileFile(name: "zeros", text: flood("\0")),
      HostileFile(name: "line separators", text: flood("# a\u{2028}")),
      HostileFile(name: "wide characters", text: flood("猫", head: "name: ", tail: "\nmodel: 1\n")),
      HostileFile(name: "a fault at the end", text: flood("a ", head: "- [", tail: "\n]: [}\n")),
    ]
  }

  private static var aliases: [HostileFile] {
    var doubling = "define:\n  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1..<20 {
      let uses = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      doubling += "  a\(level): &a\(level) [\(uses)]\n"
    }
    return [
      HostileFile(name: "aliases of aliases", text: doubling + image + "    - flatten\n"),
      HostileFile(name: "anchors", text: lines(head: "define:\n") { "  k\($0): &anchor\($0) 1\n" }),
      HostileFile(
        name: "aliases without anchors",
        text: lines(head: lines(1500, head: "define:\n") { "  k\($0): &anchor\($0) 1\n" }) { "  u\($0): *anchr\($0)\n" }
      ),
      HostileFile(
        name: "one anchor, many aliases",
        text: lines(head: "define:\n  a: &a {b: [1, 2, 3]}\n") { "  k\($0): *a\n" }),
      HostileFile(
        name: "merge keys",
        text: lines(head: "define:\n  a: &a {b: 1, c: 2}\n") { "  k\($0): {<<: *a, b: 3}\n" }),
      HostileFile(
        name: "layers by alias",
        text: lines(head: "define:\n  a: &a {conv2d: {filters: 1, kernel_size: 1, padding: sme}}\n" + image) { _ in
          "    - *a\n"
        }),
    ]
  }

  private static var keys: [HostileFile] {
    [
      HostileFile(
        name: "unknown keys of a layer",
        text: lines(head: oneLine + "{conv2d: {", tail: "filters: 1}}]}\n") { "filtrs\($0): 3, " }),
      HostileFile(name: "unknown sections", text: lines { "modl\($0): 1\n" }),
      HostileFile(name: "equal keys", text: flood("model: 1\n")),
      HostileFile(
        name: "unknown expectations",
        text: lines(37_000, head: image + "    - flatten\nexpect:\n") { "  val_accuracy\($0): \">= 0.8\"\n" }),
      HostileFile(
        name: "values of define", text: lines(head: image + "    - dense: $valeu\ndefine:\n") { "  value\($0): 1\n" }),
      HostileFile(
        name: "names that stand for nothing",
        text: lines(head: "define: {units: 3}\n" + image) { "    - dense: $unts\($0)\n" }),
      HostileFile(
        name: "class names",
        text: lines(head: image + "    - flatten\ndata:\n  source: mnist\n  class_names:\n") { "    - n\($0)\n" }),
    ]
  }

  // MARK: What a spec makes of it

  private static var faults: [HostileFile] {
    let three = "{conv2d: {filters: -1, kernel_size: 0, padding: sme, name: \"a b\"}}"
    return [
      HostileFile(name: "three faults a layer", text: lines(9000, head: image) { _ in "    - \(three)\n" }),
      HostileFile(
        name: "three faults a layer, in one line",
        text: lines(9000, head: oneLine, tail: "flatten]}\n") { _ in "\(three), " }),
      HostileFile(name: "unknown kinds", text: lines(9999, head: image) { "    - convolutoin\($0): {filters: 1}\n" }),
      HostileFile(name: "kinds in another case", text: lines(9999, head: image) { _ in "    - Dense: \"10\"\n" }),
      HostileFile(
        name: "quoted numbers, in one line",
        text: lines(9000, head: oneLine, tail: "flatten]}\n") { _ in "{dense: {units: \"8\", activation: ReLU}}, " }),
      HostileFile(name: "no layers", text: flood("    - [a, b]\n", head: image)),
      HostileFile(
        name: "equal names", text: lines(9999, head: features) { _ in "    - dense: {units: 4, name: same_for_all}\n" }),
      HostileFile(
        name: "windows that do not fit",
        text: lines(9000, head: image) { "    - max_pooling2d: {pool_size: \(30 + $0 % 7), strides: 1}\n" }),
      HostileFile(
        name: "a window that does not fit behind many layers",
        text: lines(9990, head: image, tail: "    - max_pooling2d: 99\n") { _ in "    - relu\n" }),
      HostileFile(
        name: "tuples", text: lines(9000, head: image) { _ in "    - conv2d: {filters: 1, kernel_size: (3, 3)}\n" }),
      HostileFile(
        name: "one input of many numbers", text: flood("1, ", head: "model: {layers: [flatten], input: [", tail: "1]}")),
      HostileFile(
        name: "callbacks",
        text: lines(head: image + "    - flatten\ntraining:\n  callbacks:\n") { _ in "    - erly_stopping\n" }),
    ]
  }

  private static var graphs: [HostileFile] {
    [
      HostileFile(
        name: "unknown inputs",
        text: lines(9999, head: features) { "    - relu: {inputs: nope\($0), name: layer\($0)}\n" }),
      HostileFile(
        name: "one circle",
        text: lines(9999, head: features) { "    - relu: {inputs: l\(($0 + 1) % 9999), name: l\($0)}\n" }),
      HostileFile(
        name: "layers that nobody reads",
        text: lines(9999, head: features) { "    - relu: {inputs: input, name: l\($0)}\n" }),
      HostileFile(
        name: "merges of a thousand",
        text: lines(90, head: features) { number in
          "    - add: {name: m\(number), inputs: [\(Array(repeating: number == 0 ? "input" : "m\(number - 1)", count: 1000).joined(separator: ", "))]}\n"
        }),
      HostileFile(
        name: "merges of unlike shapes",
        text: lines(4000, head: features) {
          "    - dense: {units: \($0 % 9 + 5), name: d\($0)}\n    - add: {inputs: [d\($0), input]}\n"
        }),
    ]
  }

  private static var blocks: [HostileFile] {
    var nested = "relu"
    for _ in 0..<8 { nested = "{repeat: {times: 10000, layers: [\(nested)]}}" }
    var empty = "{branches: {merge: add, paths: [[], []]}}"
    for _ in 0..<3 { empty = "{repeat: {times: 10000, layers: [\(empty)]}}" }
    let uses = lines(3000) { "    b\($0): {parameters: {units: 4}, layers: [{dense: $units}]}\n" }
    let paths = Array(repeating: "[]", count: 3000).joined(separator: ", ")
    return [
      HostileFile(name: "repetitions of repetitions", text: image + "    - \(nested)\n"),
      HostileFile(name: "repetitions of nothing", text: features + "    - \(empty)\n"),
      HostileFile(
        name: "branches", text: lines(head: features) { _ in "    - branches: {merge: add, paths: [[], []]}\n" }),
      HostileFile(
        name: "branches of faults",
        text: lines(head: features) { _ in "    - branches: {merge: add, paths: [[{dense: 5}], [{dense: 3}]]}\n" }),
      HostileFile(
        name: "residuals",
        text: lines(head: features) { _ in "    - residual: {layers: [{dense: 4}], activation: relu}\n" }),
      HostileFile(
        name: "paths", text: lines(head: features) { _ in "    - branches: {merge: add, paths: [\(paths)]}\n" }),
      HostileFile(
        name: "blocks, each used once",
        text: lines(3000, head: "define:\n  blocks:\n" + uses + features) { "    - b\($0): {units: 5}\n" }),
      HostileFile(
        name: "ten thousand uses of a faulty block",
        text: "define: {blocks: {b: {layers: [{dense: {units: 0, activatoin: relu}}]}}}\n" + features
          + "    - repeat: {times: 9000, layers: [b]}\n"),
      HostileFile(
        name: "ten thousand repetitions of a window that does not fit",
        text: image + "    - repeat: {times: 9000, layers: [{max_pooling2d: {pool_size: 30, strides: 1}}]}\n"),
      HostileFile(
        name: "a large value in many places",
        text: "define: {big: [\(Array(repeating: "1", count: 5000).joined(separator: ", "))]}\n"
          + lines(9000, head: features) { _ in "    - dense: {units: 3, name: $big}\n" }),
    ]
  }

  /// Nothing is wrong with these, so all that a command does is done.
  private static var faultless: [HostileFile] {
    [
      HostileFile(
        name: "ten thousand layers",
        text: lines(10_000, head: features) { _ in "    - dense: {units: 4, activation: relu}\n" }),
      HostileFile(
        name: "ten thousand layers, in one line",
        text: lines(9999, head: "model: {input: [4], layers: [", tail: "flatten]}\n") { _ in "{dense: {units: 4}}, " }),
      HostileFile(
        name: "a repetition of ten thousand convolutions",
        text: image + "    - repeat: {times: 10000, layers: [{conv2d: {filters: 4, kernel_size: 3, padding: same}}]}\n"),
      HostileFile(
        name: "ten thousand layers that draw advice",
        text: lines(4999, head: image) { _ in
          "    - conv2d: {filters: 4, kernel_size: 1}\n    - batch_normalization: {epsilon: 0.01}\n"
        }),
      HostileFile(
        name: "one value read by all",
        text: lines(9000, head: features) { number in
          "    - add: {name: a\(number), inputs: [\(number == 0 ? "input" : "a\(number - 1)"), input]}\n"
        }),
    ]
  }
}
