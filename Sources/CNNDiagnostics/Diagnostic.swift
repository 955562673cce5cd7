package enum Severity: String, Sendable, Comparable {
  case note, warning, error

  package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// What kind of fault a diagnostic reports: declared once, beside its rule, and never reused.
///
/// Families: CN1xxx YAML syntax and limits, CN2xxx keys and types, CN3xxx shapes and graph,
/// CN4xxx training and data settings, CN5xxx broken expectations, CN9xxx advice.
package struct DiagnosticCode: Sendable, Hashable {
  /// `CN2103`
  package let id: String
  /// `unknown-key`
  package let name: String
  package let severity: Severity

  package init(_ id: String, _ name: String, severity: Severity = .error) {
    self.id = id
    self.name = name
    self.severity = severity
  }
}

/// A fault of the user's text, as data: renderers turn it into what people and tools read.
///
/// The message says what is wrong, in lower case without a full stop, with the user's own words and
/// numbers; only `help` says what to do, and what it shows works when pasted.
package struct Diagnostic: Sendable, Hashable {
  package struct Note: Sendable, Hashable {
    package var message: String
    /// Where the note points, if anywhere: another line of the text.
    package var span: SourceSpan?

    package init(_ message: String, at span: SourceSpan? = nil) {
      self.message = message
      self.span = span
    }
  }

  package var code: DiagnosticCode
  package var severity: Severity
  package var message: String
  package var span: SourceSpan
  /// Beside the caret: `did you mean 'kernel_size'?`, `3x3 here`. May be empty.
  package var label: String
  package var notes: [Note]
  package var help: String?
  /// Where in the tree, `$.model.layers[3].filters`; empty if unknown.
  package var path: String

  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, label: String = "", notes: [Note] = [],
    help: String? = nil, path: String = ""
  ) {
    self.code = code
    self.severity = code.severity
    self.message = message
    self.span = span
    self.label = label
    self.notes = notes
    self.help = help
    self.path = path
  }
}

/// Diagnostics collected while work goes on: three faults are three reports.
package struct DiagnosticBag: Sendable {
  package private(set) var diagnostics: [Diagnostic] = []

  package init() {}

  package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  package mutating func add(_ diagnostic: Diagnostic) {
    // An alias or a block used twice reports a fault of its text once.
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  package mutating func add(contentsOf other: DiagnosticBag) {
    for diagnostic in other.diagnostics { add(diagnostic) }
  }
}

/// Thrown at a phase's boundary when the user's text has errors.
package struct DiagnosticsError: Error, Sendable {
  package let diagnostics: [Diagnostic]
  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
