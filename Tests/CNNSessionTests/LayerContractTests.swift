import CNNDiagnostics
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import CNNTestSupport
import Testing

/// What every layer kind keeps, for each case of `Tests/References/layers`: threads, neighbours in the batch and fusion
/// change no bit, and double precision agrees.
@Suite("the contract of layers") struct LayerContractTests {
  private struct Outcome: Equatable {
    var loss = 0.0
    var gradients: [[Float]] = []
    var weights: [[Float]] = []
    var predictions: [[UInt32]] = []

    func isSame(as other: Outcome) -> Bool {
      loss.bitPattern == other.loss.bitPattern && predictions == other.predictions
        && zip(gradients, other.gradients).allSatisfy { sameBits($0, $1) }
        && zip(weights, other.weights).allSatisfy { sameBits($0, $1) }
    }
  }

  private func model(
    _ reference: LayerReference, _ instructionSet: InstructionSet = .best, fuses: Bool = true, batch: Int
  ) throws -> CompiledModel {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      Array(reference.behindInputs.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    return CompiledModel(
      loaded, compiler: Compiler(kernels: KernelTable(instructionSet), fuses: fuses), batchSize: batch)
  }

  private func weights(_ reference: LayerReference, _ graph: Graph) throws -> [[Float]] {
    let given = reference.weights
    return try graph.parameters.map { try #require(given[$0.qualifiedName]) }
  }

  /// A training step on `order`, and predictions of its samples as one batch.
  private func run(
    _ reference: LayerReference, _ model: CompiledModel, threads: Int, order: [Int32]
  ) throws -> Outcome {
    var outcome = Outcome()
    if reference.loss != nil {
      let plan = try #require(model.trainingPlan(labels: TensorType([reference.output.reduce(1, *)])))
      var session = try Session(training: plan, evaluation: nil, threadCount: threads, seed: 0)
      session.weights = try weights(reference, plan.graph)
      outcome.loss = try session.train(
        reference.selectors(), order: order, batch: 0..<order.count, learningRate: 0
      ).lossSum
      outcome.gradients = session.gradients.map { $0 ?? [] }
      outcome.weights = session.weights
    }
    outcome.predictions = try predictions(reference, model, threads: threads, order: order)
    return outcome
  }

  private func predictions(
    _ reference: LayerReference, _ model: CompiledModel, threads: Int, order: [Int32]
  ) throws -> [[UInt32]] {
    let plan = model.predictionPlan()
    var session = try Session(training: nil, evaluation: plan, threadCount: threads, seed: 0)
    session.weights = try weights(reference, plan.graph)
    let flat = try session.predict(reference.selectors(), order: order, batch: 0..<order.count).map(\.bitPattern)
    let width = flat.count / order.count
    return order.indices.map { Array(flat[$0 * width..<($0 + 1) * width]) }
  }

  /// The samples over and over: enough for several pieces.
  private func order(_ reference: LayerReference, count: Int) -> [Int32] {
    (0..<count).map { Int32($0 % reference.batch) }
  }

  @Test("any number of threads gives the same bits", arguments: LayerReference.all)
  func threads(_ reference: LayerReference) throws {
    for (count, batch) in [(11, 11), (1, 1), (5, 16)] {
      let model = try model(reference, batch: batch)
      let order = order(reference, count: count)
      let one = try run(reference, model, threads: 1, order: order)
      for threads in [2, 3] {
        let many = try run(reference, model, threads: threads, order: order)
        #expect(one.isSame(as: many), "\(reference.testDescription), \(count) of \(batch), \(threads) threads")
      }
    }
  }

  @Test("fused and unfused give the same bits", arguments: LayerReference.all)
  func fusion(_ reference: LayerReference) throws {
    let order = order(reference, count: 5)
    for instructionSet in InstructionSet.allCases where instructionSet <= .best {
      let fused = try run(reference, model(reference, instructionSet, batch: 5), threads: 2, order: order)
      let plain = try run(
        reference, model(reference, instructionSet, fuses: false, batch: 5), threads: 2, order: order)
      #expect(fused.isSame(as: plain), "\(reference.testDescription), \(instructionSet)")
    }
  }

  @Test("a sample's prediction is the same alone and in any batch", arguments: LayerReference.all)
  func neighbours(_ reference: LayerReference) throws {
    let model = try model(reference, batch: 16)
    let together = try predictions(reference, model, threads: 2, order: order(reference, count: 13))
    for sample in 0..<reference.batch {
      let alone = try predictions(reference, model, threads: 2, order: [Int32(sample)])[0]
      for place in stride(from: sample, to: 13, by: reference.batch) {
        #expect(together[place] == alone, "\(reference.testDescription), sample \(sample) at place \(place)")
      }
    }
  }

  /// 1e-5 of a tensor's size for sums of some hundred products in single precision.
  @Test("gradients in double precision agree", arguments: LayerReference.all.filter { $0.loss != nil })
  func interpreter(_ reference: LayerReference) throws {
    let model = try model(reference, batch: reference.batch)
    let order = order(reference, count: reference.batch)
    let outcome = try run(reference, model, threads: 2, order: order)
    let plain = try self.model(reference, fuses: false, batch: reference.batch)
    let graph = try #require(plain.trainingPlan(labels: TensorType([reference.output.reduce(1, *)]))).graph
    let target = try reference.tensor("target")
    let width = target.count / reference.batch
    let parameters = try weights(reference, graph).map { $0.map(Double.init) }
    let run = ReferenceInterpreter().run(
      graph,
      inputs: [
        .samples: order.map { sample in (0..<reference.batch).map { $0 == Int(sample) ? 1 : 0 } },
        .labels: order.map { sample in (0..<width).map { Double(target[Int(sample) * width + $0]) } },
      ], parameters: parameters)
    let penalties = zip(graph.parameters, parameters).map { penalty($0.declaration, $1) }
    let meanLoss = run.meanLoss(of: graph) + penalties.reduce(0) { $0 + $1.loss }
    #expect(abs(outcome.loss - meanLoss * Double(order.count)) <= 1e-5 * abs(outcome.loss))
    for (index, gradient) in run.gradients(of: graph).enumerated() {
      guard let gradient else { continue }
      let expected = zip(gradient, penalties[index].gradient).map { $0 + $1 }
      #expect(
        distance(outcome.gradients[index], expected) <= 1e-5 * max(norm(expected), 1e-3),
        "\(reference.testDescription), gradient of \(graph.parameters[index].qualifiedName)")
    }
  }

  /// l1 * sum |w| + l2 * sum w², and its gradient: l1 * sign(w) + 2 * l2 * w.
  private func penalty(_ declaration: ParameterDeclaration, _ weights: [Double]) -> (loss: Double, gradient: [Double]) {
    let factors = (declaration.isTrainable ? declaration.regularizer : nil) ?? Regularizer()
    return (
      weights.reduce(0) { $0 + factors.l1 * abs($1) + factors.l2 * $1 * $1 },
      weights.map { factors.l1 * ($0 > 0 ? 1 : $0 < 0 ? -1 : 0) + 2 * factors.l2 * $0 }
    )
  }
}
