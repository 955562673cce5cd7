internal import Foundation

/// Headless Chromium, which lays a page out and answers what it came to.
package enum Browser {
  /// A window, and what is asked of the page in it.
  package struct Question: Sendable {
    package var width: Int
    package var isDark: Bool
    /// JavaScript by names.
    package var expressions: [String: String]

    package init(width: Int, isDark: Bool, expressions: [String: String]) {
      self.width = width
      self.isDark = isDark
      self.expressions = expressions
    }
  }

  package struct Answer: Sendable {
    /// What the console said, what was not allowed, what was asked of a network.
    package var errors: [String]
    /// JSON texts of what the expressions gave.
    package var values: [String: String]

    package func number(_ name: String) -> Double? { values[name].flatMap(Double.init) }
  }

  package struct Failure: Error { package let message: String }

  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("browser.py")

  private static let browser: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first(where: FileManager.default.isExecutableFile(atPath:))
  private static let python = "/usr/bin/python3"

  /// Why nothing can be asked; `nil` where there is a browser.
  package static var absence: String? {
    if browser == nil { return "skipped: there is no chromium" }
    return FileManager.default.isExecutableFile(atPath: python) ? nil : "skipped: there is no python3"
  }

  /// Opens a page once for each question.
  package static func ask(_ html: String, _ questions: [Question]) throws -> [Answer] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appendingPathComponent("page.html")
    try Data(html.utf8).write(to: page)
    let asked = questions.map { question in
      ["width": question.width, "height": 800, "dark": question.isDark, "expressions": question.expressions]
        as [String: Any]
    }
    let file = folder.appendingPathComponent("questions.json")
    try JSONSerialization.data(withJSONObject: asked).write(to: file)
    let output = folder.appendingPathComponent("answers")
    let complaints = folder.appendingPathComponent("errors")
    for file in [output, complaints] { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script.path, page.path, file.path]
    var environment = ProcessInfo.processInfo.environment
    environment["CHROMIUM"] = browser
    process.environment = environment
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: complaints)
    try process.run()
    process.waitUntilExit()
    guard let answers = try JSONSerialization.jsonObject(with: Data(contentsOf: output)) as? [[String: Any]] else {
      throw Failure(message: (try? String(contentsOf: complaints, encoding: .utf8)) ?? "")
    }
    return try answers.map { answer in
      let values = answer["values"] as? [String: Any] ?? [:]
      return Answer(
        errors: answer["errors"] as? [String] ?? [],
        values: try values.mapValues {
          String(
            decoding: try JSONSerialization.data(withJSONObject: $0, options: [.fragmentsAllowed, .sortedKeys]),
            as: UTF8.self)
        })
    }
  }

  // MARK: Questions of every page

  /// By how many pixels the page is wider than its window.
  package static let overflow = "document.documentElement.scrollWidth - window.innerWidth"

  /// Texts of pictures that lie over each other, or reach out of their picture: as many as there are, and one of them.
  package static let collisions = """
    (() => {
      const found = [];
      for (const svg of document.querySelectorAll('svg.plot')) {
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].map(text => [text, text.getBoundingClientRect()])
          .filter(([, box]) => box.width > 0);
        texts.forEach(([text, box], index) => {
          if (box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 1.5
            || box.bottom > frame.bottom + 1.5) found.push(svg.id + ': ' + text.textContent + ' is cut');
          for (const [other, second] of texts.slice(index + 1)) {
            const scale = frame.width / svg.viewBox.baseVal.width;
            // Boxes of a font's line are higher than its letters.
            const slack = 3 * scale;
            if (box.left < second.right - 1 && second.left < box.right - 1 && box.top + slack < second.bottom - slack
              && second.top + slack < box.bottom - slack) {
              found.push(svg.id + ': ' + text.textContent + ' over ' + other.textContent);
            }
          }
        });
      }
      return found.slice(0, 5).join('; ');
    })()
    """
}
