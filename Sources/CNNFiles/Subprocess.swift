#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Runs another program to its end: no shell, nothing on its standard input, what it prints in a file.
package enum Subprocess {
  /// The path of a program that `PATH` leads to; `nil` if there is none.
  package static func find(_ name: String) -> String? {
    for folder in (EnvironmentVariable.value(of: "PATH") ?? "").split(separator: ":") where folder.hasPrefix("/") {
      let path = Path.join(String(folder), name)
      if unsafe access(path, X_OK) == 0, FileAccess().status(path)?.kind == .regular { return path }
    }
    return nil
  }

  /// - Parameters:
  ///   - program: its path.
  ///   - log: a file that gets both of its outputs.
  /// - Returns: its exit status; 128 and the signal's number if one ended it.
  /// - Throws: if it cannot be started.
  package static func run(_ program: String, _ arguments: [String], log: String) throws(FileError) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t? = unsafe nil
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, mode_t(0o600))
    unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var child = pid_t()
    let status = unsafe withStrings([program] + arguments) { arguments in
      unsafe withStrings(environment) { environment in
        unsafe posix_spawn(&child, program, &actions, nil, arguments, environment)
      }
    }
    if status != 0 { throw FileError(SystemError(errno: status), "run", path: program) }
    return try wait(for: child, program)
  }

  private static func wait(for child: pid_t, _ program: String) throws(FileError) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      if errno != EINTR { throw FileError(SystemError(errno: errno), "wait for", path: program) }
    }
    // As <sys/wait.h> takes it apart.
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  /// What compilers go by, in the language that messages are read in.
  private static var environment: [String] {
    ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DEVELOPER_DIR", "SDKROOT"].compactMap { name in
      EnvironmentVariable.value(of: name).map { "\(name)=\($0)" }
    } + ["LC_ALL=C"]
  }

  @unsafe private static func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { for pointer in unsafe pointers { unsafe free(pointer) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("a list that ends with nil is not empty") }
      return unsafe body(start)
    }
  }
}

/// A folder that nobody else can read, below `TMPDIR` or `/tmp`; it goes with its files when this value does.
package struct TemporaryFolder: ~Copyable {
  private let root: String

  package init() throws(FileError) {
    let parent = EnvironmentVariable.value(of: "TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let pattern = Path.join(parent, "cnnrun-XXXXXX")
    var bytes = Array(pattern.utf8CString)
    let made = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return false }
      return unsafe mkdtemp(start) != nil
    }
    guard made else { throw FileError(SystemError(errno: errno), "make a folder in", path: parent) }
    root = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package func path(_ name: String) -> String { Path.join(root, name) }

  deinit {
    for name in (try? FileAccess().list(root)) ?? [] { try? PosixFileSystem().remove(Path.join(root, name)) }
    _ = unsafe rmdir(root)
  }
}
