import CNNGraph
import CNNSpec
import Testing

@Suite struct MutationTests {
  /// SplitMix64 (Steele, Lea, Flood 2014): the same sequence everywhere.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  private static let words = [
    "0", "-1", "1048576", "1e9", "9223372036854775807", "-9223372036854775808", "[", "]", "{", "}", ":", ",", "\n", " ",
    "\"", "(3, 3)", "input", "inputs: conv2d", "name: conv2d", "flatten", "add", "null", "none", "1/255", "softmax",
    "é",
    "concatenate: {inputs: [input, conv2d]}", "strides: 2", "padding: same", "dilation_rate: 7", "groups: 2",
  ]

  @Test("no mutation of a spec traps, and what loads gives graphs that fit", arguments: 0..<4)
  func mutations(seed: Int) {
    var random = Generator(state: UInt64(seed))
    let text = Array(ReferenceModelTests.reference.unicodeScalars)
    for _ in 0..<250 {
      var mutated = text
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<mutated.count, using: &random)
        let end = min(mutated.count, place + Int.random(in: 0...6, using: &random))
        let word = Self.words.randomElement(using: &random) ?? ""
        mutated.replaceSubrange(place..<end, with: Array(word.unicodeScalars))
      }
      let loaded = Loaded(String(String.UnicodeScalarView(mutated)))
      #expect((loaded.spec == nil) == loaded.diagnostics.contains { $0.severity == .error })
      _ = loaded.rendered
      guard let spec = loaded.spec else { continue }
      for purpose in [Purpose.training, .inference] {
        #expect(spec.model.graph(purpose: purpose).graph.outputs.count == 1)
      }
      // Sums and products of sizes, as every later phase computes them.
      let graph = spec.model.graph(purpose: .inference).graph
      for node in graph.nodes {
        #expect(
          node.operation.cost(
            operands: node.operands.map { graph[$0].type }, results: node.results.map { graph[$0].type }
          ).flops >= 0)
      }
      #expect(Loaded(spec.resolvedText).spec != nil, "\(spec.resolvedText)")
    }
  }
}
