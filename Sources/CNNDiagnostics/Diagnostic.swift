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

  /// A change of the text that mends the fault.
  package struct Fix: Sendable, Hashable {
    /// Text that takes the place of a span of the original.
    package struct Edit: Sendable, Hashable {
      package var span: SourceSpan
      package var text: String

      package init(_ span: SourceSpan, text: String) {
        self.span = span
        self.text = text
      }
    }

    /// `rename to kernel_size`
    package var title: String
    /// Whether the meaning can only become what the author wrote.
    package var isSafe: Bool
    package var edits: [Edit]

    package init(_ title: String, isSafe: Bool, edits: [Edit]) {
      self.title = title
      self.isSafe = isSafe
      self.edits = edits
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
  package var fix: Fix?
  /// Repairs to be proved, the best first; none are left when a diagnostic is shown.
  package var proposals: [Proposal] = []

  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, label: String = "", notes: [Note] = [],
    help: String? = nil, path: String = "", proposals: [Proposal] = []
  ) {
    self.code = code
    self.severity = code.severity
    self.message = message
    self.span = span
    self.label = label
    self.notes = notes
    self.help = help
    self.path = path
    self.proposals = proposals
  }
}

extension Diagnostic {
  /// The label where it says what to write, not what is there: `did you mean `kernel_size`?`.
  package var suggestion: String? { label.hasSuffix("?") || label.hasPrefix("write ") ? label : nil }

  /// What to do, in lines: the suggestion, unless the help says the same in full, and the help.
  package var remedies: [String] {
    let core = suggestion?.split(separator: "`").dropFirst().first
    let isSaid = core.map { help?.contains($0) ?? false } ?? false
    return [isSaid ? nil : suggestion, help.map { "help: \($0)" }].compactMap(\.self)
  }

  /// What to do, in one line, where no source is shown: the suggestion, or else the help.
  package var remedy: String? { suggestion ?? help }
}

/// Thrown at a phase's boundary when the user's text has errors.
package struct DiagnosticsError: Error, Sendable {
  package let diagnostics: [Diagnostic]
  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
