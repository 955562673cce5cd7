import CNNGraph
import CNNKernels
import CNNTestSupport

extension GradientCases {
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

  /// Filters so large that products read them in panels: a whole number of these both ways, and a short one at the end.
  /// The last have so many taps that their small images are read with the padding around them.
  static var wideFilters: [NetworkCase] {
    [(inputs: 128, filters: 128, strides: 1), (inputs: 160, filters: 100, strides: 2)].map { inputs, filters, strides in
      NetworkCase("3x3 from \(inputs) channels to \(filters), strides \(strides)", input: [3, 4, 2]) { builder in
        builder.probe()
        builder.convolution(builder.window([1, 1]), filters: inputs)
        builder.convolution(
          builder.window([3, 3], strides: [strides, strides], padding: .same), filters: filters)
        builder.activation(.relu)
      }
    } + [
      fewInputs([4, 5], 60, filters: 100, kernel: 5, stride: 1, .same, "bias relu"),
      fewInputs([7, 6], 72, filters: 80, kernel: 5, stride: 2, .same, "bias"),
      fewInputs([5, 4], 100, filters: 130, kernel: 3, stride: 2, .same, ""),
    ]
  }

  /// Few inputs to filters around what vectors hold: the forms of these differ with the vectors' width. The last is an
  /// image that the caches do not keep whole.
  static var fewInputs: [NetworkCase] {
    [
      fewInputs([6, 7], 1, filters: 8, kernel: 3, stride: 1, .same, "bias relu"),
      fewInputs([9, 8], 1, filters: 24, kernel: 5, stride: 2, .same, "bias relu"),
      fewInputs([9, 8], 1, filters: 24, kernel: 5, stride: 2, .valid, ""),
      fewInputs([7, 7], 2, filters: 17, kernel: 3, stride: 2, .same, "bias"),
      fewInputs([8, 6], 3, filters: 10, kernel: 3, stride: 2, .valid, "bias pool"),
      fewInputs([7, 8], 1, filters: 40, kernel: 3, stride: 3, .same, "relu"),
      fewInputs([5, 5], 3, filters: 20, kernel: 1, stride: 1, .same, "bias relu"),
      fewInputs([220, 220], 1, filters: 8, kernel: 5, stride: 2, .same, "bias"),
    ]
  }

  /// Few outputs of more inputs than a vector's half, whose filter's gradient joins the taps of a row: of whole images,
  /// and of one that the caches do not keep whole. With strides, input's gradients of several bands and images.
  static var fewOutputs: [NetworkCase] {
    [
      fewInputs([7, 6], 10, filters: 8, kernel: 3, stride: 1, .same, "bias relu"),
      fewInputs([6, 9], 17, filters: 10, kernel: 5, stride: 1, .same, ""),
      fewInputs([8, 8], 17, filters: 8, kernel: 3, stride: 1, .same, "bias relu pool"),
      fewInputs([104, 100], 10, filters: 8, kernel: 3, stride: 1, .same, "bias"),
      fewInputs([120, 121], 10, filters: 8, kernel: 3, stride: 2, .same, "bias"),
      fewInputs([25, 25], 20, filters: 9, kernel: 3, stride: 2, .valid, "relu"),
    ]
  }

  /// Strides whose columns are made together in the input's gradient: along the outputs, the values and in fours; with
  /// gaps between windows, inputs behind the last, dilation, and strides of columns alone. Filters' gradients by outputs.
  static var joinedColumns: [NetworkCase] {
    let cases: [(size: [Int], inputs: Int, filters: Int, kernel: [Int], strides: [Int], dilation: Int, Padding)] = [
      ([10, 12], 10, 10, [3, 3], [2, 2], 1, .same), ([8, 8], 16, 32, [5, 5], [2, 2], 1, .same),
      ([8, 10], 16, 20, [2, 2], [2, 2], 1, .valid), ([9, 12], 5, 17, [3, 4], [1, 3], 1, .same),
      ([13, 14], 3, 24, [3, 5], [2, 2], 1, .valid), ([7, 12], 7, 9, [1, 2], [3, 4], 1, .valid),
      ([12, 12], 4, 40, [3, 3], [2, 2], 2, .same), ([6, 8], 6, 6, [2, 3], [1, 2], 1, .valid),
      ([20, 22], 12, 10, [3, 3], [2, 2], 1, .same),
    ]
    return cases.map { size, inputs, filters, kernel, strides, dilation, padding in
      let text =
        "\(kernel) from \(inputs) channels to \(filters), strides \(strides) \(padding) of \(size), \(dilation)"
      return NetworkCase(text, input: size + [inputs]) { builder in
        builder.probe()
        builder.convolution(
          builder.window(kernel, strides: strides, dilation: [dilation, dilation], padding: padding),
          filters: filters, hasBias: true)
      }
    }
  }

  /// Channels enough for Winograd's algorithm: of both gradients, of one of them, behind pooling that another kernel
  /// goes back through, with rows and columns that patches do not fill, and with enough patches for several passes.
  static var winograd: [NetworkCase] {
    [
      winograd([8, 8], 64, filters: 32, .same, "bias relu"),
      winograd([9, 10], 48, filters: 64, .valid, "bias relu pool"),
      winograd([14, 14], 64, filters: 48, .same, "bias pool"),
      winograd([16, 16], 64, filters: 24, .same, "relu"),
      winograd([8, 9], 40, filters: 100, .same, "bias relu", isFrozen: true),
      winograd([21, 20], 33, filters: 34, .valid, ""),
      winograd([7, 7], 64, filters: 128, .same, "relu"),
    ]
  }

  private static func winograd(
    _ size: [Int], _ inputs: Int, filters: Int, _ padding: Padding, _ tail: String, isFrozen: Bool = false
  ) -> NetworkCase {
    let text = "3x3 from \(inputs) channels to \(filters), \(padding) of \(size), \(tail)\(isFrozen ? ", frozen" : "")"
    return NetworkCase(text, input: size + [2]) { builder in
      builder.probe()
      builder.convolution(builder.window([1, 1]), filters: inputs)
      builder.convolution(
        builder.window([3, 3], padding: padding), filters: filters, hasBias: tail.contains("bias"), isFrozen: isFrozen)
      if tail.contains("relu") { builder.activation(.relu) }
      if tail.contains("pool") { builder.maxPool(builder.window([2, 2], strides: [2, 2])) }
    }
  }

  private static func fewInputs(
    _ size: [Int], _ inputs: Int, filters: Int, kernel: Int, stride: Int, _ padding: Padding, _ tail: String
  ) -> NetworkCase {
    let text =
      "\(kernel)x\(kernel) from \(inputs) channels to \(filters), strides \(stride) \(padding) of \(size), \(tail)"
    return NetworkCase(text, input: size + [inputs]) { builder in
      builder.probe()
      builder.convolution(
        builder.window([kernel, kernel], strides: [stride, stride], padding: padding), filters: filters,
        hasBias: tail.contains("bias"))
      if tail.contains("relu") { builder.activation(.relu) }
      if tail.contains("pool") { builder.maxPool(builder.window([2, 2], strides: [2, 1], padding: .same)) }
    }
  }

  /// Groups of channels that sums along fours of values are for, and are no fours themselves, one way or the other; with
  /// strides, whose taps join where there is one group.
  static var groupsInFours: [NetworkCase] {
    let sizes = [(10, 8, 2), (8, 8, 2), (9, 6, 3), (17, 10, 1)]
    return sizes.flatMap { inputs, filters, groups in
      [1, 2].map { stride in
        let text = "3x3 from \(inputs) channels to \(filters) in each of \(groups), strides \(stride)"
        return NetworkCase(text, input: [9, 10, groups * inputs]) { builder in
          builder.probe()
          builder.convolution(
            builder.window([3, 3], strides: [stride, stride], padding: .same), filters: groups * filters,
            groups: groups, hasBias: true)
        }
      }
    }
  }

  /// Pools over more filters than a vector holds, with windows of fewer and of more cells than it holds.
  static var pooledFilters: [NetworkCase] {
    let sizes = [(filters: 8, pool: 2), (filters: 19, pool: 2), (filters: 9, pool: 3), (filters: 17, pool: 5)]
    return sizes.map { filters, pool in
      NetworkCase("3x3 to \(filters), pool of \(pool)x\(pool)", input: [2 * pool, 2 * pool + 1, 2]) { builder in
        builder.probe()
        builder.convolution(builder.window([3, 3], padding: .same), filters: filters)
        builder.activation(.relu)
        builder.maxPool(builder.window([pool, pool], strides: [pool, pool]) ?? builder.window([1, 1]))
      }
    }
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
}
