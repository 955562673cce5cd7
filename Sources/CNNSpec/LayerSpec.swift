package import CNNDiagnostics
package import CNNYAML

/// A layer as written: which kind, what it is called and what it reads.
///
/// A class, and all of it constant, because the model as written, the model whose shapes fit and every look at one of
/// their layers share it: of ten thousand layers copies would be most of what a check takes.
package final class LayerSpec: Sendable {
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
  package let isTrainable: Bool
  /// The word of its kind.
  package let keySpan: SourceSpan
  package let path: String
  /// Its arguments as written, by name.
  private let arguments: [YAMLEntry]
  private let placement: LayerPlacement

  /// - Parameters:
  ///   - call: kind, class, what was read of the arguments and how many inputs that allows.
  ///   - name: in full, whether it is written, and where.
  init(
    kind: String, className: String, layer: (any Layer)?, inputCount: InputCount, name: String, hasExplicitName: Bool,
    nameSpan: SourceSpan, localName: String?, inputs: [Located<String>]?, isTrainable: Bool, keySpan: SourceSpan,
    path: String, arguments: [YAMLEntry], placement: LayerPlacement
  ) {
    self.kind = kind
    self.className = className
    self.layer = layer
    self.inputCount = inputCount
    self.name = name
    self.hasExplicitName = hasExplicitName
    self.nameSpan = nameSpan
    self.localName = localName
    self.inputs = inputs
    self.isTrainable = isTrainable
    self.keySpan = keySpan
    self.path = path
    self.arguments = arguments
    self.placement = placement
  }

  /// What it reads where `inputs` is not written: the layer before, or the paths that it joins.
  package var reads: [LayerReading] { placement.reads }
  /// Where the names of `inputs` are looked for.
  package var scope: Int { placement.scope }
  package var origin: LayerOrigin { placement.origin }
  /// Of a sum whose last input is what a block reads, unchanged: the word of the block, which may be given a `shortcut`.
  var shortcutOwner: SourceSpan? { placement.shortcutOwner }

  /// Whether the name is the author's alone, and no count of blocks is part of it.
  package var isNamedByHand: Bool { hasExplicitName && !placement.naming.isCounted }

  /// Where an argument that is written has its value.
  package func span(of argument: String) -> SourceSpan? {
    guard let entry = arguments.first(where: { $0.key == argument }) else { return nil }
    return entry.value.isEmpty ? entry.keySpan : entry.value.span
  }

  /// The parameter of the block around the layer that an argument's value comes from.
  func parameter(of argument: String) -> String? {
    guard let node = arguments.first(where: { $0.key == argument })?.value, !node.usedAt.isEmpty else { return nil }
    let parameters = origin.steps.last { !$0.parameters.isEmpty }?.parameters ?? [:]
    return parameters.sorted { $0.key < $1.key }.first { $0.value == node.span }?.key
  }

  /// Repairs that give an argument a value, where it is written: in the layer, or where the value stands that a `$name`
  /// or an alias puts there. In a block's layer a name is most often a parameter, so that comes first.
  func proposals(_ title: String, set argument: String, to value: String) -> [Diagnostic.Proposal] {
    let here = Diagnostic.Proposal(
      title, .set(key: argument, value: value, of: keySpan, main: layer.flatMap { type(of: $0).mainArgument }))
    guard let node = arguments.first(where: { $0.key == argument })?.value, !node.usedAt.isEmpty else { return [here] }
    let there = Diagnostic.Proposal("\(title) at line \(node.span.start.line)", .replace(node.span, with: value))
    return origin.isMade ? [there, here] : [here, there]
  }

  /// Every argument, defaults too; read once more, since of most layers nobody asks for it.
  package var resolved: [YAMLEntry] {
    guard let layer else { return [] }
    var fields = FieldReader(arguments, of: kind, at: keySpan, path: path, keepsResolved: true)
    _ = LayerReader.readLayer(type(of: layer), &fields)
    return fields.resolved
  }
}
