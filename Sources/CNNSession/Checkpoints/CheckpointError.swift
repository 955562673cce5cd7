internal import CNNFiles

/// Why a checkpoint cannot be used.
package struct CheckpointError: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    /// Nothing of this name.
    case missing
    /// It cannot be opened or read.
    case unreadable
    /// Its bytes are not those that were written.
    case damaged
    case otherVersion
    /// It is whole, and of another model.
    case mismatch
  }

  package let code: Code
  package let message: String
  package let help: String?

  init(_ code: Code, _ path: String, _ text: String, help: String? = nil) {
    self.code = code
    message = "'\(path)' \(text)"
    self.help = help
  }

  init(_ error: FileError) {
    code = error.code == .notFound ? .missing : .unreadable
    message = error.message
    help = error.help
  }
}
