package import CNNGraph
internal import CNNLayers

/// Evaluates a graph in double precision, operation by operation from its definition: the oracle that gradient rules
/// and kernels are held against.
///
/// In: a graph, its inputs and weights. Out: every value of the graph. It shares nothing with kernels, lowering or
/// planner, and is written to be read: plain loops, one array a sample.
package struct ReferenceInterpreter: Sendable {
  /// What dropout draws its masks from.
  package var seed: UInt64 = 0
  package var step: UInt32 = 0

  package init(seed: UInt64 = 0, step: UInt32 = 0) {
    self.seed = seed
    self.step = step
  }

  /// - Parameters:
  ///   - inputs: of each role one row a sample; class indices are numbers like all others.
  ///   - parameters: one array a parameter, in the graph's order.
  package func run(_ graph: Graph, inputs: [InputRole: [[Double]]], parameters: [[Double]]) -> ReferenceRun {
    let batch = inputs[.samples]?.count ?? 0
    var run = ReferenceRun(parameters: parameters)
    for (index, value) in graph.values.enumerated() {
      switch value.origin {
      case .input(let role): run.values[ValueID(index: index)] = inputs[role]
      case .parameter(let id): run.values[ValueID(index: index)] = [parameters[id.index]]
      case .result, .parameterGradient: break
      }
    }
    for node in graph.nodes {
      var evaluation = ReferenceNode(
        operands: node.operands.map { run[$0] }, types: node.operands.map { graph[$0].type },
        resultTypes: node.results.map { graph[$0].type }, batch: batch, seed: seed, step: step)
      let results = evaluation.evaluate(node.operation)
      precondition(results.count == node.results.count, "\(node.operation.name): one array a result")
      for (id, result) in zip(node.results, results) {
        precondition(
          result.count == (graph[id].type.isBatched ? batch : 1)
            && result.allSatisfy { $0.count == graph[id].type.elementCount },
          "\(node.operation.name) gives \(result.map(\.count)) for \(graph[id].type)")
        run.values[id] = result
      }
      for (index, updated) in evaluation.updates {
        guard case .parameter(let id) = graph[node.operands[index]].origin else { continue }
        run.parameters[id.index] = updated
      }
      run.kinkDistance = min(run.kinkDistance, evaluation.kinkDistance)
    }
    return run
  }
}

/// Every value of one evaluation.
package struct ReferenceRun: Sendable {
  /// One array a sample; a single one of what is not batched.
  package var values: [ValueID: [[Double]]] = [:]
  /// Weights afterwards: moving statistics have moved.
  package var parameters: [[Double]]
  /// How near the evaluation came to a place without a derivative: an argument of a rectifier at zero, two cells of a
  /// pool that are equal and not the same function of what came in.
  package var kinkDistance = Double.infinity

  package subscript(id: ValueID) -> [[Double]] { values[id] ?? [] }

  /// The gradient of each trainable parameter, in the graph's order.
  package func gradients(of graph: Graph) -> [[Double]?] {
    var gradients = [[Double]?](repeating: nil, count: graph.parameters.count)
    for (index, value) in graph.values.enumerated() {
      if case .parameterGradient(let id) = value.origin { gradients[id.index] = self[ValueID(index: index)][0] }
    }
    return gradients
  }

  /// The mean of the first output, which is the loss of a graph that has one.
  package func meanLoss(of graph: Graph) -> Double {
    let losses = self[graph.outputs[0]].map { $0[0] }
    return losses.reduce(0, +) / Double(losses.count)
  }

  package func hits(of graph: Graph) -> Double { self[graph.outputs[1]].reduce(0) { $0 + $1[0] } }
}

/// One node under evaluation.
struct ReferenceNode {
  let operands: [[[Double]]]
  let types: [TensorType]
  let resultTypes: [TensorType]
  let batch: Int
  let seed: UInt64
  let step: UInt32
  var kinkDistance = Double.infinity
  /// Operands that the node changes in place, by their index.
  var updates: [Int: [Double]] = [:]

  init(
    operands: [[[Double]]], types: [TensorType], resultTypes: [TensorType], batch: Int, seed: UInt64, step: UInt32
  ) {
    self.operands = operands
    self.types = types
    self.resultTypes = resultTypes
    self.batch = batch
    self.seed = seed
    self.step = step
  }

  mutating func evaluate(_ operation: any Operation) -> [[[Double]]] {
    switch operation {
    case let operation as Conv2DOperation: convolution(operation)
    case let operation as Conv2DGradientOperation: convolutionGradient(operation)
    case let operation as DepthwiseConv2DOperation: depthwise(operation)
    case let operation as DepthwiseConv2DGradientOperation: depthwiseGradient(operation)
    case let operation as Conv2DTransposeOperation: transposedConvolution(operation)
    case let operation as Conv2DTransposeGradientOperation: transposedConvolutionGradient(operation)
    case let operation as FilterTransposeOperation: [[transposedFilter(operation)]]
    case let operation as DenseOperation: dense(operation)
    case let operation as DenseGradientOperation: denseGradient(operation)
    case let operation as MaxPool2DOperation: [pool(operation.window, isMax: true)]
    case let operation as AveragePool2DOperation: [pool(operation.window, isMax: false)]
    case let operation as PoolGradientOperation: [poolGradient(operation)]
    case is GlobalAveragePool2DOperation: [globalAverage()]
    case is GlobalAveragePoolGradientOperation: [globalAverageGradient()]
    case is GlobalMaxPool2DOperation: [globalMax()]
    case is GlobalMaxPoolGradientOperation: [globalMaxGradient()]
    case let operation as PadOperation: [pad(operation)]
    case let operation as CropOperation: [crop(operation)]
    case let operation as PermuteOperation: [permute(operation)]
    case let operation as UpsampleOperation: [upsample(operation)]
    case let operation as UpsampleGradientOperation: [upsampleGradient(operation)]
    case let operation as BatchNormalizationOperation: normalization(operation)
    case let operation as BatchNormalizationGradientOperation: normalizationGradient(operation)
    case let operation as FrozenNormalizationGradientOperation: [frozenNormalizationGradient(operation)]
    case let operation as ActivationOperation: [activation(operation)]
    case let operation as ActivationGradientOperation: [activationGradient(operation)]
    case let operation as ShapedReLUOperation: [shapedReLU(operation)]
    case let operation as ShapedReLUGradientOperation: [shapedReLUGradient(operation.function)]
    case is SoftmaxOperation: [softmax()]
    case is SoftmaxGradientOperation: [softmaxGradient()]
    case let operation as AxisSoftmaxOperation: [softmax(along: operation.axis)]
    case let operation as AxisSoftmaxGradientOperation: [softmaxGradient(along: operation.axis)]
    case is BiasAddOperation: [biasAdd()]
    case is BiasGradientOperation: [[biasGradient()]]
    case let operation as RescalingOperation: [mapped { $0 * operation.scale + operation.offset }]
    case let operation as DropoutOperation: [dropout(operation)]
    case let operation as SharedDropoutOperation: [sharedDropout(operation)]
    case let operation as GaussianNoiseOperation: [gaussianNoise(operation)]
    case let operation as SampleNormalizationOperation: [sampleNormalization(operation)]
    case let operation as SampleNormalizationGradientOperation: sampleNormalizationGradient(operation)
    case let operation as ConstantAffineOperation: [constantAffine(operation)]
    case let operation as AxisSwapOperation: [axisSwap(operation)]
    case let operation as RandomFlipOperation: [randomFlip(operation)]
    case let operation as RandomAffineOperation: [randomAffine(operation)]
    case let operation as RandomAffineGradientOperation: [randomAffineGradient(operation.forward)]
    case let operation as RandomCropOperation: [randomCrop(operation)]
    case let operation as RandomCropGradientOperation: [randomCropGradient(operation)]
    case let operation as RandomColorOperation: [randomColor(operation)]
    case let operation as RandomColorGradientOperation: [randomColorGradient(operation.forward)]
    case let operation as AddOperation: [add(operation)]
    case is SubtractOperation: [paired { $0 - $1 }]
    case is MultiplyOperation: [paired { $0 * $1 }]
    case is MaximumOperation: [maximum()]
    case let operation as MaximumGradientOperation: [maximumGradient(operation)]
    case is BroadcastOperation: [broadcast()]
    case is BroadcastSumOperation: [broadcastSum()]
    case let operation as ConcatenateOperation: [concatenate(operation)]
    case let operation as SliceOperation: [slice(operation)]
    case is ReshapeOperation: [operands[0]]
    case let operation as LossOperation:
      loss(operation.kind, operation.settings, isLogits: false, operation.withGradient)
    case let operation as SoftmaxCrossEntropyOperation:
      softmaxCrossEntropy(operation.settings, operation.withGradient)
    case let operation as SigmoidCrossEntropyOperation:
      loss(.binaryCrossentropy, operation.settings, isLogits: true, operation.withGradient)
    default: preconditionFailure("\(operation.name) has no definition here")
    }
  }

  func mapped(_ function: (Double) -> Double) -> [[Double]] { operands[0].map { $0.map(function) } }

  /// max(x, 0), noting how near x is to the kink.
  mutating func rectified(_ x: Double) -> Double {
    note(distance: x)
    return max(x, 0)
  }

  /// What two values differ by at most if they are one and the same function of samples and weights: a pixel and a mix
  /// of its copies, zeros that a rectifier left. In double precision these come within some 1e-15 of each other, and two
  /// that have nothing to do with each other do so once in 1e12 times.
  static let sameFunction = 1e-12

  /// At a tie of one function with itself there is no kink: whichever side is taken, by rounding or by order, the
  /// derivative goes back to the same samples and weights by the same amount.
  mutating func note(distance: Double) {
    if abs(distance) > Self.sameFunction { kinkDistance = min(kinkDistance, abs(distance)) }
  }
}

/// The last axis of a type.
extension TensorType {
  var channels: Int { extents.last ?? 1 }
}
