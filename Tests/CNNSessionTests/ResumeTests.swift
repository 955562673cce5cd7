import CNNFiles
import CNNSession
import CNNTestSupport
import Foundation
import Testing

/// Training that is stopped and taken up from a checkpoint against training that is not.
@Suite("resuming")
struct ResumeTests: Sendable {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private struct End: Equatable {
    var weights: [[Float]]
    var optimizer: [Float]
    var values: [[Double?]]
    var best: Int?
  }

  private func end(_ session: borrowing Session, _ observer: Stepper) -> End {
    End(
      weights: session.weights, optimizer: session.optimizerState, values: observer.history.records.map(\.values),
      best: observer.history.best)
  }

  private func uninterrupted(_ small: SmallTraining) throws -> End {
    var session = try small.session()
    var observer = Stepper()
    var position = TrainingPosition(small.settings.metrics)
    #expect(
      try Trainer(small.settings).run(
        &session, from: &position, training: small.data, validation: small.data, observer: &observer, clock: { 0 }))
    return end(session, observer)
  }

  @Test(
    "stopped after any step, saved, and taken up by another process: the same bits",
    arguments: ["adam", "{sgd: {momentum: 0.9, nesterov: true}}", "sgd"])
  func anyStep(_ optimizer: String) throws {
    let small = try SmallTraining(epochs: 2, optimizer: optimizer)
    let expected = try uninterrupted(small)
    // 44 samples in batches of 8 are 6 steps an epoch.
    for stop in 1...12 {
      let store = CheckpointStore(folder: folder.path("\(stop)-\(optimizer.count)"))
      try FileManager.default.createDirectory(atPath: store.folder, withIntermediateDirectories: true)
      var first = try small.session(threads: 1)
      var observer = Stepper()
      observer.stepsLeft = stop
      var position = TrainingPosition(small.settings.metrics)
      _ = try Trainer(small.settings).run(
        &first, from: &position, training: small.data, validation: small.data, observer: &observer, clock: { 0 })
      try store.write(
        small.checkpoint(position, first, history: observer.history), session: first, kept: [], isBest: false)
      try store.drain()

      let found = try store.load()
      #expect(found.complaint == nil)
      var second = try small.session(threads: 3)
      second.weights = second.weights.map { $0.map { _ in .nan } }
      let (saved, kept) = try CheckpointFile.restore(found.path, into: &second)
      #expect(kept.isEmpty)
      var rest = Stepper()
      rest.history = saved.history
      position = try #require(saved.position.measuring(small.settings.metrics))
      #expect(
        try Trainer(small.settings).run(
          &second, from: &position, training: small.data, validation: small.data, observer: &rest, clock: { 0 }))
      #expect(end(second, rest) == expected, "stopped after step \(stop)")
    }
  }

  @Test("a finished run made longer ends as one that was as long from the beginning")
  func extended() throws {
    let long = try SmallTraining(epochs: 4)
    let expected = try uninterrupted(long)
    let short = try SmallTraining(epochs: 2)
    var session = try short.session()
    var observer = Stepper()
    var position = TrainingPosition(short.settings.metrics)
    let run = { (settings: TrainingSettings, session: inout Session) throws in
      try Trainer(settings).run(
        &session, from: &position, training: short.data, validation: short.data, observer: &observer, clock: { 0 })
    }
    #expect(try run(short.settings, &session))
    #expect(try run(short.settings, &session), "a run that is over trains no further epoch")
    #expect(observer.history.epochCount == 2)
    #expect(try run(long.settings, &session))
    #expect(end(session, observer) == expected)
  }

  @Test("a pause before the validation costs no step")
  func beforeValidation() throws {
    let small = try SmallTraining(epochs: 1)
    var session = try small.session()
    var observer = Stepper()
    observer.stepsLeft = 6
    var position = TrainingPosition(small.settings.metrics)
    let trainer = Trainer(small.settings)
    #expect(
      try !trainer.run(
        &session, from: &position, training: small.data, validation: small.data, observer: &observer, clock: { 0 }))
    #expect(position.epochs == 0 && position.steps == 6)
    observer.stepsLeft = .max
    #expect(
      try trainer.run(
        &session, from: &position, training: small.data, validation: small.data, observer: &observer, clock: { 0 }))
    #expect(observer.stepsLeft == .max, "no step was made again")
    #expect(end(session, observer) == (try uninterrupted(small)))
  }

  @Test("sums of other metrics are not taken up")
  func otherMetrics() {
    var position = TrainingPosition([])
    position.totals.sums = [1, 2]
    #expect(position.measuring([.accuracy]) == nil)
  }
}
