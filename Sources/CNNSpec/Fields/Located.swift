package import CNNDiagnostics

/// A value with the place it was read from.
package struct Located<Value: Sendable>: Sendable {
  package var value: Value
  /// The value's own text; where nothing is written, the key or word that the default stands for.
  package var span: SourceSpan
  /// `$.model.layers[3].filters`
  package var path: String
  /// False for a default.
  package var isWritten: Bool

  package init(_ value: Value, at span: SourceSpan, path: String, isWritten: Bool = true) {
    self.value = value
    self.span = span
    self.path = path
    self.isWritten = isWritten
  }

  package func map<Other: Sendable>(_ transform: (Value) -> Other) -> Located<Other> {
    Located<Other>(transform(value), at: span, path: path, isWritten: isWritten)
  }
}

extension Located: Equatable where Value: Equatable {}
