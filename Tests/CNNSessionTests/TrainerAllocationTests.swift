import CAllocations
import CNNSession
import Testing

@Suite("allocations of a training") struct TrainerAllocationTests {
  @Test("an epoch of many steps allocates no more often than one of few", arguments: [1, 2])
  func stepsAllocateNothing(_ threads: Int) throws {
    guard allocation_count() >= 0 else { return }
    let small = try SmallTraining(epochs: 1)
    let data = small.data
    func repeated(_ times: Int) -> Dataset {
      guard case .floats(let values) = data.storage else { return data }
      return Dataset(
        sampleShape: data.sampleShape, storage: .floats((0..<times).flatMap { _ in values }),
        labels: (0..<times).flatMap { _ in data.labels }, classNames: data.classNames,
        sourceIndices: Array(0..<times * data.count))
    }
    let few = repeated(1)
    let many = repeated(20)
    func allocations(_ dataset: borrowing Dataset) throws -> Int64 {
      var session = try small.session(threads: threads)
      var observer = Silent()
      var position = TrainingPosition(small.settings.metrics)
      let before = allocation_count()
      let isOver = try Trainer(small.settings).run(
        &session, from: &position, training: dataset, validation: nil, observer: &observer, clock: { 0 })
      let count = allocation_count() - before
      #expect(isOver && position.epochs == 1)
      return count
    }
    _ = try allocations(few)
    let (first, second) = (try allocations(few), try allocations(many))
    #expect(first == second, "\(first) of 6 steps, \(second) of 110")
  }

  private struct Silent: TrainingObserver {
    var learningRate: Float?
    mutating func epochBegan(_ position: TrainingPosition, steps: Int) {}
    mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {}
    mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool { true }
    var wantsStop: Bool { false }
  }
}
