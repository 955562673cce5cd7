/// Computes an ONNX model by the letter of its operators' definitions (`onnx/docs/Operators.md`): plain loops, sums in
/// double precision, nothing shared with our own kernels.
///
/// It is there to read back what was exported: it knows the operators that `ONNXOperation`s write, and no others.
struct ONNXInterpreter {
  private let graph: ONNXGraph
  let opset: Int
  private var arrays: [String: ONNXArray] = [:]
  private var integers: [String: [Int]] = [:]

  init(_ model: ONNXModel) {
    graph = model.graph
    opset = model.opset
    for tensor in graph.initializers {
      switch tensor.values {
      case .floats(let values): arrays[tensor.name] = ONNXArray(tensor.extents, values)
      case .ints(let values): integers[tensor.name] = values
      }
    }
  }

  /// The model's only output.
  ///
  /// - Parameters:
  ///   - values: of all samples, in the layout of the model's input.
  ///   - count: how many samples there are.
  mutating func run(_ values: [Float], count: Int) throws(ExportError) -> ONNXArray {
    guard let input = graph.inputs.first, let output = graph.outputs.first, graph.inputs.count == 1 else {
      throw ExportError("the ONNX model has not one input and one output")
    }
    let extents = [count] + input.extents
    guard values.count == extents.reduce(1, *) else {
      throw ExportError("the ONNX model takes \(input.extents), which is not what a sample has")
    }
    arrays[input.name] = ONNXArray(extents, values)
    for node in graph.nodes {
      guard let name = node.outputs.first, node.outputs.count == 1 else {
        throw fault(node, "gives other than one result")
      }
      arrays[name] = try compute(node)
    }
    let result = try array(output.name)
    guard result.extents == [count] + output.extents else {
      throw ExportError("the ONNX model gives \(result.extents), and says \(output.extents)")
    }
    return result
  }

  // MARK: What nodes read

  func fault(_ node: ONNXNode, _ message: String) -> ExportError {
    ExportError("node `\(node.name)` (\(node.op)) of the ONNX model \(message)")
  }

  private func array(_ name: String) throws(ExportError) -> ONNXArray {
    guard let array = arrays[name] else { throw ExportError("the ONNX model reads `\(name)`, which nothing makes") }
    return array
  }

  func input(_ index: Int, of node: ONNXNode) throws(ExportError) -> ONNXArray {
    guard index < node.inputs.count else { throw fault(node, "has no input \(index)") }
    return try array(node.inputs[index])
  }

  /// An input that may be left out.
  func optional(_ index: Int, of node: ONNXNode) throws(ExportError) -> ONNXArray? {
    guard index < node.inputs.count, !node.inputs[index].isEmpty else { return nil }
    return try array(node.inputs[index])
  }

  func integers(_ index: Int, of node: ONNXNode) throws(ExportError) -> [Int] {
    guard index < node.inputs.count, let values = integers[node.inputs[index]] else {
      throw fault(node, "has no constant integers as input \(index)")
    }
    return values
  }

  // MARK: Operators

  private func compute(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    if let result = try elementwise(node) { return result }
    if let result = try windows(node) { return result }
    if let result = try reshaping(node) { return result }
    if let result = try sums(node) { return result }
    throw fault(node, "is of a kind that cnnrun does not read back")
  }
}

/// Values with extents, the batch among them; row-major.
struct ONNXArray: Sendable, Equatable {
  var extents: [Int]
  var values: [Float]

  init(_ extents: [Int], _ values: [Float]) {
    precondition(values.count == extents.reduce(1, *), "\(values.count) values for \(extents)")
    self.extents = extents
    self.values = values
  }

  var rank: Int { extents.count }

  func map(_ body: (Double) -> Double) -> ONNXArray { ONNXArray(extents, values.map { Float(body(Double($0))) }) }

  /// An axis that may be counted from the end.
  func axis(_ axis: Int) -> Int { axis < 0 ? axis + rank : axis }

  /// Values from one index of an axis to the next.
  func step(_ axis: Int) -> Int { extents[(axis + 1)...].reduce(1, *) }

  /// For axes of a result of these extents, aligned at the last one, the step in this array: 0 where it is repeated.
  func steps(in result: [Int]) -> [Int] {
    let missing = result.count - rank
    return result.indices.map { axis in
      axis < missing || extents[axis - missing] == 1 ? 0 : step(axis - missing)
    }
  }
}

extension ONNXNode {
  func int(_ name: String, default value: Int) -> Int {
    if case .int(let found)? = attribute(name) { return found }
    return value
  }

  func float(_ name: String, default value: Double) -> Double {
    if case .float(let found)? = attribute(name) { return Double(found) }
    return value
  }

  func string(_ name: String, default value: String) -> String {
    if case .string(let found)? = attribute(name) { return found }
    return value
  }

  func ints(_ name: String, default value: [Int]) -> [Int] {
    if case .ints(let found)? = attribute(name) { return found }
    return value
  }

  private func attribute(_ name: String) -> ONNXAttribute.Value? { attributes.first { $0.name == name }?.value }
}

/// Places of an array, the last axis running fastest, with an offset for each of some arrays that are read.
struct ONNXPlaces {
  private let extents: [Int]
  private let steps: [[Int]]
  private var place: [Int]
  private(set) var offsets: [Int]

  /// - Parameter steps: for each array read, from one index of each axis to the next.
  init(_ extents: [Int], steps: [[Int]]) {
    self.extents = extents
    self.steps = steps
    place = extents.map { _ in 0 }
    offsets = steps.map { _ in 0 }
  }

  mutating func advance() {
    for axis in extents.indices.reversed() {
      place[axis] += 1
      for array in steps.indices { offsets[array] += steps[array][axis] }
      if place[axis] < extents[axis] { return }
      for array in steps.indices { offsets[array] -= steps[array][axis] * extents[axis] }
      place[axis] = 0
    }
  }
}
