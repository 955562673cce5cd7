import CNNFiles
import Foundation
import Synchronization

/// The real file system, of which the n-th changing call fails, and which writes little at a time.
final class FaultyFileSystem: FileSystem {
  private let real = PosixFileSystem()
  private let remaining: Mutex<Int>
  private let cause: SystemError
  private let largestWrite: Int

  init(failingCall: Int, errno: Int32 = ENOSPC, largestWrite: Int = .max) {
    remaining = Mutex(failingCall)
    cause = SystemError(errno: errno)
    self.largestWrite = largestWrite
  }

  /// Whether the call that had to fail was made.
  var hasFailed: Bool { remaining.withLock { $0 <= 0 } }

  private func count() throws(SystemError) {
    let fails = remaining.withLock { remaining in
      remaining -= 1
      return remaining == 0
    }
    if fails { throw cause }
  }

  func open(_ path: String, below directory: Int32?, for purpose: OpenPurpose) throws(SystemError) -> Int32 {
    try count()
    return try real.open(path, below: directory, for: purpose)
  }
  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Int {
    try count()
    return try real.write(bytes.prefix(largestWrite), to: descriptor)
  }
  func close(_ descriptor: Int32) throws(SystemError) {
    try real.close(descriptor)
    try count()
  }
  func setPermissions(_ permissions: UInt32, of descriptor: Int32) throws(SystemError) {
    try count()
    try real.setPermissions(permissions, of: descriptor)
  }
  func synchronize(_ descriptor: Int32) throws(SystemError) {
    try count()
    try real.synchronize(descriptor)
  }
  func rename(_ source: String, to destination: String) throws(SystemError) {
    try count()
    try real.rename(source, to: destination)
  }

  // What changes nothing, or cleans up, goes through.
  func duplicateStandardInput() throws(SystemError) -> Int32 { try real.duplicateStandardInput() }
  func status(of descriptor: Int32) throws(SystemError) -> FileStatus { try real.status(of: descriptor) }
  func status(of path: String, below directory: Int32?, followingLinks: Bool) throws(SystemError) -> FileStatus {
    try real.status(of: path, below: directory, followingLinks: followingLinks)
  }
  func read(_ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range)
  }
  func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range, at: offset)
  }
  func truncate(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try real.truncate(descriptor, to: byteCount)
  }
  func remove(_ path: String) throws(SystemError) { try real.remove(path) }
  func createDirectory(_ path: String) throws(SystemError) { try real.createDirectory(path) }
  func names(in descriptor: Int32) throws(SystemError) -> [String] { try real.names(in: descriptor) }
}
