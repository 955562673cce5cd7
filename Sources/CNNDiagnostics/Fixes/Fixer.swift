/// Mends a text by the fixes of its own faults, and keeps only what made it better.
///
/// A round applies every fix that overlaps no other, reads the text again and goes on with what is found then, until
/// nothing is left to fix. A round counts only if faults got fewer and no error appeared of a kind that was not there
/// before; advice may, which is given once no error is left. If a round does not count, its fixes are tried one by one.
package struct Fixer {
  package struct Outcome: Sendable {
    package let bytes: [UInt8]
    /// Titles of the fixes made, in order.
    package let made: [String]
    /// What is still wrong.
    package let remaining: [Diagnostic]
  }

  /// Each round mends something, so this ends texts that trade one fault for another.
  private static let mostRounds = 16
  /// How many fixes of a round are tried alone.
  private static let mostAlone = 64

  private let includesUnsafe: Bool
  private let source: SourceID
  private let check: ([UInt8]) -> [Diagnostic]

  /// - Parameters:
  ///   - source: which text of the check's source map is mended.
  ///   - check: finds the faults of a text.
  package init(includesUnsafe: Bool, source: SourceID, check: @escaping ([UInt8]) -> [Diagnostic]) {
    self.includesUnsafe = includesUnsafe
    self.source = source
    self.check = check
  }

  package func fix(_ original: [UInt8]) -> Outcome {
    var bytes = original
    var faults = check(bytes)
    let known = Set(faults.map(\.code))
    var made: [String] = []
    for _ in 0..<Self.mostRounds {
      let fixes = TextEdits.compatible(faults.compactMap(\.fix).filter { $0.isSafe || includesUnsafe }, in: source)
      if fixes.isEmpty { break }
      let sets = fixes.count == 1 ? [fixes] : [fixes] + fixes.prefix(Self.mostAlone).map { [$0] }
      guard let step = sets.lazy.compactMap({ attempt($0, on: bytes, faults, known) }).first else { break }
      (bytes, faults) = (step.bytes, step.faults)
      made += step.titles
    }
    return Outcome(bytes: bytes, made: made, remaining: faults)
  }

  private func attempt(
    _ fixes: [Diagnostic.Fix], on bytes: [UInt8], _ faults: [Diagnostic], _ known: Set<DiagnosticCode>
  ) -> (bytes: [UInt8], faults: [Diagnostic], titles: [String])? {
    guard let mended = TextEdits.apply(fixes.flatMap(\.edits), to: bytes), mended != bytes else { return nil }
    let left = check(mended)
    guard Self.weight(left) < Self.weight(faults),
      known.isSuperset(of: left.filter { $0.severity == .error }.map(\.code))
    else { return nil }
    return (mended, left, fixes.map(\.title))
  }

  /// Errors first, then warnings.
  private static func weight(_ faults: [Diagnostic]) -> (Int, Int) {
    (faults.count { $0.severity == .error }, faults.count { $0.severity == .warning })
  }
}
