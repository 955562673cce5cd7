internal import CNNDiagnostics
internal import CNNYAML

/// Finds the comments of a spec that silence advice, and reports those that cannot.
enum IgnoreComments {
  /// Every code that can be silenced has a notice that it was not needed, until something is silenced by it.
  static func read(_ root: YAMLNode, source: SourceID, sources: inout SourceMap, into bag: inout DiagnosticBag) {
    let text = sources[source]
    var scalars: [Range<Int>]?
    let found = Suppression.ignores(in: source, of: text) { offset in
      let ranges = scalars ?? root.scalarRanges(in: source)
      scalars = ranges
      // Scalars do not overlap, so only the last that begins before can hold it.
      let next = ranges.partitioningIndex { $0.lowerBound > offset }
      return next > 0 && ranges[next - 1].contains(offset)
    }
    for ignore in found.ignores { report(ignore, into: &bag) }
    for comment in found.malformed { report(comment, into: &bag) }
    sources.add(found.ignores)
  }

  private static func report(_ comment: Suppression.Malformed, into bag: inout DiagnosticBag) {
    let codes = comment.codes.filter { advice.contains($0) }
    let text = "cnnrun: ignore[\(codes.isEmpty ? "CN9101" : codes.joined(separator: ", "))]"
    var diagnostic = Diagnostic(
      Suppression.malformedIgnore, "this comment silences nothing: \(comment.reason)", at: comment.span,
      help: codes.isEmpty
        ? "write it as `# \(text)`, with the code that stands in brackets behind the warning" : "write `# \(text)`")
    if !codes.isEmpty {
      diagnostic.fix = .init("write \(text)", isSafe: false, edits: [.init(comment.span, text: text)])
    }
    bag.add(diagnostic)
  }

  private static let known = Dictionary(
    (SpecExplanations.all + YAMLCode.explanations).map { ($0.code.id, $0.code) },
    uniquingKeysWith: { first, _ in first })
  private static let byName = Dictionary(
    known.values.filter { $0.severity < .error }.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
  private static let advice = known.values.filter { $0.severity < .error }.map(\.id)

  private static func report(_ ignore: Suppression.Ignore, into bag: inout DiagnosticBag) {
    // Most name advice; only what does not is looked for among everything that can be explained.
    let code = SpecCode.allAdvice.first { $0.id == ignore.code } ?? known[ignore.code]
    if code == nil || code == Suppression.unknownIgnore {
      let close = byName[ignore.code.lowercased()] ?? Spelling.closest(to: ignore.code, among: advice)
      var diagnostic = Diagnostic(
        Suppression.unknownIgnore, "there is no advice `\(ignore.code)`", at: ignore.span,
        label: close.map { "did you mean `\($0)`?" } ?? "",
        help: "the codes of advice begin with CN9, and stand in brackets behind each warning")
      if let close { diagnostic.fix = .init("write \(close)", isSafe: false, edits: [.init(ignore.span, text: close)]) }
      bag.add(diagnostic)
    } else if let code, code.severity == .error {
      bag.add(
        Diagnostic(
          Suppression.unknownIgnore, "`\(code.id)` is an error, and only advice can be ignored", at: ignore.span,
          help: "remove the comment, and mend what it is about"))
    } else if !SpecCode.drawnByData.contains(ignore.code) {
      bag.add(
        Diagnostic(
          Suppression.unusedIgnore, "line \(ignore.line) draws no `\(ignore.code)`", at: ignore.span,
          help: "remove it from the comment"))
    }
  }
}

extension YAMLNode {
  /// The bytes of all keys and values.
  fileprivate func scalarRanges(in source: SourceID) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    func add(_ span: SourceSpan) {
      if span.source == source, span.start.byte < span.end.byte { ranges.append(span.start.byte..<span.end.byte) }
    }
    func walk(_ node: YAMLNode) {
      switch node.content {
      case .scalar: add(node.span)
      case .sequence(let items): items.forEach(walk)
      case .mapping(let entries):
        for entry in entries {
          add(entry.keySpan)
          walk(entry.value)
        }
      }
    }
    walk(self)
    return ranges.sorted { $0.lowerBound < $1.lowerBound }
  }
}

extension Array {
  /// The first index whose element satisfies a predicate that holds for all behind it too.
  fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
