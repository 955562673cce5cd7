package import CNNDiagnostics

package struct ValueID: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let index: Int
  package init(index: Int) { self.index = index }
  package var description: String { "%\(index)" }
  package static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

package struct NodeID: Sendable, Hashable {
  package let index: Int
  package init(index: Int) { self.index = index }
}

package struct ParameterID: Sendable, Hashable {
  package let index: Int
  package init(index: Int) { self.index = index }
}

/// One operation applied to values.
package struct Node: Sendable {
  package var operation: any Operation
  package var operands: [ValueID]
  package var results: [ValueID]
  /// The layer this comes from, for dumps and reports; backward nodes carry their forward layer's name.
  package var layer: String
  /// Where the spec says so.
  package var origin: SourceSpan?

  package init(
    operation: any Operation, operands: [ValueID], results: [ValueID], layer: String, origin: SourceSpan? = nil
  ) {
    self.operation = operation
    self.operands = operands
    self.results = results
    self.layer = layer
    self.origin = origin
  }
}

/// A tensor that flows through the graph.
package struct Value: Sendable {
  package enum Origin: Sendable, Hashable {
    /// Given at each step: the images, the labels.
    case input(InputRole)
    case parameter(ParameterID)
    case result
    /// The gradient of a parameter: summed over the batch, kept until the update.
    case parameterGradient(ParameterID)
  }

  package var type: TensorType
  package var origin: Origin

  package init(type: TensorType, origin: Origin) {
    self.type = type
    self.origin = origin
  }
}

package enum InputRole: String, Sendable, Hashable {
  case samples, labels
}

/// Operations in the order they run, over values with typed ids: a value itself, printable and comparable by its dump.
///
/// A graph exists only with shapes that fit: `GraphBuilder` proves each node, `GraphVerifier` the whole.
package struct Graph: Sendable {
  package var values: [Value]
  /// Topologically ordered: a node reads only what stands before it.
  package var nodes: [Node]
  package var parameters: [Parameter]
  /// What the graph is for: predictions, or the losses and hits of a training step.
  package var outputs: [ValueID]

  package init(values: [Value], nodes: [Node], parameters: [Parameter], outputs: [ValueID]) {
    self.values = values
    self.nodes = nodes
    self.parameters = parameters
    self.outputs = outputs
  }

  package subscript(id: ValueID) -> Value { values[id.index] }

  /// For each value the nodes that read it; a node that reads it twice stands twice.
  package func uses() -> [[NodeID]] {
    var uses = [[NodeID]](repeating: [], count: values.count)
    for (index, node) in nodes.enumerated() {
      for operand in node.operands { uses[operand.index].append(NodeID(index: index)) }
    }
    return uses
  }
}

/// Appends operations and infers the types of their results.
package struct GraphBuilder: Sendable {
  package private(set) var graph: Graph
  /// The layer whose operations are being appended.
  package var layer = ""
  package var origin: SourceSpan?
  /// Training keeps dropout and batch statistics; inference leaves them out.
  package let purpose: Purpose

  package init(purpose: Purpose) {
    graph = Graph(values: [], nodes: [], parameters: [], outputs: [])
    self.purpose = purpose
  }

  package init(extending graph: Graph, purpose: Purpose) {
    self.graph = graph
    self.purpose = purpose
  }

  package mutating func input(_ role: InputRole, type: TensorType) -> ValueID {
    append(Value(type: type, origin: .input(role)))
  }

  package mutating func parameter(_ declaration: ParameterDeclaration) -> ValueID {
    graph.parameters.append(Parameter(layer: layer, declaration: declaration))
    let id = ParameterID(index: graph.parameters.count - 1)
    return append(Value(type: .parameter(declaration.extents), origin: .parameter(id)))
  }

  /// Appends a node and returns its first result.
  package mutating func append(_ operation: any Operation, _ operands: [ValueID]) -> ValueID {
    appendAll(operation, operands)[0]
  }

  /// Appends a node and returns its results.
  ///
  /// - Precondition: the operands fit; layers report faults of shape before they emit anything.
  package mutating func appendAll(_ operation: any Operation, _ operands: [ValueID]) -> [ValueID] {
    let types = operands.map { graph[$0].type }
    guard let resultTypes = operation.resultTypes(of: types) else {
      preconditionFailure("\(operation.name) does not take \(types)")
    }
    let results = resultTypes.map { append(Value(type: $0, origin: .result)) }
    graph.nodes.append(
      Node(operation: operation, operands: operands, results: results, layer: layer, origin: origin))
    return results
  }

  /// States that a value is the gradient of a parameter.
  package mutating func markGradient(_ value: ValueID, of parameter: ParameterID) {
    graph.values[value.index].origin = .parameterGradient(parameter)
  }

  package mutating func setOutputs(_ outputs: [ValueID]) { graph.outputs = outputs }

  package func type(of value: ValueID) -> TensorType { graph[value].type }

  private mutating func append(_ value: Value) -> ValueID {
    graph.values.append(value)
    return ValueID(index: graph.values.count - 1)
  }
}

package enum Purpose: String, Sendable, Hashable {
  case training, inference
}
