internal import CNNDiagnostics

/// A network as boxes and arrows, for the writers of DOT, Mermaid and SVG.
package struct NetworkDiagram: Sendable, Equatable {
  package let name: String
  /// Each behind what it reads; the first is the model's input.
  package let nodes: [Node]
  /// One line of totals under the name.
  package let caption: String

  package init(name: String, nodes: [Node], caption: String) {
    for (index, node) in nodes.enumerated() {
      precondition(node.inputs.allSatisfy { (0..<index).contains($0) }, "node \(index) reads \(node.inputs)")
    }
    self.name = name
    self.nodes = nodes
    self.caption = caption
  }

  package struct Node: Sendable, Equatable {
    package let name: String
    package let className: String
    package let role: Role
    package let outputShape: [Int]
    package let parameterCount: Int
    /// `nil` where it has none.
    package let kernel: SummarySize?
    /// Indices of the nodes that it reads, in order.
    package let inputs: [Int]

    package init(
      name: String, className: String, role: Role, outputShape: [Int], parameterCount: Int,
      kernel: SummarySize? = nil, inputs: [Int] = []
    ) {
      self.name = name
      self.className = className
      self.role = role
      self.outputShape = outputShape
      self.parameterCount = parameterCount
      self.kernel = kernel
      self.inputs = inputs
    }

    /// `56 × 56 × 64`
    var shapeText: String { outputShape.map(String.init).joined(separator: " × ") }
    /// `3 × 3`
    var kernelText: String? { kernel.map { "\($0.rows) × \($0.columns)" } }
    var parameterText: String? { parameterCount > 0 ? "\(parameterCount.grouped) params" : nil }
  }

  /// What a box is drawn as: told by what a layer has, so that every kind has one.
  package enum Role: String, Sendable, CaseIterable {
    case input
    /// Multiplies with a kernel of its own.
    case weights
    /// Looks through a window without a kernel.
    case window
    /// Reads several layers.
    case merge
    /// Everything else.
    case function

    var title: String {
      switch self {
      case .input: "input"
      case .weights: "with a kernel"
      case .window: "pooling"
      case .merge: "joins"
      case .function: "other"
      }
    }
  }

  /// For each node the nodes that read it.
  var readers: [[Int]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
    return readers
  }
}

extension NetworkDiagram {
  /// For Graphviz: `cnnrun summary SPEC --format dot | dot -Tpdf`.
  package var dot: String {
    var lines = [
      "digraph \(Self.dotText(name)) {",
      "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=10, color=\"#64748b\"]",
      "  edge [color=\"#64748b\", arrowsize=0.7]",
      "  label=\(Self.dotText(name + " — " + caption)); labelloc=t; fontname=\"Helvetica\"",
    ]
    for (index, node) in nodes.enumerated() {
      let label = Self.lines(of: node).joined(separator: "\n")
      lines.append("  n\(index) [label=\(Self.dotText(label)), fillcolor=\"\(node.role.lightFill)\"]")
    }
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { lines.append("  n\(input) -> n\(index)") }
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// For Markdown pages that draw Mermaid's flowcharts, as GitHub's do.
  package var mermaid: String {
    var lines = ["flowchart TD"]
    for (index, node) in nodes.enumerated() {
      let label = Self.lines(of: node).map(Self.mermaidText).joined(separator: "<br>")
      lines.append("  n\(index)[\"\(label)\"]:::\(node.role.rawValue)")
    }
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { lines.append("  n\(input) --> n\(index)") }
    }
    for role in Role.allCases where nodes.contains(where: { $0.role == role }) {
      lines.append("  classDef \(role.rawValue) fill:\(role.lightFill),stroke:#64748b,color:#0f172a")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(of node: Node) -> [String] {
    let figures = [node.shapeText] + [node.parameterText].compactMap(\.self)
    return ["\(node.name) (\(node.className))" + (node.kernelText.map { " \($0)" } ?? "")]
      + [figures.joined(separator: ", ")]
  }

  /// In quotes. A backslash would begin one of DOT's escapes, and a line is one of them.
  private static func dotText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default:
        result.unicodeScalars.append(PrintableText.isUnprintable(scalar) ? "\u{FFFD}" : scalar)
      }
    }
    return result + "\""
  }

  /// With entities for what Mermaid or HTML would read as its own.
  private static func mermaidText(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if PrintableText.isUnprintable(scalar) {
        result += "\u{FFFD}"
      } else if "\"<>&#;`\\[]{}|".unicodeScalars.contains(scalar) {
        result += "#\(scalar.value);"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension NetworkDiagram.Role {
  /// For a light page.
  var lightFill: String {
    switch self {
    case .input: "#e2e8f0"
    case .weights: "#bfdbfe"
    case .window: "#bbf7d0"
    case .merge: "#fde68a"
    case .function: "#f1f5f9"
    }
  }

  /// The mark on a box.
  var accent: String {
    switch self {
    case .input: "#64748b"
    case .weights: "#3b82f6"
    case .window: "#22c55e"
    case .merge: "#f59e0b"
    case .function: "#94a3b8"
    }
  }
}
