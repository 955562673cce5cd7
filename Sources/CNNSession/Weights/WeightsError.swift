internal import CNNDiagnostics
package import CNNFiles

/// A file of weights that cannot be used: which one, which of its tensors, what was found and what was expected.
package struct WeightsError: Error, Sendable, Equatable {
  /// The kinds of fault that a caller or a test may tell apart.
  package enum Code: String, Sendable {
    /// The file cannot be read at all.
    case unreadable
    /// Too short for the length at its start.
    case tooShort
    /// The header is longer than is read, or than the file.
    case headerLength
    /// The header is not the JSON that it has to be.
    case header
    case duplicateName
    case tooManyTensors
    /// Values of another type than F32.
    case elementType
    /// A shape whose elements cannot be counted.
    case shapeOverflow
    /// Bytes and shape of a tensor disagree.
    case byteCount
    /// Bytes that lie outside of the file.
    case beyondEnd
    case overlap
    case gap
    case trailingBytes
    /// Infinite, or not a number.
    case nonFinite
    /// The file does not have the tensors that the model has.
    case missingTensor, unknownTensor
    case shape
  }

  package let code: Code
  package let path: String
  /// Whether the file is sound, and of another model: some of its layers may fit.
  package var isMismatch: Bool { [.missingTensor, .unknownTensor, .shape].contains(code) }
  package let message: String
  package let help: String?
  /// Why the file could not be read.
  package let cause: FileError?

  init(_ code: Code, _ path: String, _ message: String, help: String? = nil) {
    self.code = code
    self.path = path
    self.message = "'\(Self.shown(path))' \(message)"
    self.help = help
    cause = nil
  }

  init(_ cause: FileError) {
    code = .unreadable
    path = cause.path
    message = cause.message
    help = cause.help
    self.cause = cause
  }

  /// A name that a file holds, fit for a message: nothing a terminal obeys, and not endless.
  static func shown(_ name: String) -> String {
    let longest = 120
    let start = name.unicodeScalars.prefix(longest)
    return PrintableText.escaped(Substring(start)) + (start.endIndex == name.unicodeScalars.endIndex ? "" : "…")
  }
}

extension WeightsError: CustomStringConvertible {
  package var description: String { help.map { "\(message) (\($0))" } ?? message }
}
