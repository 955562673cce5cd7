import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct ExplanationTests {
  @Test("every wrong text draws its code, every right one none", arguments: YAMLCode.explanations)
  func examples(entry: CodeExplanation) {
    if !entry.wrong.isEmpty { #expect(Reading(entry.wrong).codes.contains(entry.code.id)) }
    let right = Reading(entry.right)
    #expect(right.codes.isEmpty && right.root != nil)
  }

  @Test("no code is given twice")
  func unique() {
    #expect(CodeRegistry(YAMLCode.explanations).duplicates.isEmpty)
  }
}
