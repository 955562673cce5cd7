extension Graph: CustomStringConvertible {
  /// The graph as text, the same for the same spec: no addresses, no hash order.
  ///
  ///     %5 = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 5x5, fused: bias + relu} -> f32[N,24,24,32]
  package var description: String {
    var lines: [String] = []
    for (index, value) in values.enumerated() {
      if case .input(let role) = value.origin { lines.append("%\(index) = input \(role.rawValue) -> \(value.type)") }
    }
    for node in nodes {
      let results = node.results.map(\.description).joined(separator: ", ")
      let types = node.results.map { self[$0].type.description }.joined(separator: ", ")
      let operands = node.operands.map(text(of:)).joined(separator: ", ")
      lines.append("\(results) = \(node.operation.name) \(operands)\(node.operation.attributeText) -> \(types)")
    }
    lines.append("return \(outputs.map(\.description).joined(separator: ", "))")
    return lines.joined(separator: "\n") + "\n"
  }

  /// `@conv2d/kernel` of a parameter, `%3` of anything else.
  package func text(of value: ValueID) -> String {
    if case .parameter(let id) = self[value].origin {
      "@\(parameters[id.index].qualifiedName)"
    } else {
      value.description
    }
  }
}

extension Operation {
  /// ` {window: 5x5, strides: 2x2}`, or nothing.
  package var attributeText: String {
    attributes.isEmpty ? "" : " {\(attributes.map { "\($0.name): \($0.value)" }.joined(separator: ", "))}"
  }
}
