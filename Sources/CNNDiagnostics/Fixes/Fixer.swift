/// Mends a text by the fixes of its own faults, and keeps only what made it better.
///
/// A round applies every fix that overlaps no other, reads the text again and goes on with what is found then, until
/// nothing is left to fix. A round counts only if faults got fewer and no error appeared of a kind that was not there
/// before. If a round does not count, its fixes are tried one by one.
///
/// Advice is given where no error is left, so what appears with the last error gone may have been there before. After
/// safe fixes it was: they write what the text can only have meant. Where advice counts (`--strict`), a guess that
/// leads to advice of a new kind is not made, and safe fixes go first, so that it is known whose the advice is.
package struct Fixer {
  package struct Outcome: Sendable {
    package let bytes: [UInt8]
    /// Titles of the fixes made, in order.
    package let made: [String]
    /// What is still wrong.
    package let remaining: [Diagnostic]
  }

  /// What is wrong with a text, and how many bytes were looked at to find it.
  package struct Checked {
    package let faults: [Diagnostic]
    package let work: Int

    package init(faults: [Diagnostic], work: Int) {
      self.faults = faults
      self.work = work
    }
  }

  /// Each round mends something, so this ends texts that trade one fault for another.
  private static let mostRounds = 16
  /// Bytes that all checks together look at, the last one perhaps beyond it: a text with thousands of faults is mended
  /// in several goes.
  private static let mostWork = 2 << 20
  /// How many fixes of a round are tried alone.
  private static let mostAlone = 64

  private let includesUnsafe: Bool
  private let isStrict: Bool
  private let source: SourceID
  private let check: ([UInt8]) -> Checked

  /// - Parameters:
  ///   - isStrict: whether advice counts as errors do.
  ///   - source: which text of the check's source map is mended.
  ///   - check: finds the faults of a text.
  package init(
    includesUnsafe: Bool, isStrict: Bool = false, source: SourceID, check: @escaping ([UInt8]) -> Checked
  ) {
    self.includesUnsafe = includesUnsafe
    self.isStrict = isStrict
    self.source = source
    self.check = check
  }

  package func fix(_ original: [UInt8]) -> Outcome {
    var bytes = original
    let first = check(bytes)
    var faults = first.faults
    var work = Work(spent: first.work, next: first.work)
    var known = Set(faults.map(\.code))
    var made: [String] = []
    for _ in 0..<Self.mostRounds {
      let fixes = fixes(of: faults)
      if fixes.isEmpty { break }
      var step: Step?
      for set in fixes.count == 1 ? [fixes] : [fixes] + fixes.prefix(Self.mostAlone).map({ [$0] }) {
        step = attempt(set, on: bytes, faults, known, &work)
        if step != nil { break }
      }
      guard let step else { break }
      (bytes, faults) = (step.bytes, step.faults)
      known.formUnion(faults.map(\.code))
      made += step.titles
    }
    return Outcome(bytes: bytes, made: made, remaining: faults)
  }

  private func fixes(of faults: [Diagnostic]) -> [Diagnostic.Fix] {
    let all = faults.compactMap(\.fix)
    let safe = TextEdits.compatible(all.filter(\.isSafe), in: source)
    if !includesUnsafe || (isStrict && !safe.isEmpty) { return safe }
    return TextEdits.compatible(all, in: source)
  }

  private func attempt(
    _ fixes: [Diagnostic.Fix], on bytes: [UInt8], _ faults: [Diagnostic], _ known: Set<DiagnosticCode>,
    _ work: inout Work
  ) -> Step? {
    guard work.spent + work.next <= Self.mostWork,
      let mended = TextEdits.apply(fixes.flatMap(\.edits), to: bytes), mended != bytes
    else { return nil }
    let checked = check(mended)
    work = Work(spent: work.spent + checked.work, next: checked.work)
    let left = checked.faults
    guard Self.weight(left) < Self.weight(faults) else { return nil }
    let hadErrors = faults.contains { $0.severity == .error }
    let mayUncoverAdvice = hadErrors && !(isStrict && fixes.contains { !$0.isSafe })
    let judged = mayUncoverAdvice ? left.filter { $0.severity == .error } : left
    guard known.isSuperset(of: judged.map(\.code)) else { return nil }
    return Step(bytes: mended, faults: left, titles: fixes.map(\.title))
  }

  private struct Step {
    let bytes: [UInt8]
    let faults: [Diagnostic]
    let titles: [String]
  }

  private struct Work {
    var spent: Int
    /// What the next check will take, going by the last one.
    var next: Int
  }

  /// Errors first, then warnings.
  private static func weight(_ faults: [Diagnostic]) -> (Int, Int) {
    (faults.count { $0.severity == .error }, faults.count { $0.severity == .warning })
  }
}
