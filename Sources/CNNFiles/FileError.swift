/// A failed operation on a file: what it was, why it failed, and what to do.
///
/// The text is lower case and without a full stop; `help`, where there is one, is what to do.
package struct FileError: Error, Sendable, Equatable {
  /// The kinds of failure that a caller may treat differently.
  package enum Code: String, Sendable {
    case notFound, notPermitted, notRegularFile, notDirectory, tooLarge
    case outOfSpace, readOnly, exists, locked, escapesRoot, brokenPipe, io
  }

  package let code: Code
  /// The path as it was given.
  package let path: String
  package let message: String
  package let help: String?
  /// The cause, where the operating system refused.
  package let errno: Int32?

  package init(_ code: Code, path: String, _ message: String, help: String? = nil, errno: Int32? = nil) {
    self.code = code
    self.path = path
    self.message = message
    self.help = help
    self.errno = errno
  }

  /// What `cause` means for somebody who wanted to `verb` the file at `path`.
  package init(_ cause: SystemError, _ verb: String, path: String) {
    let (code, help) = Self.classify(cause)
    self.init(
      code, path: path, "cannot \(verb) '\(path)': \(cause.text)", help: help, errno: cause.errno)
  }
}

extension FileError: CustomStringConvertible {
  package var description: String { help.map { "\(message) (\($0))" } ?? message }
}
