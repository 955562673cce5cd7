package import CNNFiles
internal import Foundation
internal import Synchronization

/// The real file system, of which the n-th changing call fails, and which writes little at a time.
package final class FaultyFileSystem: FileSystem {
  private let real = PosixFileSystem()
  private let remaining: Mutex<Int>
  private let cause: SystemError
  private let largestWrite: Int
  private let staysBroken: Bool

  /// - Parameters:
  ///   - failingCall: from 1; a number beyond all calls for none.
  ///   - staysBroken: whether each call after it fails too, as of a disk that is gone.
  package init(failingCall: Int, errno: Int32 = ENOSPC, largestWrite: Int = .max, staysBroken: Bool = false) {
    remaining = Mutex(failingCall)
    cause = SystemError(errno: errno)
    self.largestWrite = largestWrite
    self.staysBroken = staysBroken
  }

  /// Whether the call that had to fail was made.
  package var hasFailed: Bool { remaining.withLock { $0 <= 0 } }

  private func count() throws(SystemError) {
    let fails = remaining.withLock { remaining in
      remaining -= 1
      return remaining == 0 || (staysBroken && remaining < 0)
    }
    if fails { throw cause }
  }

  package func open(_ path: String, below directory: Int32?, for purpose: OpenPurpose) throws(SystemError) -> Int32 {
    if purpose != .reading { try count() }
    return try real.open(path, below: directory, for: purpose)
  }
  package func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Int {
    try count()
    return try real.write(bytes.prefix(largestWrite), to: descriptor)
  }
  package func close(_ descriptor: Int32) throws(SystemError) {
    try real.close(descriptor)
    try count()
  }
  package func setPermissions(_ permissions: UInt32, of descriptor: Int32) throws(SystemError) {
    try count()
    try real.setPermissions(permissions, of: descriptor)
  }
  package func synchronize(_ descriptor: Int32) throws(SystemError) {
    try count()
    try real.synchronize(descriptor)
  }
  package func rename(_ source: String, to destination: String) throws(SystemError) {
    try count()
    try real.rename(source, to: destination)
  }
  package func link(_ source: String, to destination: String) throws(SystemError) {
    try count()
    try real.link(source, to: destination)
  }

  // What changes nothing, or cleans up, goes through.
  package func duplicateStandardInput() throws(SystemError) -> Int32 { try real.duplicateStandardInput() }
  package func status(of descriptor: Int32) throws(SystemError) -> FileStatus { try real.status(of: descriptor) }
  package func status(
    of path: String, below directory: Int32?, followingLinks: Bool
  ) throws(SystemError) -> FileStatus {
    try real.status(of: path, below: directory, followingLinks: followingLinks)
  }
  package func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>
  ) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range)
  }
  package func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range, at: offset)
  }
  package func truncate(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try real.truncate(descriptor, to: byteCount)
  }
  package func remove(_ path: String) throws(SystemError) { try real.remove(path) }
  package func createDirectory(_ path: String) throws(SystemError) { try real.createDirectory(path) }
  package func names(in descriptor: Int32) throws(SystemError) -> [String] { try real.names(in: descriptor) }
  package func symbolicLink(_ text: String, at path: String) throws(SystemError) {
    try real.symbolicLink(text, at: path)
  }
  package func lock(_ descriptor: Int32) throws(SystemError) { try real.lock(descriptor) }
  package func freeByteCount(at path: String) throws(SystemError) -> Int { try real.freeByteCount(at: path) }
}
