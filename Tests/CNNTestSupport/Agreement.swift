internal import CNNGraph
internal import CNNLayers
internal import Testing

extension NetworkCase {
  /// Holds what kernels made of `data` against the interpreter, for the unfused graphs.
  ///
  /// Each sum of L products in single precision is off by about 6e-8 * sqrt(L) of its size, more where it cancels and
  /// after several layers; 1e-5 * sqrt(L) of a tensor's norm leaves two orders of magnitude for both. A gradient
  /// that cancels out altogether (a bias before a batch normalization) is held against a hundredth of the largest
  /// tensor on the way back, whose elements its sums are made of; and that, behind a saturated softmax, against
  /// 0.01, losses being of the order of one.
  package func expect(
    _ outcome: SessionOutcome, agreesOn data: NetworkData, interpreter: ReferenceInterpreter
  ) throws {
    let compiler = Compiler(fuses: false)
    let count = data.samples.count
    let graph = trainingGraph(compiler)
    let run = interpreter.run(graph, inputs: data.inputs, parameters: data.parameters)
    let tolerance = 1e-5 * Double(graph.longestSum(batch: count)).squareRoot()

    let loss = run.meanLoss(of: graph) * Double(count)
    #expect(abs(outcome.lossSum - loss) <= tolerance * max(abs(loss), 0.01), "training loss, \(self)")
    #expect(outcome.hits == run.hits(of: graph), "training hits, \(self)")

    let gradients = run.gradients(of: graph)
    let producer = graph.nodes.firstIndex { $0.results.contains(graph.outputs[0]) } ?? 0
    let backward = graph.nodes[(producer + 1)...].filter { $0.operation.name != "filter_transpose" }.flatMap(\.results)
    let whole = max(backward.map { norm(Array(run[$0].joined())) }.max() ?? 0, 0.01)
    for (index, parameter) in graph.parameters.enumerated() where parameter.declaration.isTrainable {
      let found = try #require(outcome.gradients[index])
      // A weight that nothing reads keeps the zeros that its sums began with.
      let expected = gradients[index] ?? [Double](repeating: 0, count: found.count)
      let error = distance(found, expected)
      #expect(
        error <= tolerance * max(norm(expected), 0.01 * whole),
        "gradient of \(parameter.qualifiedName), \(self)")
    }
    for (index, parameter) in graph.parameters.enumerated() where !parameter.declaration.isTrainable {
      let expected = run.parameters[index]
      #expect(
        distance(outcome.weights[index], expected) <= tolerance * max(norm(expected), 0.01),
        "\(parameter.qualifiedName) after the step, \(self)")
    }

    let evaluation = evaluationGraph(compiler)
    let evaluated = interpreter.run(evaluation, inputs: data.inputs, parameters: data.parameters)
    let evaluatedLoss = evaluated.meanLoss(of: evaluation) * Double(count)
    #expect(
      abs(outcome.evaluatedLossSum - evaluatedLoss) <= tolerance * max(abs(evaluatedLoss), 0.01),
      "evaluated loss, \(self)")
    let inference = inferenceGraph(compiler)
    let predicted = interpreter.run(inference, inputs: data.inputs, parameters: data.parameters)
    let expected = Array(predicted[inference.outputs[0]].joined())
    #expect(
      distance(Array(outcome.predictions.joined()), expected) <= tolerance * norm(expected), "predictions, \(self)")
  }
}
