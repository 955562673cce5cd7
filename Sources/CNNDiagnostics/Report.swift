/// What a check of one or more files found, in the form that every renderer for tools takes.
package struct Report: Sendable {
  /// Every file that was checked, clean ones too, as the user wrote them.
  package let files: [String]
  /// By file, line and column.
  package let diagnostics: [Diagnostic]
  package let sources: SourceMap
  /// The folder that the paths of a report are relative to, absolute; `nil` leaves them as written.
  package let root: String?

  package init(files: [String], diagnostics: [Diagnostic], sources: SourceMap, root: String? = nil) {
    self.files = files
    self.diagnostics = diagnostics
    self.sources = sources
    self.root = root
  }

  package func name(of diagnostic: Diagnostic) -> String { sources[diagnostic.span.source].name }

  /// Whether a diagnostic lies in a file: one of a `--set` does not.
  package func isInFile(_ diagnostic: Diagnostic) -> Bool { files.contains(name(of: diagnostic)) }

  /// A path as other tools know it: relative to the root, and without `./`.
  package func path(of name: String) -> String {
    let path = Self.normalized(name)
    guard let root else { return path }
    let whole = path.hasPrefix("/") ? path : Self.normalized("\(root)/\(path)")
    return whole.hasPrefix(root + "/") ? String(whole.dropFirst(root.count + 1)) : path
  }

  /// A path without `.`, and without `..` behind the name of a folder; links are not looked at.
  package static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    let text = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    return text.isEmpty ? path : text
  }

  /// Each diagnostic with what recognises it in the next report, though its line may have moved.
  ///
  /// FNV-1a, 64 bits, of the code, the path in the tree and the line without blanks at its ends; equal ones are
  /// counted from 1.
  package func fingerprints(includingFile: Bool) -> [(hash: UInt64, number: Int)] {
    var seen: [UInt64: Int] = [:]
    return diagnostics.map { diagnostic in
      let line = sources[diagnostic.span.source].quote(of: diagnostic.span)
      var parts = [diagnostic.code.id, diagnostic.path, Self.trimmed(line)]
      if includingFile { parts.append(path(of: name(of: diagnostic))) }
      let hash = FNV.hash(parts.joined(separator: "\u{0}"))
      seen[hash, default: 0] += 1
      return (hash, seen[hash] ?? 1)
    }
  }

  private static func trimmed(_ line: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(String(line.drop(while: isBlank).reversed()).drop(while: isBlank).reversed())
  }
}

/// The hash of Fowler, Noll and Vo, variant 1a, of 64 bits.
package enum FNV {
  package static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Sixteen digits.
  package static func hex(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
