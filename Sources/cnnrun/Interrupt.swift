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

  static var status: ExitStatus { signal == SIGINT ? .interrupted : .terminated }

  /// Installs the handlers. A signal that the process was started to ignore, as by `nohup`, stays ignored.
  static func listen() {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) {
      unsafe sigaddset(&set, number)
      unsafe _ = Self.install(number) { number in
        if Interrupt.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
    // Programs that start others from a thread of a pool hand them the pool's mask, which blocks all signals.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// A trap is a bug of ours: says so, and gives it a status of its own.
  static func reportTraps() {
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE] {
      unsafe _ = Self.install(number) { _ in
        let text: StaticString =
          "cnnrun: internal error. This is a bug in cnnrun, not in your spec; please report it with the spec.\n"
        unsafe _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
        _exit(ExitStatus.bug.rawValue)
      }
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      return unsafe unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    #else
      return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
    #endif
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
