#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// A thread of the operating system that runs a closure and can be waited for.
@safe struct PosixThread: @unchecked Sendable {
  // @unchecked: the handle is only handed to `pthread_join`.
  private let handle: pthread_t

  /// `nil` if the system has no thread to give.
  init?(_ body: @escaping () -> Void) {
    final class Start {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    let argument = unsafe Unmanaged.passRetained(Start(body)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = unsafe pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        #else
          guard let argument = unsafe argument else { return nil }
          let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        #endif
        start.body()
        return nil
      }, argument)
    guard status == 0 else {
      unsafe Unmanaged<Start>.fromOpaque(argument).release()
      return nil
    }
    #if canImport(Darwin)
      guard let thread else { return nil }
    #endif
    handle = thread
  }

  /// Returns when the closure has. Either this or `detach` must be called, once.
  func join() { _ = pthread_join(handle, nil) }

  /// Lets the thread clean up after itself when its closure has come to its end.
  func detach() { _ = pthread_detach(handle) }
}

/// Threads beside the caller's, all of which run one closure to its end.
package struct BackgroundThreads: Sendable {
  private let threads: [PosixThread]

  /// - Parameters:
  ///   - count: at most as many start; none where the system gives none, so the caller must be able to do the work.
  ///   - body: hears the number of its thread, from 0.
  package init(count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    threads = (0..<max(0, count)).compactMap { number in PosixThread { body(number) } }
  }

  package var count: Int { threads.count }

  /// Returns when all have come to their end. Either this or `detach` must be called, once.
  package func join() {
    for thread in threads { thread.join() }
  }

  /// Leaves them to themselves.
  package func detach() {
    for thread in threads { thread.detach() }
  }
}
