import CNNRunKit
import Foundation
import Testing

/// The library as a program that uses it sees it. Expected values are those of the command.
@Suite("the library") struct LibraryTests {
  private static let spec = """
    name: corners
    data:
      source: {csv: {path: corners.csv, label: label}}
    model:
      input: [3, 3, 1]
      layers:
        - conv2d: {filters: 4, kernel_size: 2, activation: relu}
        - flatten
        - dropout: 0.2
        - dense: {units: 2, activation: softmax}
    training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 3, batch_size: 8, seed: 5}

    """

  private let pixels: [Float] = (0..<45 * 9).map { (place: Int) -> Float in
    let mixed: Int = place * 7919 + (place / 9) * 31
    return Float(mixed % 256)
  }
  private var labels: [Int] { (0..<45).map { pixels[$0 * 9] > pixels[$0 * 9 + 8] ? 1 : 0 } }

  /// What the command makes of the same samples.
  private func run(in folder: TemporaryFolder) throws {
    var lines: [String] = [(0..<9).map { "p\($0)" }.joined(separator: ",") + ",label"]
    for (index, label) in labels.enumerated() {
      let row: [String] = pixels[index * 9..<index * 9 + 9].map { String(Int($0)) }
      lines.append(row.joined(separator: ",") + ",\(label)")
    }
    let table = lines.joined(separator: "\n") + "\n"
    _ = try folder.file("corners.csv", table)
    _ = try folder.file("spec.yaml", Self.spec)
    let outcome = try Command.run(["run", "spec.yaml", "--out", "run", "-q"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
  }

  @Test("training gives the command's weights, bit for bit; what is saved comes back") func training() throws {
    let folder = try TemporaryFolder()
    try run(in: folder)
    let network = try Network(spec: Self.spec)
    #expect(network.name == "corners" && network.inputShape == [3, 3, 1] && network.outputShape == [2])
    // (2 * 2 + 1) * 4 and (16 + 1) * 2, by hand.
    #expect(network.parameterCount == 54 && network.layers.map(\.parameterCount) == [20, 0, 0, 34])
    var epochs: [Network.Epoch] = []
    let trained = try network.train(images: pixels, labels: labels) { epoch in
      epochs.append(epoch)
      return true
    }
    #expect(epochs.map(\.number) == [1, 2, 3] && epochs.allSatisfy { $0.values["loss"] != nil })
    let own = try trained.outputs(of: pixels)
    let last = folder.url.appendingPathComponent("run/weights/last.safetensors").path
    let command = try TrainedNetwork(contentsOf: last)
    #expect(try command.outputs(of: pixels).map(\.bitPattern) == own.map(\.bitPattern))
    let file = folder.url.appendingPathComponent("saved.safetensors").path
    try trained.save(to: file)
    let again = try TrainedNetwork(contentsOf: file)
    #expect(try again.predict(pixels) == trained.predict(pixels))
    for (index, prediction) in try trained.predict(pixels).enumerated() {
      #expect(prediction.confidence == max(own[2 * index], own[2 * index + 1]))
      #expect(prediction.confidence == own[2 * index + prediction.classIndex])
    }
  }

  @Test("a training that is told to end does") func ending() throws {
    var count = 0
    _ = try Network(spec: Self.spec).train(images: pixels, labels: labels, validation: (pixels, labels)) { epoch in
      count += 1
      return epoch.values["val_loss"] == nil
    }
    #expect(count == 1)
  }

  @Test("every fault of a spec has its code, line and column") func faults() {
    let text = "model:\n  input: [8, 8, 1]\n  layers:\n    - conv2d: {filters: 4, kernal_size: 3}\n    - dens: 10\n"
    let error = #expect(throws: NetworkError.self) { try Network(spec: text) }
    guard case .spec(let faults)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    // Places counted by hand.
    #expect(faults.contains { $0.code == "CN2103" && $0.line == 4 && $0.column == 28 }, "\(faults)")
    #expect(faults.contains { $0.code == "CN2104" && $0.line == 5 && $0.column == 7 }, "\(faults)")
  }

  @Test("what does not fit is said, not computed") func misfits() throws {
    let network = try Network(spec: Self.spec)
    let shifted: [Int] = labels.map { $0 + 2 }
    let misfits: [(images: [Float], labels: [Int])] = [([1, 2, 3], [0]), (pixels, [0]), (pixels, shifted), ([], [])]
    for (images, labels) in misfits {
      let error = #expect(throws: NetworkError.self) { try network.train(images: images, labels: labels) }
      guard case .samples? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    }
    #expect(throws: NetworkError.self) { try TrainedNetwork(contentsOf: "/nowhere") }
    #expect(throws: NetworkError.self) { try Network(contentsOf: "/nowhere.yaml") }
  }
}
