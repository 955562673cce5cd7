import CNNReport
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("pictures of a network")
struct DiagramTests {
  typealias Node = NetworkDiagram.Node

  static let small = NetworkDiagram(
    name: "a \"small\" <net> & more",
    nodes: [
      Node(name: "input", className: "Input", role: .input, outputShape: [8, 8, 3], parameterCount: 0),
      Node(
        name: "stem", className: "Conv2D", role: .weights, outputShape: [8, 8, 4], parameterCount: 112,
        kernel: SummarySize(rows: 3, columns: 3), inputs: [0]),
      Node(
        name: "re_lu", className: "ReLU", role: .function, outputShape: [8, 8, 4], parameterCount: 0, inputs: [1]),
      Node(
        name: "branch", className: "Conv2D", role: .weights, outputShape: [8, 8, 4], parameterCount: 20,
        kernel: SummarySize(rows: 1, columns: 1), inputs: [2]),
      Node(
        name: "add", className: "Add", role: .merge, outputShape: [8, 8, 4], parameterCount: 0, inputs: [3, 2]),
    ], caption: "132 parameters")

  @Test("DOT, with its own escapes") func dot() {
    let text = Self.small.dot
    #expect(text.hasPrefix("digraph \"a \\\"small\\\" <net> & more\" {\n"))
    #expect(text.contains("  n1 [label=\"stem (Conv2D) 3 × 3\\n8 × 8 × 4, 112 params\", fillcolor=\"#bfdbfe\"]\n"))
    for edge in ["n0 -> n1", "n1 -> n2", "n2 -> n3", "n3 -> n4", "n2 -> n4"] { #expect(text.contains("  \(edge)\n")) }
  }

  @Test("Mermaid, with entities for what it would read as its own") func mermaid() {
    let text = Self.small.mermaid
    #expect(text.hasPrefix("flowchart TD\n"))
    #expect(text.contains("  n1[\"stem (Conv2D) 3 × 3<br>8 × 8 × 4, 112 params\"]:::weights\n"))
    #expect(text.contains("  n2 --> n4\n"))
    let odd = NetworkDiagram(
      name: "x",
      nodes: [Node(name: "\"]; end", className: "A|B", role: .input, outputShape: [1], parameterCount: 0)], caption: "")
    #expect(odd.mermaid.contains("  n0[\"#34;#93;#59; end (A#124;B)<br>1\"]:::input\n"))
  }

  @Test("SVG is well-formed, stands alone and has a box a group of layers") func svg() throws {
    let text = Self.small.svg
    let reader = XMLReader(text)
    #expect(reader.fault == nil)
    #expect(reader.titles.first == "a \"small\" <net> & more")
    // The rectifier shares the stem's box.
    #expect(
      reader.titles.dropFirst() == ["input (Input)", "stem (Conv2D), re_lu (ReLU)", "branch (Conv2D)", "add (Add)"])
    for word in ["http://", "https://", "url(http", "<script", "@import", "xlink"] {
      #expect(!text.replacing("http://www.w3.org/2000/svg", with: "").contains(word), "\(word)")
    }
    #expect(text.contains("prefers-color-scheme: dark"))
  }

  @Test("boxes never overlap, whatever the graph, and every arrow is there", arguments: 0..<50)
  func layout(seed: Int) {
    var state = UInt64(seed) &+ 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var nodes = [Node(name: "input", className: "Input", role: .input, outputShape: [4], parameterCount: 0)]
    for index in 1...(20 + random(200)) {
      let far = random(4) == 0 && index > 3 ? [index - 1 - random(min(index - 1, 12)) - 0] : []
      let role = NetworkDiagram.Role.allCases[1 + random(4)]
      nodes.append(
        Node(
          name: "l\(index)", className: "K", role: role, outputShape: [4], parameterCount: 0,
          inputs: [index - 1] + far.filter { $0 != index - 1 }))
    }
    let diagram = NetworkDiagram(name: "random", nodes: nodes, caption: "")
    let reader = XMLReader(diagram.svg)
    #expect(reader.fault == nil)
    let boxes = reader.boxes
    for (index, box) in boxes.enumerated() {
      #expect(box.minX >= 0 && box.minY >= 0 && box.maxX <= reader.size.width && box.maxY <= reader.size.height)
      for other in boxes[(index + 1)...] { #expect(!box.intersects(other), "\(box) and \(other)") }
    }
    // Each layer is named once.
    let named = reader.titles.dropFirst().joined(separator: ", ")
    for node in nodes { #expect(named.contains("\(node.name) (")) }
    // Arrows within a box are not drawn: as many as there are layers that share the box of the one before.
    let edges = nodes.reduce(0) { $0 + $1.inputs.count }
    #expect(reader.arrowCount == edges - (nodes.count - boxes.count))
  }
}

/// Reads back what matters of a picture.
private final class XMLReader: NSObject, XMLParserDelegate {
  private(set) var fault: String?
  private(set) var titles: [String] = []
  private(set) var boxes: [CGRect] = []
  private(set) var arrowCount = 0
  private(set) var size = CGSize.zero
  private var isInTitle = false

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    if !parser.parse() { fault = parser.parserError.map { "\($0)" } ?? "not XML" }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    func number(_ key: String) -> Double { attributes[key].flatMap(Double.init) ?? 0 }
    switch (name, attributes["class"] ?? "") {
    case ("svg", _): size = CGSize(width: number("width"), height: number("height"))
    case ("title", _):
      isInTitle = true
      titles.append("")
    case ("rect", "box"):
      boxes.append(CGRect(x: number("x"), y: number("y"), width: number("width"), height: number("height")))
    case ("path", let kind) where kind.hasPrefix("arrow"): arrowCount += 1
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if isInTitle { titles[titles.count - 1] += text }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if name == "title" { isInTitle = false }
  }
}
