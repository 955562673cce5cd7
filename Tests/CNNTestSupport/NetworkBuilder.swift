package import CNNGraph
package import CNNKernels
package import CNNLayers

/// Emits small networks the way layers do: one layer, a few operations.
package struct NetworkBuilder: Sendable {
  package private(set) var graph: GraphBuilder
  /// What the next layer reads.
  package var last: ValueID
  private var layers = 0

  package init(input: [Int], purpose: Purpose) {
    graph = GraphBuilder(purpose: purpose)
    graph.layer = "input"
    last = graph.input(.samples, type: TensorType(input))
  }

  package var type: TensorType { graph.type(of: last) }
  package var isTraining: Bool { graph.purpose == .training }

  package func finished() -> Graph {
    var graph = graph
    graph.setOutputs([last])
    return graph.graph
  }

  /// A window over the rows and columns of `last`, or `nil` if it does not fit.
  package func window(
    _ size: [Int], strides: [Int] = [1, 1], dilation: [Int] = [1, 1], padding: Padding = .valid
  ) -> Window2D? {
    guard
      let rows = WindowGeometry(
        size: type.extents[0], window: size[0], stride: strides[0], dilation: dilation[0], padding: padding),
      let columns = WindowGeometry(
        size: type.extents[1], window: size[1], stride: strides[1], dilation: dilation[1], padding: padding)
    else { return nil }
    return Window2D(rows: rows, columns: columns)
  }

  package mutating func convolution(
    _ window: Window2D?, filters: Int, groups: Int = 1, hasBias: Bool = true, isFrozen: Bool = false
  ) {
    guard let window else { preconditionFailure("the window does not fit") }
    begin("conv2d")
    let extents = [window.rows.window, window.columns.window, type.channels / groups, filters]
    append(Conv2DOperation(window: window, groups: groups), [parameter("kernel", extents, isTrainable: !isFrozen)])
    if hasBias { append(BiasAddOperation(), [parameter("bias", [filters], isTrainable: !isFrozen)]) }
  }

  package mutating func depthwise(_ window: Window2D?, multiplier: Int = 1, hasBias: Bool = true) {
    guard let window else { preconditionFailure("the window does not fit") }
    begin("depthwise_conv2d")
    let channels = type.channels
    let extents = [window.rows.window, window.columns.window, channels, multiplier]
    append(DepthwiseConv2DOperation(window: window), [parameter("kernel", extents)])
    if hasBias { append(BiasAddOperation(), [parameter("bias", [channels * multiplier])]) }
  }

  /// The convolution that `window` makes of an image of `size`, backwards; its outputs are the extents of `last`.
  package mutating func transposedConvolution(_ window: Window2D?, filters: Int, hasBias: Bool = true) {
    guard let window, window.rows.output == type.extents[0], window.columns.output == type.extents[1] else {
      preconditionFailure("the window does not fit")
    }
    begin("conv2d_transpose")
    let extents = [window.rows.window, window.columns.window, filters, type.channels]
    append(Conv2DTransposeOperation(convolution: window), [parameter("kernel", extents)])
    if hasBias { append(BiasAddOperation(), [parameter("bias", [filters])]) }
  }

  /// A window over an image that is the result of a transposed convolution of `last`: `same`, `strides` times as large.
  package func transposedWindow(_ size: [Int], strides: [Int], dilation: [Int] = [1, 1]) -> Window2D? {
    let axis = { (index: Int) in
      WindowGeometry(
        size: self.type.extents[index] * strides[index], window: size[index], stride: strides[index],
        dilation: dilation[index], padding: .same)
    }
    guard let rows = axis(0), let columns = axis(1) else { return nil }
    return Window2D(rows: rows, columns: columns)
  }

  package mutating func globalMax(keepDims: Bool = false) {
    begin("global_max_pooling2d")
    append(GlobalMaxPool2DOperation(keepDims: keepDims), [])
  }

  package mutating func pad(_ margins: Margins) {
    begin("zero_padding2d")
    append(PadOperation(margins), [])
  }

  package mutating func crop(_ margins: Margins) {
    begin("cropping2d")
    append(CropOperation(margins), [])
  }

  package mutating func upsample(_ rows: Int, _ columns: Int, _ interpolation: Interpolation) {
    begin("up_sampling2d")
    append(UpsampleOperation(rows: rows, columns: columns, interpolation), [])
  }

  package mutating func permute(_ axes: [Int]) {
    begin("permute")
    append(PermuteOperation(axes: axes), [])
  }

  package mutating func dense(_ units: Int, hasBias: Bool = true) {
    begin("dense")
    append(DenseOperation(), [parameter("kernel", [type.channels, units])])
    if hasBias { append(BiasAddOperation(), [parameter("bias", [units])]) }
  }

  /// A trainable vector added to the channels; its gradient reads that of its input, so a test can find it.
  package mutating func probe() {
    graph.layer = "probe"
    append(BiasAddOperation(), [parameter("bias", [type.channels])])
  }

  package mutating func maxPool(_ window: Window2D?) {
    guard let window else { preconditionFailure("the window does not fit") }
    begin("max_pooling2d")
    append(MaxPool2DOperation(window: window), [])
  }

  package mutating func averagePool(_ window: Window2D?) {
    guard let window else { preconditionFailure("the window does not fit") }
    begin("average_pooling2d")
    append(AveragePool2DOperation(window: window), [])
  }

  package mutating func batchNormalization(
    hasScale: Bool = true, hasCenter: Bool = true, isFrozen: Bool = false, momentum: Double = 0.9,
    epsilon: Double = 1e-3
  ) {
    begin("batch_normalization")
    let channels = [type.channels]
    var operands: [ValueID] = []
    if hasScale { operands.append(parameter("gamma", channels, isTrainable: !isFrozen)) }
    if hasCenter { operands.append(parameter("beta", channels, isTrainable: !isFrozen)) }
    operands.append(parameter("moving_mean", channels, isTrainable: false))
    operands.append(parameter("moving_variance", channels, isTrainable: false))
    append(
      BatchNormalizationOperation(
        momentum: momentum, epsilon: epsilon, hasScale: hasScale, hasCenter: hasCenter,
        usesBatchStatistics: isTraining && !isFrozen), operands)
  }

  package mutating func activation(_ activation: Activation, parameter: Double = 0) {
    begin(activation.rawValue)
    if activation == .softmax {
      append(SoftmaxOperation(), [])
    } else {
      append(ActivationOperation(activation, parameter: parameter), [])
    }
  }

  package mutating func softmax(along axis: Int) {
    begin("softmax")
    append(AxisSoftmaxOperation(axis: axis), [])
  }

  /// In training alone, as Keras has it.
  package mutating func dropout(_ rate: Double) {
    begin("dropout")
    if isTraining { append(DropoutOperation(rate: rate, stream: RandomStream(UInt32(layers))), []) }
  }

  /// One of the operations that act in training alone, on a stream of its own.
  package mutating func random(_ operation: (RandomStream) -> any Operation) {
    begin("random")
    if isTraining { append(operation(RandomStream(UInt32(layers))), []) }
  }

  /// A random window in training, the middle one else.
  package mutating func crop(rows: Int, columns: Int) {
    begin("random_crop")
    if isTraining {
      append(RandomCropOperation(rows: rows, columns: columns, stream: RandomStream(UInt32(layers))), [])
    } else {
      append(SliceOperation(axis: 0, start: (type.extents[0] - rows) / 2, length: rows), [])
      append(SliceOperation(axis: 1, start: (type.extents[1] - columns) / 2, length: columns), [])
    }
  }

  /// Group normalisation, or layer normalisation of the last axes, `width` values of them.
  package mutating func sampleNormalization(
    _ statistics: SampleNormalizationOperation.Statistics, hasScale: Bool = true, hasCenter: Bool = true,
    isFrozen: Bool = false
  ) {
    begin("sample_normalization")
    let width =
      switch statistics {
      case .rows(let width): width
      case .groups: type.channels
      }
    let gamma = hasScale ? [parameter("gamma", [width], isTrainable: !isFrozen)] : []
    let beta = hasCenter ? [parameter("beta", [width], isTrainable: !isFrozen)] : []
    append(
      SampleNormalizationOperation(statistics, epsilon: 1e-3, hasScale: hasScale, hasCenter: hasCenter), gamma + beta)
  }

  /// Of one number a channel.
  package mutating func constantAffine(centre: [Double], scale: [Double], offset: [Double]) {
    begin("constant_affine")
    append(ConstantAffineOperation(centre: centre, scale: scale, offset: offset), [])
  }

  /// Channels first, or what was first last again.
  package mutating func axisSwap(blocks: Int, rows: Int, columns: Int, extents: [Int]) {
    begin("axis_swap")
    append(AxisSwapOperation(blocks: blocks, rows: rows, columns: columns, extents: extents), [])
  }

  package mutating func flatten() {
    begin("flatten")
    append(ReshapeOperation(extents: [type.elementCount]), [])
  }

  package mutating func reshape(_ extents: [Int]) {
    begin("reshape")
    append(ReshapeOperation(extents: extents), [])
  }

  package mutating func globalAverage(keepDims: Bool = false) {
    begin("global_average_pooling2d")
    append(GlobalAveragePool2DOperation(keepDims: keepDims), [])
  }

  package mutating func rescaling(scale: Double, offset: Double) {
    begin("rescaling")
    append(RescalingOperation(scale: scale, offset: offset), [])
  }

  package mutating func add(_ others: [ValueID]) {
    begin("add")
    append(AddOperation(), others)
  }

  package mutating func subtract(_ other: ValueID) {
    begin("subtract")
    append(SubtractOperation(), [other])
  }

  package mutating func multiply(_ other: ValueID) {
    begin("multiply")
    append(MultiplyOperation(), [other])
  }

  package mutating func maximum(_ other: ValueID) {
    begin("maximum")
    append(MaximumOperation(), [other])
  }

  package mutating func broadcast(_ extents: [Int]) {
    begin("broadcast")
    append(BroadcastOperation(extents: extents), [])
  }

  package mutating func shapedReLU(maxValue: Double?, negativeSlope: Double, threshold: Double) {
    begin("re_lu")
    append(ShapedReLUOperation(maxValue: maxValue, negativeSlope: negativeSlope, threshold: threshold), [])
  }

  package mutating func concatenate(_ others: [ValueID], axis: Int) {
    begin("concatenate")
    append(ConcatenateOperation(axis: axis), others)
  }

  private mutating func begin(_ name: String) {
    graph.layer = layers == 0 ? name : "\(name)_\(layers)"
    layers += 1
  }

  private mutating func append(_ operation: any Operation, _ others: [ValueID]) {
    last = graph.append(operation, [last] + others)
  }

  private mutating func parameter(_ name: String, _ extents: [Int], isTrainable: Bool = true) -> ValueID {
    graph.parameter(ParameterDeclaration(name, extents, initializer: .zeros, isTrainable: isTrainable))
  }
}

/// A network under test: how to build it, and what its predictions are held against.
package struct NetworkCase: Sendable, CustomStringConvertible {
  package enum Labels: Sendable {
    /// A class index below the width of the prediction (below 2 where it is one value wide).
    case classes
    /// Numbers in the shape of the prediction.
    case values
  }
  package let description: String
  package let input: [Int]
  package let loss: LossKind
  package let settings: LossSettings
  package let labels: Labels
  package let build: @Sendable (inout NetworkBuilder) -> Void

  package init(
    _ description: String, input: [Int], loss: LossKind = .meanSquaredError,
    settings: LossSettings = LossSettings(), labels: Labels = .values,
    build: @escaping @Sendable (inout NetworkBuilder) -> Void
  ) {
    self.description = description
    self.input = input
    self.loss = loss
    self.settings = settings
    self.labels = labels
    self.build = build
  }

  /// Whether the loss compares numbers, not probabilities.
  var takesAnyValue: Bool { [.meanSquaredError, .meanAbsoluteError, .huber].contains(loss) }

  package func forward(_ purpose: Purpose) -> Graph {
    var builder = NetworkBuilder(input: input, purpose: purpose)
    build(&builder)
    return builder.finished()
  }

  package func labelType(_ forward: Graph) -> TensorType {
    switch labels {
    case .classes: TensorType([1], element: .int32)
    case .values: TensorType(forward[forward.outputs[0]].type.extents)
    }
  }

  package func trainingGraph(_ compiler: Compiler) -> Graph {
    let forward = forward(.training)
    return compiler.trainingGraph(forward, loss: loss, settings: settings, labels: labelType(forward))
  }

  package func evaluationGraph(_ compiler: Compiler) -> Graph {
    let forward = forward(.inference)
    // The weights of classes are training's.
    let settings = LossSettings(labelSmoothing: settings.labelSmoothing, delta: settings.delta)
    return compiler.evaluationGraph(forward, loss: loss, settings: settings, labels: labelType(forward))
  }

  package func inferenceGraph(_ compiler: Compiler) -> Graph { compiler.inferenceGraph(forward(.inference)) }
}

/// Samples, labels and weights for a network, all of them numbers that a `Float` holds.
package struct NetworkData: Sendable {
  package var samples: [[Double]]
  package var labels: [[Double]]
  package var parameters: [[Double]]

  package init(_ network: NetworkCase, count: Int, seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let graph = network.forward(.training)
    let output = graph[graph.outputs[0]].type
    samples = (0..<count).map { _ in random.values(network.input.reduce(1, *), in: -1...1) }
    labels = (0..<count).map { _ in
      switch network.labels {
      case .classes: [Double(random.integer(0...max(1, output.elementCount - 1)))]
      case .values: random.values(output.elementCount, in: network.takesAnyValue ? -1...1 : 0...1)
      }
    }
    parameters = graph.parameters.map { parameter in
      let extents = parameter.declaration.extents
      switch parameter.declaration.name {
      case "gamma", "moving_variance": return random.values(parameter.elementCount, in: 0.5...1.5)
      case "kernel":
        // Keeps the size of what flows through: variance about 1 / fan-in.
        let bound = (3 / Double(extents.dropLast().reduce(1, *))).squareRoot()
        return random.values(parameter.elementCount, in: -bound...bound)
      default: return random.values(parameter.elementCount, in: -0.5...0.5)
      }
    }
  }

  package var inputs: [InputRole: [[Double]]] { [.samples: samples, .labels: labels] }

  /// The first data, by seed, on which the network's training graph stays `distance` away from every kink of what the
  /// output depends on.
  ///
  /// - Returns: `nil` if 200 seeds do not give any.
  package static func awayFromKinks(
    _ network: NetworkCase, count: Int, distance: Double, seed: UInt64 = 1, interpreter: ReferenceInterpreter = .init()
  ) -> NetworkData? {
    let graph = EliminateDeadNodes().run(network.forward(.training))
    for attempt in 0..<UInt64(200) {
      let data = NetworkData(network, count: count, seed: seed &* 1000 &+ attempt)
      let run = interpreter.run(graph, inputs: data.inputs, parameters: data.parameters)
      if run.kinkDistance > distance { return data }
    }
    return nil
  }
}
