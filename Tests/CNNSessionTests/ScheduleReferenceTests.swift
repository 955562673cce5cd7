import CNNLayers
import CNNSession
import CNNSpec
import Testing

@Suite("schedules against Keras") struct ScheduleReferenceTests {
  @Test("the curve", arguments: TrainingReference.all("schedules"))
  func curve(_ reference: TrainingReference) throws {
    let steps = try TrainingReference.integers("steps", in: "schedules.json")
    let spec = try TrainingReference.spec(
      input: 1, layers: ["{dense: 1}"], optimizer: "{sgd: {learning_rate: \(reference.spec)}}",
      loss: "mean_squared_error")
    let schedule = try #require(spec.training).optimizer.value.schedule
    #expect(steps.count == reference.values.count && steps.count > 100)
    // Cosines and powers may be off by an ulp or two on either side; where the rate nears 0, 1 + cos is made of what is
    // left of 1, so the bound is one of the largest rate.
    let largest = reference.values.max() ?? 0
    for (step, expected) in zip(steps, reference.values) {
      let found = Double(schedule.rate(step: step))
      #expect(abs(found - expected) <= 4 * 0x1p-24 * largest + 4 * 0x1p-24 * expected, "step \(step)")
    }
  }

  @Test("a decay begins anew at its step, not one before or behind")
  func restarts() {
    // By hand: decays of 10, 20, 40, … begin at 10, 30, 70, …, (2^n - 1) * 10; each begins at the full rate.
    let schedule = LearningRateSchedule(
      .cosineRestarts(alpha: 0, steps: 10, lengthening: 2, shrinking: 1), from: 0.5)
    for n in 0..<20 {
      let begin = ((1 << n) - 1) * 10
      #expect(schedule.rate(step: begin) == 0.5, "restart \(n)")
      if n > 0 { #expect(schedule.rate(step: begin - 1) < 0.02, "before restart \(n)") }
    }
  }

  @Test("a rate stays a number however long training lasts")
  func finite() {
    for reference in TrainingReference.all("schedules") {
      guard
        let spec = try? TrainingReference.spec(
          input: 1, layers: ["{dense: 1}"], optimizer: "{sgd: {learning_rate: \(reference.spec)}}",
          loss: "mean_squared_error"),
        let schedule = spec.training?.optimizer.value.schedule
      else {
        Issue.record("\(reference.name)")
        continue
      }
      for step in [16_777_215, 16_777_217, 1_000_000_000, Int(UInt32.max)] {
        let rate = schedule.rate(step: step)
        #expect(rate.isFinite && rate >= 0, "\(reference.name) at \(step): \(rate)")
      }
    }
  }
}
