import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNTestSupport
import Testing

/// Graphs that nobody chose: planner, kernels and gradients together, against the interpreter.
@Suite("Plans of random networks")
struct RandomPlanTests {
  @Test("keep the rules of a plan", arguments: 1...100)
  func rules(_ seed: UInt64) throws {
    let network = NetworkCase.random(seed: seed)
    for fuses in [true, false] {
      let compiler = Compiler(fuses: fuses)
      for batch in [1, 5, 8, 64] {
        let plans = [
          compiler.plan(
            network.trainingGraph(compiler), purpose: .training, batch: batch,
            update: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7)),
          compiler.plan(network.evaluationGraph(compiler), purpose: .inference, batch: batch),
          compiler.plan(network.inferenceGraph(compiler), purpose: .inference, batch: batch),
        ]
        for plan in plans {
          #expect(PlanVerifier.fault(in: plan) == nil)
          #expect(plan.parameters == plans[0].parameters)
          expectReadsAfterWrites(plan, "\(network), batch \(batch), fused: \(fuses)")
        }
      }
    }
  }

  /// Independent of lifetimes: plays the steps, notes who wrote last into each stretch of memory, and sees that a
  /// node finds its operands whole when it begins and when it ends.
  private func expectReadsAfterWrites(_ plan: Plan, _ text: String) {
    let graph = plan.graph
    // Reshaped values lie where their operands do.
    var place = Array(graph.values.indices)
    for node in graph.nodes where node.operation.name == "reshape" {
      place[node.results[0].index] = place[node.operands[0].index]
    }
    var buffers: [Int: Plan.Buffer] = [:]
    for buffer in plan.buffers where buffer.name.hasPrefix("%") {
      // `%0 samples`, `%3`
      let digits = buffer.name.dropFirst().prefix { $0.isNumber }
      if let index = Int(digits) { buffers[index] = buffer }
    }
    var owners: [Region: [(value: Int, bytes: Range<Int>)]] = [:]
    func write(_ id: ValueID) {
      guard let buffer = buffers[place[id.index]] else { return }
      let bytes = buffer.slot.offset..<buffer.slot.offset + buffer.byteCount
      owners[buffer.slot.region, default: []].removeAll { $0.bytes.overlaps(bytes) }
      owners[buffer.slot.region, default: []].append((place[id.index], bytes))
    }
    func isWhole(_ id: ValueID) -> Bool {
      guard let buffer = buffers[place[id.index]] else { return true }
      return owners[buffer.slot.region, default: []].contains { $0.value == place[id.index] }
    }
    for (index, value) in graph.values.enumerated() {
      guard case .input = value.origin else { continue }
      write(ValueID(index: index))
    }
    var seen = Set<Int>()
    // What runs before the samples are there prepares weights alone; a node's place is where it goes on, if it does.
    let samples = plan.steps.firstIndex { $0.kernel == "gather samples" } ?? 0
    let later = Set(plan.steps[samples...].compactMap(\.node))
    for (index, step) in plan.steps.enumerated() {
      guard let node = step.node, index >= samples || !later.contains(node), seen.insert(node.index).inserted else {
        continue
      }
      for id in graph.nodes[node.index].operands {
        #expect(isWhole(id), "\(id) before \(graph.nodes[node.index].operation.name), \(text)")
      }
      for id in graph.nodes[node.index].results { write(id) }
      for id in graph.nodes[node.index].operands + graph.nodes[node.index].results {
        #expect(isWhole(id), "\(id) after \(graph.nodes[node.index].operation.name), \(text)")
      }
    }
    for id in graph.outputs { #expect(isWhole(id), "output \(id), \(text)") }
  }

  @Test("a normalization's result takes memory from its own place on, not from where its statistics are prepared")
  func preparations() {
    let network = NetworkCase("normalizations", input: [4, 4, 4]) { builder in
      for _ in 0..<6 {
        builder.batchNormalization()
        builder.activation(.tanh)
      }
      builder.globalAverage()
    }
    let compiler = Compiler()
    let plan = compiler.plan(network.inferenceGraph(compiler), purpose: .inference, batch: 1)
    // A chain needs two images at a time, of 4 * 4 * 4 floats.
    #expect(plan.sizes.block == 2 * 256)
  }

  @Test("compute what the definitions say", arguments: 1...200)
  func values(_ seed: UInt64) throws {
    let interpreter = ReferenceInterpreter(seed: 99, step: 4)
    for (count, batch) in [(11, 11), (5, 16)] {
      // Nearer to a kink than this, rounding may take its other side.
      let network = NetworkCase.random(seed: seed)
      let data = try #require(
        NetworkData.awayFromKinks(network, count: count, distance: 1e-5, seed: seed, interpreter: interpreter))
      for instructionSet in InstructionSet.allCases where instructionSet <= .best {
        let outcome = try network.run(
          data, SessionSetup(instructionSet: instructionSet, batch: batch, threads: 3, seed: 99, step: 4))
        try network.expect(outcome, agreesOn: data, interpreter: interpreter)
      }
    }
  }
}
