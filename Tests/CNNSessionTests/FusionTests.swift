import CNNGraph
import CNNKernels
import CNNLayers
import CNNTestSupport
import Testing

/// Fusing is a matter of speed: the plan with and without it gives equal bits, with fewer nodes.
///
/// One exception: the gradient of a convolution that took ReLU and pool is summed over the pool's winners, in another
/// order than through the zeros between them, so it and what comes before it are equal to rounding. So are gradients over
/// pieces of several images, and over images made in bands, of which there are none here.
@Suite("Fusion")
struct FusionTests {
  private func expectEqual(
    _ network: NetworkCase, _ fused: SessionOutcome, _ plain: SessionOutcome, samples: Int, _ text: String
  ) {
    let graph = network.trainingGraph(Compiler())
    let sumsOverWinners = graph.nodes.contains { ($0.operation as? Conv2DGradientOperation)?.overWinners ?? false }
    guard sumsOverWinners else { return expectSameBits(fused, plain, text) }
    var withoutGradients = fused
    withoutGradients.gradients = plain.gradients
    expectSameBits(withoutGradients, plain, text)
    let tolerance = 1e-5 * Double(graph.longestSum(batch: samples)).squareRoot()
    let whole = norm(plain.gradients.flatMap { ($0 ?? []).map { Double($0) } })
    for (index, (one, other)) in zip(fused.gradients, plain.gradients).enumerated() {
      let expected = (other ?? []).map { Double($0) }
      #expect(
        distance(one ?? [], expected) <= tolerance * max(norm(expected), 0.01 * max(whole, 0.01)),
        "gradient of parameter \(index), \(text)")
    }
  }

  @Test(
    "fused and unfused plans give equal bits", arguments: GradientCases.all + GradientCases.winograd,
    InstructionSet.allCases.filter { $0 <= .best })
  func equalBits(_ network: NetworkCase, _ instructionSet: InstructionSet) throws {
    let data = NetworkData(network, count: 5, seed: 11)
    var setup = SessionSetup(instructionSet: instructionSet, seed: 3)
    let fused = try network.run(data, setup)
    setup.fuses = false
    expectEqual(network, fused, try network.run(data, setup), samples: 5, "\(network)")
  }

  @Test("a filter in panels gives the bits of one that is not", arguments: GradientCases.wideFilters)
  func panels(_ network: NetworkCase) throws {
    let data = NetworkData(network, count: 3, seed: 11)
    for instructionSet in InstructionSet.allCases where instructionSet <= .best {
      // A plan for few samples reads the filter where it lies.
      let few = SessionSetup(instructionSet: instructionSet, batch: 3, seed: 3)
      let many = SessionSetup(instructionSet: instructionSet, batch: 8, seed: 3)
      let kernels = [few, many].map { setup in
        let compiler = setup.compiler
        let plan = compiler.plan(network.inferenceGraph(compiler), purpose: .inference, batch: setup.batch ?? 1)
        return plan.steps.map(\.kernel)
      }
      #expect(!kernels[0].contains("pack") && kernels[1].contains("pack"))
      let order: [Int32] = [0, 1, 2]
      let (one, other) = (
        try network.predictions(data, few, order: order), try network.predictions(data, many, order: order)
      )
      #expect(zip(one, other).allSatisfy { sameBits($0, $1) } && one.count == other.count)
    }
  }

  @Test("cases of Winograd's algorithm take it: for both gradients, for the input's alone and for the filter's alone")
  func takesWinograd() {
    let backward = GradientCases.winograd.map { network in
      let compiler = Compiler()
      let plan = compiler.plan(
        network.trainingGraph(compiler), purpose: .training, batch: 5, update: .sgd(momentum: 0, nesterov: false))
      let kernels = plan.steps.map(\.kernel)
      #expect(kernels.contains { $0.contains("Winograd") }, "\(network): \(kernels)")
      return kernels.last { $0.contains("Winograd") && $0 != "filter to points" } ?? ""
    }
    #expect(
      Set(backward).isSuperset(of: [
        "Winograd product, Winograd gradient", "Winograd product, outer product",
        "indirect product, Winograd gradient",
      ]), "\(backward)")
  }

  @Test("so do random networks", arguments: 1...60)
  func randomNetworks(_ seed: UInt64) throws {
    let network = NetworkCase.random(seed: seed)
    let data = NetworkData(network, count: 9, seed: seed)
    for instructionSet in InstructionSet.allCases where instructionSet <= .best {
      let fused = try network.run(data, SessionSetup(instructionSet: instructionSet, batch: 12, seed: 3))
      let plain = try network.run(data, SessionSetup(instructionSet: instructionSet, fuses: false, batch: 12, seed: 3))
      expectEqual(network, fused, plain, samples: 9, "\(network), \(instructionSet)")
    }
  }

  @Test("bias, relu and pool leave one node, forward and backward")
  func fewerNodes() {
    let network = NetworkCase("conv, bias, relu, pool", input: [8, 8, 2]) { builder in
      builder.convolution(builder.window([3, 3]), filters: 4)
      builder.activation(.relu)
      builder.maxPool(builder.window([2, 2], strides: [2, 2]))
    }
    func names(_ graph: Graph) -> [String] { graph.nodes.map(\.operation.name) }
    #expect(names(network.inferenceGraph(Compiler())) == ["conv2d"])
    #expect(names(network.trainingGraph(Compiler())) == ["conv2d", "mean_squared_error", "conv2d_gradient"])
    #expect(
      names(network.trainingGraph(Compiler(fuses: false))) == [
        "conv2d", "bias_add", "relu", "max_pool", "mean_squared_error", "max_pool_gradient", "relu_gradient",
        "bias_gradient", "conv2d_gradient",
      ])
  }
}

/// Every number of two outcomes is the same bits.
func expectSameBits(
  _ left: SessionOutcome, _ right: SessionOutcome, _ text: String, location: SourceLocation = #_sourceLocation
) {
  #expect(left.lossSum.bitPattern == right.lossSum.bitPattern, "training loss, \(text)", sourceLocation: location)
  #expect(left.hits == right.hits, "training hits, \(text)", sourceLocation: location)
  for (index, (one, other)) in zip(left.gradients, right.gradients).enumerated() {
    #expect(sameBits(one ?? [], other ?? []), "gradient of parameter \(index), \(text)", sourceLocation: location)
  }
  for (index, (one, other)) in zip(left.weights, right.weights).enumerated() {
    #expect(sameBits(one, other), "parameter \(index) after the step, \(text)", sourceLocation: location)
  }
  #expect(
    left.evaluatedLossSum.bitPattern == right.evaluatedLossSum.bitPattern, "evaluated loss, \(text)",
    sourceLocation: location)
  #expect(left.evaluatedHits == right.evaluatedHits, "evaluated hits, \(text)", sourceLocation: location)
  #expect(
    sameBits(Array(left.predictions.joined()), Array(right.predictions.joined())), "predictions, \(text)",
    sourceLocation: location)
}
