import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

/// Each rule of the IR, broken by hand.
@Suite("Graph verifier")
struct GraphVerifierTests {
  /// %0 samples, %1 kernel, %2 dense, %3 bias, %4 bias_add, %5 relu.
  private func sound() -> Graph {
    NetworkCase("", input: [4]) {
      $0.dense(3)
      $0.activation(.relu)
    }.forward(.inference)
  }

  private func value(_ index: Int) -> ValueID { ValueID(index: index) }

  @Test("a sound graph has no fault")
  func noFault() {
    #expect(GraphVerifier.fault(in: sound()) == nil)
    for seed in 1...20 as ClosedRange<UInt64> {
      let network = NetworkCase.random(seed: seed)
      #expect(GraphVerifier.fault(in: network.trainingGraph(Compiler())) == nil)
      #expect(GraphVerifier.fault(in: network.inferenceGraph(Compiler(fuses: false))) == nil)
    }
  }

  @Test("reading before definition")
  func order() {
    var graph = sound()
    graph.nodes.swapAt(1, 2)
    #expect(GraphVerifier.fault(in: graph) == "node 1 (relu of relu_1) reads %4 before it is defined")
  }

  @Test("reading what does not exist")
  func missing() {
    var graph = sound()
    graph.nodes[2].operands = [value(17)]
    #expect(GraphVerifier.fault(in: graph) == "node 2 (relu of relu_1) reads %17, which does not exist")
    graph = sound()
    graph.nodes[2].operands = [value(-1)]
    #expect(GraphVerifier.fault(in: graph) == "node 2 (relu of relu_1) reads %-1, which does not exist")
  }

  @Test("giving what does not exist")
  func missingResult() {
    var graph = sound()
    graph.nodes[2].results = [value(6)]
    #expect(GraphVerifier.fault(in: graph) == "node 2 (relu of relu_1) gives %6, which does not exist")
  }

  @Test("defining a value twice, or an input or a parameter at all", arguments: [0, 1, 4])
  func twice(_ index: Int) {
    var graph = sound()
    graph.nodes[2].results = [value(index)]
    #expect(GraphVerifier.fault(in: graph) == "node 2 (relu of relu_1) defines %\(index) again")
  }

  @Test("a result of another type than the operation gives")
  func type() {
    var graph = sound()
    graph.values[5].type = TensorType([4])
    #expect(
      GraphVerifier.fault(in: graph)?.hasPrefix("node 2 (relu of relu_1) gives [f32[N,4]], its operation") == true)
  }

  @Test("operands that the operation does not take")
  func operands() {
    var graph = sound()
    graph.nodes[0].operands = [value(0), value(3)]
    #expect(GraphVerifier.fault(in: graph)?.hasPrefix("node 0 (dense of dense) gives") == true)
    graph = sound()
    graph.nodes[0].operands = [value(0)]
    #expect(GraphVerifier.fault(in: graph)?.hasPrefix("node 0 (dense of dense) gives") == true)
    graph = sound()
    graph.nodes[0].results = []
    #expect(GraphVerifier.fault(in: graph)?.hasPrefix("node 0 (dense of dense) gives") == true)
  }

  @Test("a parameter that is not the graph's, or has another shape")
  func parameters() {
    var graph = sound()
    graph.parameters[0].declaration.extents = [3, 4]
    #expect(GraphVerifier.fault(in: graph) == "%1 is no parameter of the graph")
    graph = sound()
    graph.values[3].origin = .parameter(ParameterID(index: 2))
    #expect(GraphVerifier.fault(in: graph) == "%3 is no parameter of the graph")
  }

  @Test("two gradients of a parameter, or one of another shape, or of none")
  func gradients() throws {
    let graph = NetworkCase("", input: [4]) { $0.dense(3) }.trainingGraph(Compiler())
    let marked = graph.values.indices.filter {
      if case .parameterGradient = graph.values[$0].origin { true } else { false }
    }
    let kernel = try #require(marked.first)
    let bias = try #require(marked.last)
    var broken = graph
    broken.values[bias].origin = broken.values[kernel].origin
    #expect(GraphVerifier.fault(in: broken) == "two gradients of dense/kernel")
    broken = graph
    broken.values[bias].origin = .result
    broken.values[kernel].origin = .parameterGradient(ParameterID(index: 1))
    #expect(GraphVerifier.fault(in: broken) == "%\(kernel) has another shape than dense/bias")
  }

  @Test("an output that is not defined, or does not exist")
  func outputs() {
    var graph = sound()
    graph.nodes.removeLast()
    #expect(GraphVerifier.fault(in: graph) == "output %5 is not defined")
    graph = sound()
    graph.outputs = [value(6)]
    #expect(GraphVerifier.fault(in: graph) == "output %6 is not defined")
  }
}
