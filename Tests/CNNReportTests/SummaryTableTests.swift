import Testing

@testable import CNNReport

@Suite("Summary tables are byte for byte those of Keras")
struct SummaryTableTests {
  @Test(
    "classic look",
    arguments: [
      ("sequential", SummaryModels.sequential), ("branching", SummaryModels.classicBranching),
      ("straight", SummaryModels.straight), ("long", SummaryModels.long),
      ("long-branching", SummaryModels.longBranching),
    ])
  func classic(name: String, model: SummaryModel) throws {
    #expect(SummaryTable.classic(model) == (try Golden.text("classic-\(name).txt")))
  }

  @Test("Keras 3 look of a chain", arguments: [34, 60, 80, 91, 92, 100, 200])
  func keras3Sequential(columns: Int) throws {
    let text = SummaryTable.keras3(SummaryModels.sequential, columns: columns)
    #expect(text == (try Golden.text("keras3-sequential-\(columns).txt")))
  }

  @Test("Keras 3 look of a graph", arguments: [34, 60, 80, 100, 112, 200])
  func keras3Branching(columns: Int) throws {
    let text = SummaryTable.keras3(SummaryModels.branching, columns: columns)
    #expect(text == (try Golden.text("keras3-branching-\(columns).txt")))
  }

  @Test(
    "Keras 3 look where names, shapes and counts do not fit",
    arguments: [34, 60, 80, 92])
  func keras3Long(columns: Int) throws {
    let text = SummaryTable.keras3(SummaryModels.long, columns: columns)
    #expect(text == (try Golden.text("keras3-long-\(columns).txt")))
  }

  @Test("Keras 3 look of a graph where fields do not fit", arguments: [34, 60, 80, 112])
  func keras3LongBranching(columns: Int) throws {
    let text = SummaryTable.keras3(SummaryModels.longBranching, columns: columns)
    #expect(text == (try Golden.text("keras3-long-branching-\(columns).txt")))
  }

  @Test("no line of the Keras 3 look is wider than the terminal", arguments: 34...130)
  func keras3Width(columns: Int) {
    for model in [SummaryModels.sequential, SummaryModels.branching, SummaryModels.long] {
      for line in SummaryTable.keras3(model, columns: columns).split(separator: "\n") {
        #expect(DisplayWidth.of(line) <= columns, "\(line)")
      }
    }
  }

  @Test(
    "a terminal too narrow for the columns gets the narrowest table", arguments: [-1, 0, 1, 33])
  func narrow(columns: Int) {
    for model in [SummaryModels.sequential, SummaryModels.branching] {
      let narrowest = SummaryTable.keras3(model, columns: 34)
      #expect(SummaryTable.keras3(model, columns: columns) == narrowest)
    }
  }

  @Test("names of any script fill their cells by width")
  func wideNames() {
    let model = SummaryModel(
      name: "m",
      rows: [
        SummaryRow(
          name: "畳み込み層", className: "Conv2D", outputShape: [1], parameterCount: 1)
      ], isSequential: true, totalParameters: 1, trainableParameters: 1, nonTrainableParameters: 0)
    let box = SummaryTable.keras3(model).split(separator: "\n").filter {
      "┏┃┡│└".contains($0.prefix(1))
    }
    #expect(box.count == 5)
    #expect(Set(box.map { DisplayWidth.of($0) }) == [76])
  }
}
