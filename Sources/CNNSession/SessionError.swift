/// What can go wrong while a plan runs, with the remedy.
package struct SessionError: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    case outOfMemory
    case diverged
    case mismatch
    /// A sample could not be read while training was going on.
    case badSample
  }
  package let code: Code
  package let message: String
  package let help: String?

  package init(_ code: Code, _ message: String, help: String? = nil) {
    self.code = code
    self.message = message
    self.help = help
  }
}
