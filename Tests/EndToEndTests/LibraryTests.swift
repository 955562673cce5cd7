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

  /// y = x / 2, so that a line through the origin has no loss: the mean of y squared is what is lost with a weight of 0.
  @Test("values are learned as the command learns them, and what their errors say is so") func values() throws {
    let folder = try TemporaryFolder()
    let rows = (1...40).map { "\($0).5,\(Double($0) / 2 + 0.25)" }
    _ = try folder.file("line.csv", (["x,y"] + rows).joined(separator: "\n") + "\n")
    let spec = try folder.file(
      "line.yaml",
      """
      name: line
      data: {source: {csv: {path: line.csv, label: y}}, split: {test: 0.25}}
      model: {input: [1], layers: [{dense: {units: 1, kernel_initializer: zeros}}]}
      training: {optimizer: {sgd: {learning_rate: 0.0005}}, loss: mean_squared_error, epochs: 30, batch_size: 8, seed: 5}

      """)
    let outcome = try Command.run(["run", "line.yaml", "--out", "run"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    let trained = try Network(contentsOf: spec.path).train()
    let file = folder.url.appendingPathComponent("library.safetensors")
    try trained.save(to: file.path)
    #expect(
      try Data(contentsOf: file) == Data(contentsOf: folder.url.appendingPathComponent("run/weights/last.safetensors")))
    let outputs = try trained.outputs(of: [10, 20])
    #expect(abs(outputs[0] - 5) < 0.1 && abs(outputs[1] - 10) < 0.1, "\(outputs)")
    let page = try String(contentsOf: folder.url.appendingPathComponent("run/report.html"), encoding: .utf8)
    #expect(page.contains("Time by step"))
  }

  @Test("training on the spec's own data gives the command's weights and figures, whatever the spec has") func ownData()
    throws
  {
    let folder = try TemporaryFolder()
    try run(in: folder)
    // All that the command has and arrays have not: files of its own for data, weights and what callbacks write.
    let text = Self.spec
      .replacingOccurrences(of: "label: label}}", with: "label: label}}\n  split: {validation: 0.2, test: 0.2}")
      .replacingOccurrences(
        of: "epochs: 3,",
        with: """
          epochs: 40, class_weight: {0: 2.5}, initial_weights: run/weights/last.safetensors,
            metrics: [accuracy], callbacks: [{early_stopping: {patience: 2, min_delta: 1000, restore_best_weights: true}},
            {reduce_lr_on_plateau: {patience: 1}}, {csv_logger: log.csv}, {model_checkpoint: {path: "at/{epoch:02d}"}}],
          """)
    let spec = try folder.file("own.yaml", text)
    let outcome = try Command.run(["run", "own.yaml", "--out", "own", "-q"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    let network = try Network(contentsOf: spec.path)
    var steps: [Network.Step] = []
    var epochs: [Network.Epoch] = []
    let written = folder.url.appendingPathComponent("written").path
    let trained = try network.train(
      callbackDirectory: written, threads: 3,
      onEpoch: { (epoch: Network.Epoch) in
        epochs.append(epoch)
        return true
      },
      onStep: { (step: Network.Step) in
        steps.append(step)
        return true
      })
    // 45 samples, of which two fifths are held back: 27, in steps of 8.
    let numbers: [Int] = epochs.flatMap { _ in [1, 2, 3, 4] }
    #expect(steps.map(\.number) == numbers && steps.allSatisfy { $0.count == 4 })
    #expect(steps.allSatisfy { Set($0.values.keys) == ["loss", "accuracy"] })
    let file = folder.url.appendingPathComponent("library.safetensors")
    try trained.save(to: file.path)
    let last = try Data(contentsOf: folder.url.appendingPathComponent("own/weights/last.safetensors"))
    #expect(try Data(contentsOf: file) == last, "values, names, spec and classes")
    let record = try #require(trained.record)
    // The first epoch is the best one, and two without improvement end it.
    #expect(record.epochs == epochs && epochs.count == 3 && record.stopReason?.contains("early_stopping") == true)
    // The weights that come out are the last ones, as of Keras's `fit`; the command's figures are the best epoch's.
    let evaluated = try Command.run(
      ["evaluate", "own", "--weights", "last", "--split", "test", "--json"], directory: folder.url)
    #expect(Set(record.evaluation.keys) == ["test_loss", "test_accuracy"])
    for (name, value) in record.evaluation {
      #expect(evaluated.output.contains("\"\(name.dropFirst(5))\":\(value)"), "\(name) \(value) in \(evaluated)")
    }
    let history = try String(contentsOf: folder.url.appendingPathComponent("own/history.csv"), encoding: .utf8)
    let row = try #require(history.split(separator: "\n").last)
    for (name, value) in epochs[epochs.count - 1].values {
      #expect(row.contains("\(value)"), "\(name) \(value) in \(row)")
    }
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: "\(written)/at")
    #expect(checkpoints.count == 3, "\(checkpoints)")
    for name in ["log.csv"] + checkpoints.map({ "at/\($0)" }) {
      let own = try Data(contentsOf: folder.url.appendingPathComponent("own/\(name)"))
      #expect(try Data(contentsOf: folder.url.appendingPathComponent("written/\(name)")) == own, "\(name)")
    }
    // Nobody said where the files of callbacks belong.
    let error = #expect(throws: NetworkError.self) { try network.train() }
    guard case .unsupported(let message)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(message.contains("csv_logger"))
  }

  @Test("data that cannot be had is told with the line that asks for it") func faultsOfData() throws {
    let folder = try TemporaryFolder()
    func fault(_ text: String) throws -> NetworkError? {
      let network = try Network(spec: text, directory: folder.url.path)
      return #expect(throws: NetworkError.self) { try network.train() }
    }
    // Places counted by hand: `{csv: …}` stands in line 3, behind `source: `.
    guard case .data(let missing)? = try fault(Self.spec) else { return #expect(Bool(false)) }
    #expect(missing.code == "CN4301" && missing.line == 3 && missing.column == 11, "\(missing)")
    #expect(missing.message.contains("corners.csv"))
    try run(in: folder)
    // Found, and of another shape than the model takes.
    let wide = Self.spec.replacingOccurrences(of: "[3, 3, 1]", with: "[3, 4, 1]")
    guard case .data? = try fault(wide) else { return #expect(Bool(false)) }
    let classes = Self.spec.replacingOccurrences(of: "epochs: 3", with: "epochs: 3, class_weight: {7: 2}")
    guard case .spec(let faults)? = try fault(classes) else { return #expect(Bool(false)) }
    #expect(faults.map(\.line) == [11] && faults[0].message.contains("`7`"), "\(faults)")
    let weights = Self.spec.replacingOccurrences(of: "epochs: 3", with: "epochs: 3, initial_weights: none.h5")
    guard case .file(let message)? = try fault(weights) else { return #expect(Bool(false)) }
    #expect(message.contains("none.h5"))
    let bare = "model: {input: [3, 3, 1], layers: [flatten, dense: 2]}\n"
    guard case .unsupported? = try fault(bare) else { return #expect(Bool(false)) }
  }

  @Test("layers that a file of initial weights has otherwise are named; the others have its values") func skipped()
    throws
  {
    let folder = try TemporaryFolder()
    try run(in: folder)
    let text = Self.spec.replacingOccurrences(of: "units: 2", with: "units: 3").replacingOccurrences(
      of: "epochs: 3",
      with: "epochs: 1, initial_weights: {from: run/weights/last.safetensors, skip_mismatch: true}")
    let trained = try Network(spec: text, directory: folder.url.path).train(images: pixels, labels: labels)
    #expect(trained.record?.skippedLayers == ["dense"])
    let whole = text.replacingOccurrences(of: "skip_mismatch: true", with: "skip_mismatch: false")
    let network = try Network(spec: whole, directory: folder.url.path)
    let error = #expect(throws: NetworkError.self) { try network.train(images: pixels, labels: labels) }
    guard case .file(let message)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(message.contains("dense/kernel"))
  }

  /// What a refusal says is held to what then fits: the limit itself, one byte less, the batch that it names and one sample
  /// more.
  @Test("what would take too much memory is refused with its bytes and the largest batch that fits") func memory()
    throws
  {
    func shortage(_ batch: Int, _ limit: Int) throws -> NetworkError.Shortage? {
      let network = try Network(
        spec: Self.spec.replacingOccurrences(of: "batch_size: 8", with: "batch_size: \(batch)")
          .replacingOccurrences(of: "epochs: 3", with: "epochs: 1"))
      do throws(NetworkError) {
        _ = try network.train(images: pixels, labels: labels, threads: 2, memoryLimit: limit)
        return nil
      } catch {
        guard case .memory(let shortage) = error else { throw error }
        return shortage
      }
    }
    let all = try #require(try shortage(32, 1))
    #expect(all.batchSize == 32 && all.limit == 1 && all.largestBatch == nil && all.byteCount > 54 * 4)
    #expect(try shortage(32, all.byteCount) == nil)
    let less = try #require(try shortage(32, all.byteCount - 1))
    let largest = try #require(less.largestBatch)
    #expect(less.byteCount == all.byteCount && (1..<32).contains(largest))
    #expect(try shortage(largest, less.limit) == nil)
    #expect(try shortage(largest + 1, less.limit) != nil)

    let trained = try Network(spec: Self.spec).train(images: pixels, labels: labels)
    func prediction(_ batch: Int?, _ limit: Int) throws -> NetworkError.Shortage? {
      do throws(NetworkError) {
        #expect(try trained.outputs(of: pixels, batchSize: batch, memoryLimit: limit) == trained.outputs(of: pixels))
        return nil
      } catch {
        guard case .memory(let shortage) = error else { throw error }
        return shortage
      }
    }
    let one = try #require(try prediction(1, 1)?.byteCount)
    let many = try #require(try prediction(40, 1)?.byteCount)
    #expect(one < many)
    // Nobody says how many at a time: as many as fit.
    #expect(try prediction(nil, one) == nil && prediction(40, many) == nil)
    let short = try #require(try prediction(40, many - 1))
    #expect(short.batchSize == 40 && short.byteCount == many && (1..<40).contains(short.largestBatch ?? 0))
    #expect(try prediction(nil, one - 1)?.largestBatch == nil && prediction(nil, one - 1) != nil)
  }

  @Test("the example trains, saves and takes a drawn zero for a zero") func example() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = Command.executable.deletingLastPathComponent().appendingPathComponent("cnnrun-example")
    let file = folder.url.appendingPathComponent("digits.safetensors")
    process.arguments = ["Specs/digits.yaml", file.path]
    process.currentDirectoryURL = Command.projectRoot
    let output = folder.url.appendingPathComponent("stdout")
    try Data().write(to: output)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: output, encoding: .utf8)
    #expect(process.terminationStatus == 0 && text.contains("the drawing is a 0, "), "\(text)")
    #expect(try TrainedNetwork(contentsOf: file.path).network.name == "digits")
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
