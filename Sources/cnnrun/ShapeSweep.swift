import CNNDiagnostics
import CNNKernels
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec

/// Layers of a few hundred shapes, forward and backward, against the machine's limits: no size may fall off a cliff.
struct ShapeSweep {
  /// One layer in a small network that makes all of its gradients wanted.
  struct Shape {
    let input: [Int]
    /// The layer under test, with `name: test`.
    let layer: String
    /// Of one image, forward.
    let flops: Int

    /// No fewer than four images: the backward pass shares whole images among the workers.
    var batch: Int { max(4, min(64, 200_000_000 / max(1, flops))) }

    /// `[56, 56, 3] relu`
    var title: String {
      "\(input) " + layer.replacing("name: test, ", with: "").replacing(": {name: test}", with: "")
    }

    var spec: String {
      """
      model:
        input: \(input)
        layers:
          - conv2d: {filters: \(input[2]), kernel_size: 1}
          - \(layer)
          - global_average_pooling2d
          - dense: 2
      training: {optimizer: sgd, loss: mean_squared_error}
      """
    }
  }

  struct Result {
    let shape: Shape
    let step: BenchReport.Step
    /// Of the tighter limit, in the median time and in the least.
    ///
    /// What others do on the machine adds to a median, and not to the limits, which are the best of their probes: the least
    /// time tells how much of a shortfall is theirs.
    let share, shareAtBest: Double
    let isArithmetic: Bool

    init(_ shape: Shape, _ step: BenchReport.Step, _ limits: MachineLimits) {
      self.shape = shape
      self.step = step
      share = limits.share(step)
      shareAtBest = limits.share(step, in: step.least)
      isArithmetic = limits.isBoundByArithmetic(step)
    }

    /// Whether this falls short of what counts as near the machine's limit.
    var isCliff: Bool { share < enough }
    var isCliffAtBest: Bool { shareAtBest < enough }

    private var enough: Double { isArithmetic ? ShapeSweep.arithmeticShare : ShapeSweep.memoryShare }
  }

  /// Below these shares of the tighter limit a shape counts as a cliff.
  static let arithmeticShare = 0.35
  static let memoryShare = 0.5

  /// Every seventh of all combinations, in an order that visits every value of each; then the special ones.
  static var shapes: [Shape] {
    var shapes: [Shape] = []
    var index = 0
    for size in [7, 14, 28, 56, 112, 224] {
      for inputs in [1, 3, 10, 17, 32, 64, 100, 256, 512] {
        for outputs in [8, 10, 17, 32, 64, 100, 256, 512] {
          for kernel in [1, 3, 5] {
            for stride in [1, 2] {
              index += 1
              let flops = 2 * size * size / (stride * stride) * kernel * kernel * inputs * outputs
              guard index % 7 == 0, flops < 1_000_000_000, size * size * inputs < 4_000_000 else { continue }
              shapes.append(
                Shape(
                  input: [size, size, inputs],
                  layer:
                    "conv2d: {name: test, filters: \(outputs), kernel_size: \(kernel), strides: \(stride), padding: same}",
                  flops: flops))
            }
          }
        }
      }
    }
    for (channels, groups) in [(32, 2), (32, 4), (64, 4), (128, 8)] {
      shapes.append(
        Shape(
          input: [28, 28, channels],
          layer: "conv2d: {name: test, filters: \(channels), kernel_size: 3, padding: same, groups: \(groups)}",
          flops: 2 * 784 * 9 * channels * channels / groups))
    }
    for channels in [17, 32, 128] {
      shapes.append(
        Shape(
          input: [28, 28, channels],
          layer: "conv2d: {name: test, filters: \(channels), kernel_size: 3, dilation_rate: 2, padding: same}",
          flops: 2 * 784 * 9 * channels * channels))
    }
    for channels in [3, 17, 64, 256] {
      for layer in [
        "max_pooling2d: {name: test}", "average_pooling2d: {name: test, pool_size: 3, strides: 2}",
        "batch_normalization: {name: test}", "relu: {name: test}", "activation: {name: test, activation: sigmoid}",
      ] {
        shapes.append(Shape(input: [56, 56, channels], layer: layer, flops: 56 * 56 * channels * 20))
      }
    }
    return shapes
  }

  /// They are once a step and not once an image.
  private static let preparations: Set<String> = ["transpose", "pack"]

  let compiler: Compiler
  let threads: Int
  /// Of each step.
  let runs: Int
  let clock: () -> Double

  /// Those of the layer under test.
  func steps(of shape: Shape) throws -> [BenchReport.Step] {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    guard
      let spec = SpecLoader.load(
        Array(shape.spec.utf8), name: shape.layer, catalog: .standard, sources: &sources, bag: &bag)
    else { throw Exit(.bug) }
    let bench = ModelBench(spec, compiler: compiler, threads: threads, runs: runs, clock: clock)
    return try bench.steps(batch: shape.batch).filter { step in
      step.layer == "test" && !Self.preparations.contains(step.name) && step.bytes > 0
    }
  }

  /// How many steps keep to the limits, and the worst.
  static func text(_ results: [Result], shapes: Int) -> String {
    var table = TextTable([
      .init("input and layer"), .init("batch", .right), .init("step"), .init("median", .right), .init("min", .right),
      .init("of limit", .right), .init("limit"),
    ])
    for result in results.sorted(by: { $0.share < $1.share }).prefix(25) {
      table.add([
        result.shape.title, "\(result.shape.batch)", result.step.name, NumberFormat.stepTime(result.step.median),
        NumberFormat.stepTime(result.step.least), "\(NumberFormat.fixed(result.share * 100, places: 0))%",
        result.isArithmetic ? "arithmetic" : "memory",
      ])
    }
    return
      "\(results.count) steps of \(shapes) shapes; below \(Int(arithmeticShare * 100))% of the machine's arithmetic "
      + "or \(Int(memoryShare * 100))% of its memory: \(results.count(where: \.isCliff)), "
      + "\(results.count(where: \.isCliffAtBest)) of them in their least times, too\n\n"
      + "the slowest against their limit\n\n\(table.text)"
  }

  /// One object with every step, for comparing two builds.
  static func json(_ results: [Result], limits: MachineLimits, threads: Int) -> JSONText {
    .object([
      "format_version": .string("1.1"), "threads": .int(threads), "peak_flops": .number(limits.flops),
      "bandwidth": .number(limits.bandwidth), "read_bandwidth": .number(limits.readBandwidth),
      "write_bandwidth": .number(limits.writeBandwidth),
      "below_limits": .int(results.count(where: \.isCliff)),
      "below_limits_at_best": .int(results.count(where: \.isCliffAtBest)),
      "steps": .array(
        results.map { result in
          .object([
            "layer": .string(result.shape.layer), "input": .array(result.shape.input.map { .int($0) }),
            "batch": .int(result.shape.batch), "step": .string(result.step.name),
            "min_seconds": .number(result.step.least), "median_seconds": .number(result.step.median),
            "share_of_limit": .number(result.share), "share_of_limit_at_best": .number(result.shareAtBest),
            "limit_seconds": .number(result.share * result.step.median),
            "limit": .string(result.isArithmetic ? "arithmetic" : "memory"), "is_below": .bool(result.isCliff),
          ])
        }),
    ])
  }
}
