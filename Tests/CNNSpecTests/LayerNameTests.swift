import CNNSpec
import Testing

@Suite struct LayerNameTests {
  @Test("automatic names count by kind, and names given by hand do not advance them")
  func counting() {
    let loaded = Loaded(
      layers: "relu", "relu: {name: mine}", "relu", "flatten", "dense: 3", "dense: {units: 3, name: head}", "dense: 3")
    #expect(loaded.names == ["re_lu", "mine", "re_lu_1", "flatten", "dense", "head", "dense_1"])
  }

  @Test("two layers of one name are an error that shows both")
  func duplicates() {
    let loaded = Loaded(layers: "dense: {units: 3, name: a}", "dense: {units: 3, name: a}")
    #expect(loaded.codes == ["CN2211"])
    #expect(loaded.diagnostics[0].span.start.line == 5)
    #expect(loaded.diagnostics[0].notes.first?.span?.start.line == 4)
  }

  @Test("a name given by hand may collide with an automatic one, which is an error")
  func collision() {
    #expect(Loaded(layers: "dense: {units: 3, name: dense}", "dense: 3").codes == ["CN2211"])
  }

  @Test("a use of a block that has no name takes none that another use is given")
  func blocks() {
    func names(_ uses: String...) -> [String] {
      Loaded(
        "define: {blocks: {a: {layers: [{relu: {name: r}}]}}}\nmodel:\n  input: [4]\n  layers:\n"
          + uses.map { "    - \($0)\n" }.joined()
      ).names
    }
    #expect(names("a", "a", "a") == ["a_r", "a_1_r", "a_2_r"])
    #expect(names("a", "a: {name: a_1}", "a", "a") == ["a_r", "a_1_r", "a_2_r", "a_3_r"])
    #expect(names("a", "a", "a: {name: a_1}") == ["a_r", "a_2_r", "a_1_r"])
    #expect(names("a: {name: b}", "a", "residual: {layers: [relu], name: a}") == ["b_r", "a_1_r", "re_lu", "a_add"])
  }

  @Test("names that could leave a folder are not names", arguments: ["../../evil", "a/b", "..", "a b", "ä", "input"])
  func bad(name: String) {
    let loaded = Loaded(layers: "dense: {units: 3, name: \"\(name)\"}")
    #expect(loaded.codes == ["CN2210"])
  }

  @Test("the mended name is one", arguments: ["../../evil", "a b", "..", "", "日本", String(repeating: "x", count: 99)])
  func mended(name: String) {
    #expect(LayerNames.isValid(LayerNames.mended(name)))
  }
}
