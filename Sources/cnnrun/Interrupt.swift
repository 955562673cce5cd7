import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Signals as flags that training looks at between steps.
///
/// SIGINT and SIGTERM ask to stop, and the second one of them ends the process at once; SIGHUP and SIGUSR1 ask for a
/// checkpoint, and training goes on.
enum Interrupt {
  private static let received = Atomic<Int32>(0)
  private static let checkpointAsked = Atomic<Bool>(false)
  private static let isQuiet = Atomic<Bool>(false)

  /// The signal that asked to stop, if one did.
  static var signal: Int32? {
    let value = received.load(ordering: .relaxed)
    return value == 0 ? nil : value
  }

  static var status: ExitStatus { signal == SIGINT ? .interrupted : .terminated }

  /// Whether a signal has asked for a checkpoint.
  static var wantsCheckpoint: Bool { checkpointAsked.load(ordering: .relaxed) }

  static func checkpointBegan() { checkpointAsked.store(false, ordering: .relaxed) }

  /// Installs the handlers. A signal that the process was started to ignore, as by `nohup`, stays ignored.
  /// - Parameter isQuiet: whether the first signal is not to be answered with a line on stderr.
  static func listen(isQuiet: Bool) {
    Self.isQuiet.store(isQuiet, ordering: .relaxed)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in [SIGINT, SIGTERM] where !isIgnored(number) {
      unsafe sigaddset(&set, number)
      unsafe _ = Self.install(number) { number in
        if Interrupt.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
        Interrupt.answer()
      }
    }
    for number in [SIGHUP, SIGUSR1] where !isIgnored(number) {
      unsafe sigaddset(&set, number)
      unsafe _ = Self.install(number) { _ in Interrupt.checkpointAsked.store(true, ordering: .relaxed) }
    }
    // Programs that start others from a thread of a pool hand them the pool's mask, which blocks all signals.
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Says at once that a signal was heard: a step, or a validation's, may take a while.
  private static func answer() {
    if isQuiet.load(ordering: .relaxed) { return }
    let text: StaticString = "\nstopping after this step; a second signal ends the run at once\n"
    unsafe _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
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

  /// A pipe that is closed early must not stop what is being saved, nor a limit on the size of files, which the failing
  /// write reports.
  static func ignoreBrokenPipes() {
    unsafe _ = Self.install(SIGPIPE, SIG_IGN)
    unsafe _ = Self.install(SIGXFSZ, SIG_IGN)
  }

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
