import Testing

@testable import CNNReport

@Suite("The text that closes a run")
struct RunReportTests {
  private let history = TrainingHistory([
    ("loss", [1.5, 0.9, 0.5]), ("accuracy", [0.4, 0.7, 0.85]),
    ("val_loss", [1.2, 0.8, 0.9]), ("val_accuracy", [0.5, 0.75, 0.74]),
  ])

  @Test("best and last epoch, evaluation, files and the next command")
  func whole() {
    let report = RunReport(
      history: history, best: (1, "val_accuracy"), evaluation: [("loss", 0.81), ("accuracy", 0.7425)],
      runDirectory: "runs/fashion", nextCommand: "open runs/fashion/report.html")
    #expect(
      report.text == """
        Best of 3 epochs by val_accuracy: epoch 2

             epoch    loss  accuracy  val_loss  val_accuracy
          -  -----  ------  --------  --------  ------------
          *      2  0.9000    0.7000    0.8000        0.7500
                 3  0.5000    0.8500    0.9000        0.7400

        Evaluation: loss 0.8100, accuracy 0.7425
        Files:      runs/fashion
        Next:       open runs/fashion/report.html
        """)
  }

  @Test("what is unknown is left out")
  func little() {
    let nothing = RunReport(history: TrainingHistory([]), runDirectory: "runs/a")
    #expect(nothing.text == "Files: runs/a")
    let one = RunReport(
      history: TrainingHistory([("loss", [2])]), best: (0, "loss"), runDirectory: "runs/a", nextCommand: "x")
    #expect(
      one.text == """
        One epoch

             epoch    loss
          -  -----  ------
          *      1  2.0000

        Files: runs/a
        Next:  x
        """)
  }

  @Test("without a best epoch the last one is shown")
  func noBest() {
    let history = TrainingHistory([
      ("loss", [.nan, 2, 1, 1]), ("accuracy", [0.5, 0.9, .nan, 0.9]),
      ("val_loss", [.nan, .nan, .nan, .nan]),
    ])
    let report = RunReport(history: history, runDirectory: "r")
    #expect(
      report.text == """
          epoch    loss  accuracy  val_loss
          -----  ------  --------  --------
              4  1.0000    0.9000       nan

        Files: r
        """)
  }

  @Test("all epochs in one table, the best one marked")
  func table() {
    #expect(
      history.table(best: 1) == """
           epoch    loss  accuracy  val_loss  val_accuracy
        -  -----  ------  --------  --------  ------------
               1  1.5000    0.4000    1.2000        0.5000
        *      2  0.9000    0.7000    0.8000        0.7500
               3  0.5000    0.8500    0.9000        0.7400
        """)
  }
}
