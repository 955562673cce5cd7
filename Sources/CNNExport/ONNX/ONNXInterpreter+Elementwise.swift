#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

extension ONNXInterpreter {
  /// Operators that work value by value; `nil` for another one.
  func elementwise(_ node: ONNXNode) throws(ExportError) -> ONNXArray? {
    switch node.op {
    case "Identity": return try input(0, of: node)
    case "Add", "Sum": return try fold(node) { $0 + $1 }
    case "Sub": return try fold(node) { $0 - $1 }
    case "Mul": return try fold(node) { $0 * $1 }
    case "Div": return try fold(node) { $0 / $1 }
    case "Max": return try fold(node) { $0 > $1 ? $0 : $1 }
    case "Min": return try fold(node) { $0 < $1 ? $0 : $1 }
    case "Greater": return try fold(node) { $0 > $1 ? 1 : 0 }
    case "Where":
      let condition = try input(0, of: node)
      let result = try broadcast([condition, try input(1, of: node), try input(2, of: node)], node) {
        $0[0] != 0 ? $0[1] : $0[2]
      }
      return result
    case "Clip":
      let low = Double(try input(1, of: node).values[0])
      let high = Double(try input(2, of: node).values[0])
      return try input(0, of: node).map { min(max($0, low), high) }
    default: return try function(node).map { function throws(ExportError) in try input(0, of: node).map(function) }
    }
  }

  /// A function of one number.
  private func function(_ node: ONNXNode) -> ((Double) -> Double)? {
    switch node.op {
    case "Relu": return { $0 > 0 ? $0 : 0 }
    case "LeakyRelu":
      let alpha = node.float("alpha", default: 0.01)
      return { $0 >= 0 ? $0 : alpha * $0 }
    case "Elu":
      let alpha = node.float("alpha", default: 1)
      return { $0 >= 0 ? $0 : alpha * (exp($0) - 1) }
    case "Selu":
      let (alpha, gamma) = (1.673_263_192_176_818_847_656_25, 1.050_701_022_148_132_324_218_75)
      return { gamma * ($0 > 0 ? $0 : alpha * (exp($0) - 1)) }
    case "Gelu": return { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }
    case "Erf": return { erf($0) }
    case "Sqrt": return { $0.squareRoot() }
    case "Tanh": return { tanh($0) }
    case "Sigmoid": return { 1 / (1 + exp(-$0)) }
    case "HardSigmoid":
      let (alpha, beta) = (node.float("alpha", default: 0.2), node.float("beta", default: 0.5))
      return { max(0, min(1, alpha * $0 + beta)) }
    // ln(1 + e^x), whose exponential overflows for large x, where it is x.
    case "Softplus": return { $0 > 30 ? $0 : log1p(exp($0)) }
    default: return nil
    }
  }

  private func fold(_ node: ONNXNode, _ body: (Double, Double) -> Double) throws(ExportError) -> ONNXArray {
    var result = try input(0, of: node)
    for index in node.inputs.indices.dropFirst() {
      result = try broadcast([result, try input(index, of: node)], node) { body($0[0], $0[1]) }
    }
    return result
  }

  /// Extents aligned at the last axis; one of 1 is repeated.
  private func broadcast(
    _ arrays: [ONNXArray], _ node: ONNXNode, _ body: ([Double]) -> Double
  ) throws(ExportError) -> ONNXArray {
    let rank = arrays.map(\.rank).max() ?? 0
    var extents = [Int](repeating: 1, count: rank)
    for array in arrays {
      for (index, extent) in array.extents.enumerated() {
        let axis = rank - array.rank + index
        guard extents[axis] == 1 || extent == 1 || extents[axis] == extent else {
          throw fault(node, "has operands of unlike shapes, \(arrays.map(\.extents))")
        }
        extents[axis] = max(extents[axis], extent)
      }
    }
    var places = ONNXPlaces(extents, steps: arrays.map { $0.steps(in: extents) })
    var values: [Float] = []
    values.reserveCapacity(extents.reduce(1, *))
    var operands = [Double](repeating: 0, count: arrays.count)
    for _ in 0..<extents.reduce(1, *) {
      for index in arrays.indices { operands[index] = Double(arrays[index].values[places.offsets[index]]) }
      values.append(Float(body(operands)))
      places.advance()
    }
    return ONNXArray(extents, values)
  }
}
