import Testing

@testable import CNNReport

@Suite("figures in a terminal") struct TerminalTests {
  @Test("a curve in ASCII, where one can count") func ascii() throws {
    let history = TrainingHistory([("accuracy", [0, 0.5, 1])])
    let text = try #require(CurveText(history, columns: 30, isUnicode: false)?.text)
    // Seven rows of a sixth each, and 16 columns: column x is at row round(6 (1 - x / 15)), joined to the one before.
    #expect(
      text == """
        1.0 +              **
            |            ***
            |         ****
        0.5 +       ***
            |    ****
            |  ***
        0.0 +***
            +----------------
             1              3 epoch
             ** accuracy
        """)
    #expect(CurveText(TrainingHistory([("accuracy", [1])]), columns: 80, isUnicode: false) == nil, "one epoch")
    #expect(CurveText(history, columns: 10, isUnicode: false) == nil, "no room")
  }

  @Test("in Unicode it has validation and training, and no line is wider than the terminal") func unicode() throws {
    let history = SampleReports.history(epochs: 10)
    let text = try #require(CurveText(history, columns: 60, isUnicode: true)?.text)
    #expect(text.contains("val_accuracy") && text.unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) })
    #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of($0) <= 60 })
  }

  @Test("few classes are a matrix, many the pairs confused most often") func confusion() {
    var evaluation = ClassificationEvaluation(classNames: ["cat", "dog"], width: 2)
    evaluation.add(labels: [0, 0, 0, 1], outputs: [1, 0, 1, 0, 0, 1, 0, 1])
    #expect(
      ConfusionText(evaluation, split: "test", columns: 80).text == """
        Confusion (test, 4 samples; rows are true classes, columns predicted)

                   0 1
          0  cat   2 1
          1  dog   . 1
        """)
    let many = SampleReports.classes(100).evaluation
    let text = ConfusionText(many, split: "test", columns: 80).text
    #expect(text.hasPrefix("Most often confused (test, 1,000 samples):"))
    #expect(text.split(separator: "\n").count == 3 + 8)
    let twenty = ConfusionText(SampleReports.classes(20).evaluation, split: "test", columns: 40).text
    #expect(twenty.hasPrefix("Most often confused"), "no room for the matrix")
  }
}
