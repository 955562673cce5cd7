import CNNFiles
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The two streams of a command: answers go to stdout, everything else to stderr.
///
/// Writes go straight to the descriptors, so that a killed run has printed what it did. A reader that went away
/// is no reason to stop: SIGPIPE is ignored. Nor is any other write that fails, but the command then ends with status 3.
struct Console: Sendable {
  let isQuiet: Bool
  /// Whether times and decisions are told that a run keeps to itself otherwise.
  let isVerbose: Bool
  /// Whether answers are one JSON document, so that nothing else may go to stdout.
  let answersInJSON: Bool
  /// Whether stderr is a terminal that may be redrawn.
  let redraws: Bool
  let usesColor: Bool
  let columns: Int

  init(isQuiet: Bool, isVerbose: Bool = false, noColor: Bool, answersInJSON: Bool = false) {
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose && !isQuiet
    self.answersInJSON = answersInJSON
    let isTerminal = isatty(2) == 1
    let isDumb = Self.environment("TERM") == "dumb"
    redraws = isTerminal && !isDumb && Self.environment("CI") == nil
    let forced = Self.environment("FORCE_COLOR").map { !$0.isEmpty } ?? false
    let refused = noColor || Self.environment("NO_COLOR").map { !$0.isEmpty } ?? false
    usesColor = !refused && (forced || (isTerminal && !isDumb))
    columns = Self.terminalColumns()
  }

  /// Prints an answer.
  func answer(_ text: String) { if !isQuiet, !answersInJSON { _ = Self.write(text, to: 1) } }

  /// Prints an answer that `-q` does not silence: it is all that the command was asked for.
  ///
  /// - Throws: status 3 if it could not be written, which is told at the end; a reader that went away is none of our
  ///   business.
  func result(_ text: String) throws {
    let code = Self.write(text, to: 1)
    if code != 0, code != EPIPE { throw Exit(.failed) }
  }

  /// Prints progress or a note.
  func note(_ text: String) { if !isQuiet { _ = Self.write(text, to: 2) } }

  /// Prints what only `-v` asks for.
  func detail(_ text: String) { if isVerbose { _ = Self.write(text, to: 2) } }

  /// Prints what went wrong.
  func error(_ text: String) { _ = Self.write(text, to: 2) }

  /// Whether the terminal's locale is one of UTF-8, by the first of the variables that POSIX asks (XBD 8.2).
  static var isUnicode: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
    let name = locale.lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  static func environment(_ name: String) -> String? { EnvironmentVariable.value(of: name) }

  /// Why something is missing of what was printed to stdout, and to stderr; 0 while nothing is.
  private static let lostOutput = Atomic<Int32>(0)
  private static let lostErrors = Atomic<Int32>(0)

  /// What is missing of what was printed, if anything is; a reader that went away misses nothing.
  static var lostText: String? {
    let codes = [("stdout", lostOutput.load(ordering: .relaxed)), ("stderr", lostErrors.load(ordering: .relaxed))]
    return codes.first { $0.1 != 0 }.map { name, code in
      "not all could be written to \(name): \(unsafe String(cString: strerror(code)).lowercased())"
    }
  }

  /// - Returns: 0, or what went wrong.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let code = writeAll(text, to: descriptor)
    if code != 0, code != EPIPE {
      if descriptor == 1 {
        lostOutput.store(code, ordering: .relaxed)
      } else {
        lostErrors.store(code, ordering: .relaxed)
      }
    }
    return code
  }

  private static func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        guard let base = unsafe bytes.baseAddress else { return 0 }
        #if canImport(Glibc)
          let count = unsafe Glibc.write(descriptor, base + offset, bytes.count - offset)
        #elseif canImport(Darwin)
          let count = unsafe Darwin.write(descriptor, base + offset, bytes.count - offset)
        #else
          let count = unsafe Musl.write(descriptor, base + offset, bytes.count - offset)
        #endif
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return errno == 0 ? EIO : errno }
        offset += count
      }
      return 0
    }
  }

  private static func terminalColumns() -> Int {
    if let text = environment("COLUMNS"), let columns = Int(text), columns > 0 { return columns }
    var size = winsize()
    for descriptor in [Int32(1), 2] {
      if unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    }
    return 80
  }
}
