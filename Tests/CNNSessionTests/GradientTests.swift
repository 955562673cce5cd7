import CNNGraph
import CNNKernels
import CNNLayers
import CNNTestSupport
import Testing

/// Gradient rules against central differences, all in double precision; then kernels against the same interpreter.
@Suite("Gradients")
struct GradientTests {
  @Test("central differences of the loss agree with the gradients of the graph", arguments: GradientCases.all)
  func centralDifferences(_ network: NetworkCase) throws {
    let data = try #require(
      NetworkData.awayFromKinks(network, count: 3, distance: 2e-4), "every seed meets a kink")
    let interpreter = ReferenceInterpreter(seed: 7, step: 2)
    let forward = network.forward(.training)
    // Of the unfused forward graph, the loss without any gradient: what is differentiated has no rule in it.
    let lossGraph = GradientCases.lossGraph(network, forward)
    func loss(_ inputs: [InputRole: [[Double]]], _ parameters: [[Double]]) -> Double {
      interpreter.run(lossGraph, inputs: inputs, parameters: parameters).meanLoss(of: lossGraph)
    }
    // Truncation is of the order step² = 1e-10, rounding of 1e-16 / step = 1e-11, both far below 1e-6.
    let step = 1e-5
    let tolerance = 1e-6
    var expected = data.parameters.map { [Double](repeating: 0, count: $0.count) }
    for (index, parameter) in forward.parameters.enumerated() where parameter.declaration.isTrainable {
      for element in expected[index].indices {
        var moved = data.parameters
        moved[index][element] = data.parameters[index][element] + step
        let above = loss(data.inputs, moved)
        moved[index][element] = data.parameters[index][element] - step
        expected[index][element] = (above - loss(data.inputs, moved)) / (2 * step)
      }
    }
    var expectedInputs = data.samples.map { [Double](repeating: 0, count: $0.count) }
    for sample in data.samples.indices {
      for element in data.samples[sample].indices {
        var inputs = data.inputs
        inputs[.samples]?[sample][element] = data.samples[sample][element] + step
        let above = loss(inputs, data.parameters)
        inputs[.samples]?[sample][element] = data.samples[sample][element] - step
        expectedInputs[sample][element] = (above - loss(inputs, data.parameters)) / (2 * step)
      }
    }
    for fuses in [true, false] {
      let graph = network.trainingGraph(Compiler(fuses: fuses))
      let run = interpreter.run(graph, inputs: data.inputs, parameters: data.parameters)
      for (parameter, (found, expected)) in zip(graph.parameters, zip(run.gradients(of: graph), expected)) {
        guard parameter.declaration.isTrainable else { continue }
        let found = try #require(found, "\(parameter.qualifiedName) has no gradient")
        // A gradient that cancels out is held against 1e-3, the size of the others.
        let error = largest(zip(found, expected).map { $0 - $1 }) / max(largest(expected), 1e-3)
        #expect(error <= tolerance, "\(parameter.qualifiedName), fused: \(fuses)")
      }
      let found = run[try #require(GradientCases.inputGradient(of: graph))]
      let error =
        largest(zip(found.joined(), expectedInputs.joined()).map { $0 - $1 })
        / max(largest(Array(expectedInputs.joined())), 1e-3)
      #expect(error <= tolerance, "the input, fused: \(fuses)")
    }
  }

  @Test(
    "kernels of every instruction set agree with the definition", arguments: GradientCases.all,
    InstructionSet.allCases.filter { $0 <= .best })
  func kernels(_ network: NetworkCase, _ instructionSet: InstructionSet) throws {
    for (count, batch) in [(5, 5), (1, 1), (3, 16)] {
      // Nearer to a kink than this, rounding may take its other side.
      let data = try #require(
        NetworkData.awayFromKinks(
          network, count: count, distance: 2e-5, interpreter: ReferenceInterpreter(seed: 7, step: 2)))
      let outcome = try network.run(
        data, SessionSetup(instructionSet: instructionSet, batch: batch, seed: 7, step: 2))
      try network.expect(outcome, agreesOn: data, interpreter: ReferenceInterpreter(seed: 7, step: 2))
    }
  }
}

enum GradientCases {
  static let all = convolutions + depthwise + transposed + resized + others

  /// Every geometry with one of the tails that may be fused, each tail with some geometry of each kind.
  static var convolutions: [NetworkCase] {
    var cases: [NetworkCase] = []
    let kernels = [[1, 1], [2, 2], [3, 3], [4, 3], [2, 5]]
    let strides = [[1, 1], [2, 2], [3, 3], [2, 1]]
    for size in [[6, 5], [7, 8]] {
      for kernel in kernels {
        for stride in strides {
          for padding in Padding.allCases {
            cases.append(convolution(size, kernel, stride, [1, 1], 1, padding, tail: cases.count))
          }
        }
      }
    }
    for (index, kernel) in [[2, 2], [3, 3], [3, 2]].enumerated() {
      for padding in Padding.allCases {
        cases.append(convolution([8, 7], kernel, [1, 1], [2, 2], 1, padding, tail: cases.count))
        cases.append(convolution([6, 7], kernel, [1, 1], [1, 1], 2, padding, tail: cases.count + index))
        cases.append(convolution([7, 6], kernel, [2, 2], [1, 1], 2, padding, tail: cases.count + index))
        cases.append(convolution([8, 8], kernel, [1, 1], [2, 2], 2, padding, tail: cases.count + index))
        // Rows alone, and every tail: what is fused decides which kernels run.
        for tail in 0..<6 { cases.append(convolution([9, 6], kernel, [1, 1], [2, 1], 1, padding, tail: tail)) }
      }
    }
    // Same windows larger than the image, and images of one pixel.
    for size in [[1, 1], [2, 3], [1, 4]] {
      cases.append(convolution(size, [5, 5], [1, 1], [1, 1], 1, .same, tail: 2))
      cases.append(convolution(size, [3, 4], [2, 2], [1, 1], 1, .same, tail: 1))
    }
    return cases
  }

  private static func convolution(
    _ size: [Int], _ kernel: [Int], _ strides: [Int], _ dilation: [Int], _ groups: Int, _ padding: Padding, tail: Int
  ) -> NetworkCase {
    let tails = ["", "bias", "bias relu", "bias relu pool", "bias overlapping pool", "relu overlapping pool"]
    let name = tails[tail % tails.count]
    let text =
      "conv \(kernel) strides \(strides) dilation \(dilation) groups \(groups) \(padding) of \(size), \(name)"
    return NetworkCase(text, input: size + [2 * groups]) { builder in
      builder.probe()
      builder.convolution(
        builder.window(kernel, strides: strides, dilation: dilation, padding: padding),
        filters: groups == 1 ? 3 : 2 * groups,
        groups: groups, hasBias: name.contains("bias"))
      if name.contains("relu") { builder.activation(.relu) }
      if name.contains("overlapping") {
        builder.maxPool(builder.window([3, 2], strides: [2, 1], padding: .same))
      } else if name.contains("pool") {
        builder.maxPool(builder.window([2, 2], strides: [2, 2]) ?? builder.window([1, 1]))
      }
    }
  }

  private static let tails = ["", "bias", "bias relu"]

  static var depthwise: [NetworkCase] {
    var cases: [NetworkCase] = []
    func add(
      _ size: [Int], _ kernel: [Int], strides: [Int] = [1, 1], dilation: [Int] = [1, 1], channels: Int = 3,
      multiplier: Int = 1
    ) {
      for padding in Padding.allCases {
        let tail = tails[cases.count % tails.count]
        let text =
          "depthwise \(kernel) strides \(strides) dilation \(dilation) multiplier \(multiplier) \(padding) of "
          + "\(size + [channels]), \(tail)"
        cases.append(
          NetworkCase(text, input: size + [channels]) { builder in
            builder.probe()
            builder.depthwise(
              builder.window(kernel, strides: strides, dilation: dilation, padding: padding) ?? builder.window([1, 1]),
              multiplier: multiplier, hasBias: tail.contains("bias"))
            if tail.contains("relu") { builder.activation(.relu) }
          })
      }
    }
    for kernel in [[1, 1], [2, 2], [3, 3], [4, 3], [2, 5]] {
      for strides in [[1, 1], [2, 2], [3, 1]] { add([7, 6], kernel, strides: strides) }
    }
    // Channel counts around what vectors hold, several pixels to a vector, and rows longer than a tile.
    for channels in [1, 2, 5, 8, 10, 16, 17] { add([4, 11], [3, 3], channels: channels) }
    for multiplier in [2, 3] {
      add([5, 5], [3, 3], multiplier: multiplier)
      add([5, 6], [3, 2], strides: [2, 2], multiplier: multiplier)
    }
    add([7, 8], [3, 3], dilation: [2, 2])
    add([7, 8], [3, 2], strides: [2, 2], dilation: [2, 3])
    add([2, 3], [5, 5])
    add([1, 1], [3, 3])
    return cases
  }

  static var transposed: [NetworkCase] {
    var cases: [NetworkCase] = []
    func add(_ size: [Int], _ kernel: [Int], _ strides: [Int], dilation: [Int] = [1, 1], extra: Int = 0) {
      for padding in Padding.allCases {
        let tail = tails[cases.count % tails.count]
        let text =
          "transposed \(kernel) strides \(strides) dilation \(dilation) \(padding) + \(extra) of \(size), \(tail)"
        cases.append(
          NetworkCase(text, input: size + [2]) { builder in
            builder.probe()
            // Of `valid`: (n - 1) s + max(d (k - 1) + 1, s), and `extra` that no window reaches.
            let axes = (0...1).map { axis in
              let dilated = dilation[axis] * (kernel[axis] - 1) + 1
              let valid = (size[axis] - 1) * strides[axis] + max(dilated, strides[axis]) + extra
              return WindowGeometry(
                size: padding == .same ? size[axis] * strides[axis] : valid, window: kernel[axis],
                stride: strides[axis], dilation: dilation[axis], padding: padding)
            }
            guard let rows = axes[0], let columns = axes[1] else { return }
            builder.transposedConvolution(
              Window2D(rows: rows, columns: columns), filters: 3, hasBias: tail.contains("bias"))
            if tail.contains("relu") { builder.activation(.relu) }
          })
      }
    }
    for kernel in [[1, 1], [2, 2], [3, 3], [4, 3]] {
      for strides in [[1, 1], [2, 2], [3, 1]] { add([3, 4], kernel, strides) }
    }
    add([4, 3], [3, 3], [2, 2], extra: 1)
    add([4, 4], [3, 2], [1, 1], dilation: [2, 3])
    add([1, 1], [3, 3], [2, 2])
    return cases
  }

  static var resized: [NetworkCase] {
    var cases: [NetworkCase] = []
    for (rows, columns) in [(1, 1), (2, 2), (3, 2), (1, 4)] {
      for interpolation in Interpolation.allCases {
        cases.append(
          NetworkCase("upsample \(rows)x\(columns) \(interpolation.rawValue)", input: [3, 4, 2]) {
            $0.probe()
            $0.upsample(rows, columns, interpolation)
          })
      }
    }
    for axes in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      cases.append(
        NetworkCase("permute \(axes)", input: [2, 3, 4]) {
          $0.probe()
          $0.permute(axes)
        })
    }
    for margins in [
      Margins(top: 1, bottom: 1, left: 1, right: 1), Margins(top: 0, bottom: 2, left: 1, right: 0),
      Margins(top: 0, bottom: 0, left: 0, right: 0),
    ] {
      cases.append(
        NetworkCase("pad \(margins.text)", input: [3, 2, 2]) {
          $0.probe()
          $0.pad(margins)
        })
      cases.append(
        NetworkCase("crop \(margins.text)", input: [4, 5, 2]) {
          $0.probe()
          $0.crop(margins)
        })
    }
    for keepDims in [true, false] {
      cases.append(
        NetworkCase("global max, \(keepDims ? "kept" : "dropped") axes", input: [4, 3, 3]) {
          $0.probe()
          $0.globalMax(keepDims: keepDims)
        })
    }
    return cases
  }

  static var others: [NetworkCase] {
    pools + activations + axisSoftmaxes + shapedRectifiers + normalizations + sampleNormalizations + augmentations
      + merges + losses + [
        NetworkCase("dense", input: [5]) {
          $0.probe()
          $0.dense(4)
        },
        NetworkCase("dense on the last axis of an image, rectified", input: [3, 2, 4]) {
          $0.probe()
          $0.dense(3)
          $0.activation(.relu)
        },
        NetworkCase("dense without bias, twice", input: [3, 2, 2]) {
          $0.probe()
          $0.flatten()
          $0.dense(7, hasBias: false)
          $0.activation(.relu)
          $0.dense(2)
        },
        NetworkCase("dropout between dense layers", input: [3, 3, 2]) {
          $0.probe()
          $0.dropout(0.4)
          $0.flatten()
          $0.dense(6)
          $0.dropout(0.25)
          $0.dense(3)
        },
        NetworkCase("rescaling and reshape", input: [4, 3, 2]) {
          $0.probe()
          $0.rescaling(scale: 1.75, offset: -0.5)
          $0.reshape([2, 6, 2])
          $0.convolution($0.window([2, 3]), filters: 2)
        },
      ]
  }

  private static var pools: [NetworkCase] {
    var cases: [NetworkCase] = []
    for (size, window, strides) in [
      ([6, 6], [2, 2], [2, 2]), ([7, 5], [2, 2], [2, 2]), ([7, 6], [3, 3], [2, 2]), ([6, 7], [3, 2], [1, 1]),
      ([5, 5], [2, 3], [3, 3]), ([4, 4], [1, 1], [2, 2]), ([4, 5], [4, 5], [1, 1]),
    ] {
      for padding in Padding.allCases {
        for isMax in [true, false] {
          cases.append(
            NetworkCase(
              "\(isMax ? "max" : "average") pool \(window) strides \(strides) \(padding) of \(size)", input: size + [2]
            ) { builder in
              builder.probe()
              let window = builder.window(window, strides: strides, padding: padding)
              if isMax { builder.maxPool(window) } else { builder.averagePool(window) }
            })
        }
      }
    }
    for keepDims in [true, false] {
      cases.append(
        NetworkCase("global average, \(keepDims ? "kept" : "dropped") axes", input: [5, 3, 3]) {
          $0.probe()
          $0.globalAverage(keepDims: keepDims)
        })
    }
    return cases
  }

  private static var activations: [NetworkCase] {
    Activation.allCases.filter { $0 != .linear }.map { activation in
      NetworkCase("\(activation.rawValue)", input: [3, 4, 5]) {
        $0.probe()
        // Wide enough to reach every piece of the functions.
        $0.rescaling(scale: 6, offset: 0.5)
        $0.activation(activation, parameter: 0.3)
      }
    }
  }

  private static var normalizations: [NetworkCase] {
    var cases: [NetworkCase] = []
    for (hasScale, hasCenter) in [(true, true), (true, false), (false, true), (false, false)] {
      for isFrozen in [false, true] {
        for isRectified in [false, true] {
          cases.append(
            NetworkCase(
              "batch normalization\(hasScale ? ", scaled" : "")\(hasCenter ? ", centred" : "")"
                + "\(isFrozen ? ", frozen" : "")\(isRectified ? ", rectified" : "")", input: [4, 3, 3]
            ) {
              $0.probe()
              $0.convolution($0.window([2, 2], padding: .same), filters: 3, hasBias: false)
              $0.batchNormalization(hasScale: hasScale, hasCenter: hasCenter, isFrozen: isFrozen)
              if isRectified { $0.activation(.relu) }
            })
        }
      }
    }
    return cases
  }

  private static var sampleNormalizations: [NetworkCase] {
    var cases: [NetworkCase] = []
    let statistics: [SampleNormalizationOperation.Statistics] = [
      .rows(width: 6), .rows(width: 18), .rows(width: 72), .groups(1), .groups(2), .groups(6),
    ]
    for (index, statistics) in statistics.enumerated() {
      for (hasScale, hasCenter) in [(true, true), (true, false), (false, true), (false, false)] {
        cases.append(
          NetworkCase(
            "\(statistics)\(hasScale ? ", scaled" : "")\(hasCenter ? ", centred" : "")", input: [4, 3, 6]
          ) {
            $0.probe()
            $0.sampleNormalization(statistics, hasScale: hasScale, hasCenter: hasCenter, isFrozen: index == 1)
            $0.activation(.tanh)
          })
      }
    }
    // The mean of what was just normalised is constant: of each gradient before it nothing is left.
    for statistics in [SampleNormalizationOperation.Statistics.rows(width: 72), .groups(1), .groups(6)] {
      cases.append(
        NetworkCase("\(statistics), averaged", input: [4, 3, 6]) {
          $0.probe()
          $0.convolution($0.window([2, 2], padding: .same), filters: 6)
          $0.sampleNormalization(statistics, hasScale: statistics == .groups(6))
          $0.globalAverage()
        })
    }
    cases.append(
      NetworkCase("channels first and back, shifted and scaled", input: [3, 4, 2]) {
        $0.probe()
        $0.axisSwap(blocks: 1, rows: 12, columns: 2, extents: [2, 3, 4])
        $0.constantAffine(centre: [0.5, -1, 0.25, 2], scale: [1, 2, -1, 0.5], offset: [1, 0, -1, 3])
        $0.axisSwap(blocks: 1, rows: 2, columns: 12, extents: [3, 4, 2])
        $0.activation(.tanh)
      })
    return cases
  }

  private static var augmentations: [NetworkCase] {
    func network(_ name: String, _ operation: @escaping @Sendable (RandomStream) -> any CNNGraph.Operation)
      -> NetworkCase
    {
      NetworkCase(name, input: [6, 5, 2]) {
        $0.probe()
        $0.random(operation)
        $0.activation(.tanh)
      }
    }
    var cases = [
      network("flip") { RandomFlipOperation(isHorizontal: true, isVertical: true, stream: $0) },
      NetworkCase("crop", input: [6, 5, 2]) {
        $0.probe()
        $0.crop(rows: 3, columns: 4)
        $0.activation(.tanh)
      },
      network("contrast") { RandomColorOperation(.contrast(0.4...1.6), values: -0.8...0.7, stream: $0) },
      network("brightness") { RandomColorOperation(.brightness(-0.3...0.2), values: -0.8...0.7, stream: $0) },
      network("noise") { GaussianNoiseOperation(deviation: 0.5, stream: $0) },
      network("noise of its own seed") {
        GaussianNoiseOperation(deviation: 0.5, stream: RandomStream($0.number, seed: 3))
      },
      network("whole channels dropped") {
        SharedDropoutOperation(rate: 0.4, mask: [1, 1, 2], isOneForAll: false, stream: $0)
      },
      network("rows dropped, of all samples") {
        SharedDropoutOperation(rate: 0.4, mask: [6, 1, 2], isOneForAll: true, stream: $0)
      },
    ]
    let draws: [AffineDraw] = [
      .translation(height: -0.9...0.9, width: 0.1...0.3), .rotation(-0.5...0.5), .zoom(height: -0.6...0.9, width: nil),
      .zoom(height: 0.2...1, width: -0.5...0),
    ]
    for draw in draws {
      for fill in FillMode.allCases {
        for interpolation in Interpolation.allCases {
          let sampling = ImageSampling(fill: fill, fillValue: 0.375, interpolation: interpolation)
          cases.append(
            network("\(draw), \(fill), \(interpolation)") {
              RandomAffineOperation(draw: draw, sampling: sampling, stream: $0)
            })
        }
      }
    }
    // More channels than a vector's tail.
    let sampling = ImageSampling(fill: .reflect, fillValue: 0, interpolation: .bilinear)
    cases.append(
      NetworkCase("rotation of 19 channels", input: [3, 3, 19]) {
        $0.probe()
        $0.random { RandomAffineOperation(draw: .rotation(-0.1...0.1), sampling: sampling, stream: $0) }
      })
    return cases
  }

  private static var merges: [NetworkCase] {
    let residual = { (isRectified: Bool) in
      NetworkCase("add of two branches\(isRectified ? ", rectified" : "")", input: [4, 4, 2]) { builder in
        builder.probe()
        let trunk = builder.last
        builder.convolution(builder.window([3, 3], padding: .same), filters: 2)
        builder.activation(.relu)
        builder.add([trunk])
        if isRectified { builder.activation(.relu) }
      }
    }
    let joined = (0...2).map { axis in
      NetworkCase("concatenate along axis \(axis + 1)", input: [3, 4, 2]) { builder in
        builder.probe()
        let trunk = builder.last
        builder.convolution(builder.window([3, 3], padding: .same), filters: 2)
        let branch = builder.last
        builder.last = trunk
        builder.concatenate([branch, trunk], axis: axis)
      }
    }
    let twice = NetworkCase("a value added to itself", input: [3, 3, 2]) { builder in
      builder.probe()
      builder.add([builder.last, builder.last])
    }
    let threeReaders = NetworkCase("a value with three readers", input: [4, 4, 2]) { builder in
      builder.probe()
      builder.convolution(builder.window([2, 2], padding: .same), filters: 2)
      let trunk = builder.last
      builder.activation(.relu)
      let rectified = builder.last
      builder.last = trunk
      builder.maxPool(builder.window([2, 2], padding: .same))
      builder.add([rectified, trunk])
    }
    return [residual(false), residual(true), twice, threeReaders] + joined + pairs + broadcasts
  }

  private static var pairs: [NetworkCase] {
    let kinds: [(String, @Sendable (inout NetworkBuilder, ValueID) -> Void)] = [
      ("subtract", { $0.subtract($1) }), ("multiply", { $0.multiply($1) }), ("maximum", { $0.maximum($1) }),
    ]
    return kinds.flatMap { name, merge in
      [
        NetworkCase("\(name) of a value and what is made of it", input: [3, 4, 2]) { builder in
          builder.probe()
          let trunk = builder.last
          builder.convolution(builder.window([3, 3], padding: .same), filters: 2)
          merge(&builder, trunk)
          builder.activation(.tanh)
        },
        NetworkCase("\(name) of three", input: [3, 4, 2]) { builder in
          builder.probe()
          let trunk = builder.last
          builder.convolution(builder.window([2, 2], padding: .same), filters: 2)
          let branch = builder.last
          builder.last = trunk
          builder.convolution(builder.window([3, 1], padding: .same), filters: 2)
          merge(&builder, branch)
          merge(&builder, trunk)
        },
      ]
    }
  }

  /// Every pattern of repeated and kept axes, each with the extents before and after.
  private static var broadcasts: [NetworkCase] {
    let patterns: [(from: [Int], to: [Int])] = [
      ([1, 1, 3], [4, 5, 3]), ([4, 5, 1], [4, 5, 3]), ([4, 1, 3], [4, 5, 3]), ([1, 5, 1], [4, 5, 3]),
      ([1, 5, 3], [4, 5, 3]), ([1, 1, 1], [2, 3, 2]), ([3], [2, 2, 3]), ([4, 3], [2, 4, 3]), ([1], [17]),
      ([2, 1, 2, 1], [2, 3, 2, 3]), ([1, 2, 1, 2], [3, 2, 3, 2]),
    ]
    return patterns.map { pattern in
      NetworkCase("broadcast of \(pattern.from) to \(pattern.to)", input: [pattern.from.reduce(1, *)]) { builder in
        builder.probe()
        builder.reshape(pattern.from)
        builder.broadcast(pattern.to)
        builder.flatten()
        builder.dense(3)
      }
    }
  }

  private static var axisSoftmaxes: [NetworkCase] {
    [([3, 4, 5], 0, 4), ([3, 4, 5], 1, 4), ([2, 18], 0, 1)].map { extents, axis, scale in
      NetworkCase("softmax along axis \(axis + 1) of \(extents)", input: extents) {
        $0.probe()
        $0.rescaling(scale: scale, offset: 0)
        $0.softmax(along: axis)
      }
    }
  }

  private static var shapedRectifiers: [NetworkCase] {
    let arguments: [(Double?, Double, Double)] = [
      (2, 0, 0), (nil, 0, 0.75), (nil, 0.3, 0.75), (6, 0.3, 0), (2, 0.3, 0.75), (0.5, 0.3, 0.75),
    ]
    return arguments.map { maxValue, slope, threshold in
      NetworkCase(
        "relu up to \(maxValue.map { "\($0)" } ?? "no ceiling"), slope \(slope), from \(threshold)", input: [3, 4, 5]
      ) {
        $0.probe()
        $0.rescaling(scale: 8, offset: 0.5)
        $0.shapedReLU(maxValue: maxValue, negativeSlope: slope, threshold: threshold)
      }
    }
  }

  private static var losses: [NetworkCase] {
    let plain = LossSettings()
    let smoothing = LossSettings(labelSmoothing: 0.25)
    let weights = LossSettings(labelSmoothing: 0.1, classWeights: [0.5, 2, 3, 0.25])
    let cases: [(LossKind, LossSettings, NetworkCase.Labels, Activation, Int)] = [
      (.categoricalCrossentropy, plain, .classes, .softmax, 4),
      (.categoricalCrossentropy, smoothing, .classes, .softmax, 4),
      (.categoricalCrossentropy, weights, .classes, .softmax, 4),
      (.categoricalCrossentropy, weights, .values, .softmax, 4),
      (.sparseCategoricalCrossentropy, plain, .classes, .softmax, 4),
      (.sparseCategoricalCrossentropy, LossSettings(classWeights: [0.5, 2, 3, 0.25]), .classes, .softmax, 4),
      (.binaryCrossentropy, plain, .values, .sigmoid, 3), (.binaryCrossentropy, plain, .classes, .sigmoid, 1),
      (.binaryCrossentropy, smoothing, .values, .sigmoid, 3), (.binaryCrossentropy, weights, .classes, .sigmoid, 1),
      (.meanSquaredError, plain, .values, .sigmoid, 2), (.meanSquaredError, plain, .classes, .softmax, 3),
      (.meanSquaredError, weights, .classes, .softmax, 3), (.meanAbsoluteError, plain, .values, .tanh, 3),
      (.meanAbsoluteError, weights, .classes, .softmax, 3), (.huber, plain, .values, .linear, 3),
      (.huber, LossSettings(delta: 0.3), .values, .tanh, 3), (.klDivergence, plain, .values, .softmax, 4),
      (.klDivergence, weights, .classes, .softmax, 4),
    ]
    return cases.flatMap { loss, settings, labels, activation, width in
      [true, false].map { isDirect in
        var text = "\(loss.rawValue) of \(width) \(labels) after \(activation.rawValue)"
        if settings.labelSmoothing > 0 { text += ", smoothed" }
        if !settings.classWeights.isEmpty { text += ", weighted" }
        if settings.delta != 1 { text += ", delta \(settings.delta)" }
        return NetworkCase(
          text + (isDirect ? "" : " and a rescaling"), input: [5], loss: loss, settings: settings, labels: labels
        ) {
          $0.probe()
          $0.dense(width)
          if activation != .linear { $0.activation(activation) }
          if !isDirect { $0.rescaling(scale: 0.75, offset: 0.125) }
        }
      }
    }
  }

  /// The forward graph and its loss, as they were written: nothing fused, no gradient.
  static func lossGraph(_ network: NetworkCase, _ forward: Graph) -> Graph {
    var builder = GraphBuilder(extending: forward, purpose: .training)
    builder.layer = "loss"
    let labels = builder.input(.labels, type: network.labelType(forward))
    let results = builder.appendAll(
      LossOperation(network.loss, network.settings, withGradient: false), [forward.outputs[0], labels])
    builder.setOutputs(results)
    return builder.graph
  }

  /// The gradient of the input: what the probe, a bias added to it, sums into its own.
  static func inputGradient(of graph: Graph) -> ValueID? {
    graph.nodes.last { $0.layer == "probe" && $0.operation.name == "bias_gradient" }?.operands.first
  }
}
