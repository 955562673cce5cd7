import CNNDiagnostics
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import Testing

/// Single layers over a grid of arguments. Expected values: Keras 3.15.1 on TensorFlow 2.21, by
/// `Tests/References/make_layer_references.py`.
///
/// Both sides sum in single precision, tens to hundreds of products: each is off by some 1e-7 of the sum of their sizes.
/// 1e-5 of a tensor's largest value leaves room for what cancels.
@Suite("single layers against Keras") struct LayerReferenceTests {
  private static let tolerance = 1e-5
  private static let instructionSets = InstructionSet.allCases.filter { $0 <= .best }

  private func load(_ text: String, _ instructionSet: InstructionSet, batch: Int) throws -> CompiledModel {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    return CompiledModel(loaded, compiler: Compiler(kernels: KernelTable(instructionSet)), batchSize: batch)
  }

  private func weights(_ reference: LayerReference, for plan: Plan) throws -> [[Float]] {
    let given = reference.weights
    return try plan.graph.parameters.map { parameter in
      let values = try #require(given[parameter.qualifiedName], "\(parameter.qualifiedName)")
      try #require(values.count == parameter.elementCount, "\(parameter.qualifiedName)")
      return values
    }
  }

  private func expectEqual(_ found: [Float], _ expected: [Float], _ text: String) {
    #expect(found.count == expected.count, "\(text)")
    let largest = expected.map { abs(Double($0)) }.max() ?? 0
    let worst = zip(found, expected).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
    #expect(worst <= Self.tolerance * max(largest, 1e-3), "\(text): \(worst), largest \(largest)")
  }

  @Test("shape, class and parameter counts", arguments: LayerReference.all)
  func shape(_ reference: LayerReference) throws {
    let model = try load(reference.behindInputs, .best, batch: reference.batch).spec.model
    let layer = try #require(model.layers.first { $0.spec.name == "layer" })
    #expect(layer.outputType.extents == reference.output)
    #expect(layer.spec.className == reference.className)
    #expect(layer.parameterCount == reference.parameterCount)
    let trainable = layer.parameters.filter(\.isTrainable).reduce(0) { $0 + $1.extents.reduce(1, *) }
    #expect(trainable == reference.trainableCount)
  }

  @Test("outputs", arguments: LayerReference.all, instructionSets)
  func outputs(_ reference: LayerReference, _ instructionSet: InstructionSet) throws {
    let expected = try reference.tensor("output")
    let order = (0..<Int32(reference.batch)).map(\.self)
    func predict(_ text: String, _ dataset: consuming Dataset) throws -> [Float] {
      let plan = try load(text, instructionSet, batch: reference.batch).predictionPlan()
      var session = try Session(training: nil, evaluation: plan, threadCount: 2, seed: 0)
      session.weights = try weights(reference, for: plan)
      return try session.predict(dataset, order: order, batch: 0..<order.count)
    }
    expectEqual(
      try predict(reference.behindInputs, try reference.selectors()), expected, "\(reference.testDescription), inside")
    if reference.inputs.count == 1, reference.inputs[0].count != 2 {
      let dataset = reference.dataset(reference.inputs[0], try reference.tensor("input/0"))
      expectEqual(try predict(reference.lone, dataset), expected, "\(reference.testDescription), first")
    }
  }

  @Test(
    "loss, gradients of inputs and weights, moving statistics", arguments: LayerReference.all.filter { $0.loss != nil },
    instructionSets)
  func gradients(_ reference: LayerReference, _ instructionSet: InstructionSet) throws {
    let model = try load(reference.behindInputs, instructionSet, batch: reference.batch)
    let plan = try #require(model.trainingPlan(labels: TensorType([reference.output.reduce(1, *)])))
    var session = try Session(training: plan, evaluation: nil, threadCount: 2, seed: 0)
    session.weights = try weights(reference, for: plan)
    let order = (0..<Int32(reference.batch)).map(\.self)
    let result = try session.train(try reference.selectors(), order: order, batch: 0..<order.count, learningRate: 0)
    let loss = try #require(reference.loss)
    #expect(abs(result.meanLoss - loss) <= Self.tolerance * abs(loss), "\(result.meanLoss) for \(loss)")
    var compared = 0
    for (index, parameter) in plan.graph.parameters.enumerated() {
      let name = parameter.qualifiedName
      guard let gradient = session.gradients[index] else {
        let after = try reference.tensor("after/\(parameter.declaration.name)")
        expectEqual(session.weights[index], after, "\(reference.testDescription), \(name) after the step")
        continue
      }
      let key =
        name.hasPrefix("samples_")
        ? "gradient/input/\(name.dropFirst("samples_".count).prefix { $0 != "/" })"
        : "gradient/weight/\(parameter.declaration.name)"
      expectEqual(gradient, try reference.tensor(key), "\(reference.testDescription), gradient of \(name)")
      compared += 1
    }
    #expect(compared == reference.tensors.keys.count { $0.hasPrefix("gradient/") })
  }
}
