/// A network described on its own terms, with sizes and counts found by walking over windows and pixels one by one.
///
/// Written from Keras's definitions (`keras/src/layers/convolutional/base_conv.py`, `.../pooling/base_pooling.py`, and
/// TensorFlow's "SAME": a window begins at every stride-th pixel of the input; "VALID": at those where it fits), without
/// a formula for any of them and without a line of the code under test. Slow on purpose.
struct NetworkOracle {
  enum Kind {
    case convolution(filters: Int, Window, groups: Int, hasBias: Bool, isRectified: Bool)
    case maxPool(Window)
    case averagePool(Window)
    case batchNormalization(hasCenter: Bool, hasScale: Bool)
    case activation(String)
    case dropout
    case rescaling
    case flatten
    case globalAverage
    case dense(units: Int, hasBias: Bool)
    case add, concatenate
  }

  struct Window {
    var size, strides, dilation: [Int]
    var isSame: Bool
  }

  struct Layer {
    let kind: Kind
    /// Indices into the layers; -1 is the model's input.
    let inputs: [Int]
    let shape: [Int]
    let parameters, trainable: Int
    let flops: Int
  }

  let input: [Int]
  private(set) var layers: [Layer] = []

  init(input: [Int]) { self.input = input }

  func shape(_ index: Int) -> [Int] { index < 0 ? input : layers[index].shape }

  // MARK: Walking over windows

  /// How many windows there are along an axis, found by setting them down one after the other.
  static func windows(along size: Int, _ window: Window, axis: Int) -> Int {
    var count = 0
    for start in 0..<size where start % window.strides[axis] == 0 {
      var fits = true
      for tap in 0..<window.size[axis] where start + tap * window.dilation[axis] >= size { fits = false }
      if window.isSame || fits { count += 1 }
    }
    return count
  }

  /// Taps that all windows of an image have together, those in the padding too.
  private static func taps(_ image: [Int], _ window: Window) -> Int {
    var taps = 0
    for _ in 0..<windows(along: image[0], window, axis: 0) {
      for _ in 0..<windows(along: image[1], window, axis: 1) {
        for _ in 0..<window.size[0] {
          for _ in 0..<window.size[1] { taps += 1 }
        }
      }
    }
    return taps
  }

  private static func values(_ shape: [Int]) -> Int {
    var count = 1
    for extent in shape {
      var sum = 0
      for _ in 0..<extent { sum += count }
      count = sum
    }
    return count
  }

  /// Appends a layer, or `false` if a window has no place.
  mutating func append(_ kind: Kind, inputs: [Int]) -> Bool {
    let from = shape(inputs[0])
    func pooled(_ window: Window, _ channels: Int) -> [Int] {
      [Self.windows(along: from[0], window, axis: 0), Self.windows(along: from[1], window, axis: 1), channels]
    }
    var shape = from
    var parameters = 0
    var fixed = 0
    var flops = 0
    switch kind {
    case .convolution(let filters, let window, let groups, let hasBias, let isRectified):
      shape = pooled(window, filters)
      // Each filter sees the channels of its group.
      var channels = 0
      for channel in 0..<from[2] where channel * groups / from[2] == 0 { channels += 1 }
      for _ in 0..<filters {
        parameters += window.size[0] * window.size[1] * channels + (hasBias ? 1 : 0)
        // A multiplication and an addition for each tap and channel.
        flops += (1 + 1) * Self.taps(from, window) * channels
      }
      flops += (hasBias ? Self.values(shape) : 0) + (isRectified ? Self.values(shape) : 0)
    case .maxPool(let window), .averagePool(let window):
      shape = pooled(window, from[2])
      for _ in 0..<from[2] { flops += Self.taps(from, window) }
    case .batchNormalization(let hasCenter, let hasScale):
      let channels = from[from.count - 1]
      parameters = channels * ((hasCenter ? 1 : 0) + (hasScale ? 1 : 0) + 2)
      fixed = 2 * channels
      flops = 2 * Self.values(from)
    case .activation(let word): flops = (word == "softmax" ? 5 : 1) * Self.values(from)
    case .dropout: break
    case .rescaling: flops = 2 * Self.values(from)
    case .flatten: shape = [Self.values(from)]
    case .globalAverage:
      shape = [from[2]]
      flops = Self.values(from)
    case .dense(let units, let hasBias):
      shape[shape.count - 1] = units
      parameters = (from[from.count - 1] + (hasBias ? 1 : 0)) * units
      for _ in 0..<Self.values(shape) { flops += (1 + 1) * from[from.count - 1] + (hasBias ? 1 : 0) }
    case .add: for _ in inputs.dropFirst() { flops += Self.values(from) }
    case .concatenate: shape[2] = inputs.reduce(0) { $0 + self.shape($1)[2] }
    }
    guard shape.allSatisfy({ $0 > 0 }) else { return false }
    layers.append(
      Layer(
        kind: kind, inputs: inputs, shape: shape, parameters: parameters, trainable: parameters - fixed, flops: flops))
    return true
  }

  // MARK: Receptive fields

  /// For every path to the input the rows (or columns) of it that one place of a layer's output reads, padding included.
  private func reads(_ index: Int, at place: Int, axis: Int) -> [ClosedRange<Int>] {
    if index < 0 { return [place...place] }
    let layer = layers[index]
    let places: ClosedRange<Int>
    switch layer.kind {
    case .convolution(_, let window, _, _, _), .maxPool(let window), .averagePool(let window):
      // Where the first window begins does not change how much it reads.
      let first = place * window.strides[axis]
      places = first...first + (window.size[axis] - 1) * window.dilation[axis]
    case .flatten, .globalAverage:
      let extent = shape(layer.inputs[0])
      places = 0...(extent.count == 3 ? extent[axis] - 1 : 0)
    case .dense where layer.shape.count == 1:
      places = 0...0
    default: places = place...place
    }
    return layer.inputs.flatMap { input -> [ClosedRange<Int>] in
      let low = reads(input, at: places.lowerBound, axis: axis)
      let high = reads(input, at: places.upperBound, axis: axis)
      return zip(low, high).map { $0.lowerBound...$1.upperBound }
    }
  }

  func receptiveField(_ index: Int) -> [Int] {
    [0, 1].map { axis in reads(index, at: 0, axis: axis).map(\.count).max() ?? 0 }
  }

  // MARK: As a spec

  var text: String {
    var lines = ["model:", "  input: \(input)", "  layers:"]
    for (index, layer) in layers.enumerated() {
      func item(_ kind: String, _ arguments: [String] = []) {
        let names = layer.inputs.map { $0 < 0 ? "input" : "l\($0)" }.joined(separator: ", ")
        lines.append(
          "    - \(kind): {\((arguments + ["name: l\(index)", "inputs: [\(names)]"]).joined(separator: ", "))}")
      }
      switch layer.kind {
      case .convolution(let filters, let window, let groups, let hasBias, let isRectified):
        item(
          "conv2d",
          [
            "filters: \(filters)", "kernel_size: \(window.size)", "strides: \(window.strides)",
            "dilation_rate: \(window.dilation)", "padding: \(window.isSame ? "same" : "valid")", "groups: \(groups)",
            "use_bias: \(hasBias)", "activation: \(isRectified ? "relu" : "linear")",
          ])
      case .maxPool(let window): item("max_pooling2d", Self.pool(window))
      case .averagePool(let window): item("average_pooling2d", Self.pool(window))
      case .batchNormalization(let hasCenter, let hasScale):
        item("batch_normalization", ["center: \(hasCenter)", "scale: \(hasScale)"])
      case .activation(let word): item("activation", ["activation: \(word)"])
      case .dropout: item("dropout", ["rate: 0.5"])
      case .rescaling: item("rescaling", ["scale: 0.5"])
      case .flatten: item("flatten")
      case .globalAverage: item("global_average_pooling2d")
      case .dense(let units, let hasBias): item("dense", ["units: \(units)", "use_bias: \(hasBias)"])
      case .add: item("add")
      case .concatenate: item("concatenate")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func pool(_ window: Window) -> [String] {
    [
      "pool_size: \(window.size)", "strides: \(window.strides)", "padding: \(window.isSame ? "same" : "valid")",
    ]
  }
}
