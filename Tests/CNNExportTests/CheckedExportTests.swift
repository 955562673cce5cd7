import CNNExport
import Testing

@Suite("the check of exports") struct CheckedExportTests {
  private func check(_ found: [Float], _ own: [Float], bound: Float = 1e-5) -> OutputCheck {
    OutputCheck(ReadBack(reader: "", outputs: found), expected: own, width: 2, bound: bound)
  }

  @Test("the largest difference, in proportion to outputs above 1") func proportion() {
    #expect(check([0.5, 0.25], [0.5, 0.25]).holds)
    #expect(check([0.5, 0.25], [0.5, 0.2501]).holds == false)
    #expect(check([1000.001, 2], [1000, 2]).holds)
    #expect(check([1000.1, 2], [1000, 2]).holds == false)
    let some = check([1, 2, 3, 5], [1, 2, 3, 4, 5, 6])
    #expect(some.sampleCount == 2 && some.largestDifference == 1 && some.largestOutput == 4)
  }

  @Test("what is no finite number is the same or it is not") func nonFinite() {
    #expect(check([.nan, .infinity], [.nan, .infinity]).holds)
    #expect(check([.nan, 1], [1, 1]).holds == false)
    #expect(check([1, 1], [1, .nan]).holds == false)
    #expect(check([.infinity, 1], [-.infinity, 1]).holds == false)
  }

  @Test("nothing read back, or half a sample, is no agreement") func nothing() {
    #expect(check([], [1, 2]).holds == false)
    #expect(check([1], [1, 2]).holds == false)
  }

  @Test("a format whose files give other outputs fails") func failure() throws {
    let trial = try #require(TrialModel(LayerGrid.spec([4], ["dense: 3"]), name: "small"))
    let expected = try trial.trial.outputs(of: trial.model)
    func format(_ change: Float) -> ExportFormat {
      ExportFormat(
        "odd", "", files: { _ in ["odd"] },
        make: { _, _ throws(ExportError) in [ExportedFile(name: "odd", bytes: [1])] },
        readBack: { _, _, _, _ throws(ExportError) in
          ReadBack(reader: "nobody", outputs: expected.map { $0 + change })
        })
    }
    let options = ExportOptions()
    _ = try CheckedExport(format(0), of: trial.model, options, trial.trial, expected: expected)
    #expect(throws: ExportError.self) {
      try CheckedExport(format(1e-3), of: trial.model, options, trial.trial, expected: expected)
    }
  }

  @Test("every format gives the same bytes twice, and the names that it said") func formats() throws {
    let text = LayerGrid.spec(
      [6, 6, 2], ["conv2d: {filters: 3, kernel_size: 3}", "batch_normalization", "flatten", "dense: 2"])
    let trial = try #require(TrialModel(text, name: "small"))
    let expected = try trial.trial.outputs(of: trial.model)
    let options = ExportOptions()
    #expect(Set(ExportFormat.all.map(\.name)).count == ExportFormat.all.count)
    for format in ExportFormat.all {
      let one = try CheckedExport(format, of: trial.model, options, trial.trial, expected: expected)
      #expect(one.files == (try format.make(trial.model, options)))
      #expect(one.files.map(\.name) == format.fileNames(options))
      #expect(one.check.holds && one.check.sampleCount >= 1)
    }
  }

  @Test("a model without weights can be exported too") func noWeights() throws {
    let trial = try #require(TrialModel(LayerGrid.spec([4, 4, 1], ["max_pooling2d", "flatten"]), name: "none"))
    let expected = try trial.trial.outputs(of: trial.model)
    for format in [ExportFormat.onnx, .safetensors, .npz] {
      _ = try CheckedExport(format, of: trial.model, ExportOptions(), trial.trial, expected: expected)
    }
  }
}
