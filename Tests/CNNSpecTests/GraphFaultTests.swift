import CNNSpec
import Testing

@Suite struct GraphFaultTests {
  @Test("layers may stand in any order")
  func anyOrder() {
    let loaded = Loaded(
      layers: "dense: {units: 3, name: b, inputs: a, activation: relu}", "dense: {units: 2, name: a, inputs: input}",
      "dense: {units: 4, name: c, inputs: b}", input: "[5]")
    #expect(loaded.rendered == "")
    #expect(loaded.names == ["a", "b", "c"])
    #expect(loaded.shapes == [[2], [3], [4]])
    #expect(loaded.model?.layers[1].inputs == [.layer(0)])
  }

  @Test("the output is the last layer of the file, so one that only reads it leads nowhere")
  func output() {
    let loaded = Loaded(
      layers: "dense: {units: 2, name: a}", "dense: {units: 3, name: b, inputs: c}",
      "dense: {units: 4, name: c, inputs: a}",
      input: "[5]")
    #expect(loaded.codes == ["CN3203"])
    #expect(loaded.underlined(0) == "b")
  }

  @Test("a circle is reported once, with its layers")
  func circle() {
    let loaded = Loaded(
      layers: "dense: {units: 3, name: a, inputs: c}", "dense: {units: 3, name: b}", "dense: {units: 3, name: c}",
      input: "[5]")
    #expect(loaded.codes == ["CN3202"])
    #expect(loaded.messages == ["layers read each other in a circle: `a` reads `c` reads `b` reads `a`"])
  }

  @Test("a layer that reads itself is told so")
  func itself() {
    let loaded = Loaded(layers: "dense: {units: 3, name: a, inputs: a}", input: "[5]")
    #expect(loaded.codes == ["CN3202"])
    #expect(loaded.messages == ["`a` reads itself"])
  }

  @Test("an unknown input brings the nearest name, and what is meant does not count as unused")
  func unknown() {
    let loaded = Loaded(
      layers: "dense: {units: 3, name: stem}", "dense: {units: 3, name: other, inputs: input}",
      "add: {inputs: [stam, other]}", input: "[5]")
    #expect(loaded.codes == ["CN3201"])
    #expect(loaded.diagnostics[0].label == "did you mean `stem`?")
    #expect(loaded.underlined(0) == "stam")
  }

  @Test("a layer that nobody reads is an error")
  func unused() {
    let loaded = Loaded(layers: "dense: {units: 3, name: a}", "dense: {units: 3, name: b, inputs: input}", input: "[5]")
    #expect(loaded.codes == ["CN3203"])
    #expect(loaded.underlined(0) == "a")
  }

  @Test("unlike shapes are reported with both places")
  func unlike() {
    let loaded = Loaded(
      layers: "conv2d: {filters: 4, kernel_size: 3, padding: same, name: a}",
      "conv2d: {filters: 8, kernel_size: 3, padding: same, name: b}", "add: {inputs: [a, b]}", "flatten", "dense: 10")
    #expect(loaded.codes == ["CN3107"])
    #expect(loaded.diagnostics[0].notes.compactMap { $0.span?.start.line } == [4, 5])
  }

  @Test("a merge that follows one layer, and a plain layer that is given two")
  func inputCounts() {
    #expect(Loaded(layers: "flatten", "add").codes == ["CN3204"])
    #expect(
      Loaded(layers: "flatten: {name: a}", "flatten: {name: b}", "dense: {units: 2, inputs: [a, b]}").codes == [
        "CN3204"
      ])
  }

  @Test("one fault is one error: what follows from it is silent, what does not is still found")
  func cascade() {
    let loaded = Loaded(
      layers: "conv2d: {filters: 4, kernel_size: 30, name: a}", "max_pooling2d", "conv2d: {filters: 4, kernel_size: 3}",
      "max_pooling2d: {pool_size: 40, name: b, inputs: input}", "flatten: {inputs: conv2d, name: c}",
      "flatten: {inputs: b, name: d}", "concatenate: {inputs: [c, d]}")
    #expect(loaded.codes == ["CN3104", "CN3104"])
    #expect(loaded.diagnostics.map(\.span.start.line) == [4, 7])
  }

  @Test("ten thousand layers are checked, one more is too many")
  func many() {
    let chain = "model: {input: [4], layers: [" + Array(repeating: "relu", count: 10_000).joined(separator: ", ") + "]}"
    #expect(Loaded(chain).model?.layers.count == 10_000)
    let longer =
      "model: {input: [4], layers: [" + Array(repeating: "relu", count: 10_001).joined(separator: ", ") + "]}"
    #expect(Loaded(longer).codes == ["CN3206"])
  }
}
