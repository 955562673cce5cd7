import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// SIGINT and SIGTERM as a flag that training looks at between steps; the second signal ends the process at once.
enum Interrupt {
  private static let received = Atomic<Int32>(0)

  /// The signal that asked to stop, if one did.
  static var signal: Int32? {
    let value = received.load(ordering: .relaxed)
    return value == 0 ? nil : value
  }

  static var status: ExitStatus { signal == SIGTERM ? .terminated : .interrupted }

  /// Installs the handlers.
  static func listen() {
    for number in [SIGINT, SIGTERM] {
      unsafe _ = Self.install(number) { number in
        if Interrupt.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }

  /// A pipe that is closed early must not stop what is being saved.
  static func ignoreBrokenPipes() { unsafe _ = Self.install(SIGPIPE, SIG_IGN) }

  @unsafe private static func install(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) -> Bool {
    #if canImport(Glibc)
      unsafe Glibc.signal(number, handler) != nil
    #elseif canImport(Darwin)
      unsafe Darwin.signal(number, handler) != nil
    #else
      unsafe Musl.signal(number, handler) != nil
    #endif
  }
}
