import CNNGraph
import CNNSpec
import Foundation
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

  /// A spec of all blocks, small enough that a mutation often hits one.
  private static let blocks = """
    define: {w: 4, blocks: {unit: {parameters: {f: $w}, layers: [{conv2d: {filters: $f, kernel_size: 1, name: c}}]}}}
    model:
      input: [4, 4, 4]
      layers:
        - repeat: {times: 2, name: s, layers: [unit, {unit: {f: 4}}]}
        - residual: {layers: [unit, relu], shortcut: [], activation: relu, name: r}
        - branches: {merge: concatenate, paths: [[], [unit, {unit: {f: $w}}], [{add: {inputs: [input, r]}}]]}
        - flatten
        - dense: $w
    """
  private static let blockWords = [
    "$w", "$f", "$", "unit", "[]", "[unit]", "repeat", "residual", "branches", "times: 3", "layers: []", "null",
    "name: c",
    "inputs: s", "inputs: r_add", "inputs: input", "&a", "*a", "<<: *a", "define", "blocks", "parameters", "9999", "{",
    "}",
    "[", "]", ",", ":", "\n",
  ]

  /// The text with two of its words in the places of two others.
  private static func exchanging(in text: String, _ random: inout Generator) -> [Unicode.Scalar] {
    let words = [
      "unit", "relu", "4", "2", "$w", "$f", "input", "r", "s", "add", "concatenate", "flatten", "[]", "c", "dense",
    ]
    var lines = text.split(separator: "\n").map(String.init)
    for _ in 0..<2 {
      let line = Int.random(in: 0..<lines.count, using: &random)
      let present = words.filter { lines[line].contains(" \($0)") || lines[line].contains("[\($0)") }
      guard let old = present.randomElement(using: &random), let new = words.randomElement(using: &random),
        let range = lines[line].range(of: old, options: .backwards)
      else { continue }
      lines[line].replaceSubrange(range, with: new)
    }
    return Array(lines.joined(separator: "\n").unicodeScalars)
  }

  @Test("no mutation of blocks traps, and what loads resolves to itself", arguments: 0..<4)
  func blockMutations(seed: Int) throws {
    var random = Generator(state: UInt64(seed) &+ 100)
    let text = Array(Self.blocks.unicodeScalars)
    #expect(Loaded(Self.blocks).errors == "")
    var loadedCount = 0
    for round in 0..<400 {
      var mutated = round.isMultiple(of: 2) ? Self.exchanging(in: Self.blocks, &random) : text
      for _ in 0..<(round.isMultiple(of: 2) ? 0 : Int.random(in: 1...3, using: &random)) {
        let place = Int.random(in: 0..<mutated.count, using: &random)
        let end = min(mutated.count, place + Int.random(in: 0...8, using: &random))
        mutated.replaceSubrange(
          place..<end, with: Array((Self.blockWords.randomElement(using: &random) ?? "").unicodeScalars))
      }
      let loaded = Loaded(String(String.UnicodeScalarView(mutated)))
      #expect((loaded.spec == nil) == loaded.diagnostics.contains { $0.severity == .error })
      _ = loaded.rendered
      guard let spec = loaded.spec, spec.model.layers.count < 100 else { continue }
      loadedCount += 1
      try expectResolves(spec, plans: false)
    }
    #expect(loadedCount > 5)
  }

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
