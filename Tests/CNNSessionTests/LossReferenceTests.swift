import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import CNNTestSupport
import Testing

@Suite("losses against Keras") struct LossReferenceTests {
  @Test("each sample's loss and gradient", arguments: TrainingReference.all("losses"))
  func samples(_ reference: TrainingReference) throws {
    let tensors = try TrainingReference.files.tensors("losses.safetensors")
    func tensor(_ name: String) throws -> [Float] { try #require(tensors["\(reference.name)/\(name)"]).values }
    let (x, labels) = (try tensor("x"), try tensor("labels").map { Int32($0) })
    let (losses, gradients) = (try tensor("loss"), try tensor("gradient"))
    let (width, count) = (reference.width, labels.count)
    let head = reference.activation == "linear" ? [] : ["{activation: \(reference.activation)}"]
    let spec = try TrainingReference.spec(input: width, layers: ["flatten"] + head, loss: reference.spec)
    let loss = try #require(spec.training).loss.value
    var settings = LossSettings(loss)
    settings.classWeights = reference.classWeights
    let network = NetworkCase(
      reference.name, input: [width], loss: loss.kind, settings: settings, labels: .classes
    ) { builder in
      builder.probe()
      if let activation = Activation(rawValue: reference.activation), activation != .linear {
        builder.activation(activation)
      }
      if reference.isApart { builder.rescaling(scale: 0.75, offset: 0.125) }
    }
    let data = Dataset(
      sampleShape: [width], storage: .floats(x), labels: labels, classNames: [], sourceIndices: Array(0..<count))
    let order = (0..<Int32(count)).map(\.self)
    let compiler = Compiler()
    let plan = compiler.plan(
      network.trainingGraph(compiler), purpose: .training, batch: count,
      update: .sgd(momentum: 0, nesterov: false))
    var session = try Session(training: plan, evaluation: nil, threadCount: 1, seed: 0)
    session.weights = [[Float](repeating: 0, count: width)]
    for sample in 0..<count {
      let result = try session.train(data, order: order, batch: sample..<sample + 1, learningRate: 0)
      let expected = Double(losses[sample])
      // A few roundings of the terms, which are as large as the scores.
      let scale = (0..<width).reduce(1.0) { max($0, abs(Double(x[sample * width + $1]))) }
      let weight = reference.classWeights.isEmpty ? 1 : Double(reference.classWeights[Int(labels[sample])])
      #expect(
        abs(result.lossSum - expected) <= 8 * 0x1p-24 * weight * max(scale, expected),
        "\(reference.name), sample \(sample): \(result.lossSum) for \(expected)")
      // The probe is added to the input: its gradient is the input's. Keras's is that of the mean over all samples.
      let found = try #require(session.gradients[0])
      for index in 0..<width {
        let wanted = Double(gradients[sample * width + index]) * Double(count)
        let bound = 16 * 0x1p-24 * max(1, weight) * max(1, abs(wanted))
        #expect(
          abs(Double(found[index]) - wanted) <= bound,
          "\(reference.name), sample \(sample), \(index): \(found[index]) for \(wanted)")
      }
    }
    let mean = Double(try tensor("mean")[0])
    let whole = try session.train(data, order: order, batch: 0..<count, learningRate: 0)
    #expect(abs(whole.meanLoss - mean) <= 1e-6 * mean, "sum of weighted losses over N")
  }
}
