internal import CNNGraph

/// An operation that can be written as calls of C functions: its inference form, fused with others where it can be.
///
/// A new operation that inference needs conforms in one of the files beside this; `CTests` fails until it does.
protocol COperation: Operation {
  /// Appends the calls, which read the node's operands and fill its first result.
  func write(_ node: Node, to builder: inout CBuilder)
}

/// Writes the nodes of a graph, one after the other.
///
/// Values and scratch lie in one arena, by lifetime: `MemoryLayout`, which places the values of plans, places these too.
/// The model's input is read, and its output written, where the caller has them.
struct CBuilder {
  let graph: Graph
  /// One array a parameter.
  let weights: [[Float]]
  private(set) var functions = CFunctions()
  private(set) var constants: [CConstant] = []
  private(set) var steps: [CStep] = []
  private(set) var names: UniqueNames
  private var memory: CMemory
  private var values: [Int: CPlace] = [:]

  init(_ graph: Graph, weights: [[Float]], names: UniqueNames) {
    self.graph = graph
    self.weights = weights
    self.names = names
    memory = CMemory(graph)
  }

  func type(of value: ValueID) -> TensorType { graph[value].type }
  func extents(of value: ValueID) -> [Int] { graph[value].type.extents }
  func count(of value: ValueID) -> Int { graph[value].type.elementCount }

  /// A parameter's values.
  func weights(of value: ValueID) -> [Float] {
    guard case .parameter(let id) = graph[value].origin else { preconditionFailure("\(value) is no parameter") }
    return weights[id.index]
  }

  /// The expression for a value of the samples.
  func operand(_ value: ValueID) -> String {
    switch memory.home(of: value) {
    case .input: "input"
    case .output: "output"
    case .arena(let representative):
      values[representative]?.name ?? { preconditionFailure("\(value) is read before it is there") }()
    }
  }

  /// The expression for a node's result, whose place begins here.
  mutating func result(_ value: ValueID) -> String {
    guard case .arena(let representative) = memory.home(of: value) else { return operand(value) }
    if let known = values[representative] { return known.name }
    let place = take(suffix: "out", count: count(of: value), lifetime: memory.lifetime(of: value))
    values[representative] = place
    return place.name
  }

  /// Floats for this node alone.
  mutating func scratch(_ suffix: String, count: Int) -> String {
    take(suffix: suffix, count: count, lifetime: (steps.count - 1)...(steps.count - 1)).name
  }

  private mutating func take(suffix: String, count: Int, lifetime: ClosedRange<Int>) -> CPlace {
    let name = names.take("\(layer)_\(suffix)")
    let place = CPlace(name: name, count: count, lifetime: lifetime)
    steps[steps.count - 1].places.append(place)
    return place
  }

  private var layer: String { CIdentifier.make(of: steps.last?.layer ?? "", orElse: "layer") }

  /// A parameter as it is, with zeros behind it if a function reads on.
  mutating func parameter(_ value: ValueID, tail: Int = 0) -> String {
    guard case .parameter(let id) = graph[value].origin else { preconditionFailure("\(value) is no parameter") }
    let declaration = graph.parameters[id.index].declaration
    return constant(declaration.name, weights[id.index], extents: declaration.extents, tail: tail)
  }

  /// Numbers of the file, called after the layer.
  mutating func constant(_ suffix: String, _ numbers: [Float], extents: [Int], tail: Int = 0) -> String {
    let name = names.take("\(layer)_\(suffix)")
    constants.append(CConstant(name: name, values: numbers, extents: extents, tail: tail))
    return name
  }

  mutating func call(_ function: CFunction, _ arguments: [String]) {
    functions.add(function)
    let head = "\(function.name)("
    let line = "  \(head)\(arguments.joined(separator: ", ")));"
    let fits = line.utf8.count <= 110
    let wrapped = CText.wrapped(arguments, indent: "      ") + ");"
    steps[steps.count - 1].lines.append(fits ? line : "  \(head)\n\(wrapped)")
  }

  /// A constant of the function that is written.
  mutating func local(_ declaration: (String) -> String, _ suffix: String) -> String {
    let name = names.take("\(layer)_\(suffix)")
    steps[steps.count - 1].lines.append(declaration(name))
    return name
  }

  mutating func write() {
    for node in graph.nodes {
      steps.append(CStep(layer: node.layer, title: title(of: node)))
      if node.operation is any AliasOperation { continue }
      guard let operation = node.operation as? any COperation else {
        preconditionFailure("\(node.operation.name) cannot be written in C")
      }
      operation.write(node, to: &self)
    }
    guard let output = graph.outputs.first, case .input = memory.home(of: output) else { return }
    // A model that changes nothing, or the extents alone.
    steps.append(CStep(layer: "output", title: "the output is the input"))
    call(.copyStretches, ["1", "\(count(of: output))", "input", "0", "output", "0"])
  }

  private func title(of node: Node) -> String {
    let attributes = node.operation.attributes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    let operands = node.operands.filter { graph[$0].type.isBatched }.map { CText.shape(extents(of: $0)) }
    return "\(node.layer): \(node.operation.name)" + (attributes.isEmpty ? "" : " (\(attributes))")
      + ", \(operands.joined(separator: " and ")) to \(CText.shape(extents(of: node.results[0])))"
  }
}

/// A stretch of the arena.
struct CPlace {
  let name: String
  let count: Int
  let lifetime: ClosedRange<Int>
}

/// Numbers at the top of the file.
struct CConstant {
  let name: String
  let values: [Float]
  let extents: [Int]
  /// Zeros behind them.
  let tail: Int
}

/// A node's comment, places and calls.
struct CStep {
  let layer: String
  let title: String
  var places: [CPlace] = []
  var lines: [String] = []

  init(layer: String, title: String) {
    self.layer = layer
    self.title = title
  }
}
