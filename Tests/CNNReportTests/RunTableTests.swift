import CNNDiagnostics
import Testing

@testable import CNNReport

/// A run as a checkpoint tells it.
private func run(
  _ path: String, state: String = "done", done: Int = 10, best: (Int, Double)? = (9, 0.766), startedAt: Double = 0,
  evaluation: [(String, Double)] = []
) -> RunSummary {
  RunSummary(
    path: path, state: state, epochsDone: done, epochs: 10, monitor: "val_accuracy", bestEpoch: best?.0,
    bestValue: best?.1, figures: best.map { [("loss", 0.9036), ("val_accuracy", $0.1)] } ?? [],
    evaluation: evaluation, seconds: 12.34, startedAt: startedAt, parameters: 31626, reason: nil)
}

@Suite("tables of runs")
struct RunTableTests {
  @Test("the newest run stands first")
  func runs() {
    let table = RunsTable([
      run("runs/a", startedAt: 1_795_667_152),
      run("runs/b", state: "stopped", done: 0, best: nil, startedAt: 1_795_670_000),
    ])
    #expect(
      table.text == """
        run     state    epochs                 best  at epoch  params  seconds  began (UTC)
        ------  -------  ------  -------------------  --------  ------  -------  -------------------
        runs/b  stopped    0/10                    -         -  31,626     12.3  2026-11-26 05:13:20
        runs/a  done      10/10  val_accuracy 0.7660         9  31,626     12.3  2026-11-26 04:25:52
        """)
    #expect(table.json(root: "runs", toolVersion: "1").text.contains("\"best_value\":0.766"))
  }

  /// `date -u -d @N '+%F %T'` of GNU coreutils.
  @Test(
    "dates are the calendar's",
    arguments: [
      (0.0, "1970-01-01 00:00:00"), (951_782_399, "2000-02-28 23:59:59"), (951_782_400, "2000-02-29 00:00:00"),
      (1_709_251_199, "2024-02-29 23:59:59"), (4_107_542_400, "2100-03-01 00:00:00"),
      (1_795_667_152.9, "2026-11-26 04:25:52"), (-5, "1970-01-01 00:00:00"), (.nan, "1970-01-01 00:00:00"),
    ])
  func dates(_ seconds: Double, _ text: String) {
    #expect(DateText.of(seconds) == text)
  }

  @Test("a sweep's best stands first, what has no value last, equals as they came")
  func sweep() {
    let rows = [("1e-2", 0.5), ("1e-3", 0.7), ("1e30", nil), ("1e-4", 0.7)].map { value, best in
      SweepTable.Row(
        values: [value], run: run("s/\(value)", best: best.map { (3, $0) }), path: "s/\(value)")
    }
    let more = rows + [SweepTable.Row(values: ["9"], run: nil, path: "s/9")]
    let up = SweepTable(keys: ["learning_rate"], rows: more, higherIsBetter: true)
    #expect(
      up.text == """
        learning_rate  val_accuracy  at epoch  epochs  seconds  state      run
        -------------  ------------  --------  ------  -------  ---------  ------
                 1e-3        0.7000         3   10/10     12.3  done       s/1e-3
                 1e-4        0.7000         3   10/10     12.3  done       s/1e-4
                 1e-2        0.5000         3   10/10     12.3  done       s/1e-2
                 1e30             -         -   10/10     12.3  done       s/1e30
                    9             -         -       -        -  not begun  s/9
        """)
    #expect(up.best?.values == ["1e-3"])
    let down = SweepTable(keys: ["learning_rate"], rows: rows, higherIsBetter: false)
    #expect(down.best?.values == ["1e-2"])
    #expect(
      down.csv.split(separator: "\n").first
        == "learning_rate,val_accuracy,best_epoch,epochs_done,epochs,seconds,state,run")
    #expect(down.csv.contains("\n1e-2,0.5,3,10,10,12.340,done,s/1e-2\n"))
    let quoted = SweepTable(
      keys: ["a"], rows: [.init(values: ["[3, 3]"], run: nil, path: "p")], higherIsBetter: false)
    #expect(quoted.csv.hasSuffix("\"[3, 3]\",,,,,,not begun,p\n"))
  }

  private func facts(_ settings: [(String, String)], units: Int = 10) -> SpecFacts {
    SpecFacts(
      title: "t",
      layers: [
        .init(
          name: "dense", isNamed: false, kind: "dense", className: "Dense", arguments: [.init("units", "\(units)")],
          inputs: nil, outputShape: [units], weights: [], parameterCount: 1, flops: 1)
      ], settings: settings.map { SpecFacts.Setting($0.0, $0.1) }, parameters: 1, trainableParameters: 1, flops: 1,
      trainingMemory: 1, inferenceMemory: 1)
  }

  @Test("a comparison calls metrics and callbacks by their names; in JSON they have their paths") func namedSettings() {
    let accuracy = [("training.metrics", "[accuracy]")]
    let more = [
      ("training.metrics[0].top_k_accuracy.k", "5"), ("training.metrics[1]", "accuracy"),
      ("training.callbacks", "[csv_logger, terminate_on_nan]"),
    ]
    let other = [
      ("training.metrics[0]", "accuracy"), ("training.metrics[1].top_k_accuracy.k", "3"),
      ("training.callbacks", "[terminate_on_nan, csv_logger]"),
    ]
    let runs = [run("a"), run("b"), run("c")]
    let comparison = RunComparison(runs, facts: [facts(accuracy), facts(more), facts(other)])
    #expect(
      comparison.text.hasSuffix(
        """
        setting                               a                               b                               c
        ------------------------------------  -  ------------------------------  ------------------------------
        training.metrics: top_k_accuracy.k    -                               5                               3
        training.callbacks: csv_logger        -                             yes                             yes
        training.callbacks: terminate_on_nan  -                             yes                             yes
        training.callbacks                    -  [csv_logger, terminate_on_nan]  [terminate_on_nan, csv_logger]
        """), "\(comparison.text)")
    #expect(comparison.json(toolVersion: "1").text.contains("\"training.metrics[0].top_k_accuracy.k\""))
    let turned = [("training.metrics[0]", "accuracy"), ("training.metrics[1].top_k_accuracy.k", "5")]
    let same = RunComparison([runs[0], runs[1]], facts: [facts(Array(more.prefix(2))), facts(turned)]).text
    #expect(same.hasSuffix("\n\nthe same spec"), "\(same)")
  }

  @Test("a comparison shows figures side by side, and the settings that differ")
  func comparison() {
    let runs = [run("a", evaluation: [("test_loss", 0.5)]), run("b", best: (2, 0.5)), run("c", best: nil)]
    let text = RunComparison(
      runs,
      facts: [
        facts([("training.epochs", "10"), ("training.seed", "1")]),
        facts([("training.epochs", "10"), ("training.seed", "2"), ("name", "x")]),
        facts([("training.epochs", "10"), ("training.seed", "1")]),
      ]
    ).text
    #expect(
      text == """
                           a       b       c
        ------------  ------  ------  ------
        state           done    done    done
        epochs         10/10   10/10   10/10
        seconds         12.3    12.3    12.3
        parameters    31,626  31,626  31,626
        best epoch         9       2       -
        loss          0.9036  0.9036       -
        val_accuracy  0.7660  0.5000       -
        test_loss     0.5000       -       -

        setting        a  b  c
        -------------  -  -  -
        training.seed  1  2  1
        name           -  x  -
        """)
    let same = RunComparison([runs[0], runs[1]], facts: [facts([]), facts([])]).text
    #expect(same.hasSuffix("\n\nthe same spec"))
    let other = RunComparison([runs[0], runs[1]], facts: [facts([]), facts([], units: 5)]).text
    #expect(other.contains("Layers: 1 changed"))
    let many = RunComparison(runs, facts: [facts([]), facts([], units: 5), nil])
    #expect(many.text.hasSuffix("their layers differ: compare them two by two"))
    #expect(many.json(toolVersion: "1").text.contains("\"layers_differ\":true"))
  }
}
