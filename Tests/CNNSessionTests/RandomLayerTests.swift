import CAllocations
import CNNDiagnostics
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// What draws random numbers: given the draw, the image is Keras's; the draws have their distribution, and follow from
/// seed, layer, step and sample alone.
@Suite("random layers") struct RandomLayerTests {
  // MARK: Given the draw

  /// Expected values: Keras 3.15.1 on TensorFlow 2.21, by `Tests/References/make_augmentation_references.py`.
  @Test("images are Keras's", arguments: AugmentationReference.all, InstructionSet.allCases.filter { $0 <= .best })
  func images(_ reference: AugmentationReference, _ instructionSet: InstructionSet) throws {
    let size = reference.shape.reduce(1, *)
    for (sample, draw) in reference.draws.enumerated() {
      let x = Array(reference.x[sample * size..<(sample + 1) * size])
      let y = Array(reference.y[sample * size..<(sample + 1) * size])
      let found = try Images(shape: reference.shape, values: x).passed(
        through: { $0.append(reference.operation(draw), [$1]) }, instructionSet: instructionSet)
      // Values up to 1.6 and their differences; coordinates up to 8, whose rounding moves by 1e-6.
      let worst = zip(found, y).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 2e-5, "\(reference), sample \(sample): \(worst)")
    }
  }

  // MARK: The draws

  @Test("half of the images are flipped, along the axes that the mode names")
  func flip() throws {
    // Rows 1 2 and 3 4; by hand.
    for (mode, flipped) in [
      ("horizontal", [2, 1, 4, 3]), ("vertical", [3, 4, 1, 2]), ("horizontal_and_vertical", [4, 3, 2, 1]),
    ] as [(String, [Float])] {
      let count = 4096
      let images = Images(shape: [2, 2, 1], values: Array(repeating: [1, 2, 3, 4], count: count).flatMap(\.self))
      let found = try images.rows(of: "random_flip: {mode: \(mode), seed: 3}")
      let heads = found.count { $0 == flipped }
      #expect(heads + found.count { $0 == [1, 2, 3, 4] } == count)
      // Five standard deviations of a fair coin: 5 * sqrt(4096) / 2.
      #expect(abs(heads - count / 2) <= 160, "\(mode): \(heads)")
    }
  }

  /// A ramp tells where an image was looked at: bilinear sampling of it is exact.
  private func expectUniform(
    _ draws: [Float], from low: Double, to high: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let n = Double(draws.count)
    let values = draws.map(Double.init)
    let width = high - low
    // The mean of n uniform numbers has the standard deviation width / sqrt(12 n); their variance, width² / 12, that
    // of width² / sqrt(180 n). The least of them is above width * 20 / n with probability e^-20.
    let mean = values.reduce(0, +) / n
    #expect(abs(mean - (low + high) / 2) <= 5 * width / (12 * n).squareRoot(), sourceLocation: sourceLocation)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
    #expect(
      abs(variance - width * width / 12) <= 5 * width * width / (180 * n).squareRoot(), sourceLocation: sourceLocation)
    let (least, most) = (values.min() ?? .nan, values.max() ?? .nan)
    #expect(least >= low - 1e-4 && least <= low + width * 20 / n, "\(least)", sourceLocation: sourceLocation)
    #expect(most <= high + 1e-4 && most >= high - width * 20 / n, "\(most)", sourceLocation: sourceLocation)
  }

  /// 21 x 21 pixels that hold their column, or their row.
  private func ramps(_ count: Int, _ value: (Int, Int) -> Int) -> Images {
    let ramp = (0..<441).map { Float(value($0 / 21, $0 % 21)) }
    return Images(shape: [21, 21, 1], values: Array(repeating: ramp, count: count).flatMap(\.self))
  }
  private static let middle = 10 * 21 + 10

  @Test("translations are uniform shares of height and width; positive is down and right")
  func translations() throws {
    let layer = "random_translation: {height_factor: [-0.1, 0.3], width_factor: 0.2, seed: 1}"
    let columns = try ramps(2000) { $1 }.rows(of: layer)
    expectUniform(columns.map { (10 - $0[Self.middle]) / 21 }, from: -0.2, to: 0.2)
    let rows = try ramps(2000) { row, _ in row }.rows(of: layer)
    expectUniform(rows.map { (10 - $0[Self.middle]) / 21 }, from: -0.1, to: 0.3)
    // Independent: their correlation has the standard deviation 1 / sqrt(n).
    let (h, w) = (rows.map { Double($0[Self.middle]) }, columns.map { Double($0[Self.middle]) })
    let (meanH, meanW) = (h.reduce(0, +) / 2000, w.reduce(0, +) / 2000)
    func moment(_ a: [Double], _ ma: Double, _ b: [Double], _ mb: Double) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - ma) * ($1.1 - mb) }
    }
    let correlation =
      moment(h, meanH, w, meanW) / (moment(h, meanH, h, meanH) * moment(w, meanW, w, meanW)).squareRoot()
    #expect(abs(correlation) <= 5 / 2000.0.squareRoot())
  }

  @Test("rotations are uniform fractions of a turn; positive is anticlockwise")
  func rotations() throws {
    let found = try ramps(2000) { $1 }.rows(of: "random_rotation: {factor: [-0.05, 0.15], seed: 1}")
    // Five rows below the middle, the picture comes from 5 sin(angle) columns to the left.
    expectUniform(
      found.map { Float(asin(Double(10 - $0[Self.middle + 5 * 21]) / 5) / (2 * .pi)) }, from: -0.05, to: 0.15)
  }

  @Test("zooms are uniform; without a factor for the width both are one")
  func zooms() throws {
    let layer = "random_zoom: {height_factor: 0.3, seed: 1}"
    let columns = try ramps(2000) { $1 }.rows(of: layer).map { ($0[Self.middle + 5] - 10) / 5 - 1 }
    expectUniform(columns, from: -0.3, to: 0.3)
    let rows = try ramps(2000) { row, _ in row }.rows(of: layer).map { ($0[Self.middle + 5 * 21] - 10) / 5 - 1 }
    #expect(zip(rows, columns).allSatisfy { abs($0 - $1) < 1e-5 })
    let apart = "random_zoom: {height_factor: 0.3, width_factor: [0.1, 0.2], seed: 1}"
    expectUniform(
      try ramps(2000) { $1 }.rows(of: apart).map { ($0[Self.middle + 5] - 10) / 5 - 1 }, from: 0.1, to: 0.2)
  }

  @Test("brightness and contrast are uniform between Keras's bounds")
  func colors() throws {
    let dark = Images(shape: [2, 2, 1], values: Array(repeating: 0, count: 8000))
    let range = "value_range: [-1000, 1000], seed: 1"
    expectUniform(
      try dark.rows(of: "random_brightness: {factor: [-0.1, 0.3], \(range)}").map { $0[0] / 2000 }, from: -0.1, to: 0.3)
    expectUniform(
      try dark.rows(of: "random_brightness: {factor: -0.2, \(range)}").map { $0[3] / 2000 }, from: -0.2, to: 0.2)
    // Mean 0, so each value is multiplied by the factor.
    let striped = Images(shape: [2, 1, 1], values: (0..<4000).map { $0 % 2 == 0 ? 1 : -1 })
    expectUniform(
      try striped.rows(of: "random_contrast: {factor: [0.2, 0.4], \(range)}").map { $0[0] }, from: 0.8, to: 1.4)
    // One number is how much it rises (Keras 3.15).
    expectUniform(try striped.rows(of: "random_contrast: {factor: 0.4, \(range)}").map { $0[0] }, from: 1, to: 1.4)
  }

  @Test("a crop is any window, the same for the batch; the middle one outside of training")
  func crops() throws {
    // 4 x 3 pixels that hold 0...11; windows of 2 x 2 at six places.
    let image = (0..<12).map(Float.init)
    var counts: [Float: Int] = [:]
    for seed in 0..<600 {
      let images = Images(shape: [4, 3, 1], values: image + image)
      let found = try images.rows(of: "random_crop: {height: 2, width: 2, seed: \(seed)}")
      let first = found[0][0]
      #expect(found[0] == [first, first + 1, first + 3, first + 4] && found[1] == found[0])
      counts[first, default: 0] += 1
    }
    // By five standard deviations of 600 draws, each of probability 1/6: 5 * sqrt(600 * 5 / 36) = 46.
    #expect(Set(counts.keys) == [0, 1, 3, 4, 6, 7] && counts.values.allSatisfy { abs($0 - 100) <= 46 }, "\(counts)")
    let evaluated = try Images(shape: [4, 3, 1], values: image).rows(
      of: "random_crop: {height: 2, width: 2}", purpose: .inference)
    #expect(evaluated == [[3, 4, 6, 7]])
  }

  @Test("noise is standard normal, scaled")
  func noise() throws {
    let n = 100_000
    let values = try Images(shape: [n], values: Array(repeating: 0, count: n)).rows(
      of: "gaussian_noise: {stddev: 0.5, seed: 1}")[0].map { Double($0) / 0.5 }
    // Standard deviations: of the mean 1 / sqrt(n), of the variance sqrt(2 / n), of a share p sqrt(p (1 - p) / n).
    let mean = values.reduce(0, +) / Double(n)
    #expect(abs(mean) <= 5 / Double(n).squareRoot())
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / Double(n) - 1) <= 5 * (2 / Double(n)).squareRoot())
    for z in [-2, -1, -0.25, 0, 0.5, 1.5, 2.5] {
      let share = 0.5 * erfc(-z / 2.0.squareRoot())
      let found = Double(values.count { $0 < z }) / Double(n)
      #expect(abs(found - share) <= 5 * (share * (1 - share) / Double(n)).squareRoot(), "below \(z)")
    }
    // Neighbours, which come from one pair, are not correlated.
    let products = stride(from: 0, to: n, by: 2).reduce(0) { $0 + values[$1] * values[$1 + 1] } / Double(n / 2)
    #expect(abs(products) <= 5 / Double(n / 2).squareRoot())
  }

  @Test("spatial dropout takes whole channels, at the rate asked for")
  func spatialDropout() throws {
    let ones = Images(shape: [3, 2, 5], values: Array(repeating: 1, count: 30 * 1000))
    let found = try ones.rows(of: "spatial_dropout2d: {rate: 0.2, seed: 1}")
    var dropped = 0
    for row in found {
      for channel in 0..<5 {
        let values = Set(stride(from: channel, to: 30, by: 5).map { row[$0] })
        #expect(values == [0] || values == [1.25])
        if values == [0] { dropped += 1 }
      }
    }
    // 5000 draws at 0.2: five standard deviations are 5 * sqrt(5000 * 0.16) = 141.
    #expect(abs(dropped - 1000) <= 141, "\(dropped)")
  }

  @Test("a noise shape shares draws along its axes of one")
  func noiseShape() throws {
    let ones = Images(shape: [3, 4, 2], values: Array(repeating: 1, count: 24 * 200))
    for row in try ones.rows(of: "dropout: {rate: 0.5, noise_shape: [none, 3, 1, none], seed: 1}") {
      for i in row.indices { #expect(row[i] == row[i / 8 * 8 + i % 2]) }
    }
    let shared = try ones.rows(of: "dropout: {rate: 0.5, noise_shape: [1, 3, 4, 2], seed: 1}")
    #expect(Set(shared).count == 1)
    #expect(Set(shared[0]) == [0, 2])
    #expect(Set(try ones.rows(of: "dropout: {rate: 0.5, noise_shape: [none, 3, 4, 2], seed: 1}")).count == 200)
  }

  // MARK: What draws follow from

  static let layers = [
    "random_flip", "random_translation: {height_factor: 0.2, width_factor: 0.2}", "random_rotation: 0.1",
    "random_zoom: 0.2", "random_contrast: {factor: [0.5, 0.5], value_range: [-9, 9]}",
    "random_brightness: {factor: 0.5, value_range: [-9, 9]}", "random_crop: {height: 4, width: 3}",
    "gaussian_noise: 0.1", "spatial_dropout2d: 0.5", "dropout: {rate: 0.5, noise_shape: [none, 6, 1, 8]}",
  ]

  @Test("samples differ, and follow from the layer's seed; nothing is done outside of training", arguments: layers)
  func seeds(_ layer: String) throws {
    var random = SeededRandom(seed: 1)
    let image = random.values(6 * 5 * 8, in: -1...1).map { Float($0) }
    let images = Images(shape: [6, 5, 8], values: Array(repeating: image, count: 32).flatMap(\.self))
    func seeded(_ seed: Int) -> String {
      layer.hasSuffix("}")
        ? "\(layer.dropLast()), seed: \(seed)}"
        : layer.contains(":")
          ? layer.replacing(": ", with: ": {\(Self.mainArgument(layer)): ") + ", seed: \(seed)}"
          : "\(layer): {seed: \(seed)}"
    }
    let one = try images.rows(of: seeded(1))
    #expect(try images.rows(of: seeded(1)) == one)
    #expect((2...9).contains { (try? images.rows(of: seeded($0))) != one })
    let distinct = Set(one).count
    if layer.hasPrefix("random_crop") {
      #expect(distinct == 1)
      return
    }
    // Eight channels have 256 masks, of which 32 draws meet some twice; all else draws one of millions.
    let least = layer.hasPrefix("spatial") ? 20 : 32
    #expect(layer == "random_flip" ? distinct == 2 : distinct >= least, "\(distinct)")
    #expect(try images.rows(of: layer, purpose: .inference).allSatisfy { $0 == image })
  }

  private static func mainArgument(_ layer: String) -> String {
    ["random_rotation": "factor", "random_zoom": "height_factor", "gaussian_noise": "stddev"][
      String(layer.prefix { $0 != ":" })] ?? "rate"
  }

  private func training(_ layers: [String], threads: Int, seed: UInt64) throws -> Training {
    let items =
      ["conv2d: {filters: 8, kernel_size: 1}"] + layers + [
        "conv2d: {filters: 2, kernel_size: 3, padding: same}", "flatten",
      ]
    let text =
      "model:\n  input: [6, 5, 8]\n  layers:\n" + items.map { "    - \($0)\n" }.joined()
      + "training: {optimizer: sgd, loss: mean_squared_error}\n"
    let model = CompiledModel(try Images.spec(text), batchSize: 16)
    let outputs = model.spec.model.layers.last?.outputType.elementCount ?? 0
    let plan = try #require(model.trainingPlan(labels: TensorType([outputs])))
    var session = try Session(training: plan, evaluation: nil, threadCount: threads, seed: seed)
    var random = SeededRandom(seed: 5)
    session.weights = plan.graph.parameters.map { random.values($0.elementCount, in: -1...1).map { Float($0) } }
    let dataset = Dataset(
      sampleShape: [6, 5, 8], storage: .floats(random.values(16 * 240, in: -1...1).map { Float($0) }),
      labels: Array(repeating: 0, count: 16), targets: random.values(16 * outputs, in: -1...1).map { Float($0) },
      classNames: [], sourceIndices: Array(0..<16))
    return Training(session: session, dataset: dataset)
  }

  /// A session and what it trains on.
  private struct Training: ~Copyable {
    var session: Session
    let dataset: Dataset
  }

  @Test("gradients have the same bits on one, two and three threads, and change with seed and step", arguments: layers)
  func threads(_ layer: String) throws {
    func gradients(threads: Int, seed: UInt64, step: UInt32) throws -> [UInt32] {
      var training = try self.training([layer], threads: threads, seed: seed)
      training.session.step = step
      _ = try training.session.train(
        training.dataset, order: (0..<16).map { $0 }, batch: 0..<16, learningRate: 0)
      return training.session.gradients.flatMap { $0 ?? [] }.map(\.bitPattern)
    }
    let one = try gradients(threads: 1, seed: 1, step: 3)
    #expect(try gradients(threads: 2, seed: 1, step: 3) == one)
    #expect(try gradients(threads: 3, seed: 1, step: 3) == one)
    #expect(try gradients(threads: 2, seed: 2, step: 3) != one)
    #expect(try gradients(threads: 2, seed: 1, step: 4) != one)
  }
}

extension RandomLayerTests {
  @Test("further steps allocate nothing", arguments: [1, 2])
  func allocations(_ threads: Int) throws {
    guard allocation_count() >= 0 else { return }
    let more = [
      "rescaling: {scale: 0.5, offset: [1, 2, 3, 4, 5, 6, 7, 8]}", "normalization: {mean: 1, variance: 4}",
      "layer_normalization", "layer_normalization: {axis: [1, 3]}", "group_normalization: {groups: 2}",
      "batch_normalization: {axis: 1}", "dropout: {rate: 0.1, noise_shape: [1, 1, none, none]}",
    ]
    let chain = Self.layers.filter { !$0.hasPrefix("dropout") && !$0.hasPrefix("random_crop") } + more
    var training = try self.training(chain, threads: threads, seed: 1)
    let order = (0..<Int32(16)).map(\.self)
    func allocations(steps: Int) throws -> Int64 {
      let before = allocation_count()
      for _ in 0..<steps {
        _ = try training.session.train(training.dataset, order: order, batch: 0..<16, learningRate: 1e-6)
      }
      return allocation_count() - before
    }
    _ = try allocations(steps: 1)
    let few = try allocations(steps: 20)
    let many = try allocations(steps: 60)
    #expect(few == 0 && many == 0, "\(few) allocations in 20 steps, \(many) in 60")
  }
}

/// Images that go through a layer.
struct Images {
  let shape: [Int]
  let values: [Float]

  static func spec(_ text: String) throws -> Spec {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    return try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
  }

  /// A row a sample, of what a layer of a spec makes of the images.
  func rows(of layer: String, purpose: Purpose = .training) throws -> [[Float]] {
    let spec = try Self.spec("model:\n  input: \(shape)\n  layers:\n    - \(layer)\n")
    let flat = try run(spec.model.graph(purpose: purpose).graph, .best)
    let width = flat.count / count
    return (0..<count).map { Array(flat[$0 * width..<($0 + 1) * width]) }
  }

  /// What one operation makes of them.
  func passed(
    through operation: (inout GraphBuilder, ValueID) -> ValueID, instructionSet: InstructionSet
  ) throws -> [Float] {
    var builder = GraphBuilder(purpose: .training)
    let input = builder.input(.samples, type: TensorType(shape))
    builder.setOutputs([operation(&builder, input)])
    return try run(builder.graph, instructionSet)
  }

  private var count: Int { values.count / shape.reduce(1, *) }

  private func run(_ graph: Graph, _ instructionSet: InstructionSet) throws -> [Float] {
    let compiler = Compiler(kernels: KernelTable(instructionSet))
    let plan = compiler.plan(compiler.inferenceGraph(graph), purpose: .inference, batch: count)
    var session = try Session(training: nil, evaluation: plan, threadCount: 2, seed: 0)
    let dataset = Dataset(
      sampleShape: shape, storage: .floats(values), labels: Array(repeating: 0, count: count), targets: [],
      classNames: [], sourceIndices: Array(0..<count))
    return try session.predict(dataset, order: (0..<Int32(count)).map(\.self), batch: 0..<count)
  }
}

/// An augmentation with given draws, and what Keras makes of images with them.
struct AugmentationReference: Sendable, CustomTestStringConvertible {
  let name, kind: String
  let shape: [Int]
  let draws: [[Double]]
  let sampling: ImageSampling
  let x, y: [Float]

  var testDescription: String { "\(name): \(sampling.fill), \(sampling.interpolation), \(shape)" }

  static let all: [AugmentationReference] = {
    let files = ReferenceFiles("augmentations")
    do {
      let tensors = try files.tensors("images.safetensors")
      return try files.records("images.json").map { try AugmentationReference($0, tensors) }
    } catch {
      preconditionFailure("Tests/References/augmentations: \(error)")
    }
  }()

  private init(_ record: [String: Any], _ tensors: [String: (shape: [Int], values: [Float])]) throws {
    name = try #require(record["name"] as? String)
    kind = try #require(record["kind"] as? String)
    shape = try #require(record["shape"] as? [Int])
    draws = try #require(record["draws"] as? [[NSNumber]]).map { $0.map(\.doubleValue) }
    sampling = ImageSampling(
      fill: FillMode(rawValue: record["fill_mode"] as? String ?? "constant") ?? .constant,
      fillValue: (record["fill_value"] as? NSNumber)?.doubleValue ?? 0,
      interpolation: Interpolation(rawValue: record["interpolation"] as? String ?? "nearest") ?? .nearest)
    x = try #require(tensors["\(name)|x"]).values.map { $0 / 64 }
    y = try #require(tensors["\(name)|y"]).values
  }

  /// The operation that can draw nothing else.
  func operation(_ draw: [Double]) -> any CNNGraph.Operation {
    let stream = RandomStream(1)
    let (first, second) = (draw[0]...draw[0], draw[1]...draw[1])
    switch kind {
    case "translation":
      return RandomAffineOperation(draw: .translation(height: first, width: second), sampling: sampling, stream: stream)
    case "rotation": return RandomAffineOperation(draw: .rotation(first), sampling: sampling, stream: stream)
    case "zoom":
      return RandomAffineOperation(draw: .zoom(height: first, width: second), sampling: sampling, stream: stream)
    case "contrast": return RandomColorOperation(.contrast(first), values: -1.25...1, stream: stream)
    default: return RandomColorOperation(.brightness(first), values: -1.25...1, stream: stream)
    }
  }
}
