/// The system calls that touch files, as a protocol: the tests put one in front that fails the
/// n-th write, fsync, rename or close.
///
/// Nothing here decides anything. What is safe to open, and in what order a file is written, is
/// the business of `FileAccess`, `ContainedPath` and `AtomicWrite`, which see only this.
/// A descriptor is the plain number of the operating system; its owner is `OpenFile`.
package protocol FileSystem: Sendable {
  /// Opens `path`, relative to the open directory `directory` if one is given.
  func open(_ path: String, below directory: Int32?, for purpose: OpenPurpose) throws(SystemError) -> Int32
  /// A descriptor of its own for standard input.
  func duplicateStandardInput() throws(SystemError) -> Int32
  func close(_ descriptor: Int32) throws(SystemError)
  func status(of descriptor: Int32) throws(SystemError) -> FileStatus
  /// Status of a name; a link at its end is reported as a link unless `followingLinks`.
  func status(of path: String, below directory: Int32?, followingLinks: Bool) throws(SystemError) -> FileStatus
  /// Reads into `buffer[range]` as much as there is at once; 0 at the end of the file.
  func read(_ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>) throws(SystemError) -> Int
  /// The same from `offset` on, wherever reading has come to; any number of threads may do so at once.
  func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(SystemError) -> Int
  /// Writes as much of `bytes` as the system takes at once, and returns how much that was.
  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Int
  func truncate(_ descriptor: Int32, to byteCount: Int) throws(SystemError)
  /// Who may read, write and run the file: the lowest twelve bits of its mode.
  func setPermissions(_ permissions: UInt32, of descriptor: Int32) throws(SystemError)
  /// Takes the one lock on an open file that a process can hold, or fails at once; closing the file, or the death of the
  /// process, lets go of it.
  func lock(_ descriptor: Int32) throws(SystemError)
  /// Waits until what was written is on the disk (`fsync`).
  func synchronize(_ descriptor: Int32) throws(SystemError)
  func rename(_ source: String, to destination: String) throws(SystemError)
  /// Gives the file `source` a second name; not every file system can.
  func link(_ source: String, to destination: String) throws(SystemError)
  /// Makes a symbolic link with this text.
  func symbolicLink(_ text: String, at path: String) throws(SystemError)
  /// A file, a link, or a folder that is empty.
  func remove(_ path: String) throws(SystemError)
  func createDirectory(_ path: String) throws(SystemError)
  /// Bytes that an ordinary user can still write to the file system on which a directory lies.
  func freeByteCount(at path: String) throws(SystemError) -> Int
  /// The names in an open directory, without `.` and `..`, in no order.
  func names(in descriptor: Int32) throws(SystemError) -> [String]
}

/// What a file is opened for; each purpose is one fixed set of flags.
package enum OpenPurpose: Sendable {
  /// To read, following links: a path that the person typed.
  case reading
  /// To read, refusing a link at the end of the path: a path that a spec holds.
  case readingNoLinks
  /// A directory, as a place to look up names in.
  case directory
  /// A directory, refusing a link.
  case directoryNoLinks
  /// A new file; an error if anything, even a dangling link, has the name.
  case creating
  /// The end of a file, which is created if it does not exist; refuses a link.
  case appending
  /// To read and to overwrite, created if it does not exist; refuses a link.
  case updating
}

/// What a name stands for, and how long it is.
package struct FileStatus: Sendable, Equatable {
  package enum Kind: Sendable { case regular, directory, link, other }
  package let kind: Kind
  package let byteCount: Int
  /// The lowest twelve bits of the mode.
  package let permissions: UInt32
  /// Device and number of the thing itself, the same for all of its names; `nil` where that is not known.
  package let identity: Identity?

  package struct Identity: Sendable, Hashable {
    package let device, number: UInt64
  }

  package init(kind: Kind, byteCount: Int, permissions: UInt32 = 0o644, identity: Identity? = nil) {
    self.kind = kind
    self.byteCount = byteCount
    self.permissions = permissions
    self.identity = identity
  }
}

/// An error number of the operating system.
package struct SystemError: Error, Sendable, Equatable {
  package let errno: Int32

  package init(errno: Int32) { self.errno = errno }
}
