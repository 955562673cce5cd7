internal import CNNDiagnostics

extension NetworkDiagram {
  /// A picture that stands alone: no script, no fonts or files of others, light or dark as the reader's screen is.
  package var svg: String {
    let layout = DiagramLayout(self)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(layout.width) \(layout.height)\" width=\"\(layout.width)\" height=\"\(layout.height)\" role=\"img\" aria-labelledby=\"title desc\">",
      "<title id=\"title\">\(SVGText.escaped(name))</title>", "<desc id=\"desc\">\(SVGText.escaped(caption))</desc>",
      Self.style,
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"6.5\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"tip\" d=\"M0 0.8L7.5 4L0 7.2z\"/></marker></defs>",
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
    ]
    lines += header(layout)
    for arrow in layout.arrows {
      lines.append(
        "<path class=\"arrow\(arrow.lane == nil ? "" : " skip")\" d=\"\(layout.path(of: arrow))\" marker-end=\"url(#tip)\"/>"
      )
    }
    for box in layout.boxes { lines += text(of: box) }
    return (lines + ["</svg>"]).joined(separator: "\n")
  }

  private func header(_ layout: DiagramLayout) -> [String] {
    let margin = DiagramLayout.margin
    var lines = [
      "<text class=\"name\" x=\"\(margin)\" y=\"\(margin + 22)\">\(SVGText.escaped(Self.shortened(name, to: layout.width / 13)))</text>",
      "<text class=\"caption\" x=\"\(margin)\" y=\"\(margin + 43)\">\(SVGText.escaped(caption))</text>",
    ]
    var x = layout.width - margin
    // Beside the caption if there is room, or not at all.
    let used = Role.allCases.filter { role in nodes.contains { $0.role == role } }
    let widths = used.map { 34 + 6 * $0.title.count }
    guard widths.reduce(0, +) + 8 * caption.count + 2 * margin < layout.width else { return lines }
    for (role, width) in zip(used, widths).reversed() {
      x -= width
      lines.append(
        "<rect x=\"\(x)\" y=\"\(margin + 33)\" width=\"11\" height=\"11\" rx=\"2.5\" fill=\"\(role.accent)\"/>"
          + "<text class=\"caption\" x=\"\(x + 17)\" y=\"\(margin + 43)\">\(role.title)</text>")
    }
    return lines
  }

  private func text(of box: DiagramLayout.Box) -> [String] {
    let first = nodes[box.nodes[0]]
    let last = nodes[box.nodes[box.nodes.count - 1]]
    let parameters = box.nodes.reduce(0) { $0 + nodes[$1].parameterCount }
    let right = box.x + DiagramLayout.boxWidth - 12
    let left = box.x + 16
    let kernel = first.kernelText ?? ""
    func text(_ kind: String, _ x: Int, _ y: Int, _ content: String, isRight: Bool = false) -> String {
      "<text class=\"\(kind)\" x=\"\(x)\" y=\"\(box.y + y)\"\(isRight ? " text-anchor=\"end\"" : "")>\(SVGText.escaped(content))</text>"
    }
    let full = box.nodes.map { "\(nodes[$0].name) (\(nodes[$0].className))" }.joined(separator: ", ")
    var lines = [
      "<g><title>\(SVGText.escaped(full))</title>",
      "<rect class=\"box\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(DiagramLayout.boxWidth)\" height=\"\(box.height)\" rx=\"7\"/>",
      "<rect x=\"\(box.x)\" y=\"\(box.y + 7)\" width=\"4\" height=\"\(box.height - 14)\" rx=\"2\" fill=\"\(first.role.accent)\"/>",
      text("kind", left, 18, Self.shortened(first.name, to: kernel.isEmpty ? 38 : 30)),
      text("figure", left, 35, last.shapeText),
    ]
    if !kernel.isEmpty { lines.append(text("figure", right, 18, kernel, isRight: true)) }
    if parameters > 0 { lines.append(text("figure", right, 35, "\(parameters.grouped) params", isRight: true)) }
    if box.nodes.count > 1 {
      let followers = box.nodes.dropFirst().map { nodes[$0].className }.joined(separator: " · ")
      lines.append(text("after", left, 51, Self.shortened(followers, to: 46)))
    }
    return lines + ["</g>"]
  }

  private static let style = """
    <style>
    :root { color-scheme: light dark; }
    text { font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #0f172a; }
    .page { fill: #ffffff; } .box { fill: #f8fafc; stroke: #cbd5e1; }
    .name { font-size: 22px; font-weight: 650; } .caption { font-size: 12.5px; fill: #475569; }
    .kind { font-size: 13px; font-weight: 600; } .figure { font-size: 11.5px; fill: #334155; }
    .after { font-size: 11px; fill: #64748b; }
    .arrow { fill: none; stroke: #94a3b8; stroke-width: 1.5; } .skip { stroke: #d97706; } .tip { fill: #94a3b8; }
    @media (prefers-color-scheme: dark) {
    text { fill: #f1f5f9; } .page { fill: #0f172a; } .box { fill: #1e293b; stroke: #475569; }
    .caption, .figure { fill: #cbd5e1; } .after { fill: #94a3b8; }
    .arrow { stroke: #64748b; } .skip { stroke: #fbbf24; } .tip { fill: #94a3b8; }
    }
    </style>
    """

  private static func shortened(_ text: String, to cells: Int) -> String {
    DisplayWidth.of(text) <= cells ? text : DisplayWidth.prefix(of: text, width: cells - 1) + "…"
  }
}
