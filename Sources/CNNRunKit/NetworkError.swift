internal import CNNDiagnostics
internal import CNNTraining

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
  /// Training or prediction would take more memory than it may; nothing of it was allocated.
  case memory(Shortage)
  /// Training or prediction failed, as by divergence.
  case run(String)

  /// Memory that there is not.
  public struct Shortage: Sendable, Equatable, CustomStringConvertible {
    /// Samples of a step.
    public let batchSize: Int
    /// What a batch of that size takes, in bytes.
    public let byteCount: Int
    /// Bytes that may be taken: four fifths of what is free, unless the caller said otherwise.
    public let limit: Int
    /// The largest batch that fits; `nil` if not even one sample does.
    public let largestBatch: Int?
    public let description: String

    init(_ shortage: MemoryShortage) {
      batchSize = shortage.batch
      byteCount = shortage.needed
      limit = shortage.available
      largestBatch = shortage.largestBatch > 0 ? shortage.largestBatch : nil
      description = shortage.message
    }
  }

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
