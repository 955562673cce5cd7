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
