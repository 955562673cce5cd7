#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The real file system. The only code of the package that calls `open`.
///
/// Calls that a signal interrupted are made again, except `close`, whose descriptor is gone.
package struct PosixFileSystem: FileSystem {
  package init() {}

  package func open(
    _ path: String, below directory: Int32?, for purpose: OpenPurpose
  ) throws(SystemError) -> Int32 {
    let flags = Self.flags(for: purpose)
    return try Self.retrying { unsafe openat(directory ?? AT_FDCWD, path, flags, mode_t(0o666)) }
  }

  /// `O_NONBLOCK` lets the opening of a FIFO return, so that its kind can be looked at.
  private static func flags(for purpose: OpenPurpose) -> Int32 {
    switch purpose {
    case .reading: O_RDONLY | O_CLOEXEC | O_NONBLOCK
    case .readingNoLinks: O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW
    case .directory: O_RDONLY | O_CLOEXEC | O_DIRECTORY
    case .directoryNoLinks: O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW
    case .creating: O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW
    case .appending: O_WRONLY | O_CLOEXEC | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK
    case .updating: O_RDWR | O_CLOEXEC | O_CREAT | O_NOFOLLOW | O_NONBLOCK
    }
  }

  package func duplicateStandardInput() throws(SystemError) -> Int32 {
    try Self.retrying { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) }
  }

  package func close(_ descriptor: Int32) throws(SystemError) {
    #if canImport(Darwin)
      let status = Darwin.close(descriptor)
    #elseif canImport(Musl)
      let status = Musl.close(descriptor)
    #else
      let status = Glibc.close(descriptor)
    #endif
    if status != 0 && errno != EINTR { throw SystemError(errno: errno) }
  }

  package func status(of descriptor: Int32) throws(SystemError) -> FileStatus {
    var status = stat()
    _ = try Self.retrying { unsafe fstat(descriptor, &status) }
    return FileStatus(status)
  }

  package func status(
    of path: String, below directory: Int32?, followingLinks: Bool
  ) throws(SystemError) -> FileStatus {
    var status = stat()
    let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
    _ = try Self.retrying { unsafe fstatat(directory ?? AT_FDCWD, path, &status, flags) }
    return FileStatus(status)
  }

  package func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>
  ) throws(SystemError) -> Int {
    try unsafe Self.read(into: &buffer, range) { bytes in unsafe Self.readOnce(descriptor, bytes) }
  }

  package func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(SystemError) -> Int {
    precondition(offset >= 0, "offset \(offset)")
    return try unsafe Self.read(into: &buffer, range) { bytes in
      guard let start = bytes.baseAddress else { return 0 }
      return unsafe pread(descriptor, start, bytes.count, off_t(offset))
    }
  }

  @unsafe private static func read(
    into buffer: inout [UInt8], _ range: Range<Int>, _ call: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(SystemError) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count, "\(range) of \(buffer.count) bytes")
    var count = 0
    repeat {
      count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe call(UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
      }
    } while count < 0 && errno == EINTR
    if count < 0 { throw SystemError(errno: errno) }
    return count
  }

  private static func readOnce(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    #if canImport(Darwin)
      return unsafe Darwin.read(descriptor, start, bytes.count)
    #elseif canImport(Musl)
      return unsafe Musl.read(descriptor, start, bytes.count)
    #else
      return unsafe Glibc.read(descriptor, start, bytes.count)
    #endif
  }

  package func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Int {
    var count = 0
    repeat {
      count = unsafe bytes.withUnsafeBytes { unsafe Self.writeOnce(descriptor, $0) }
    } while count < 0 && errno == EINTR
    if count < 0 { throw SystemError(errno: errno) }
    return count
  }

  private static func writeOnce(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    #if canImport(Darwin)
      return unsafe Darwin.write(descriptor, start, bytes.count)
    #elseif canImport(Musl)
      return unsafe Musl.write(descriptor, start, bytes.count)
    #else
      return unsafe Glibc.write(descriptor, start, bytes.count)
    #endif
  }

  package func truncate(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    _ = try Self.retrying { ftruncate(descriptor, off_t(byteCount)) }
  }

  package func setPermissions(_ permissions: UInt32, of descriptor: Int32) throws(SystemError) {
    _ = try Self.retrying { fchmod(descriptor, mode_t(permissions & 0o7777)) }
  }

  package func synchronize(_ descriptor: Int32) throws(SystemError) {
    _ = try Self.retrying { fsync(descriptor) }
  }

  package func rename(_ source: String, to destination: String) throws(SystemError) {
    _ = try Self.retrying { unsafe renameat(AT_FDCWD, source, AT_FDCWD, destination) }
  }

  package func link(_ source: String, to destination: String) throws(SystemError) {
    _ = try Self.retrying { unsafe linkat(AT_FDCWD, source, AT_FDCWD, destination, 0) }
  }

  package func symbolicLink(_ text: String, at path: String) throws(SystemError) {
    _ = try Self.retrying { unsafe symlinkat(text, AT_FDCWD, path) }
  }

  package func freeByteCount(at path: String) throws(SystemError) -> Int {
    var status = statvfs()
    _ = try Self.retrying { unsafe statvfs(path, &status) }
    let (bytes, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflows ? .max : Int(clamping: bytes)
  }

  package func lock(_ descriptor: Int32) throws(SystemError) {
    _ = try Self.retrying { flock(descriptor, LOCK_EX | LOCK_NB) }
  }

  package func remove(_ path: String) throws(SystemError) {
    do throws(SystemError) { _ = try Self.retrying { unsafe unlink(path) } } catch {
      // What Linux and macOS say of a folder.
      guard error.errno == EISDIR || error.errno == EPERM, unsafe rmdir(path) == 0 else { throw error }
    }
  }

  package func createDirectory(_ path: String) throws(SystemError) {
    _ = try Self.retrying { unsafe mkdir(path, mode_t(0o777)) }
  }

  package func names(in descriptor: Int32) throws(SystemError) -> [String] {
    // `closedir` closes what `fdopendir` was given, and the caller keeps its own descriptor.
    let copy = try Self.retrying { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
    guard let stream = unsafe fdopendir(copy) else {
      let cause = SystemError(errno: errno)
      try close(copy)
      throw cause
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        let length = unsafe MemoryLayout.size(ofValue: field.pointee)
        return unsafe field.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
          let buffer = unsafe UnsafeBufferPointer(start: bytes, count: length)
          return unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    if errno != 0 { throw SystemError(errno: errno) }
    return names
  }

  /// Lets the calling thread sleep.
  static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

  /// The absolute path of the folder that relative paths start from; `nil` if it was removed.
  package static var workingDirectory: String? {
    guard let path = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  private static func retrying(_ call: () -> Int32) throws(SystemError) -> Int32 {
    var result = call()
    while result < 0 && errno == EINTR { result = call() }
    if result < 0 { throw SystemError(errno: errno) }
    return result
  }
}

extension FileStatus {
  fileprivate init(_ status: stat) {
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      default: .other
      }
    self.init(
      kind: kind, byteCount: Int(status.st_size), permissions: UInt32(status.st_mode) & 0o7777,
      identity: Identity(
        device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino)))
  }
}

extension SystemError {
  /// The operating system's words, such as `No space left on device`.
  package var text: String {
    unsafe String(cString: strerror(errno)).lowercased()
  }

  package var isInvalidArgument: Bool { errno == EINVAL }
  package var isExisting: Bool { errno == EEXIST }
  package var isMissing: Bool { errno == ENOENT }
  /// Somebody else holds the lock.
  package var isLocked: Bool { errno == EWOULDBLOCK || errno == EAGAIN }
  /// The file system has no such operation.
  package var isUnsupported: Bool { [ENOTSUP, EOPNOTSUPP, ENOSYS, EINVAL, ENOLCK].contains(errno) }
}

extension FileError {
  /// The kind of failure that an error number stands for, and its usual remedy.
  static func classify(_ cause: SystemError) -> (Code, String?) {
    switch cause.errno {
    case ENOENT: (.notFound, "check the path")
    case EACCES, EPERM: (.notPermitted, "check the permissions of the file and of its folders")
    case ENOTDIR: (.notDirectory, "a part of the path before the last is a file")
    case EISDIR: (.notRegularFile, "name a file, not a folder")
    case ELOOP: (.escapesRoot, "name the file itself, not a symbolic link")
    case ENOSPC, EDQUOT: (.outOfSpace, "free some space, or choose another folder")
    case EROFS: (.readOnly, "choose a folder that can be written to")
    case EEXIST, ENOTEMPTY: (.exists, "choose another name")
    case EPIPE: (.brokenPipe, nil)
    case EMFILE, ENFILE: (.io, "raise the limit on open files (`ulimit -n`)")
    default: (.io, nil)
    }
  }

  /// Number of this process, for names of temporary files.
  static var processNumber: Int32 { getpid() }
}
