/// Plain text, or text with ANSI colours: two decorators of one rendering.
package enum TerminalStyle: Sendable {
  case plain
  case ansi

  /// A part of a rendered diagnostic that may have its own colour.
  package enum Role: Sendable {
    case error, warning, note, help
    /// The message beside the code.
    case message
    /// Gutter, arrow and line numbers.
    case frame
  }

  package func callAsFunction(_ role: Role, _ text: String) -> String {
    switch self {
    case .plain: text
    case .ansi: text.isEmpty ? "" : "\u{1B}[\(Self.parameters(of: role))m\(text)\u{1B}[0m"
    }
  }

  private static func parameters(of role: Role) -> String {
    switch role {
    case .error: "1;31"
    case .warning: "1;33"
    case .note: "1;32"
    case .help: "1;36"
    case .message: "1"
    case .frame: "34"
    }
  }
}

extension Severity {
  package var role: TerminalStyle.Role {
    switch self {
    case .error: .error
    case .warning: .warning
    case .note: .note
    }
  }
}
