#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

extension ONNXInterpreter {
  /// Matrix products, normalisations and reductions; `nil` for another operator.
  func sums(_ node: ONNXNode) throws(ExportError) -> ONNXArray? {
    switch node.op {
    case "Gemm":
      guard node.attributes.isEmpty else { throw fault(node, "turns or scales what it multiplies") }
      return try product(node, bias: try optional(2, of: node))
    case "MatMul": return try product(node, bias: nil)
    case "Softmax":
      let x = try input(0, of: node)
      let axis = x.axis(node.int("axis", default: -1))
      guard x.extents.indices.contains(axis) else { throw fault(node, "has no axis \(axis)") }
      return rows(x, axes: [axis]) { row in
        let most = row.max() ?? 0
        let powers = row.map { exp($0 - most) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
      }
    case "ReduceMean":
      let x = try input(0, of: node)
      let axes = opset >= 18 ? try integers(1, of: node) : node.ints("axes", default: [])
      guard !axes.isEmpty, axes.allSatisfy(x.extents.indices.contains), node.int("keepdims", default: 1) == 1 else {
        throw fault(node, "reduces the axes \(axes) of \(x.extents)")
      }
      let means = rows(x, axes: axes) { row in
        let mean = row.reduce(0, +) / Double(row.count)
        return row.map { _ in mean }
      }
      // Each mean stands where its values stood: the first place of each row has it.
      let extents = x.extents.indices.map { axes.contains($0) ? 1 : x.extents[$0] }
      var places = ONNXPlaces(extents, steps: [x.extents.indices.map { x.step($0) }])
      var values: [Float] = []
      for _ in 0..<extents.reduce(1, *) {
        values.append(means.values[places.offsets[0]])
        places.advance()
      }
      return ONNXArray(extents, values)
    case "BatchNormalization": return try batchNormalization(node)
    case "LayerNormalization": return try layerNormalization(node)
    default: return nil
    }
  }

  /// Over the last axis of x: `[…, in] · [in, out]`.
  private func product(_ node: ONNXNode, bias: ONNXArray?) throws(ExportError) -> ONNXArray {
    let (x, w) = (try input(0, of: node), try input(1, of: node))
    guard w.rank == 2, let inputs = x.extents.last, inputs == w.extents[0],
      bias.map({ $0.extents == [w.extents[1]] }) ?? true
    else { throw fault(node, "multiplies \(x.extents) and \(w.extents)") }
    let outputs = w.extents[1]
    var values: [Float] = []
    for row in 0..<x.values.count / inputs {
      var sums = bias?.values.map(Double.init) ?? Array(repeating: 0, count: outputs)
      for i in 0..<inputs {
        let factor = Double(x.values[row * inputs + i])
        if factor == 0 { continue }
        let start = i * outputs
        for o in 0..<outputs { sums[o] += factor * Double(w.values[start &+ o]) }
      }
      for sum in sums { values.append(Float(sum)) }
    }
    return ONNXArray(x.extents.dropLast() + [outputs], values)
  }

  /// What `body` makes of the values along some axes, for each place of the others.
  private func rows(_ x: ONNXArray, axes: [Int], _ body: ([Double]) -> [Double]) -> ONNXArray {
    let others = x.extents.indices.filter { !axes.contains($0) }
    var result = x
    var outer = ONNXPlaces(others.map { x.extents[$0] }, steps: [others.map { x.step($0) }])
    for _ in 0..<others.reduce(1, { $0 * x.extents[$1] }) {
      var inner = ONNXPlaces(axes.map { x.extents[$0] }, steps: [axes.map { x.step($0) }])
      var offsets: [Int] = []
      for _ in 0..<axes.reduce(1, { $0 * x.extents[$1] }) {
        offsets.append(outer.offsets[0] + inner.offsets[0])
        inner.advance()
      }
      for (offset, value) in zip(offsets, body(offsets.map { Double(x.values[$0]) })) {
        result.values[offset] = Float(value)
      }
      outer.advance()
    }
    return result
  }

  /// gamma * (x - mean) / sqrt(variance + epsilon) + beta by channel, which is axis 1.
  private func batchNormalization(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    var x = try input(0, of: node)
    let (gamma, beta) = (try input(1, of: node), try input(2, of: node))
    let (mean, variance) = (try input(3, of: node), try input(4, of: node))
    guard x.rank >= 2, [gamma, beta, mean, variance].allSatisfy({ $0.extents == [x.extents[1]] }) else {
      throw fault(node, "normalises \(x.extents) with \(mean.extents)")
    }
    let epsilon = node.float("epsilon", default: 1e-5)
    let inner = x.step(1)
    for index in x.values.indices {
      let c = index / inner % x.extents[1]
      let centred = Double(x.values[index]) - Double(mean.values[c])
      let deviation = (Double(variance.values[c]) + epsilon).squareRoot()
      x.values[index] = Float(Double(gamma.values[c]) * centred / deviation + Double(beta.values[c]))
    }
    return x
  }

  /// The same with mean and variance of the axes from `axis` on.
  private func layerNormalization(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    let x = try input(0, of: node)
    let gamma = try input(1, of: node)
    let beta = try optional(2, of: node)
    let axis = x.axis(node.int("axis", default: -1))
    guard x.extents.indices.contains(axis), gamma.extents == Array(x.extents[axis...]),
      beta.map({ $0.extents == gamma.extents }) ?? true
    else { throw fault(node, "normalises \(x.extents) with \(gamma.extents)") }
    let epsilon = node.float("epsilon", default: 1e-5)
    return rows(x, axes: Array(axis..<x.rank)) { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
      return row.enumerated().map { index, value in
        (value - mean) / (variance + epsilon).squareRoot() * Double(gamma.values[index])
          + Double(beta?.values[index] ?? 0)
      }
    }
  }
}
