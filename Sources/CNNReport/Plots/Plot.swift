/// A picture in the making: shapes and texts at places in pixels, in SVG.
///
/// Colours are classes, which `PlotStyle` gives a meaning in light and in dark; so the same markup serves within a page and
/// as a file of its own.
package struct Plot: Sendable {
  /// What the file is called, without its ending; also what makes its ids unique within a page.
  package let name: String
  package let title: String
  /// What the picture shows, for who cannot see it.
  package let summary: String
  let width, height: Double
  private var lines: [String] = []

  init(name: String, title: String, summary: String, width: Double, height: Double) {
    self.name = name
    self.title = title
    self.summary = summary
    self.width = width
    self.height = height
  }

  /// In a page a picture is so much larger at most.
  static let mostScale = 1.15

  /// Sizes of type, in pixels.
  enum Size {
    static let title = 14.0
    static let label = 12.0
    static let small = 10.5
    /// By how much a page on a phone enlarges them.
    static let mostGrowth = 1.12
  }

  enum Anchor: String { case start, middle, end }

  // MARK: Shapes

  mutating func add(_ markup: String) { lines.append(markup) }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    add("<line class=\"\(style)\" x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"/>")
  }

  mutating func rect(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, opacity: Double? = nil,
    tip: String? = nil
  ) {
    let opacity = opacity.map { " fill-opacity=\"\(n($0))\"" } ?? ""
    let head =
      "<rect class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\"\(opacity)"
    add(tip.map { head + "><title>\(SVGText.escaped($0))</title></rect>" } ?? head + "/>")
  }

  mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, tip: String? = nil) {
    let head = "<circle class=\"\(style)\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\""
    add(tip.map { head + "><title>\(SVGText.escaped($0))</title></circle>" } ?? head + "/>")
  }

  /// Straight lines from point to point, one for each stretch without a gap.
  mutating func polyline(_ points: [(Double, Double)?], _ style: String) {
    var path = ""
    var isOpen = false
    for point in points {
      guard let (x, y) = point else {
        isOpen = false
        continue
      }
      path += "\(isOpen ? "L" : "M")\(n(x)) \(n(y))"
      isOpen = true
    }
    if !path.isEmpty { add("<path class=\"\(style)\" d=\"\(path)\"/>") }
  }

  mutating func text(
    _ x: Double, _ y: Double, _ content: String, _ style: String = "label", _ anchor: Anchor = .start,
    rotatedBy angle: Double? = nil, tip: String? = nil
  ) {
    let turn = angle.map { " transform=\"rotate(\(n($0)) \(n(x)) \(n(y)))\"" } ?? ""
    let place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    let tip = tip.map { "<title>\(SVGText.escaped($0))</title>" } ?? ""
    add("<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\"\(place)\(turn)>\(SVGText.escaped(content))\(tip)</text>")
  }

  mutating func image(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ source: String, tip: String) {
    add(
      "<image class=\"pixels\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" href=\"\(source)\"><title>\(SVGText.escaped(tip))</title></image>"
    )
  }

  private func n(_ value: Double) -> String { SVGText.number(value) }

  // MARK: Text

  /// Around a picture that is a file.
  private static let margin = 14.0

  /// For a page, whose style it takes.
  package var inlineSVG: String { svg("", isFile: false) }

  /// A file that stands alone.
  package var fileSVG: String {
    svg(
      "<style>\(PlotStyle.colors)\(PlotStyle.shapes)</style><rect class=\"page\" x=\"-\(n(Self.margin))\" y=\"-\(n(Self.margin))\" width=\"100%\" height=\"100%\"/>",
      isFile: true)
      + "\n"
  }

  private func svg(_ head: String, isFile: Bool) -> String {
    let id = "plot-\(name)"
    // In a page a picture is as wide as there is room, and no larger than its type should be.
    let size =
      isFile
      ? " xmlns=\"http://www.w3.org/2000/svg\" width=\"\(n(width + 2 * Self.margin))\" height=\"\(n(height + 2 * Self.margin))\""
      : " style=\"--width:\(n(width))px;max-width:\(n(width * Self.mostScale))px\""
    let margin = isFile ? Self.margin : 0
    let box = [-margin, -margin, width + 2 * margin, height + 2 * margin].map(n).joined(separator: " ")
    return
      "<svg\(size) class=\"plot\" id=\"\(id)\" viewBox=\"\(box)\" role=\"img\" aria-labelledby=\"\(id)-title \(id)-desc\">"
      + "<title id=\"\(id)-title\">\(SVGText.escaped(title))</title><desc id=\"\(id)-desc\">\(SVGText.escaped(summary))</desc>\(head)\n"
      + lines.joined(separator: "\n") + "\n</svg>"
  }
}
