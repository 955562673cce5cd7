extension ONNXInterpreter {
  /// Operators that move values; `nil` for another one.
  func reshaping(_ node: ONNXNode) throws(ExportError) -> ONNXArray? {
    switch node.op {
    case "Transpose":
      let x = try input(0, of: node)
      let order = node.ints("perm", default: Array(x.extents.indices.reversed()))
      guard order.sorted() == Array(x.extents.indices) else { throw fault(node, "turns \(x.extents) to \(order)") }
      return gather(x, order.map { x.extents[$0] }, steps: order.map { x.step($0) })
    case "Reshape":
      let x = try input(0, of: node)
      let shape = try integers(1, of: node)
      let extents = shape.enumerated().map { $1 == 0 && $0 < x.rank ? x.extents[$0] : $1 }
      return try reshaped(x, extents, node)
    case "Flatten":
      let x = try input(0, of: node)
      let axis = node.int("axis", default: 1)
      guard (0...x.rank).contains(axis) else { throw fault(node, "has no axis \(axis)") }
      return try reshaped(x, [x.extents[..<axis].reduce(1, *), x.extents[axis...].reduce(1, *)], node)
    case "Expand":
      let x = try input(0, of: node)
      let shape = try integers(1, of: node)
      let rank = max(shape.count, x.rank)
      let (a, b) = (padded(x.extents, to: rank), padded(shape, to: rank))
      guard zip(a, b).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { throw fault(node, "expands \(a) to \(b)") }
      let extents = zip(a, b).map { max($0, $1) }
      return gather(x, extents, steps: x.steps(in: extents))
    case "Slice": return try slice(node)
    case "Concat": return try concatenate(node)
    case "Pad": return try pad(node)
    case "Resize": return try resize(node)
    default: return nil
    }
  }

  private func padded(_ extents: [Int], to rank: Int) -> [Int] {
    Array(repeating: 1, count: rank - extents.count) + extents
  }

  private func reshaped(_ x: ONNXArray, _ extents: [Int], _ node: ONNXNode) throws(ExportError) -> ONNXArray {
    guard extents.allSatisfy({ $0 >= 0 }), extents.reduce(1, *) == x.values.count else {
      throw fault(node, "makes \(extents) of \(x.extents)")
    }
    return ONNXArray(extents, x.values)
  }

  private func gather(_ x: ONNXArray, _ extents: [Int], from start: Int = 0, steps: [Int]) -> ONNXArray {
    var places = ONNXPlaces(extents, steps: [steps])
    var values: [Float] = []
    values.reserveCapacity(extents.reduce(1, *))
    for _ in 0..<extents.reduce(1, *) {
      values.append(x.values[start + places.offsets[0]])
      places.advance()
    }
    return ONNXArray(extents, values)
  }

  private func slice(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    let x = try input(0, of: node)
    let (starts, ends, axes) = (try integers(1, of: node), try integers(2, of: node), try integers(3, of: node))
    guard starts.count == ends.count, starts.count == axes.count else {
      throw fault(node, "has lists of unlike lengths")
    }
    var extents = x.extents
    var start = 0
    for (axis, range) in zip(axes, zip(starts, ends)) {
      guard x.extents.indices.contains(axis), range.0 >= 0, range.0 <= range.1, range.1 <= x.extents[axis] else {
        throw fault(node, "cuts \(range.0)..<\(range.1) out of axis \(axis) of \(x.extents)")
      }
      extents[axis] = range.1 - range.0
      start += range.0 * x.step(axis)
    }
    return gather(x, extents, from: start, steps: x.extents.indices.map { x.step($0) })
  }

  private func concatenate(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    var parts: [ONNXArray] = []
    for index in node.inputs.indices { parts.append(try input(index, of: node)) }
    guard let first = parts.first else { throw fault(node, "has no input") }
    let axis = first.axis(node.int("axis", default: 0))
    guard first.extents.indices.contains(axis),
      parts.allSatisfy({ $0.rank == first.rank && $0.extents[..<axis] == first.extents[..<axis] })
    else { throw fault(node, "joins \(parts.map(\.extents))") }
    var extents = first.extents
    extents[axis] = parts.reduce(0) { $0 + $1.extents[axis] }
    var values: [Float] = []
    for block in 0..<first.extents[..<axis].reduce(1, *) {
      for part in parts {
        let count = part.extents[axis] * part.step(axis)
        values += part.values[block * count..<(block + 1) * count]
      }
    }
    return try reshaped(ONNXArray([values.count], values), extents, node)
  }

  private func pad(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    let x = try input(0, of: node)
    let pads = try integers(1, of: node)
    guard pads.count == 2 * x.rank, pads.allSatisfy({ $0 >= 0 }), node.string("mode", default: "constant") == "constant"
    else { throw fault(node, "pads \(x.extents) by \(pads)") }
    let extents = x.extents.indices.map { x.extents[$0] + pads[$0] + pads[x.rank + $0] }
    var result = ONNXArray(extents, Array(repeating: 0, count: extents.reduce(1, *)))
    let start = x.extents.indices.reduce(0) { $0 + pads[$1] * result.step($1) }
    var places = ONNXPlaces(x.extents, steps: [x.extents.indices.map { result.step($0) }])
    for value in x.values {
      result.values[start + places.offsets[0]] = value
      places.advance()
    }
    return result
  }

  /// Rows and columns of `[N, C, H, W]`, enlarged.
  private func resize(_ node: ONNXNode) throws(ExportError) -> ONNXArray {
    let x = try input(0, of: node)
    let scales = try input(2, of: node).values
    guard x.rank == 4, scales.count == 4, scales[0] == 1, scales[1] == 1 else {
      throw fault(node, "enlarges \(x.extents) by \(scales)")
    }
    let (height, width) = (x.extents[2], x.extents[3])
    let (rows, columns) = (Int(Float(height) * scales[2]), Int(Float(width) * scales[3]))
    let isNearest = node.string("mode", default: "nearest") == "nearest"
    /// The pixels that an output lies between, and how near it is to the second one.
    func between(_ output: Int, _ scale: Float, _ size: Int) -> (low: Int, high: Int, share: Double) {
      if isNearest { return (Int(Double(output) / Double(scale)), 0, 0) }
      let place = min(max((Double(output) + 0.5) / Double(scale) - 0.5, 0), Double(size - 1))
      let low = Int(place)
      return (low, min(low + 1, size - 1), place - Double(low))
    }
    var values: [Float] = []
    for plane in 0..<x.extents[0] * x.extents[1] {
      for row in 0..<rows {
        let r = between(row, scales[2], height)
        for column in 0..<columns {
          let c = between(column, scales[3], width)
          func pixel(_ y: Int, _ z: Int) -> Double { Double(x.values[(plane * height + y) * width + z]) }
          let value =
            isNearest
            ? pixel(r.low, c.low)
            : (1 - r.share) * ((1 - c.share) * pixel(r.low, c.low) + c.share * pixel(r.low, c.high))
              + r.share * ((1 - c.share) * pixel(r.high, c.low) + c.share * pixel(r.high, c.high))
          values.append(Float(value))
        }
      }
    }
    return ONNXArray([x.extents[0], x.extents[1], rows, columns], values)
  }
}
