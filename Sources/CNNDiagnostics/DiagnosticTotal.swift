/// The last line of a report: `2 errors, 1 warning in 1 of 3 files`.
package struct DiagnosticTotal: Sendable, Equatable {
  package let errors: Int
  package let warnings: Int
  /// Files with an error or a warning.
  package let faultyFiles: Int
  /// Files checked.
  package let files: Int

  package init(errors: Int, warnings: Int, faultyFiles: Int, files: Int) {
    self.errors = errors
    self.warnings = warnings
    self.faultyFiles = faultyFiles
    self.files = files
  }

  /// Counts; faults in several texts of one command (`--set`) count as one of its `files` each at most.
  package init(_ diagnostics: [Diagnostic], files: Int) {
    let faults = diagnostics.filter { $0.severity > .note }
    self.init(
      errors: faults.count { $0.severity == .error }, warnings: faults.count { $0.severity == .warning },
      faultyFiles: min(files, Set(faults.map(\.span.source)).count), files: files)
  }

  package var line: String {
    let place = files == 1 ? "1 file" : "\(faultyFiles) of \(files) files"
    switch (errors, warnings) {
    case (0, 0): return "no faults in \(files) file\(files == 1 ? "" : "s")"
    case (_, 0): return Self.count(errors, "error") + " in " + place
    case (0, _): return Self.count(warnings, "warning") + " in " + place
    default: return Self.count(errors, "error") + ", " + Self.count(warnings, "warning") + " in " + place
    }
  }

  /// No more than so many are kept, so that there may be others.
  private static func count(_ count: Int, _ noun: String) -> String {
    let most = DiagnosticBag.mostKept
    return (count >= most ? "at least " : "") + "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
