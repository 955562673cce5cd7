internal import CNNDiagnostics

/// Why a network cannot be had, trained or used.
public enum NetworkError: Error, Sendable, Equatable {
  /// The text of the spec is wrong, or asks for what its data has not: everything that is, in the order of its lines.
  case spec([Fault])
  /// The samples that the spec asks for cannot be had or read: the files are missing or damaged. Its place is the line
  /// that asks for them.
  case data(Fault)
  /// A file of a spec or of weights is missing, cannot be read or written, or is of another model.
  case file(String)
  /// Samples or labels that the network does not take.
  case samples(String)
  /// What the spec asks for and this library does not do; the command does.
  case unsupported(String)
  /// Training or prediction failed: divergence, memory.
  case run(String)

  /// One fault of a spec.
  public struct Fault: Sendable, Equatable, CustomStringConvertible {
    /// `CN2103`; `cnnrun explain` knows it.
    public let code: String
    public let message: String
    public let help: String?
    /// Where it is, each from 1; columns count Unicode scalars.
    public let line, column: Int

    /// `4:22: unknown key …`
    public var description: String { "\(line):\(column): \(message)" }

    init(_ diagnostic: Diagnostic) {
      code = diagnostic.code.id
      message = diagnostic.message
      help = diagnostic.help
      line = diagnostic.span.start.line
      column = diagnostic.span.start.column
    }
  }
}
