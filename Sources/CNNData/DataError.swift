import CNNFiles

/// Data that a spec asks for and that cannot be had: what was found, what was expected, what to do.
///
/// The texts are lower case and without a full stop. They name the file, and where one is at fault,
/// the record.
package struct DataError: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    // what the spec says
    case unknownSource, badSlice, unknownSplit, emptySlice, sliceBeyondEnd, badFraction, overlap, badSplit
    case badPath, classNames, badColumn
    // what is there
    case notFound, notReadable, samplesMissing, emptyFolder
    // what a file holds
    case looksLikeHTML, notIDX, unsupportedElement, wrongRank, tooLarge, truncated, trailingBytes
    case corruptGzip, countMismatch, labelOutOfRange, unreadableImage, notNumPy, badArchive, badTable, notFinite
  }

  /// The key under `data` that the error concerns, so that a command can point at its line.
  package enum Field: String, Sendable {
    case source, order, split, train, validation, test
    case classNames = "class_names"
  }

  package let code: Code
  package let field: Field
  package let message: String
  package let help: String?

  package init(_ code: Code, _ field: Field, _ message: String, help: String? = nil) {
    self.code = code
    self.field = field
    self.message = message
    self.help = help
  }

  /// The same, of another key: a source that `validation` names is at fault there.
  func at(_ field: Field) -> DataError { DataError(code, field, message, help: help) }

  /// A file of the source that cannot be opened or read.
  package init(_ cause: FileError) {
    let code: Code =
      switch cause.code {
      case .notFound: .notFound
      case .escapesRoot: .badPath
      case .tooLarge: .tooLarge
      default: .notReadable
      }
    self.init(code, .source, cause.message, help: cause.help)
  }
}

extension DataError: CustomStringConvertible {
  package var description: String {
    "data.\(field.rawValue): \(message)" + (help.map { " (\($0))" } ?? "")
  }
}
