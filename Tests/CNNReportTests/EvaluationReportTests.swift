import Testing

@testable import CNNReport

@Suite("reports of evaluations and predictions")
struct EvaluationReportTests {
  private let classes = ClassificationEvaluation(
    classNames: ["cat", "dog"], labels: [0, 0, 1, 1], outputs: [0.75, 0.25, 0.25, 0.75, 0, 1, 0.125, 0.875])

  private func report(_ classes: ClassificationEvaluation?) -> EvaluationReport {
    EvaluationReport(
      weights: "w.safetensors", run: nil, source: "pets (4 images)", split: "test", sampleCount: 4,
      figures: [("loss", 0.5), ("accuracy", 0.75)], classes: classes)
  }

  @Test("text: figures, each class, who is taken for whom")
  func text() {
    #expect(
      report(classes).text(columns: 80) == """
        weights  w.safetensors
        data     pets (4 images)
        split    test, 4 samples

        loss      0.5000
        accuracy  0.7500

        class  precision  recall      f1  samples
        -----  ---------  ------  ------  -------
        cat       1.0000  0.5000  0.6667        2
        dog       0.6667  1.0000  0.8000        2
        mean      0.8333  0.7500  0.7333        4

        Confusion (test, 4 samples; rows are true classes, columns predicted)

                   0 1
          0  cat   1 1
          1  dog   . 2
        """)
    #expect(report(nil).text(columns: 80).hasSuffix("accuracy  0.7500"))
  }

  @Test("of many classes the pairs that are confused stand there")
  func manyClasses() {
    var many = ClassificationEvaluation(classNames: (0..<30).map { "c\($0)" }, width: 30)
    var output = [Float](repeating: 0, count: 30)
    output[7] = 1
    for label: Int32 in [3, 3, 7, 4] { many.add(labels: [label], outputs: output) }
    #expect(
      report(many).text(columns: 80).hasSuffix(
        """
        Most often confused (test, 4 samples):

          true class  taken for  samples  of
          ----------  ---------  -------  --
          c3          c7               2   2
          c4          c7               1   1
        """))
  }

  @Test("JSON has the matrix and the bins")
  func json() {
    let text = report(classes).json(toolVersion: "1", exitStatus: 4).text
    #expect(text.contains("\"confusion\":[[1,1],[0,2]]"))
    #expect(
      text.contains("{\"f1\":0.8,\"name\":\"dog\",\"precision\":0.6666666666666666,\"predicted\":3,\"recall\":1.0,"))
    #expect(text.contains("\"exit_status\":4"))
  }

  private func written(_ format: PredictionWriter.Format, classNames: [String]?, _ outputs: [[Float]]) -> String {
    var writer = PredictionWriter(
      format, weights: "w", meaning: "probabilities", classNames: classNames, width: outputs[0].count, top: 2,
      paths: ["a,b", "x.npy"])
    var text = writer.head(toolVersion: "1")
    for (index, values) in outputs.enumerated() {
      text += writer.row(
        .init(path: index == 0 ? "a,b" : "x.npy", index: index == 0 ? nil : 9, count: 11, outputs: values))
    }
    return text + writer.tail([.init(path: "bad", index: nil, message: "no")], exitStatus: 3)
  }

  @Test("predictions as text, CSV and JSON")
  func predictions() {
    let outputs: [[Float]] = [[0.1, 0.7, 0.2], [0.5, 0.5, 0]]
    let names = ["cat", "\"dog\"", "eel"]
    #expect(
      written(.text, classNames: names, outputs) == """
        a,b    "dog" 0.7000  eel   0.2000
        x.npy[9]   cat   0.5000  "dog" 0.5000

        """)
    #expect(
      written(.csv, classNames: names, outputs) == """
        path,index,class_1,name_1,confidence_1,class_2,name_2,confidence_2
        "a,b",,1,\"""dog\""",0.7,2,eel,0.2
        x.npy,9,0,cat,0.5,1,\"""dog\""",0.5

        """)
    let json = written(.json, classNames: names, outputs)
    #expect(
      json.contains("{\"index\":9,\"path\":\"x.npy\",\"top\":[{\"class\":0,\"confidence\":0.5,\"name\":\"cat\"},"))
    #expect(json.hasSuffix("\"errors\":[{\"index\":null,\"message\":\"no\",\"path\":\"bad\"}],\"exit_status\":3}\n"))
  }

  @Test("values of a model without classes are printed as they are")
  func values() {
    #expect(written(.csv, classNames: nil, [[0.1, -2]]) == "path,index,value_1,value_2\n\"a,b\",,0.1,-2.0\n")
    #expect(written(.text, classNames: nil, [[0.1, -2]]) == "a,b    0.1  -2.0\n")
  }
}
