package import CNNYAML

/// A key of the spec language with its type, default and doc: what readers, the resolved spec, JSON
/// Schema and the docs are made from.
package protocol ArgumentDescription: Sendable {
  var name: String { get }
  /// Completes "takes …": `a positive integer`.
  var typeText: String { get }
  var schema: ValueSchema { get }
  /// As the resolved spec writes it; `nil` for a key that must be there.
  var defaultNode: YAMLNode? { get }
  /// One sentence without a full stop.
  var doc: String { get }
}

package struct Argument<Value: Sendable>: ArgumentDescription {
  package let name: String
  package let type: ValueType<Value>
  /// `nil` for a key that must be there.
  package let defaultValue: Value?
  package let doc: String

  package init(_ name: String, _ type: ValueType<Value>, default defaultValue: Value? = nil, doc: String) {
    self.name = name
    self.type = type
    self.defaultValue = defaultValue
    self.doc = doc
  }

  package var typeText: String { type.text }
  package var schema: ValueSchema { type.schema }
  package var defaultNode: YAMLNode? { defaultValue.map(type.write) }
}

/// How values of a type are read from a node, and written.
package struct ValueType<Value: Sendable>: Sendable {
  /// Completes "takes …": `a positive integer`.
  package let text: String
  private let makeSchema: @Sendable () -> ValueSchema
  /// Reports what is wrong, and is `nil` then.
  package let read: @Sendable (YAMLNode, inout ValueReader) -> Value?
  package let write: @Sendable (Value) -> YAMLNode

  package init(
    _ text: String, schema: @autoclosure @escaping @Sendable () -> ValueSchema,
    read: @escaping @Sendable (YAMLNode, inout ValueReader) -> Value?,
    write: @escaping @Sendable (Value) -> YAMLNode
  ) {
    self.text = text
    makeSchema = schema
    self.read = read
    self.write = write
  }

  /// Made when asked for: who reads a spec needs none.
  package var schema: ValueSchema { makeSchema() }
}
