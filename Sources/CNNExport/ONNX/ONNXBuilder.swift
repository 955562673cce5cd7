internal import CNNGraph

/// How a value lies in memory, batch apart.
enum ONNXLayout: Hashable {
  /// As this program and Keras have it: `[H, W, C]` of an image.
  case rowMajor
  /// `[C, H, W]` of an image of these extents, or that in one row: flattened.
  case channelsFirst([Int])
}

/// Turns a graph of ours into one of ONNX, node by node.
///
/// ONNX's windows want channels first. A value may therefore be there in more than one layout; an operation asks for
/// the one that it needs, and a `Transpose` comes in only where it is not there yet. So a network of windows is turned
/// once, at its beginning, and a dense layer behind a flattened image has its rows in another order instead.
struct ONNXBuilder {
  private let graph: Graph
  private let weights: [[Float]]
  let opset: Int
  private let uses: [[NodeID]]
  /// Nodes that were taken into the one before them.
  private var absorbed: Set<Int> = []
  private var forms: [ValueID: [(layout: ONNXLayout, name: String)]] = [:]
  private(set) var nodes: [ONNXNode] = []
  private(set) var initializers: [ONNXTensor] = []
  private var names = UniqueNames()
  private var parameterNames: [String: String] = [:]
  /// The layer whose operations are being written.
  private var layer = ""

  init(_ graph: Graph, weights: [[Float]], opset: Int) {
    self.graph = graph
    self.weights = weights
    self.opset = opset
    uses = graph.uses()
  }

  /// Writes all nodes.
  /// - Throws: if an operation has no counterpart.
  mutating func writeNodes() throws(ExportError) {
    for (index, node) in graph.nodes.enumerated() where !absorbed.contains(index) {
      guard let operation = node.operation as? any ONNXOperation else {
        throw ExportError("`\(node.layer)` is a layer whose \(node.operation.name) cannot be written as ONNX yet")
      }
      layer = node.layer
      operation.write(node, to: &self)
    }
  }

  // MARK: Values

  /// Reserves a name, or a similar one if it is taken.
  mutating func uniqueName(_ wanted: String) -> String { names.take(wanted) }

  func type(of value: ValueID) -> TensorType { graph[value].type }

  /// States under which name a value is there.
  mutating func define(_ value: ValueID, _ layout: ONNXLayout, as name: String) {
    forms[value, default: []].append((layout, name))
  }

  /// The layouts in which a value is there, the one it was made in first.
  func layouts(of value: ValueID) -> [ONNXLayout] { forms[value, default: []].map(\.layout) }

  /// The name of a value in a layout, made where it is not there yet.
  ///
  /// - Precondition: channels come first in images, and in what was flattened that way.
  mutating func operand(_ value: ValueID, _ wanted: ONNXLayout) -> String {
    let present = forms[value, default: []]
    if let form = present.first(where: { $0.layout == wanted }) { return form.name }
    guard let form = present.first else { preconditionFailure("\(layer) reads \(value), which nothing has made") }
    let name: String
    switch (form.layout, wanted, type(of: value).rank) {
    case (.rowMajor, .channelsFirst, 3): name = transpose(form.name, [2, 0, 1])
    case (.channelsFirst, .rowMajor, 3): name = transpose(form.name, [1, 2, 0])
    case (.channelsFirst(let image), .rowMajor, 1):
      let unfolded = reshape(form.name, [image[2], image[0], image[1]])
      name = reshape(transpose(unfolded, [1, 2, 0]), [image.reduce(1, *)])
    default: preconditionFailure("\(layer) wants \(type(of: value)) as \(wanted), and it is \(form.layout)")
    }
    define(value, wanted, as: name)
    return name
  }

  /// An image with its channels first.
  mutating func image(_ value: ValueID) -> String { operand(value, .channelsFirst(type(of: value).extents)) }

  mutating func rowMajor(_ value: ValueID) -> String { operand(value, .rowMajor) }

  /// The layout in which an operation that works place by place costs least: one in which an operand was made.
  func commonLayout(_ values: [ValueID]) -> ONNXLayout {
    guard let first = values.first else { return .rowMajor }
    let made = values.compactMap { layouts(of: $0).first }
    guard let layout = made.first(where: { $0 != .rowMajor }) else { return .rowMajor }
    // An image can be turned; what was flattened with channels first is like nothing else.
    return type(of: first).rank == 3 || values.allSatisfy { layouts(of: $0).contains(layout) } ? layout : .rowMajor
  }

  /// The same, for operations that know axes: flattened images are turned back.
  func imageLayout(_ values: [ValueID]) -> ONNXLayout {
    guard let first = values.first, type(of: first).rank == 3 else { return .rowMajor }
    return commonLayout(values)
  }

  // MARK: What follows

  /// Values of a parameter.
  func parameter(_ value: ValueID) -> (name: String, extents: [Int], values: [Float]) {
    guard case .parameter(let id) = graph[value].origin else {
      preconditionFailure("\(layer) has \(value) as a weight, and it is none")
    }
    return (graph.parameters[id.index].qualifiedName, graph[value].type.extents, weights[id.index])
  }

  /// The only node that reads a value, if it is the value's only reader and the graph's output is another one.
  private func onlyReader(of value: ValueID) -> Int? {
    uses[value.index].count == 1 && !graph.outputs.contains(value) ? uses[value.index][0].index : nil
  }

  /// Takes the addition of a bias into the node before it.
  ///
  /// - Returns: the bias, and the value that it leads to; `nil` where none follows.
  mutating func absorbBias(behind value: ValueID) -> (bias: ValueID, result: ValueID)? {
    guard let index = onlyReader(of: value), graph.nodes[index].operation is BiasAdding else { return nil }
    absorbed.insert(index)
    return (graph.nodes[index].operands[1], graph.nodes[index].results[0])
  }

  // MARK: Nodes and constants

  /// Appends a node and returns the name of its result.
  ///
  /// - Parameter suffix: what it is called behind its layer's name; `nil` for the node that stands for the layer.
  mutating func node(
    _ op: String, _ inputs: [String], _ attributes: [ONNXAttribute] = [], as suffix: String? = nil
  ) -> String {
    let isFree = suffix == nil && names.isFree(layer)
    let name = uniqueName(isFree ? layer : "\(layer)/\(suffix ?? op.lowercased())")
    nodes.append(ONNXNode(name: name, op: op, inputs: inputs, outputs: [name], attributes: attributes))
    return name
  }

  /// A constant of the layer at hand.
  mutating func constant(_ name: String, _ extents: [Int], _ values: [Float]) -> String {
    let name = uniqueName("\(layer)/\(name)")
    initializers.append(ONNXTensor(name: name, extents: extents, values: .floats(values)))
    return name
  }

  mutating func constant(_ name: String, ints values: [Int]) -> String {
    let name = uniqueName("\(layer)/\(name)")
    initializers.append(ONNXTensor(name: name, extents: [values.count], values: .ints(values)))
    return name
  }

  mutating func scalar(_ name: String, _ value: Double) -> String { constant(name, [], [Float(value)]) }

  /// A weight under its own name, its axes in the order of `axes`, with these extents.
  ///
  /// - Parameters:
  ///   - unfolded: extents that the weight is seen with first; `nil` for its own.
  ///   - axes: for each axis of the constant which of the weight's it is; `nil` for the order that they have.
  ///   - extents: what the result's extents are called, of as many values; `nil` for those that follow from `axes`.
  mutating func weight(
    _ value: ValueID, unfolded: [Int]? = nil, axes: [Int]? = nil, extents: [Int]? = nil
  ) -> String {
    let parameter = parameter(value)
    let seen = unfolded ?? parameter.extents
    let order = axes ?? Array(seen.indices)
    let shape = extents ?? order.map { seen[$0] }
    let key = "\(parameter.name) \(seen) \(order) \(shape)"
    if let name = parameterNames[key] { return name }
    let name = uniqueName(parameter.name)
    let values = axes == nil ? parameter.values : Permutation(order, of: seen).apply(parameter.values)
    initializers.append(ONNXTensor(name: name, extents: shape, values: .floats(values)))
    parameterNames[key] = name
    return name
  }

  /// Axes of a sample in another order, the batch in front of them.
  mutating func transpose(_ input: String, _ axes: [Int]) -> String {
    node("Transpose", [input], [.ints("perm", [0] + axes.map { $0 + 1 })], as: "transpose")
  }

  /// The same values under other extents; the batch stays.
  mutating func reshape(_ input: String, _ extents: [Int]) -> String {
    // 0: as many as the input has.
    node("Reshape", [input, constant("shape", ints: [0] + extents)], as: "reshape")
  }

  // MARK: The whole

  /// The graph, once all nodes are written.
  ///
  /// - Parameter input: of the model, as `ONNXModel` made it.
  func finished(name: String, input: ONNXValueInfo, output: ONNXValueInfo) -> ONNXGraph {
    ONNXGraph(name: name, nodes: nodes, initializers: initializers, inputs: [input], outputs: [output])
  }

  /// Gives a value the name of an output.
  mutating func name(_ value: String, _ name: String) {
    guard nodes.contains(where: { $0.outputs == [value] }) else {
      // The input itself.
      nodes.append(ONNXNode(name: name, op: "Identity", inputs: [value], outputs: [name], attributes: []))
      return
    }
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { $0 == value ? name : $0 }
      nodes[index].outputs = nodes[index].outputs.map { $0 == value ? name : $0 }
    }
  }
}

extension ONNXAttribute {
  static func int(_ name: String, _ value: Int) -> ONNXAttribute { ONNXAttribute(name: name, value: .int(value)) }
  static func float(_ name: String, _ value: Double) -> ONNXAttribute {
    ONNXAttribute(name: name, value: .float(Float(value)))
  }
  static func string(_ name: String, _ value: String) -> ONNXAttribute {
    ONNXAttribute(name: name, value: .string(value))
  }
  static func ints(_ name: String, _ values: [Int]) -> ONNXAttribute {
    ONNXAttribute(name: name, value: .ints(values))
  }
}

/// Axes of an array in another order: axis i of the result is axis `order[i]` of what it is applied to.
struct Permutation {
  private let extents: [Int]
  /// For each axis of the result the step in the source.
  private let steps: [Int]

  init(_ order: [Int], of source: [Int]) {
    var strides = source
    var step = 1
    for axis in source.indices.reversed() {
      strides[axis] = step
      step *= source[axis]
    }
    extents = order.map { source[$0] }
    steps = order.map { strides[$0] }
  }

  /// - Precondition: as many values as the extents have.
  func apply(_ values: [Float]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    append(values, axis: 0, from: 0, to: &result)
    return result
  }

  private func append(_ values: [Float], axis: Int, from start: Int, to result: inout [Float]) {
    if axis == extents.count {
      result.append(values[start])
      return
    }
    if axis == extents.count - 1 {
      for index in 0..<extents[axis] { result.append(values[start + index * steps[axis]]) }
      return
    }
    for index in 0..<extents[axis] { append(values, axis: axis + 1, from: start + index * steps[axis], to: &result) }
  }
}
