package import CNNDiagnostics
package import CNNGraph

/// A layer kind of the spec language: Keras's arguments in, shapes, parameters and operations out.
///
/// One file a kind in `CNNLayers`; drivers know this protocol alone.
package protocol Layer: Sendable {
  /// The word of the spec language, `max_pooling2d`.
  static var kind: String { get }
  /// Keras's class, `MaxPooling2D`, as summaries print it.
  static var className: String { get }
  /// Keras's automatic name, `max_pooling2d`; differs from `kind` for few (`relu` is `re_lu`).
  static var automaticName: String { get }
  /// One line for schema, `explain` and did-you-mean pages.
  static var summary: String { get }
  /// Every argument with its type, default and doc, in Keras's order.
  static var arguments: [any ArgumentDescription] { get }
  /// The argument that `- dense: 10` gives; `nil` where there is none.
  static var mainArgument: String? { get }
  /// How many inputs it merges.
  static var inputCount: InputCount { get }
  /// The activation that its output comes straight out of: `.linear` where there is none, `nil` where
  /// the output's nature is its input's (flatten, pooling).
  var outputActivation: Activation? { get }
  /// What advice may know of it.
  var traits: LayerTraits { get }

  /// Reads the arguments; `nil` after a fault was reported. All are read before any fault ends it.
  ///
  /// `name`, `inputs` and `trainable` are read before; a frozen layer finds `fields.isTrainable` false.
  init?(_ fields: inout FieldReader)

  /// The output's type (extents without the batch) for inputs of these types. Pure.
  ///
  /// Faults are reported through `context` at the argument's span; `nil` then.
  func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType?

  /// The weights it declares, Keras's names, shapes and initialisers. Pure.
  func parameters(for inputs: [TensorType]) -> [ParameterDeclaration]

  /// Appends the operations; `parameters` in the order declared.
  func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID
}

extension Layer {
  package static var automaticName: String { kind }
  package static var mainArgument: String? { nil }
  package static var inputCount: InputCount { .one }
  package var outputActivation: Activation? { .linear }
  package var traits: LayerTraits { LayerTraits() }
  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] { [] }
}

package enum InputCount: Sendable, Hashable {
  case one
  case exactly(Int)
  case atLeast(Int)

  package func allows(_ count: Int) -> Bool {
    switch self {
    case .one: count == 1
    case .exactly(let number): count == number
    case .atLeast(let number): count >= number
    }
  }

  /// Completes "reads …".
  package var text: String {
    switch self {
    case .one: "one input"
    case .exactly(let number): "exactly \(number) inputs"
    case .atLeast(let number): "at least \(number) inputs"
    }
  }
}
