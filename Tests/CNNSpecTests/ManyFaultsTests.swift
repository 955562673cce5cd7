import CNNDiagnostics
import CNNSpec
import Testing

/// Texts with tens of thousands of faults: the first are reported, and what stands behind them is still found.
@Suite struct ManyFaultsTests {
  private static func keys(_ count: Int) -> String { (0..<count).map { "filtrs\($0): 3" }.joined(separator: ", ") }

  @Test("unknown keys are reported up to a number, the first with what was meant")
  func unknownKeys() {
    let text = "model: {input: [28, 28, 1], layers: [{conv2d: {\(Self.keys(40_000)), kernel_size: 3, filters: 4}}]}\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == Array(repeating: "CN2103", count: DiagnosticBag.mostKept))
    #expect(loaded.messages.first == "unknown key `filtrs0` in `conv2d`")
    #expect(loaded.spec == nil)
  }

  @Test("the keys that are meant are found among many others, the value wrong or not there")
  func knownKeys() {
    let items = "{conv2d: {\(Self.keys(100)), kernel_size: 0, filters: 4}}, {dense: {\(Self.keys(100))}}"
    let loaded = Loaded("model: {input: [28, 28, 1], layers: [\(items)]}\n")
    #expect(loaded.codes.filter { $0 != "CN2103" }.sorted() == ["CN2101", "CN2207"])
    #expect(loaded.codes.count == 202)
  }

  @Test("expectations that nobody knows")
  func expectations() {
    let lines = (0..<30_000).map { "  val_accuracy\($0): \">= 0.80\"\n" }.joined()
    #expect(
      Loaded(layers: "flatten", more: "expect:\n" + lines).codes
        == Array(repeating: "CN2103", count: DiagnosticBag.mostKept))
  }

  @Test("a repair is proved in a short model, and not tried in one of thousands of layers")
  func proofs() {
    func fault(behind count: Int) -> Loaded {
      Loaded(
        layers: "repeat: {times: \(count), layers: [relu]}", "max_pooling2d: {pool_size: 9, strides: 1}",
        input: "[4, 4, 1]")
    }
    #expect(fault(behind: 10).codes == ["CN3104"])
    #expect(fault(behind: 10).diagnostics.first?.fix != nil)
    #expect(fault(behind: 5000).codes == ["CN3104"])
    #expect(fault(behind: 5000).diagnostics.first?.fix == nil)
  }
}
