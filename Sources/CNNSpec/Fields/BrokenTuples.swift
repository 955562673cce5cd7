internal import CNNDiagnostics
internal import CNNYAML

/// Python's tuples and lists without brackets in braces, which YAML takes apart at their commas.
///
///     {kernel_size: (3, 3), strides: 1}      is      {kernel_size: "(3", "3)": null, strides: 1}
///     {kernel_size: 3, 3}                    is      {kernel_size: 3, "3": null}
///
/// Put together again they are one value, which its key then refuses as a whole, with the list that is meant.
enum BrokenTuples {
  /// The keys whose values were put together.
  static func keys(_ entries: [YAMLEntry], mended: [YAMLEntry]) -> Set<String> {
    if entries.count == mended.count { return [] }
    return Set(mended.filter { $0.value.scalar?.text.hasPrefix("(") ?? false }.map(\.key))
  }

  static func mended(_ entries: [YAMLEntry]) -> [YAMLEntry] {
    guard entries.contains(where: { openCount($0) > 0 || isNumberAlone($0) }) else { return entries }
    var result: [YAMLEntry] = []
    var index = entries.startIndex
    while index < entries.endIndex {
      let end = openCount(entries[index]) > 0 ? end(behind: index, in: entries) : lastNumber(behind: index, in: entries)
      result.append(end.map { joined(entries[index], entries[(index + 1)...$0]) } ?? entries[index])
      index = (end ?? index) + 1
    }
    return result
  }

  /// Parentheses that the value opens and does not close.
  private static func openCount(_ entry: YAMLEntry) -> Int {
    guard let scalar = entry.value.scalar, !scalar.isQuoted, scalar.text.hasPrefix("(") else { return 0 }
    return depth(scalar.text)
  }

  private static func depth(_ text: String) -> Int {
    text.utf8.reduce(0) { $0 + ($1 == 0x28 ? 1 : $1 == 0x29 ? -1 : 0) }
  }

  /// The entry that closes a tuple, if nothing but numbers stands between.
  private static func end(behind start: Int, in entries: [YAMLEntry]) -> Int? {
    var open = openCount(entries[start])
    for index in entries.indices where index > start {
      let entry = entries[index]
      guard entry.value.isEmpty, entry.key.allSatisfy({ $0.isASCII && ($0.isNumber || "-+.()".contains($0)) }) else {
        return nil
      }
      open += depth(entry.key)
      if open <= 0 { return index }
    }
    return nil
  }

  /// A number where a key should be, and nothing behind it.
  private static func isNumberAlone(_ entry: YAMLEntry) -> Bool {
    entry.value.isEmpty && Double(entry.key) != nil
  }

  /// The last of the numbers that follow a value which is one.
  private static func lastNumber(behind start: Int, in entries: [YAMLEntry]) -> Int? {
    guard let scalar = entries[start].value.scalar, !scalar.isQuoted, Double(scalar.text) != nil else { return nil }
    let numbers = entries[(start + 1)...].prefix(while: isNumberAlone)
    return numbers.isEmpty ? nil : numbers.endIndex - 1
  }

  private static func joined(_ first: YAMLEntry, _ rest: ArraySlice<YAMLEntry>) -> YAMLEntry {
    let texts = [first.value.scalar?.text ?? ""] + rest.map(\.key)
    var result = first
    result.value.content = .scalar(YAMLScalar(texts.joined(separator: ", "), isQuoted: false))
    if let last = rest.last { result.value.span.end = last.keySpan.end }
    return result
  }
}
