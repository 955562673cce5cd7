import CNNDiagnostics
import CNNLayers
import CNNSpec
import CNNYAML
import Testing

@Suite struct ExplanationTests {
  @Test("no two rules share a code or a name")
  func unique() {
    #expect(CodeRegistry(SpecExplanations.all).duplicates == [])
  }

  @Test("what comments may silence is all advice that is explained")
  func advice() {
    let explained = (SpecExplanations.all + YAMLCode.explanations).map(\.code).filter { $0.severity < .error }
    #expect(
      Set(SpecCode.allAdvice)
        == Set(explained).subtracting([
          Suppression.unknownIgnore, Suppression.unusedIgnore, Suppression.malformedIgnore,
        ]))
  }

  @Test("the wrong example of a code draws that code alone", arguments: SpecExplanations.all)
  func wrong(explanation: CodeExplanation) {
    if explanation.wrong.isEmpty { return }
    let loaded = Loaded(explanation.wrong)
    var codes = loaded.codes
    if let spec = loaded.spec { codes += spec.expectations.broken(by: spec.model).diagnostics.map(\.code.id) }
    #expect(codes == [explanation.code.id], "\(loaded.rendered)")
  }

  @Test("the right example of a code has no fault", arguments: SpecExplanations.all)
  func right(explanation: CodeExplanation) {
    if explanation.right.isEmpty { return }
    let loaded = Loaded(explanation.right)
    #expect(loaded.rendered == "")
    #expect(loaded.spec.map { $0.expectations.broken(by: $0.model).isEmpty } == true)
  }

  @Test("every layer describes its arguments")
  func layers() {
    for kind in LayerCatalog.standard.kinds {
      #expect(!kind.summary.isEmpty && !kind.summary.hasSuffix("."))
      if let main = kind.mainArgument { #expect(kind.arguments.contains { $0.name == main }) }
      for argument in kind.arguments { #expect(!argument.doc.isEmpty && !argument.typeText.isEmpty) }
    }
  }
}
