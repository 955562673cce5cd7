/// What changed between two texts, as `diff -u` and `patch` write and read it.
package enum UnifiedDiff {
  private static let context = 3

  /// Empty if the texts are equal.
  package static func text(from old: [UInt8], to new: [UInt8], name: String) -> String {
    let changes = lines(of: old, new)
    let changed = changes.indices.filter { changes[$0].sign != " " }
    guard let first = changed.first else { return "" }
    // As git does it, so that `patch -p1` and `git apply` find the file; an absolute path stays one.
    let isAbsolute = name.hasPrefix("/")
    var result = "--- \(isAbsolute ? "" : "a/")\(name)\n+++ \(isAbsolute ? "" : "b/")\(name)\n"
    var hunk = first..<(first + 1)
    for index in changed.dropFirst() {
      if index - hunk.upperBound > 2 * context {
        result += render(hunk, changes)
        hunk = index..<(index + 1)
      } else {
        hunk = hunk.lowerBound..<(index + 1)
      }
    }
    return result + render(hunk, changes)
  }

  private struct Line {
    let sign: Character
    /// With its line break, where it has one.
    let text: String
  }

  /// Both texts merged: kept, removed and added lines in order.
  private static func lines(of old: [UInt8], _ new: [UInt8]) -> [Line] {
    let (before, after) = (split(old), split(new))
    let difference = after.difference(from: before)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var result: [Line] = []
    var (row, column) = (0, 0)
    while row < before.count || column < after.count {
      if row < before.count, removed.contains(row) {
        result.append(Line(sign: "-", text: before[row]))
        row += 1
      } else if column < after.count, inserted.contains(column) {
        result.append(Line(sign: "+", text: after[column]))
        column += 1
      } else {
        result.append(Line(sign: " ", text: before[row]))
        row += 1
        column += 1
      }
    }
    return result
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(String(decoding: bytes[start...index], as: UTF8.self))
      start = index + 1
    }
    if start < bytes.count { lines.append(String(decoding: bytes[start...], as: UTF8.self)) }
    return lines
  }

  private static func render(_ changed: Range<Int>, _ changes: [Line]) -> String {
    let range = max(0, changed.lowerBound - context)..<min(changes.count, changed.upperBound + context)
    let before = changes[..<range.lowerBound]
    let (oldStart, newStart) = (before.count { $0.sign != "+" }, before.count { $0.sign != "-" })
    let hunk = changes[range]
    let (oldCount, newCount) = (hunk.count { $0.sign != "+" }, hunk.count { $0.sign != "-" })
    var text = "@@ -\(place(oldStart, oldCount)) +\(place(newStart, newCount)) @@\n"
    for line in hunk {
      text += String(line.sign) + line.text
      if line.text.utf8.last != UInt8(ascii: "\n") {
        text += "\n\\ No newline at end of file\n"
      }
    }
    return text
  }

  /// The line counted from 1, before which an empty part stands, and the count unless it is 1.
  private static func place(_ start: Int, _ count: Int) -> String {
    let line = count == 0 ? start : start + 1
    return count == 1 ? "\(line)" : "\(line),\(count)"
  }
}
