import CNNGraph
import CNNKernels
import CNNLayers
import CNNTestSupport

extension GradientCases {
  static var pools: [NetworkCase] {
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

  static var activations: [NetworkCase] {
    Activation.allCases.filter { $0 != .linear }.map { activation in
      NetworkCase("\(activation.rawValue)", input: [3, 4, 5]) {
        $0.probe()
        // Wide enough to reach every piece of the functions.
        $0.rescaling(scale: 6, offset: 0.5)
        $0.activation(activation, parameter: 0.3)
      }
    }
  }

  static var normalizations: [NetworkCase] {
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

  static var sampleNormalizations: [NetworkCase] {
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

  static var augmentations: [NetworkCase] {
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

  static var merges: [NetworkCase] {
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

  static var pairs: [NetworkCase] {
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
  static var broadcasts: [NetworkCase] {
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

  static var axisSoftmaxes: [NetworkCase] {
    [([3, 4, 5], 0, 4), ([3, 4, 5], 1, 4), ([2, 18], 0, 1)].map { extents, axis, scale in
      NetworkCase("softmax along axis \(axis + 1) of \(extents)", input: extents) {
        $0.probe()
        $0.rescaling(scale: scale, offset: 0)
        $0.softmax(along: axis)
      }
    }
  }

  static var shapedRectifiers: [NetworkCase] {
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

  static var losses: [NetworkCase] {
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
}
