import Foundation

/// Texts printed by Keras 3.15.1 and by the copy of Keras 2.5 that TensorFlow 2.21 keeps.
///
/// `Fixtures/make_goldens.py` writes them; nothing here ever does.
enum Golden {
  /// The text without the newline at the end of the file.
  static func text(_ name: String, file: StaticString = #filePath) throws -> String {
    let url = URL(filePath: "\(file)").deletingLastPathComponent()
      .appending(components: "Fixtures", name)
    var text = try String(contentsOf: url, encoding: .utf8)
    if text.last == "\n" { text.removeLast() }
    return text
  }

  /// The lines of a table, each split at its tabs.
  static func rows(_ name: String) throws -> [[String]] {
    try text(name).split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
