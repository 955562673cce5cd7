#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// The one block of memory that a session works in, aligned to cache lines and zeroed.
///
/// It is allocated when the session opens and never again: every buffer is an offset that the planner
/// chose.
@safe package struct Arena: ~Copyable, @unchecked Sendable {
  // @unchecked: the pointer is owned by this value alone; who may write where while workers run is
  // the plan's promise, which `PlanVerifier` checks.
  let base: UnsafeMutableRawPointer
  package let byteCount: Int

  /// A cache line: alignment of the arena and of every buffer within it.
  package static let alignment = 64

  /// - Returns: `nil` if the system has no such amount of memory.
  package init?(byteCount: Int) {
    let (size, overflow) = max(byteCount, 1).addingReportingOverflow(Self.alignment)
    var pointer: UnsafeMutableRawPointer?
    guard !overflow, unsafe posix_memalign(&pointer, Self.alignment, size) == 0, let memory = unsafe pointer else {
      return nil
    }
    unsafe memset(memory, 0, size)
    unsafe base = memory
    self.byteCount = byteCount
  }

  deinit { unsafe free(base) }

  package static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}
