import CNNGraph
import CNNKernels
import CNNLayers
import CNNTestSupport
import Testing

/// Gradient rules against central differences, all in double precision; then kernels against the same interpreter.
@Suite("Gradients")
struct GradientTests {
  @Test("central differences of the loss agree with the gradients of the graph", arguments: GradientCases.all)
  func centralDifferences(_ network: NetworkCase) throws {
    let data = try #require(
      NetworkData.awayFromKinks(network, count: 3, distance: 2e-4), "every seed meets a kink")
    let interpreter = ReferenceInterpreter(seed: 7, step: 2)
    let forward = network.forward(.training)
    // Of the unfused forward graph, the loss without any gradient: what is differentiated has no rule in it.
    let lossGraph = GradientCases.lossGraph(network, forward)
    func loss(_ inputs: [InputRole: [[Double]]], _ parameters: [[Double]]) -> Double {
      interpreter.run(lossGraph, inputs: inputs, parameters: parameters).meanLoss(of: lossGraph)
    }
    // Truncation is of the order step² = 1e-10, rounding of 1e-16 / step = 1e-11, both far below 1e-6.
    let step = 1e-5
    let tolerance = 1e-6
    var expected = data.parameters.map { [Double](repeating: 0, count: $0.count) }
    for (index, parameter) in forward.parameters.enumerated() where parameter.declaration.isTrainable {
      for element in expected[index].indices {
        var moved = data.parameters
        moved[index][element] = data.parameters[index][element] + step
        let above = loss(data.inputs, moved)
        moved[index][element] = data.parameters[index][element] - step
        expected[index][element] = (above - loss(data.inputs, moved)) / (2 * step)
      }
    }
    var expectedInputs = data.samples.map { [Double](repeating: 0, count: $0.count) }
    for sample in data.samples.indices {
      for element in data.samples[sample].indices {
        var inputs = data.inputs
        inputs[.samples]?[sample][element] = data.samples[sample][element] + step
        let above = loss(inputs, data.parameters)
        inputs[.samples]?[sample][element] = data.samples[sample][element] - step
        expectedInputs[sample][element] = (above - loss(inputs, data.parameters)) / (2 * step)
      }
    }
    for fuses in [true, false] {
      let graph = network.trainingGraph(Compiler(fuses: fuses))
      let run = interpreter.run(graph, inputs: data.inputs, parameters: data.parameters)
      for (parameter, (found, expected)) in zip(graph.parameters, zip(run.gradients(of: graph), expected)) {
        guard parameter.declaration.isTrainable else { continue }
        let found = try #require(found, "\(parameter.qualifiedName) has no gradient")
        // A gradient that cancels out is held against 1e-3, the size of the others.
        let error = largest(zip(found, expected).map { $0 - $1 }) / max(largest(expected), 1e-3)
        #expect(error <= tolerance, "\(parameter.qualifiedName), fused: \(fuses)")
      }
      let found = run[try #require(GradientCases.inputGradient(of: graph))]
      let error =
        largest(zip(found.joined(), expectedInputs.joined()).map { $0 - $1 })
        / max(largest(Array(expectedInputs.joined())), 1e-3)
      #expect(error <= tolerance, "the input, fused: \(fuses)")
    }
  }

  @Test(
    "kernels of every instruction set agree with the definition",
    arguments: GradientCases.all + GradientCases.wideFilters + GradientCases.fewInputs + GradientCases.fewOutputs
      + GradientCases.joinedColumns
      + GradientCases.pooledFilters + GradientCases.groupsInFours + GradientCases.winograd,
    InstructionSet.allCases.filter { $0 <= .best })
  func kernels(_ network: NetworkCase, _ instructionSet: InstructionSet) throws {
    for (count, batch) in [(5, 5), (1, 1), (3, 16)] {
      try expectAgreement(network, instructionSet, count: count, batch: batch)
    }
  }

  @Test(
    "pieces of several images agree with the definition, too",
    arguments: (GradientCases.fewInputs + GradientCases.fewOutputs + GradientCases.joinedColumns).filter {
      $0.input[0] < 50
    },
    InstructionSet.allCases.filter { $0 <= .best })
  func pieces(_ network: NetworkCase, _ instructionSet: InstructionSet) throws {
    try expectAgreement(network, instructionSet, count: 29, batch: 29)
  }

  private func expectAgreement(
    _ network: NetworkCase, _ instructionSet: InstructionSet, count: Int, batch: Int
  ) throws {
    // Nearer to a kink than this, rounding may take its other side.
    let data = try #require(
      NetworkData.awayFromKinks(
        network, count: count, distance: 2e-5, interpreter: ReferenceInterpreter(seed: 7, step: 2)))
    let outcome = try network.run(
      data, SessionSetup(instructionSet: instructionSet, batch: batch, seed: 7, step: 2))
    try network.expect(outcome, agreesOn: data, interpreter: ReferenceInterpreter(seed: 7, step: 2))
  }
}
