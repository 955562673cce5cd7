package import CNNDiagnostics
package import CNNYAML

/// The section `model`, and the spec's name.
package struct ModelSpec: Sendable {
  /// The spec's `name`, or `sequential`/`functional`, Keras's, where there is none.
  package var name: Located<String>?
  /// Extents of a sample: `[H, W, C]`, or one for features.
  package var input: Located<[Int]>?
  /// In the order of the file; those that could not be read keep their place, so that what follows can
  /// be checked.
  package var layers: [LayerSpec]
  /// The model's first, then one a use of a block.
  package var scopes: [LayerScope]
  /// False where faults left layers out.
  package var isComplete: Bool
  package var keySpan: SourceSpan
}

/// A layer as written: which kind, what it is called and what it reads.
package struct LayerSpec: Sendable {
  package let kind: String
  /// Keras's class; the kind where that is unknown.
  package let className: String
  /// `nil` if its arguments have faults: its output is unknown then, and what follows stays silent.
  package let layer: (any Layer)?
  package let inputCount: InputCount
  /// Written, or Keras's automatic one.
  package let name: String
  package let hasExplicitName: Bool
  /// Where the name is written, or the kind.
  package let nameSpan: SourceSpan
  /// As written; inside of a block, `name` has more to it.
  package let localName: String?
  /// What it reads; `nil` where that follows from its place.
  package let inputs: [Located<String>]?
  /// What it reads where `inputs` is not written: the layer before, or the paths that it joins.
  package let reads: [LayerReading]
  /// Where the names of `inputs` are looked for.
  package let scope: Int
  package let isTrainable: Bool
  /// The whole item.
  package let span: SourceSpan
  /// The word of its kind.
  package let keySpan: SourceSpan
  package let path: String
  /// Where each argument that is written has its value.
  package let argumentSpans: [String: SourceSpan]
  /// Every argument, defaults too.
  package let resolved: [YAMLEntry]
  package let origin: LayerOrigin
}
