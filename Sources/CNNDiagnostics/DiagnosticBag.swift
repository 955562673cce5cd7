/// Diagnostics collected while work goes on: three faults are three reports.
package struct DiagnosticBag: Sendable {
  package private(set) var diagnostics: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var errorCount = 0

  /// How many are reported at most; a hostile text has tens of thousands of faults.
  package static let mostReported = 50
  /// How many errors, and how many of the rest, are kept at most: what a text of 1 MiB can do wrong fills no memory.
  package static let mostKept = 500

  package init() {}

  package var hasErrors: Bool { errorCount > 0 }
  package var isEmpty: Bool { diagnostics.isEmpty }
  /// Whether no more errors are kept: looking for another is work for nothing.
  package var isFull: Bool { errorCount >= Self.mostKept }

  /// Whether there may be more than is kept.
  package var isCut: Bool { Self.isCut(errors: errorCount, others: diagnostics.count - errorCount) }

  static func isCut(errors: Int, others: Int) -> Bool { errors >= mostKept || others >= mostKept }

  package mutating func add(_ diagnostic: Diagnostic) {
    let isError = diagnostic.severity == .error
    let kept = isError ? errorCount : diagnostics.count - errorCount
    // An alias or a block used twice reports a fault of its text once.
    guard kept < Self.mostKept, seen.insert(diagnostic).inserted else { return }
    diagnostics.append(diagnostic)
    if isError { errorCount += 1 }
  }

  package mutating func add(contentsOf other: DiagnosticBag) {
    for diagnostic in other.diagnostics { add(diagnostic) }
  }

  /// By file, line and column; in one place in the order of finding.
  package var sorted: [Diagnostic] { Self.sorted(Array(diagnostics.enumerated())) }

  /// What to report, sorted: all, or the first 50, errors before warnings, and how many that leaves out.
  package func reported(atMost limit: Int = mostReported) -> (diagnostics: [Diagnostic], omitted: Int) {
    if diagnostics.count <= limit { return (sorted, 0) }
    let byWeight = diagnostics.enumerated().sorted { left, right in
      if left.element.severity != right.element.severity { return left.element.severity > right.element.severity }
      return Self.isBefore(left, right)
    }
    return (Self.sorted(Array(byWeight.prefix(max(0, limit)))), diagnostics.count - max(0, limit))
  }

  private typealias Numbered = (offset: Int, element: Diagnostic)

  private static func sorted(_ numbered: [Numbered]) -> [Diagnostic] {
    numbered.sorted(by: isBefore).map(\.element)
  }

  private static func isBefore(_ left: Numbered, _ right: Numbered) -> Bool {
    let (one, other) = (left.element.span, right.element.span)
    return (one.source.index, one.start.line, one.start.column, left.offset)
      < (other.source.index, other.start.line, other.start.column, right.offset)
  }
}
