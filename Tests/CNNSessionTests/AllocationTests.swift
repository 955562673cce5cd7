import CAllocations
import CNNData
import CNNDiagnostics
import CNNGraph
import CNNLayers
import CNNSession
import CNNSpec
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

  @Test("so do penalties, merges and activations", arguments: [1, 2])
  func elementwiseAllocatesNothing(_ threads: Int) throws {
    guard allocation_count() >= 0 else { return }
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let text = """
      model:
        input: [6, 6, 2]
        layers:
          - conv2d: {filters: 4, kernel_size: 3, padding: same, kernel_regularizer: l2, activation: gelu, name: image}
          - global_average_pooling2d: {keepdims: true}
          - dense: {units: 4, activation: hard_sigmoid, bias_regularizer: l1, name: gate}
          - multiply: {inputs: [image, gate], name: gated}
          - relu: {max_value: 2, negative_slope: 0.1, threshold: 0.1}
          - maximum: {inputs: [re_lu, image]}
          - softmax: {axis: 1, name: shares}
          - average: {inputs: [gated, image, shares]}
          - subtract: {inputs: [average, gate]}
          - flatten
          - dense: 3
          - softmax
      training: {optimizer: adam, loss: categorical_crossentropy}
      """
    let spec = SpecLoader.load(Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    let model = CompiledModel(loaded, batchSize: 4)
    var session = try Session(
      training: model.trainingPlan(), evaluation: model.evaluationPlan(), threadCount: threads, seed: 0)
    let data = Dataset(
      sampleShape: [6, 6, 2], storage: .floats((0..<4 * 72).map { Float($0 % 7) - 3 }), labels: [0, 1, 2, 1],
      classNames: [], sourceIndices: [0, 1, 2, 3])
    let order: [Int32] = [0, 1, 2, 3]
    func allocations(steps: Int) throws -> Int64 {
      let before = allocation_count()
      for _ in 0..<steps {
        _ = try session.train(data, order: order, batch: 0..<4, learningRate: 1e-3)
        _ = try session.evaluate(data, order: order, batch: 0..<3)
      }
      return allocation_count() - before
    }
    _ = try allocations(steps: 1)
    let found = try allocations(steps: 50)
    #expect(found == 0, "\(found) allocations in 50 steps")
  }

  @Test("the counter counts") func counterCounts() {
    guard allocation_count() >= 0 else { return }
    let before = allocation_count()
    let array = [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 0 }
    #expect(allocation_count() > before, "\(array.capacity)")
  }
}
