import CNNSpec
import Testing

/// Short texts that stand for long ones: each is refused by a count, before anything is built.
@Suite struct BlockLimitTests {
  private func codes(_ text: String) -> [String] { Loaded(text).codes }

  @Test("ten thousand layers may come of blocks, one more may not")
  func layers() {
    #expect(Loaded(layers: "repeat: {times: 10000, layers: [relu]}", input: "[4]").model?.layers.count == 10_000)
    #expect(Loaded(layers: "relu", "repeat: {times: 10000, layers: [relu]}", input: "[4]").codes == ["CN3206"])
    #expect(Loaded(layers: "repeat: {times: 10001, layers: [relu]}", input: "[4]").codes == ["CN2207"])
  }

  @Test("repetitions of repetitions are counted, also where they make no layers")
  func nested() {
    var item = "relu"
    for _ in 0..<8 { item = "{repeat: {times: 10000, layers: [\(item)]}}" }
    #expect(Loaded(layers: item, input: "[4]").codes == ["CN3206"])
    var empty = "{branches: {merge: add, paths: [[], []]}}"
    for _ in 0..<3 { empty = "{repeat: {times: 10000, layers: [\(empty)]}}" }
    #expect(["CN3206", "CN2404"].contains(Loaded(layers: empty, input: "[4]").codes.first ?? ""))
  }

  @Test("blocks that double at each level")
  func doubling() {
    var text = "define:\n  blocks:\n    b0: {layers: [relu, relu]}\n"
    for level in 1..<31 { text += "    b\(level): {layers: [b\(level - 1), b\(level - 1)]}\n" }
    text += "model: {input: [4], layers: [b30]}\n"
    let loaded = Loaded(text)
    #expect(loaded.diagnostics.count == 1)
    #expect(["CN3206", "CN2404"].contains(loaded.codes.first ?? ""))
  }

  @Test("values that double at each level")
  func values() {
    var text = "define:\n  v0: [1, 1]\n"
    for level in 1..<30 { text += "  v\(level): [$v\(level - 1), $v\(level - 1)]\n" }
    text += "model: {input: [4], layers: [{dense: 3}]}\n"
    #expect(codes(text) == ["CN2404"])
  }

  @Test("values and blocks within each other, deeper than 32 levels")
  func depth() {
    var values = "define:\n  v0: [1]\n"
    for level in 1..<40 { values += "  v\(level): [$v\(level - 1)]\n" }
    #expect(codes(values + "model: {input: [4], layers: [{dense: 3}]}\n") == ["CN2404"])
    // The last first, so that each needs the one behind it.
    var backwards = "define:\n"
    for level in (1..<60).reversed() { backwards += "  v\(level): $v\(level - 1)\n" }
    #expect(codes(backwards + "  v0: 3\nmodel: {input: [4], layers: [{dense: 3}]}\n") == ["CN2404"])
    func blocks(_ count: Int) -> String {
      let uses = (1..<count).map { "    b\($0): {layers: [b\($0 - 1)]}\n" }.joined()
      return "define:\n  blocks:\n    b0: {layers: [relu]}\n\(uses)model: {input: [4], layers: [b\(count - 1)]}\n"
    }
    #expect(codes(blocks(32)) == [])
    #expect(codes(blocks(33)) == ["CN2404"])
  }

  @Test("a large value that is put in many places")
  func large() {
    let value = "[" + Array(repeating: "1", count: 5000).joined(separator: ", ") + "]"
    var text = "define:\n  big: \(value)\n  blocks: {b: {layers: [{dense: {units: 3, name: $big}}]}}\nmodel:\n"
    text += "  input: [4]\n  layers:\n    - repeat: {times: 1000, layers: [b]}\n"
    #expect(codes(text).contains("CN2404"))
  }

  @Test("a fault that is repeated ten thousand times is looked into once")
  func repeatedFaults() {
    let item = "{repeat: {times: 10000, layers: [{dense: {units: 4, inputs: nope, name: a}}]}}"
    #expect(Loaded(layers: item, input: "[4]").codes.contains("CN3201"))
    let kinds = "define:\n  blocks:\n" + (0..<2000).map { "    block_\($0): {layers: [relu]}\n" }.joined()
    let text = kinds + "model: {input: [4], layers: [{repeat: {times: 10000, layers: [blocc]}}]}\n"
    #expect(Loaded(text).codes == ["CN2104"])
  }

  @Test("a block has at most 64 parameters")
  func parameters() {
    let names = (0..<65).map { "p\($0): 1" }.joined(separator: ", ")
    #expect(
      codes("define: {blocks: {b: {parameters: {\(names)}, layers: [{dense: 3}]}}}\nmodel: {input: [4], layers: [b]}\n")
        == ["CN2208"])
  }

  @Test("recursion is refused, direct and through others")
  func recursion() {
    for blocks in ["a: {layers: [a]}", "a: {layers: [b]}, b: {layers: [{repeat: {times: 2, layers: [a]}}]}"] {
      #expect(codes("define: {blocks: {\(blocks)}}\nmodel: {input: [4], layers: [a]}\n") == ["CN2403"])
    }
    #expect(
      codes("define: {a: $b, b: [1, $c], c: {x: $a}}\nmodel: {input: [4], layers: [{dense: 3}]}\n") == ["CN2403"])
  }

  @Test("the limits of the text itself: size, depth, keys and values, and what aliases make of it")
  func text() {
    let model = "model: {input: [4], layers: [{dense: 3}]}\n"
    #expect(Loaded(model + "#" + String(repeating: "x", count: 1 << 20)).spec == nil)
    #expect(Loaded(model + "#" + String(repeating: "x", count: (1 << 20) - model.utf8.count - 1)).spec != nil)
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(Loaded("define: {x: \(deep)}\n" + model).spec == nil)
    var bomb = "define:\n  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for level in 1..<9 {
      bomb += "  a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    #expect(Loaded(bomb + model).spec == nil)
  }
}
