import CAllocations
import CNNGraph
import CNNSession
import Testing

@Suite("allocations") struct AllocationTests {
  @Test(
    "a hundred further steps allocate nothing", arguments: ["reference", "residual", "concat"], [1, 2])
  func stepsAllocateNothing(_ network: String, _ threads: Int) throws {
    guard allocation_count() >= 0 else { return }
    let model = try ReferenceModel(ReferenceFiles(network))
    // With one thread all of the work is this thread's; with two, what wakes and waits for the other is looked at too.
    var session = try model.trainingSession(threads: threads)
    let order = model.order
    let batches = Batches(count: model.count, size: model.batchSize)
    func allocations(steps: Int) throws -> Int64 {
      let before = allocation_count()
      for step in 0..<steps {
        _ = try session.train(model.data, order: order, batch: batches[step % batches.count], learningRate: 1e-6)
      }
      return allocation_count() - before
    }
    _ = try allocations(steps: 1)
    let few = try allocations(steps: 20)
    let many = try allocations(steps: 120)
    #expect(few == 0 && many == 0, "\(few) allocations in 20 steps, \(many) in 120")
  }

  @Test("the counter counts") func counterCounts() {
    guard allocation_count() >= 0 else { return }
    let before = allocation_count()
    let array = [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 0 }
    #expect(allocation_count() > before, "\(array.capacity)")
  }
}
