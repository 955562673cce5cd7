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
  /// Blocks of `define` that its layers use.
  var usedBlocks: Set<String> = []
}
