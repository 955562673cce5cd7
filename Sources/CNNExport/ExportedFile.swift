/// A file that an export consists of; the caller puts it in place.
package struct ExportedFile: Sendable, Equatable {
  /// Without a folder: `model.onnx`.
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Why a model cannot be put into a format, or a file of another program cannot be read, with the remedy.
package struct ExportError: Error, Sendable, Equatable {
  package let message: String
  package let help: String?
  /// Whether a file of weights is sound, and of another model: some of its layers may fit.
  package let isMismatch: Bool

  package init(_ message: String, help: String? = nil, isMismatch: Bool = false) {
    self.message = message
    self.help = help
    self.isMismatch = isMismatch
  }
}
