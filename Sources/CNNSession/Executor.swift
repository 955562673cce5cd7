internal import CNNKernels
internal import CNNPlan

/// Runs the forks of a plan on a pool of workers. Owns nothing of the plan's memory.
final class Executor: @unchecked Sendable {
  // @unchecked: `frame`, `plan` and `group` change only between forks, on the thread that starts them; the pool
  // orders those writes before the workers' reads.
  private let pool: WorkerPool
  private var frame: Frame
  private var calls: [any KernelCall] = []
  private var group = Plan.Group.images(0..<0)
  private var decomposition = Decomposition(batch: 1, pieces: 1)
  private var pieces = 1
  private var blocksArePerWorker = true
  /// The step that several workers share, band by band, and in how many bands; 0 while pieces are the tasks.
  private var bandStep = 0
  private var bands = 0
  private var body: WorkerPool.Body = { _, _ in }

  init(pool: WorkerPool, frame: Frame) {
    self.pool = pool
    self.frame = frame
    body = { [unowned self] task, worker in perform(task, worker) }
  }

  func shutDown() { pool.shutDown() }

  /// Runs `groups` of a plan for the batch that `frame` holds.
  func run(_ plan: BoundPlan, groups: Range<Int>, frame: Frame) {
    prepare(plan, frame)
    for index in groups { run(plan.groups[index]) }
  }

  private func prepare(_ plan: BoundPlan, _ frame: Frame) {
    self.frame = frame
    calls = plan.calls
    decomposition = plan.decomposition
    pieces = decomposition.pieces(of: frame.scalars.batchCount)
    blocksArePerWorker = plan.blocksArePerWorker
  }

  private func run(_ next: Plan.Group) {
    group = next
    if case .images(let steps) = next, pieces == 1, pool.threadCount > 1 {
      runInBands(steps)
      return
    }
    let tasks =
      switch next {
      case .images: pieces
      case .parallel(let steps): steps.count
      case .tiles(_, let count): count
      }
    pool.run(taskCount: tasks, body)
  }

  /// Runs every step of a plan as a fork of its own and hears how long each took, in seconds.
  ///
  /// - Precondition: the plan gives every piece its own block, so that what one step leaves the next one finds.
  func runStepByStep(_ plan: BoundPlan, frame: Frame, clock: () -> Double, _ report: (Int, Double) -> Void) {
    precondition(!plan.blocksArePerWorker, "pieces share blocks")
    prepare(plan, frame)
    for group in plan.groups {
      for step in group.steps {
        let start = clock()
        switch group {
        case .images: run(.images(step..<step + 1))
        case .parallel: run(.parallel(step..<step + 1))
        case .tiles: run(group)
        }
        report(step, clock() - start)
      }
    }
  }

  /// One piece for many workers, as a single image is: each step that can be split in bands of rows is one fork.
  private func runInBands(_ steps: Range<Int>) {
    for step in steps {
      bandStep = step
      bands = min(pool.threadCount, calls[step].mostBands)
      pool.run(taskCount: bands, body)
    }
    bands = 0
  }

  private func perform(_ task: Int, _ worker: Int) {
    let batch = frame.scalars.batchCount
    if bands > 0 {
      var part = Part(images: 0..<batch, piece: 0, block: 0, worker: worker)
      part.band = task
      part.bands = bands
      calls[bandStep].run(frame, part)
      return
    }
    switch group {
    case .images(let steps):
      let part = Part(
        images: decomposition.images(of: task, in: batch), piece: task, block: blocksArePerWorker ? worker : task,
        worker: worker)
      for step in steps { calls[step].run(frame, part) }
    case .parallel(let steps):
      calls[steps.lowerBound + task].run(frame, Part(images: 0..<batch, piece: 0, block: 0, worker: worker))
    case .tiles(let step, _):
      calls[step].run(frame, Part(images: 0..<batch, piece: 0, block: 0, worker: worker, tile: task))
    }
  }
}

/// What the executor needs of a plan, once a session has opened.
struct BoundPlan {
  let calls: [any KernelCall]
  let groups: [Plan.Group]
  let decomposition: Decomposition
  let blocksArePerWorker: Bool
  let outputs: [Slot]
  let firstUpdateGroup: Int
  let keptPreparationGroups: Int
  let update: UpdateRule?
  let nonFiniteFlags: Slot?
  /// For each step, what it is looked over for once a step is not finite.
  let checks: [StepCheck]
  let penaltySums: Slot?
  /// The plan's places in the arena.
  let frame: Frame

  init(_ plan: Plan, frame: Frame) {
    calls = plan.steps.map(\.call)
    groups = plan.groups
    decomposition = plan.decomposition
    blocksArePerWorker = plan.blocksArePerWorker
    outputs = plan.outputs
    firstUpdateGroup = plan.firstUpdateGroup
    keptPreparationGroups = plan.keptPreparationGroups
    update = plan.update
    nonFiniteFlags = plan.nonFiniteFlags
    checks = plan.steps.map(StepCheck.init)
    penaltySums = plan.penaltySums
    self.frame = frame
  }
}
