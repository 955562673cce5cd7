import CNNData
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import Foundation
import Testing

/// Expected values: Keras 3.15.1 on TensorFlow 2.21, by `Tests/References/make_references.py`.
@Suite("against Keras") struct KerasReferenceTests {
  @Test("outputs of the first batch are Keras's", arguments: ReferenceFiles.networks)
  func outputs(_ network: String) throws {
    let files = ReferenceFiles(network)
    let model = try ReferenceModel(files)
    let expected = try #require(try files.tensors("outputs.safetensors")["outputs"])
    var session = try model.predictionSession(batch: expected.shape[0])
    let found = try session.predict(model.data, order: model.order, batch: 0..<expected.shape[0])
    #expect(found.count == expected.values.count)
    let largest = expected.values.map { abs(Double($0)) }.max() ?? 1
    // 1e-6 absolute, or where raw pixels make logits of a hundred, four times what TensorFlow differs from itself.
    let bound = max(1e-6, 4 * (try files.spread("outputs")) * largest)
    let worst = zip(found, expected.values).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
    #expect(worst <= bound, "\(network): \(worst), bound \(bound)")
  }

  @Test("the first batch's loss and every gradient are Keras's", arguments: ReferenceFiles.networks)
  func gradients(_ network: String) throws {
    let files = ReferenceFiles(network)
    let model = try ReferenceModel(files)
    var session = try model.trainingSession()
    let result = try session.train(model.data, order: model.order, batch: 0..<model.batchSize, learningRate: 0)
    let expected = try files.tensors("gradients.safetensors")
    let loss = Double(try #require(expected["loss"]).values[0])
    #expect(abs(result.meanLoss - loss) <= 1e-6 * abs(loss), "\(result.meanLoss) for \(loss)")
    var compared = 0
    for (parameter, gradient) in zip(model.parameters, session.gradients) {
      guard let gradient else { continue }
      let reference = try #require(expected[parameter.qualifiedName], "\(parameter.qualifiedName)")
      #expect(reference.shape == parameter.declaration.extents)
      let difference = norm(zip(gradient, reference.values).map { Double($0) - Double($1) })
      let size = norm(reference.values.map(Double.init))
      #expect(difference <= 1e-5 * size, "\(parameter.qualifiedName): \(difference / size)")
      compared += 1
    }
    #expect(compared == expected.count - 1)
  }

  @Test("fifty steps follow Keras as well as Keras follows itself", arguments: ReferenceFiles.networks)
  func losses(_ network: String) throws { try compareLosses(network, file: "losses.json", update: nil) }

  @Test("so they do with SGD and Nesterov momentum on raw pixels") func lossesOfSGD() throws {
    try compareLosses("reference", file: "losses-sgd.json", update: .sgd(momentum: 0.9, nesterov: true))
  }

  @Test("so they do with each kind of SGD", arguments: ["sgd", "momentum", "nesterov"])
  func lossesOfPlainSGD(_ name: String) throws {
    let settings = try ReferenceFiles("regression").json("losses-\(name).json")
    let momentum = (settings["momentum"] as? NSNumber)?.floatValue ?? 0
    let nesterov = (settings["nesterov"] as? NSNumber)?.boolValue ?? false
    try compareLosses(
      "regression", file: "losses-\(name).json", update: .sgd(momentum: momentum, nesterov: nesterov))
  }

  private func compareLosses(_ network: String, file: String, update: UpdateRule?) throws {
    let files = ReferenceFiles(network)
    let model = try ReferenceModel(files)
    let expected = try files.numbers("losses", in: file)
    let envelope = try files.numbers("envelope", in: file)
    let sensitivity = try files.numbers("sensitivity", in: file)
    #expect(expected.count == 50 && envelope.count == 50 && sensitivity.count == 50)
    let rate = Float(try #require(try files.json(file)["learning_rate"] as? NSNumber).doubleValue)
    var session = try model.trainingSession(update: update)
    let batches = Batches(count: model.count, size: model.batchSize)
    for step in 0..<50 {
      let batch = batches[step % batches.count]
      let loss = try session.train(model.data, order: model.order, batch: batch, learningRate: rate).meanLoss
      let difference = abs(loss - expected[step]) / abs(expected[step])
      // What TensorFlow differs from itself and from float64, four times; README.md of the references says why.
      let bound = 4 * max(envelope[step], sensitivity[step]) + 2e-6
      #expect(difference <= bound, "\(network) \(file) step \(step): \(difference), bound \(bound)")
      if step < 8 { #expect(difference <= 1e-4, "\(network) \(file) step \(step): \(difference)") }
    }
    let norms = try files.json(file)["final_norms"] as? [String: NSNumber] ?? [:]
    let spread = try files.json(file)["final_norms_envelope"] as? [String: NSNumber] ?? [:]
    let perturbed = try files.json(file)["final_norms_sensitivity"] as? [String: NSNumber] ?? [:]
    #expect(norms.count >= model.parameters.count)
    for (parameter, values) in zip(model.parameters, session.weights) {
      let name = parameter.qualifiedName
      let reference = try #require(norms[name]).doubleValue
      let found = norm(values.map(Double.init))
      let bound = 4 * max(spread[name]?.doubleValue ?? 0, perturbed[name]?.doubleValue ?? 0) + 2e-6
      #expect(abs(found - reference) <= bound * abs(reference), "\(name) after 50 steps: \(found) for \(reference)")
    }
  }

  @Test("moving statistics after five steps are Keras 3's, with the biased variance") func movingStatistics() throws {
    let files = ReferenceFiles("residual")
    let model = try ReferenceModel(files)
    var session = try model.trainingSession()
    let rate = Float(try #require(try files.json("losses.json")["learning_rate"] as? NSNumber).doubleValue)
    let batches = Batches(count: model.count, size: model.batchSize)
    for step in 0..<5 {
      _ = try session.train(model.data, order: model.order, batch: batches[step % batches.count], learningRate: rate)
    }
    let expected = try files.tensors("moving_after_5.safetensors")
    #expect(expected.count == 4)
    for (parameter, values) in zip(model.parameters, session.weights) {
      guard let reference = expected[parameter.qualifiedName] else { continue }
      let largest = reference.values.map { abs(Double($0)) }.max() ?? 1
      let worst = zip(values, reference.values).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
      #expect(worst <= 1e-5 * largest, "\(parameter.qualifiedName): \(worst)")
    }
  }

  private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
