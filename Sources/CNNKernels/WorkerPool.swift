internal import CKernels
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// Threads that wait for the next set of tasks, spinning for a moment before they sleep.
///
/// A set of tasks is numbered 0 ..< count; who takes which is settled by a counter, so the split of the
/// work must not carry meaning: each task writes its own places, and sums are combined in task order.
@safe package final class WorkerPool: @unchecked Sendable {
  // @unchecked: `body` and `taskCount` are written by the caller's thread alone, while no worker has joined a set, and
  // read by workers after they have joined one, which acquires what was written before it was opened.
  package typealias Body = (_ task: Int, _ worker: Int) -> Void

  package let threadCount: Int
  private var threads: [PosixThread] = []
  private var body: Body?
  private var taskCount = 0
  /// The number of the set of tasks, whether it may be joined, and how many workers have. Those that have not, as on
  /// processors that others keep busy, are not waited for: the caller does their share.
  private let set = Atomic<UInt64>(0)
  private let nextTask = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  /// Looks at the counter this often, some 20 to 50 µs, before going to sleep.
  private static let spins = 4000

  private static let isOpen: UInt64 = 1 << 15
  private static let joined: UInt64 = isOpen - 1
  private static func number(_ set: UInt64) -> UInt64 { set >> 16 }

  /// Processors that this process may use.
  package static var availableProcessors: Int { max(1, Int(ck_available_processors())) }

  /// - Parameter threadCount: at least 1; the caller's thread is one of them.
  package init(threadCount: Int) {
    self.threadCount = max(1, threadCount)
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
    for worker in 1..<max(2, self.threadCount) where worker < self.threadCount { start(worker) }
  }

  /// Stops and joins the threads. Must be called once, by the owner, after the last `run`.
  package func shutDown() {
    stopping.store(true, ordering: .releasing)
    wake()
    for thread in threads { thread.join() }
    threads = []
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
    unsafe condition.deallocate()
  }

  /// Calls `body` for each task and returns when all are done. Not reentrant; allocates nothing.
  ///
  /// - Parameter body: made once and kept by the caller, since an escaping closure costs an allocation.
  package func run(taskCount: Int, _ body: @escaping Body) {
    if threads.isEmpty || taskCount <= 1 {
      for task in 0..<taskCount { body(task, 0) }
      return
    }
    self.body = body
    self.taskCount = taskCount
    nextTask.store(0, ordering: .relaxed)
    let number = Self.number(set.load(ordering: .relaxed)) &+ 1
    set.store(number << 16 | Self.isOpen, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    work(0)
    set.bitwiseAnd(~Self.isOpen, ordering: .acquiringAndReleasing)
    var spins = 0
    while set.load(ordering: .acquiring) & Self.joined > 0 {
      spins += 1
      // A worker in the middle of a task may have lost its processor: it gets this one.
      if spins < Self.spins { pause() } else { sched_yield() }
    }
  }

  private func work(_ worker: Int) {
    guard let body else { return }
    while true {
      let task = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      if task >= taskCount { return }
      body(task, worker)
    }
  }

  private func loop(_ worker: Int) {
    var seen: UInt64 = 0
    while true {
      var spins = 0
      var now = set.load(ordering: .acquiring)
      while Self.number(now) == seen {
        if stopping.load(ordering: .acquiring) { return }
        spins += 1
        if spins < Self.spins { pause() } else { sleep(while: seen) }
        now = set.load(ordering: .acquiring)
      }
      seen = Self.number(now)
      if !join(seen) { continue }
      work(worker)
      set.wrappingSubtract(1, ordering: .releasing)
    }
  }

  /// - Returns: false if the set is over.
  private func join(_ number: UInt64) -> Bool {
    var now = set.load(ordering: .relaxed)
    while Self.number(now) == number, now & Self.isOpen != 0 {
      let (done, found) = set.weakCompareExchange(expected: now, desired: now + 1, ordering: .acquiringAndReleasing)
      if done { return true }
      now = found
    }
    return false
  }

  private func sleep(while seen: UInt64) {
    unsafe pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while Self.number(set.load(ordering: .sequentiallyConsistent)) == seen,
      !stopping.load(ordering: .sequentiallyConsistent)
    {
      unsafe pthread_cond_wait(condition, mutex)
    }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    unsafe pthread_mutex_unlock(mutex)
  }

  private func wake() {
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
  }

  private func pause() { ck_pause() }

  private func start(_ worker: Int) {
    if let thread = PosixThread({ [self] in loop(worker) }) { threads.append(thread) }
  }
}
