import CNNGraph
import CNNKernels
import CNNLayers
import CNNSession
import CNNTestSupport
import Testing

/// What must not change a bit: threads, neighbours in the batch, their order.
@Suite("Determinism")
struct DeterminismTests {
  private static let networks =
    (1...20).map { NetworkCase.random(seed: $0) } + GradientCases.winograd + GradientCases.wideFilters
    + GradientCases.fewInputs + GradientCases.fewOutputs + GradientCases.joinedColumns

  @Test("any number of threads gives the same bits", arguments: networks)
  func threads(_ network: NetworkCase) throws {
    let seed: UInt64 = 5
    // Full, of one sample, and smaller than what the plan was made for.
    for (count, batch) in [(19, 19), (1, 1), (13, 32), (3, 32)] {
      let data = NetworkData(network, count: count, seed: seed)
      let one = try network.run(data, SessionSetup(batch: batch, threads: 1, seed: 5, step: 1))
      for threads in [2, 3, 8] {
        let many = try network.run(data, SessionSetup(batch: batch, threads: threads, seed: 5, step: 1))
        expectSameBits(one, many, "\(network), \(count) of \(batch), \(threads) threads")
      }
    }
  }

  @Test("a sample's prediction is the same alone, in any batch and in any order", arguments: networks)
  func neighbours(_ network: NetworkCase) throws {
    let seed: UInt64 = 6
    let count = 21
    let data = NetworkData(network, count: count, seed: seed)
    for instructionSet in InstructionSet.allCases where instructionSet <= .best {
      let setup = SessionSetup(instructionSet: instructionSet)
      let together = try network.predictions(data, setup, order: (0..<Int32(count)).map(\.self))
      var random = SeededRandom(seed: seed)
      let shuffled = (0..<Int32(count)).shuffled(using: &random)
      for (place, row) in zip(shuffled, try network.predictions(data, setup, order: shuffled)) {
        #expect(sameBits(row, together[Int(place)]), "sample \(place) shuffled, \(network), \(instructionSet)")
      }
      for sample in [0, 7, 20] {
        let alone = try network.predictions(data, setup, order: [Int32(sample)])[0]
        #expect(sameBits(alone, together[sample]), "sample \(sample) alone, \(network), \(instructionSet)")
        let pair = try network.predictions(
          data, SessionSetup(instructionSet: instructionSet, batch: 64), order: [3, Int32(sample)])[1]
        #expect(sameBits(pair, together[sample]), "sample \(sample) in a partial batch, \(network), \(instructionSet)")
      }
    }
  }

  /// A plan without updates prepares filters once.
  @Test("predictions follow the weights that a session is given", arguments: GradientCases.winograd.prefix(3))
  func newWeights(_ network: NetworkCase) throws {
    let data = [NetworkData(network, count: 3, seed: 1), NetworkData(network, count: 3, seed: 2)]
    let order: [Int32] = [0, 1, 2]
    let setup = SessionSetup()
    let samples = network.dataset(data[0])
    let plan = setup.compiler.plan(network.inferenceGraph(setup.compiler), purpose: .inference, batch: 3)
    #expect(plan.keptPreparationGroups == 1)
    var session = try Session(training: nil, evaluation: plan, threadCount: 2, seed: 0)
    for weights in [data[0], data[1], data[0]] {
      session.weights = weights.parameters.map { $0.map { Float($0) } }
      var mixed = data[0]
      mixed.parameters = weights.parameters
      let expected = try network.predictions(mixed, setup, order: order)
      for _ in 0..<2 {
        let found = try session.predict(samples, order: order, batch: 0..<3)
        #expect(sameBits(found, Array(expected.joined())), "\(network)")
      }
    }
  }

  @Test("eight samples give the same bits in a plan for eight and in one for more")
  func planBatch() throws {
    let network = NetworkCase.random(seed: 4)
    let data = NetworkData(network, count: 8, seed: 4)
    // At most eight pieces: eight samples are one a piece in any plan that holds them.
    let exact = try network.run(data, SessionSetup(batch: 8, seed: 5))
    let larger = try network.run(data, SessionSetup(batch: 64, seed: 5))
    expectSameBits(exact, larger, "\(network)")
  }

  @Test("what a step leaves in memory does not show in the next one", arguments: 1...40)
  func leftovers(_ seed: UInt64) throws {
    let network = NetworkCase.random(seed: seed)
    let data = NetworkData(network, count: 24, seed: seed)
    let compiler = Compiler()
    let training = compiler.plan(
      network.trainingGraph(compiler), purpose: .training, batch: 16, update: .sgd(momentum: 0, nesterov: false))
    let evaluation = compiler.plan(network.evaluationGraph(compiler), purpose: .inference, batch: 16)
    var session = try Session(training: training, evaluation: evaluation, threadCount: 2, seed: 1)
    let weights = data.parameters.map { $0.map { Float($0) } }
    let dataset = network.dataset(data)
    let order = (0..<Int32(24)).map(\.self)
    func step(_ batch: Range<Int>) throws -> (Session.StepResult, [[Float]]) {
      session.weights = weights
      session.step = 0
      let result = try session.train(dataset, order: order, batch: batch, learningRate: 0)
      return (result, session.gradients.map { $0 ?? [] })
    }
    session.weights = weights
    let clean = try session.evaluate(dataset, order: order, batch: 3..<9)
    // Of fresh memory, which is zero; then the same after a full batch and an evaluation have gone over it.
    let first = try step(0..<5)
    _ = try step(8..<24)
    _ = try session.evaluate(dataset, order: order, batch: 8..<24)
    let again = try step(0..<5)
    #expect(first.0 == again.0)
    for (one, other) in zip(first.1, again.1) { #expect(sameBits(one, other)) }
    session.weights = weights
    #expect(try session.evaluate(dataset, order: order, batch: 3..<9) == clean)
  }

  @Test("the same step again gives the same bits, another seed another dropout")
  func repetition() throws {
    let network = NetworkCase("dropout", input: [4, 4, 2]) { builder in
      builder.convolution(builder.window([3, 3]), filters: 4)
      builder.dropout(0.5)
    }
    let data = NetworkData(network, count: 6, seed: 1)
    let first = try network.run(data, SessionSetup(seed: 1, step: 3))
    expectSameBits(first, try network.run(data, SessionSetup(seed: 1, step: 3)), "again")
    #expect(try network.run(data, SessionSetup(seed: 2, step: 3)).lossSum != first.lossSum)
    #expect(try network.run(data, SessionSetup(seed: 1, step: 4)).lossSum != first.lossSum)
    #expect(try network.run(data, SessionSetup(seed: 1 << 40 | 1, step: 3)).lossSum != first.lossSum)
  }
}

/// Training steps against Keras's formulas in double precision.
@Suite("Optimisers")
struct OptimizerTests {
  @Test("twenty steps follow Keras's formulas", arguments: ReferenceOptimizer.all, [1, 3])
  func steps(_ optimizer: ReferenceOptimizer, _ threads: Int) throws {
    // Smooth throughout, so that rounding cannot take another branch.
    let network = NetworkCase(
      "smooth network", input: [6, 6, 2], loss: .categoricalCrossentropy, labels: .classes
    ) { builder in
      builder.convolution(builder.window([3, 3], padding: .same), filters: 4)
      builder.batchNormalization()
      builder.activation(.tanh)
      builder.averagePool(builder.window([2, 2], strides: [2, 2]))
      builder.dropout(0.25)
      builder.flatten()
      builder.dense(5)
      builder.activation(.softmax)
    }
    let samples = 30
    let data = NetworkData(network, count: samples, seed: 17)
    let compiler = Compiler()
    let graph = network.trainingGraph(Compiler(fuses: false))
    let batches = [0..<12, 12..<24, 24..<30]

    var session = try Session(
      training: compiler.plan(
        network.trainingGraph(compiler), purpose: .training, batch: 12, update: optimizer.rule),
      evaluation: nil, threadCount: threads, seed: 23)
    session.weights = data.parameters.map { $0.map { Float($0) } }
    let dataset = network.dataset(data)
    let order = (0..<Int32(samples)).map(\.self)

    var weights = data.parameters
    var state = ReferenceOptimizer.State(weights)
    let start = weights
    for step in 0..<20 {
      let batch = batches[step % batches.count]
      let found = try session.train(
        dataset, order: order, batch: batch, learningRate: Float(optimizer.learningRate))
      let run = ReferenceInterpreter(seed: 23, step: UInt32(step)).run(
        graph, inputs: data.inputs.mapValues { Array($0[batch]) }, parameters: weights)
      let gradients = run.gradients(of: graph)
      weights = run.parameters
      for (index, gradient) in gradients.enumerated() {
        guard let gradient else { continue }
        optimizer.update(&weights[index], gradient, &state, parameter: index, step: step + 1)
      }
      let expected = run.meanLoss(of: graph)
      #expect(abs(found.meanLoss - expected) <= 1e-4 * expected, "loss of step \(step + 1)")
    }
    // How far the weights went is what the formulas say; of that 1e-3. A step's own rounding is 1e-6 of it, but Adam
    // divides by the gradient's size, and so enlarges the error of the convolution's bias: batch normalization takes
    // it away again, so its gradient is rounding alone, and it is left out.
    for (index, parameter) in graph.parameters.enumerated() where parameter.qualifiedName != "conv2d/bias" {
      let way = norm(zip(weights[index], start[index]).map { $0 - $1 })
      #expect(way > 0)
      #expect(
        distance(session.weights[index], weights[index]) <= 1e-3 * way, "\(parameter.qualifiedName), \(optimizer)")
    }
  }
}

/// Keras 3's update rules (`keras.optimizers`), one weight at a time.
struct ReferenceOptimizer: Sendable, CustomStringConvertible {
  let description: String
  let rule: UpdateRule
  let learningRate: Double

  static let all = [
    ReferenceOptimizer(description: "sgd", rule: .sgd(momentum: 0, nesterov: false), learningRate: 0.05),
    ReferenceOptimizer(description: "momentum", rule: .sgd(momentum: 0.9, nesterov: false), learningRate: 0.02),
    ReferenceOptimizer(description: "nesterov", rule: .sgd(momentum: 0.9, nesterov: true), learningRate: 0.02),
    ReferenceOptimizer(
      description: "adam", rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.003),
  ]

  struct State {
    var first, second: [[Double]]
    init(_ weights: [[Double]]) {
      first = weights.map { [Double](repeating: 0, count: $0.count) }
      second = first
    }
  }

  func update(_ w: inout [Double], _ g: [Double], _ state: inout State, parameter: Int, step: Int) {
    for i in w.indices {
      switch rule.method {
      case .sgd(let momentum, let nesterov):
        let velocity = Double(momentum) * state.first[parameter][i] - learningRate * g[i]
        state.first[parameter][i] = velocity
        w[i] += nesterov ? Double(momentum) * velocity - learningRate * g[i] : velocity
      case .adam(let beta1, let beta2, let epsilon, _):
        let m = beta1 * state.first[parameter][i] + (1 - beta1) * g[i]
        let v = beta2 * state.second[parameter][i] + (1 - beta2) * g[i] * g[i]
        state.first[parameter][i] = m
        state.second[parameter][i] = v
        var (power1, power2) = (1.0, 1.0)
        for _ in 0..<step { (power1, power2) = (power1 * beta1, power2 * beta2) }
        w[i] -= learningRate * (1 - power2).squareRoot() / (1 - power1) * m / (v.squareRoot() + Double(epsilon))
      case .rmsprop, .nadam, .adagrad, .lion: break  // Held to Keras's own numbers.
      }
    }
  }
}
