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
    let (removed, inserted) = changes(before, after)
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

  /// The places of lines that go, and of those that come: as few as can be.
  ///
  /// Lines are compared as numbers. Those at both ends that are the same are set aside, and so are those that the other
  /// text has nowhere, which go or come in any case: a text whose every line changed is not compared line by line.
  private static func changes(_ before: [String], _ after: [String]) -> (removed: Set<Int>, inserted: Set<Int>) {
    var numbers: [String: Int] = [:]
    func numbered(_ lines: [String]) -> [Int] {
      lines.map { line in
        if let number = numbers[line] { return number }
        numbers[line] = numbers.count
        return numbers.count - 1
      }
    }
    let (old, new) = (numbered(before), numbered(after))
    let head = zip(old, new).prefix { $0 == $1 }.count
    let most = min(old.count, new.count) - head
    let tail = zip(old.reversed(), new.reversed()).prefix(most).prefix { $0 == $1 }.count
    let (oldRange, newRange) = (head..<old.count - tail, head..<new.count - tail)
    let (inOld, inNew) = (Set(old[oldRange]), Set(new[newRange]))
    let kept = oldRange.filter { inNew.contains(old[$0]) }
    let found = newRange.filter { inOld.contains(new[$0]) }
    var removed = Set(oldRange).subtracting(kept)
    var inserted = Set(newRange).subtracting(found)
    for change in found.map({ new[$0] }).difference(from: kept.map { old[$0] }) {
      switch change {
      case .remove(let offset, _, _): removed.insert(kept[offset])
      case .insert(let offset, _, _): inserted.insert(found[offset])
      }
    }
    return (removed, inserted)
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
