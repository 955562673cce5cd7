internal import CNNPlan

extension Session {
  /// Seconds that each step of the training plan (or of the evaluation plan) takes as a fork of its own, over
  /// `repeats` runs of one batch: one array a step.
  ///
  /// Weights change as they do in training. The plan must give every piece its own block.
  package mutating func measureSteps(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>, repeats: Int, ofTraining: Bool,
    clock: () -> Double
  ) throws(SessionError) -> [[Double]] {
    guard let plan = ofTraining ? training : evaluation else {
      throw SessionError(.mismatch, "this session has no such plan")
    }
    var times = [[Double]](repeating: [], count: plan.calls.count)
    var frame = plan.frame
    frame.scalars.seed = seed
    return try dataset.bind(&frame, order: order, batch: batch) { frame in
      // The first run touches the memory.
      executor.runStepByStep(plan, frame: frame, clock: clock) { _, _ in }
      for _ in 0..<repeats {
        executor.runStepByStep(plan, frame: frame, clock: clock) { step, seconds in times[step].append(seconds) }
      }
      return times
    }
  }
}
