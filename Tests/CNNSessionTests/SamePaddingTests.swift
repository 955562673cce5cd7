import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import CNNTestSupport
import Testing

/// Where `same` puts the odd pixel, seen in numbers: a frame that pads both sides alike has equal shapes and other values.
@Suite("Same padding in numbers")
struct SamePaddingTests {
  /// The row 1, 2, 3, 4 under a filter of ones, by hand. Of 3 at stride 2, Keras pads 0 before and 1 behind: 1 + 2 + 3 and
  /// 3 + 4 (padded alike it were 3 and 9). Of 2 it pads none before and 1 behind: 1 + 2, 2 + 3, 3 + 4 and 4.
  static let cases: [(width: Int, stride: Int, expected: [Float])] = [(3, 2, [6, 7]), (2, 1, [3, 5, 7, 4])]

  @Test("filters of ones over 1, 2, 3, 4", arguments: 0..<cases.count, [true, false])
  func ones(_ index: Int, _ isDepthwise: Bool) throws {
    let (width, stride, expected) = Self.cases[index]
    let kind =
      isDepthwise ? "depthwise_conv2d: {depthwise_initializer: ones" : "conv2d: {filters: 1, kernel_initializer: ones"
    let spec = try Images.spec(
      """
      model:
        input: [1, 4, 1]
        layers:
          - \(kind), kernel_size: [1, \(width)], strides: \(stride), padding: same, use_bias: false}

      """)
    #expect(spec.model.outputType.extents == [1, expected.count, 1])
    let dataset = Dataset(
      sampleShape: [1, 4, 1], storage: .floats([1, 2, 3, 4]), labels: [0], targets: [], classNames: [],
      sourceIndices: [0])
    for instructionSet in InstructionSet.allCases where instructionSet <= .best {
      let plan = CompiledModel(
        spec, compiler: Compiler(kernels: KernelTable(instructionSet)), batchSize: 1
      ).predictionPlan()
      var session = try Session(training: nil, evaluation: plan, threadCount: 1, seed: 0)
      session.weights = plan.graph.parameters.enumerated().map { index, parameter in
        parameter.declaration.initializer.values(parameter, index: index, seed: 0)
      }
      #expect(try session.predict(dataset, order: [0], batch: 0..<1) == expected, "\(instructionSet)")
    }
  }
}
