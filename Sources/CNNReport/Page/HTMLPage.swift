internal import CNNDiagnostics

/// A page in one file: no script runs in it, and nothing is fetched from anywhere.
struct HTMLPage {
  let title: String
  /// Markup.
  var body: [String] = []
  /// For tools: a JSON object in the page.
  var data: JSONText?

  /// The policy forbids everything but the page's own style and pictures within it.
  private static let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

  var text: String {
    var lines = [
      "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
      "<meta http-equiv=\"Content-Security-Policy\" content=\"\(Self.policy)\">",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
      "<meta name=\"color-scheme\" content=\"light dark\">", "<link rel=\"icon\" href=\"data:,\">",
      "<title>\(SVGText.escaped(title))</title>",
      "<style>\(PlotStyle.colors)\(PlotStyle.shapes)\(PageStyle.text)</style>", "</head>", "<body>", "<main>",
    ]
    lines += body
    lines += ["</main>"]
    if let data {
      // Nothing in a text may end the element, or begin another.
      let text = data.text.split(separator: "<", omittingEmptySubsequences: false).joined(separator: "\\u003c")
      lines.append("<script type=\"application/json\" id=\"cnnrun-data\">\(text)</script>")
    }
    return (lines + ["</body>", "</html>"]).joined(separator: "\n") + "\n"
  }
}

/// Parts of pages.
enum HTML {
  static func text(_ text: String) -> String { SVGText.escaped(text) }

  /// A user's text, which may run from right to left, apart from what is around it.
  static func name(_ text: String) -> String { "<bdi>\(SVGText.escaped(text))</bdi>" }

  /// - Parameter pointing: behind the lead, what a mouse can do here: not said on paper, nor to fingers.
  static func section(
    _ id: String, _ title: String, _ lead: String? = nil, pointing: String? = nil, _ content: [String]
  ) -> [String] {
    let hint = pointing.map { "<span class=\"pointing\"> \(text($0))</span>" } ?? ""
    return ["<section id=\"\(id)\">", "<h2>\(text(title))</h2>"]
      + (lead.map { ["<p class=\"soft\">\(text($0))\(hint)</p>"] } ?? []) + content + ["</section>"]
  }

  static func plots(_ plots: [Plot]) -> String {
    "<div class=\"plots\">" + plots.map { "<div>\($0.inlineSVG)</div>" }.joined(separator: "\n") + "</div>"
  }

  static func facts(_ facts: [TrainingReport.Fact]) -> String {
    "<div class=\"scroll\"><table class=\"facts\"><tbody>"
      + facts.map { "<tr><td>\(breakable($0.title))</td><td>\(breakable($0.value))</td></tr>" }.joined(separator: "\n")
      + "</tbody></table></div>"
  }

  /// Facts under headings, in as many columns as there is room for.
  static func groups(_ groups: [(title: String, facts: [TrainingReport.Fact])]) -> String {
    "<div class=\"groups\">"
      + groups.map { "<div><h3>\(breakable($0.title))</h3>\(facts($0.facts))</div>" }.joined(separator: "\n") + "</div>"
  }

  static func tiles(_ facts: [TrainingReport.Fact]) -> String {
    "<dl class=\"tiles\">"
      + facts.map { "<div><dt>\(text($0.title))</dt><dd>\(text($0.value))</dd></div>" }.joined(separator: "\n")
      + "</dl>"
  }

  /// A column of numbers stands to the right.
  struct Column {
    let title: String
    let isNumber: Bool

    init(_ title: String, isNumber: Bool = false) {
      self.title = title
      self.isNumber = isNumber
    }

    fileprivate func cell(_ content: String, _ element: String) -> String {
      let text = isNumber && element != "th" ? HTML.text(content) : HTML.breakable(content)
      let style = isNumber ? " class=\"n\"" : DisplayWidth.of(content) > 20 ? " class=\"long\"" : ""
      return "<\(element)\(style)>\(text)</\(element)>"
    }
  }

  /// A name, a path or a key of a spec, such as `training.batch_size`, with places for line breaks: behind dots, slashes
  /// and underscores, and before no number of a name, nor within a number. Where tables are narrow, words break at these and nowhere else.
  static func breakable(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let place = rest.firstIndex(where: { $0 == "." || $0 == "_" || $0 == "/" }) {
      let next = rest.index(after: place)
      result += SVGText.escaped(rest[..<next])
      // `conv2d_1`, `0.001`, `1/255`
      let followsNumber = place > rest.startIndex && text[text.index(before: place)].isNumber
      let isInNumber = next < text.endIndex && text[next].isNumber && (rest[place] != "/" || followsNumber)
      if next < text.endIndex, !isInNumber { result += "<wbr>" }
      rest = rest[next...]
    }
    return "<bdi>\(result)\(SVGText.escaped(rest))</bdi>"
  }

  /// - Parameter isPinned: whether the first column stays where it is while the others scroll.
  static func table(_ columns: [Column], _ rows: [[String]], foot: [[String]] = [], isPinned: Bool = false) -> String {
    func cells(_ row: [String], _ element: String) -> String {
      "<tr>\(zip(columns, row).map { $0.cell($1, element) }.joined())</tr>"
    }
    return
      "<div class=\"scroll\"><table\(isPinned ? " class=\"pinned\"" : "")><thead>\(cells(columns.map(\.title), "th"))</thead><tbody>"
      + rows.map { cells($0, "td") }.joined(separator: "\n") + "</tbody>"
      + (foot.isEmpty ? "" : "<tfoot>" + foot.map { cells($0, "td") }.joined(separator: "\n") + "</tfoot>")
      + "</table></div>"
  }

  static func details(_ title: String, _ content: String) -> String {
    "<details><summary>\(text(title))</summary>\(content)</details>"
  }
}
