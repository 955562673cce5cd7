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
  // @unchecked: `body` and `taskCount` are written by the caller's thread alone, before `generation` is
  // released, and read by workers after they acquire it.
  package typealias Body = (_ task: Int, _ worker: Int) -> Void

  package let threadCount: Int
  private var threads: [PosixThread] = []
  private var body: Body?
  private var taskCount = 0
  /// Counts sets of tasks; a worker runs each set once.
  private let generation = Atomic<Int>(0)
  private let nextTask = Atomic<Int>(0)
  private let running = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  /// Looks at the counter this often, some 20 to 50 µs, before going to sleep.
  private static let spins = 4000

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
    running.store(threads.count, ordering: .relaxed)
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    work(0)
    while running.load(ordering: .acquiring) > 0 { pause() }
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
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        if stopping.load(ordering: .acquiring) { return }
        spins += 1
        if spins < Self.spins { pause() } else { sleep(while: seen) }
      }
      seen += 1
      work(worker)
      running.wrappingSubtract(1, ordering: .releasing)
    }
  }

  private func sleep(while seen: Int) {
    unsafe pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen, !stopping.load(ordering: .sequentiallyConsistent)
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
