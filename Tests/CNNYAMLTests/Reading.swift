import CNNDiagnostics
import CNNYAML

/// A text read, with what came of it.
struct Reading {
  let bytes: [UInt8]
  let root: YAMLNode?
  let bag: DiagnosticBag
  let sources: SourceMap

  init(_ text: String, limits: YAMLLimits = .standard) {
    self.init(Array(text.utf8), limits: limits)
  }

  init(_ bytes: [UInt8], limits: YAMLLimits = .standard) {
    self.init(bytes) { YAMLReader.read($0, source: $1, limits: limits, into: &$2) }
  }

  /// The value behind the first `=`.
  init(override text: String) {
    let bytes = Array(text.utf8)
    let offset = (bytes.firstIndex(of: UInt8(ascii: "=")) ?? -1) + 1
    self.init(bytes) { YAMLReader.readValue($0, from: offset, source: $1, into: &$2) }
  }

  private init(_ bytes: [UInt8], _ read: ([UInt8], SourceID, inout DiagnosticBag) -> YAMLNode?) {
    var sources = SourceMap()
    let id = sources.add(SourceText(name: "a.yaml", bytes: bytes))
    var bag = DiagnosticBag()
    root = read(bytes, id, &bag)
    self.bytes = bytes
    self.bag = bag
    self.sources = sources
  }

  var codes: [String] { bag.sorted.map(\.code.id) }
  /// `line:column code message` of each fault.
  var faults: [String] {
    bag.sorted.map { "\($0.span.start.line):\($0.span.start.column) \($0.code.id) \($0.message)" }
  }
  var rendered: String { FullRenderer(sources: sources).render(bag.sorted) }
  /// The tree in one line: quoted scalars in quotes, the others bare.
  var tree: String { root.map(Self.describe) ?? "nil" }

  static func describe(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let scalar): scalar.isQuoted ? "\"\(scalar.text)\"" : scalar.text
    case .sequence(let items): "[" + items.map(describe).joined(separator: ", ") + "]"
    case .mapping(let entries): "{" + entries.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", ") + "}"
    }
  }

  /// The bytes that a span covers, as text.
  func covered(_ span: SourceSpan) -> String {
    String(decoding: bytes[span.start.byte..<span.end.byte], as: UTF8.self)
  }

  /// A node by keys and indices.
  subscript(path: String...) -> YAMLNode? {
    var node = root
    for step in path {
      switch node?.content {
      case .mapping(let entries): node = entries.first { $0.key == step }?.value
      case .sequence(let items): node = Int(step).flatMap { items.indices.contains($0) ? items[$0] : nil }
      default: return nil
      }
    }
    return node
  }
}

func place(_ position: SourcePosition) -> [Int] { [position.line, position.column, position.byte] }
