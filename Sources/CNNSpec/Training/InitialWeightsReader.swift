internal import CNNDiagnostics
internal import CNNYAML

/// The file that training takes its first weights from.
package struct InitialWeightsSpec: Sendable, Equatable {
  /// Below the spec's folder: safetensors, or Keras's.
  package var path: String
  /// Whether layers that the file has not, or has in other shapes, start as they would without it: Keras's
  /// `load_weights(…, skip_mismatch=True)`.
  package var skipsMismatch: Bool
}

extension ValueType where Value == InitialWeightsSpec {
  /// `weights.safetensors`, or `{from: weights.safetensors, skip_mismatch: true}`.
  static var initialWeights: ValueType {
    let text = "a path beside the spec, or `{from: PATH, skip_mismatch: true}`"
    let from = Argument("from", ValueType<String>.path, doc: "The file")
    let skips = Argument(
      "skip_mismatch", .boolean, default: false,
      doc: "Whether layers that the file has not, or has in other shapes, start as without it")
    return ValueType(
      text, schema: .oneOf([from.schema, .record([.init(from), .init(skips)])]),
      read: { node, reader in
        guard case .mapping(let entries) = node.content else {
          if node.scalar == nil {
            reader.reportWrongType(node, expected: text)
            return nil
          }
          return from.type.read(node, &reader).map { InitialWeightsSpec(path: $0, skipsMismatch: false) }
        }
        var fields = FieldReader(entries, of: reader.name, at: node.span, path: reader.path)
        defer { reader.take(fields.bag) }
        fields.reportUnknownKeys(Vocabulary([from, skips]))
        let (path, skipsMismatch) = (fields.read(from), fields.read(skips))
        guard let path, let skipsMismatch else { return nil }
        return InitialWeightsSpec(path: path, skipsMismatch: skipsMismatch)
      },
      write: { weights in
        weights.skipsMismatch
          ? .record([("from", .text(weights.path)), ("skip_mismatch", .boolean(true))]) : .text(weights.path)
      })
  }
}
