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
    case globalPool(String, keepsAxes: Bool)
    case dense(units: Int, hasBias: Bool)
    case merge(String)
    case concatenate
    case depthwise(multiplier: Int, Window, hasBias: Bool)
    case separable(filters: Int, multiplier: Int, Window, hasBias: Bool)
    case transposed(filters: Int, Window, hasBias: Bool)
    /// Rows, then columns; before, then behind.
    case pad([[Int]])
    case crop([[Int]])
    case upsample([Int], isBilinear: Bool)
    case reshape([Int])
    /// From 1, as Keras counts.
    case permute([Int])
    case layerNormalization(axes: [Int], hasCenter: Bool, hasScale: Bool)
    case groupNormalization(groups: Int)
    /// A layer of that name without arguments.
    case slope(String)
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

  /// Places that a transposed convolution writes to along an axis: the taps of each pixel a stride behind those of the
  /// one before it, and at least a stride of them; `same` keeps a stride for each pixel.
  private static func spread(_ size: Int, _ window: Window, axis: Int) -> Int {
    var end = 0
    for pixel in 0..<size {
      end = max(end, (pixel + 1) * window.strides[axis])
      if window.isSame { continue }
      for tap in 0..<window.size[axis] {
        end = max(end, pixel * window.strides[axis] + tap * window.dilation[axis] + 1)
      }
    }
    return end
  }

  /// A sum for the mean; a difference, a square and a sum for the variance; a product, a scale and a shift.
  private static let normalization = 1 + 3 + 3

  /// NumPy's rule: from the last axis on, extents of 1 and missing ones are repeated.
  static func broadcast(_ shapes: [[Int]]) -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    return (0..<rank).map { axis in
      shapes.map { $0.count < rank - axis ? 1 : $0[$0.count - (rank - axis)] }.max() ?? 1
    }
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
    case .globalPool(_, let keepsAxes):
      shape = keepsAxes ? [1, 1, from[2]] : [from[2]]
      flops = Self.values(from)
    case .dense(let units, let hasBias):
      shape[shape.count - 1] = units
      parameters = (from[from.count - 1] + (hasBias ? 1 : 0)) * units
      for _ in 0..<Self.values(shape) { flops += (1 + 1) * from[from.count - 1] + (hasBias ? 1 : 0) }
    case .merge(let word):
      shape = Self.broadcast(inputs.map { self.shape($0) })
      for _ in inputs.dropFirst() { flops += Self.values(shape) }
      // The sum is scaled, by a multiplication and an addition of 0.
      if word == "average" { flops += (1 + 1) * Self.values(shape) }
    case .concatenate: shape[2] = inputs.reduce(0) { $0 + self.shape($1)[2] }
    case .depthwise(let multiplier, let window, let hasBias):
      shape = pooled(window, 0)
      for _ in 0..<from[2] {
        for _ in 0..<multiplier {
          shape[2] += 1
          parameters += window.size[0] * window.size[1] + (hasBias ? 1 : 0)
          flops += (1 + 1) * Self.taps(from, window)
        }
      }
      flops += hasBias ? Self.values(shape) : 0
    case .separable(let filters, let multiplier, let window, let hasBias):
      shape = pooled(window, filters)
      let pixels = shape[0] * shape[1]
      for _ in 0..<from[2] * multiplier {
        parameters += window.size[0] * window.size[1] + filters
        flops += (1 + 1) * (Self.taps(from, window) + pixels * filters)
      }
      parameters += hasBias ? filters : 0
      flops += hasBias ? Self.values(shape) : 0
    case .transposed(let filters, let window, let hasBias):
      shape = [0, 1].map { Self.spread(from[$0], window, axis: $0) } + [filters]
      parameters = filters * (window.size[0] * window.size[1] * from[2] + (hasBias ? 1 : 0))
      // Every value is multiplied with every tap of every filter and added to a result.
      for _ in 0..<Self.values(from) { flops += (1 + 1) * window.size[0] * window.size[1] * filters }
      flops += hasBias ? Self.values(shape) : 0
    case .pad(let margins): for axis in 0..<2 { shape[axis] += margins[axis].reduce(0, +) }
    case .crop(let margins): for axis in 0..<2 { shape[axis] -= margins[axis].reduce(0, +) }
    case .upsample(let factors, let isBilinear):
      for axis in 0..<2 { shape[axis] *= factors[axis] }
      // Two values between pixels of a row and one between these, each a difference, a product and a sum.
      flops = isBilinear ? 3 * (1 + 1 + 1) * Self.values(shape) : 0
    case .reshape(let wanted): shape = wanted
    case .permute(let axes): shape = axes.map { from[$0 - 1] }
    case .layerNormalization(let axes, let hasCenter, let hasScale):
      parameters = axes.reduce(1) { $0 * from[$1 - 1] } * ((hasCenter ? 1 : 0) + (hasScale ? 1 : 0))
      flops = Self.normalization * Self.values(from)
    case .groupNormalization:
      parameters = 2 * from[from.count - 1]
      flops = Self.normalization * Self.values(from)
    case .slope: flops = Self.values(from)
    }
    guard shape.allSatisfy({ $0 > 0 }) else { return false }
    layers.append(
      Layer(
        kind: kind, inputs: inputs, shape: shape, parameters: parameters, trainable: parameters - fixed, flops: flops))
    return true
  }
}
