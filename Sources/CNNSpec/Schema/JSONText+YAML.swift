package import CNNDiagnostics
package import CNNYAML

extension JSONText {
  /// A tree that is written, not read, as JSON: plain scalars by what they look like.
  package init(_ node: YAMLNode) {
    switch node.content {
    case .sequence(let items): self = .array(items.map(JSONText.init))
    case .mapping(let entries):
      self = .object(Dictionary(entries.map { ($0.key, JSONText($0.value)) }, uniquingKeysWith: { first, _ in first }))
    case .scalar(let scalar):
      if !scalar.isQuoted, let value = scalar.boolean.value {
        self = .bool(value)
      } else if !scalar.isQuoted, let value = scalar.integer.value {
        self = .int(value)
      } else if !scalar.isQuoted, let value = scalar.number.value {
        self = .number(value)
      } else {
        self = .string(scalar.text)
      }
    }
  }
}
