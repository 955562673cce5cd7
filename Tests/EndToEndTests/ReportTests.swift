import CNNTestSupport
import Foundation
import Testing

@Suite("reports of runs") struct ReportTests {
  private static let files = [
    "report.html", "confusion_matrix.csv", "per_class.csv", "reliability.csv", "predictions.csv",
    "plots/curve_accuracy.svg", "plots/curve_loss.svg", "plots/confusion_matrix.svg", "plots/per_class.svg",
    "plots/confidence.svg", "plots/reliability.svg", "plots/random_samples.svg", "plots/least_confident.svg",
    "plots/worst_mistakes.svg", "plots/filters.svg", "plots/time_by_step.svg",
    "plots/time_by_epoch.svg",
  ]

  /// A page without the one section that may depend on the machine.
  private func timeless(_ html: String) -> String {
    guard let start = html.range(of: "<section id=\"time\">"),
      let end = html.range(of: "</section>", range: start.upperBound..<html.endIndex)
    else { return html }
    return html.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "")
  }

  private func column(_ index: Int, of csv: String) -> [String] {
    csv.split(separator: "\n").dropFirst().map { String($0.split(separator: ",")[index]) }
  }

  @Test("a run leaves a page, its pictures and its tables, the same for any number of threads") func threads() throws {
    let tiny = try TinySpec(epochs: 3)
    for threads in ["1", "2", "3", "8"] {
      #expect(try tiny.run("tiny.yaml", "-q", "--out", "r\(threads)", "--threads", threads).status == 0)
      for file in Self.files {
        if file.hasPrefix("plots/time_by_") { continue }
        let (text, first) = (try tiny.text("r\(threads)/\(file)"), try tiny.text("r1/\(file)"))
        #expect(!text.isEmpty && timeless(text) == timeless(first), "\(file) of \(threads) threads")
      }
    }
    let html = try tiny.text("r1/report.html")
    #expect(html != timeless(html))
    #expect(html.contains("16 test samples"), "the test split, where there is one")
    // Half of what the run itself measured can be counted in the table.
    let metrics = try JSONSerialization.jsonObject(with: tiny.data("r1/metrics.json")) as? [String: Double]
    let correct = column(4, of: try tiny.text("r1/predictions.csv")).compactMap(Int.init)
    #expect(correct.count == 16)
    let history = try tiny.text("r1/history.csv")
    // The last epoch was evaluated; the report is of the best one.
    if history.split(separator: "\n").count == 4, let accuracy = metrics?["test_accuracy"] {
      #expect(accuracy * 16 == (accuracy * 16).rounded())
    }
  }

  @Test("report makes the same page again, in place and elsewhere") func again() throws {
    let tiny = try TinySpec(epochs: 3)
    #expect(try tiny.run("tiny.yaml", "-q", "--out", "run").status == 0)
    let before = try Self.files.map { try tiny.text("run/\($0)") }
    for file in Self.files { try FileManager.default.removeItem(atPath: tiny.path("run/\(file)")) }
    let outcome = try tiny.run("report", "run")
    #expect(outcome.status == 0 && outcome.error == "run/report.html\n", "\(outcome.error)")
    for (file, text) in zip(Self.files, before) where !file.hasPrefix("plots/time_by_") {
      #expect(timeless(try tiny.text("run/\(file)")) == timeless(text), "\(file)")
    }
    #expect(try tiny.run("report", "run", "--output", "other.html").status == 0)
    #expect(timeless(try tiny.text("other.html")) == timeless(before[0]))
    let piped = try tiny.run("report", "run", "--output", "-")
    #expect(piped.status == 0 && piped.error.isEmpty && timeless(piped.output) == timeless(before[0]))
    let both = try tiny.run("compare", "run", "run", "--html", "-")
    #expect(both.status == 0 && both.output.hasPrefix("<!DOCTYPE html>"), "\(both.error)")
    #expect(try tiny.run("compare", "run", "run", "--html", "-", "--json").status == 2)
    for wrong in [["export", "run", "--to", "onnx", "--out", "-"], ["import", "m.keras", "--out", "-"]] {
      let outcome = try Command.run(wrong, directory: tiny.folder.url)
      #expect(outcome.status == 2 && outcome.error.contains("stdout"), "\(outcome.error)")
    }
    #expect(!tiny.exists("-"))
    #expect(try tiny.run("report", "nowhere").status == 2)
  }

  /// The run tallies its report while it evaluates the test samples, `report` asks the model anew.
  @Test(
    "what is tallied in an evaluation is what the model says of the samples, bit for bit",
    arguments: [
      (3, "softmax", "sparse_categorical_crossentropy"), (3, "linear", "mean_squared_error"),
      (3, "softmax", "mean_squared_error"), (1, "linear", "mean_squared_error"), (1, "sigmoid", "huber"),
    ]) func tallied(_ units: Int, _ activation: String, _ loss: String) throws
  {
    let tiny = try TinySpec(
      epochs: 3, more: "  callbacks: [{early_stopping: {monitor: val_loss, patience: 9, restore_best_weights: true}}]")
    let changes = [
      "--set", "model.layers.dense.units=\(units)", "--set", "model.layers.softmax={activation: \(activation)}",
      "--set", "training.loss=\(loss)", "--set", "training.metrics=[]",
    ]
    let outcome = try Command.run(["tiny.yaml", "-q", "--out", "run"] + changes, directory: tiny.folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    let (page, table) = (try tiny.text("run/report.html"), try tiny.text("run/predictions.csv"))
    #expect(page.contains("16 test samples"))
    #expect(try tiny.run("report", "run").status == 0)
    #expect(try tiny.text("run/predictions.csv") == table)
    #expect(timeless(try tiny.text("run/report.html")) == timeless(page))
  }

  @Test("a run that was killed has a report of its best epoch so far") func killed() throws {
    let tiny = try TinySpec(epochs: 100_000)
    let running = try RunningCommand(["tiny.yaml", "-q", "--out", "run"], directory: tiny.folder.url)
    running.wait { (try? tiny.text("run/history.csv").split(separator: "\n").count > 4) ?? false }
    let during = try tiny.run("report", "run")
    #expect(during.status == 3 && during.error.contains("a process is at work"), "\(during.error)")
    running.send(SIGKILL)
    running.wait()
    #expect(!tiny.exists("run/report.html"), "no half of one")
    let outcome = try tiny.run("report", "run")
    #expect(outcome.status == 0, "\(outcome.error)")
    let html = try tiny.text("run/report.html")
    #expect(html.contains("of 100,000, stopped") && html.contains("16 test samples"))
    // The same weights are evaluated, those of the checkpoint, whether there are files of weights yet or not.
    try? FileManager.default.removeItem(atPath: tiny.path("run/weights"))
    let evaluated = try tiny.run("evaluate", "run", "--json")
    #expect(evaluated.status == 0, "\(evaluated.error)")
    #expect(
      evaluated.error.contains("note: 'run' has not come to its end; the weights are its checkpoint's, of epoch "))
    let figures = try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any]
    let accuracy = try #require((figures?["metrics"] as? [String: Double])?["accuracy"])
    let correct = column(4, of: try tiny.text("run/predictions.csv")).compactMap(Int.init).reduce(0, +)
    #expect(accuracy * 16 == Double(correct))
    #expect(try tiny.run("export", "run", "--to", "npz").status == 0)
  }

  @Test("without its data a report has what there is, and says what is missing") func withoutData() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "-q", "--out", "run", "--no-report").status == 0)
    for file in Self.files { #expect(!tiny.exists("run/\(file)"), "\(file)") }
    let images = tiny.folder.url.appendingPathComponent("images")
    let bytes = try Data(contentsOf: images)
    try FileManager.default.removeItem(at: images)
    let gone = try tiny.run("report", "run")
    #expect(gone.status == 0)
    #expect(gone.error.hasPrefix("warning: ") && gone.error.contains("images"), "\(gone.error)")
    let html = try tiny.text("run/report.html")
    #expect(html.contains("Without samples there is no confusion matrix"))
    #expect(html.contains("plot-curve_accuracy") && html.contains("Filters of conv2d"))
    // Other data is none.
    try Data(bytes.dropLast(2000) + Data(repeating: 1, count: 2000)).write(to: images)
    let other = try tiny.run("report", "run")
    #expect(other.error.contains("the data is not what the run was trained on"), "\(other.error)")
    try bytes.write(to: images)
    #expect(try tiny.run("report", "run").error == "run/report.html\n")
    #expect(try tiny.text("run/report.html").contains("plot-confusion_matrix"))
  }

  @Test("a report that cannot be written is told, and the run is none the worse") func unwritable() throws {
    let tiny = try TinySpec(epochs: 2)
    // Blocks of half a kibibyte: checkpoints and weights fit, the page does not.
    let running = try RunningCommand(
      ["tiny.yaml", "-q", "--out", "run"], directory: tiny.folder.url, limits: "ulimit -f 60")
    #expect(running.wait() == 0, "\(running.error)")
    #expect(running.error.contains("warning: the report could not be written: "), "\(running.error)")
    #expect(try tiny.text("run/status.json").contains("\"done\""))
    #expect(!tiny.exists("run/report.html"))
    let names = try FileManager.default.contentsOfDirectory(atPath: tiny.path("run"))
    #expect(!names.contains { $0.contains(".tmp.") }, "\(names)")
  }

  @Test("a terminal gets a curve and a confusion matrix, and a quiet one nothing") func terminal() throws {
    let tiny = try TinySpec(epochs: 4)
    let plain = try tiny.run("tiny.yaml", "--out", "a", environment: ["LC_ALL": "C"])
    #expect(plain.output.contains("** val_accuracy   .. accuracy"), "\(plain.output)")
    #expect(plain.output.contains("Confusion (test, 16 samples; rows are true classes, columns predicted)"))
    #expect(plain.output.utf8.allSatisfy { $0 < 0x80 }, "ASCII in a locale that has no more")
    #expect(plain.output.hasSuffix("Report:     a/report.html\n"))
    let unicode = try tiny.run("tiny.yaml", "--out", "b", environment: ["LC_ALL": "C.UTF-8"])
    #expect(unicode.output.contains("⠒⠒ val_accuracy   ⠂⠂ accuracy"))
    #expect(try tiny.run("tiny.yaml", "--out", "c", "-q").output.isEmpty)
  }

  @Test("compare draws runs over each other") func compare() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "-q", "--no-report").status == 0)
    #expect(try tiny.run("tiny.yaml", "-q", "--no-report", "--set", "training.batch_size=16").status == 0)
    let outcome = try tiny.run("compare", "tiny", "tiny-2", "--html", "both.html")
    #expect(outcome.status == 0 && outcome.error == "both.html\n", "\(outcome.error)")
    let html = try tiny.text("both.html").replacingOccurrences(of: "<wbr>", with: "")
    for text in ["plot-compare_val_accuracy", "training.batch_size", "runs/tiny-2, epoch 2: ", "test_accuracy"] {
      #expect(html.contains(text), "\(text)")
    }
    if let absence = Browser.absence { return print(absence) }
    for answer in try Browser.ask(html, Self.questions) {
      #expect(answer.errors.isEmpty && answer.number("overflow") == 0 && answer.values["collisions"] == "\"\"")
    }
  }

  private static let questions = [(1280, false), (390, true)].map { width, isDark in
    Browser.Question(
      width: width, isDark: isDark,
      expressions: ["overflow": Browser.overflow, "collisions": Browser.collisions])
  }

  // MARK: Kinds of models

  private static func network(_ end: String, loss: String, more: String = "", split: String) -> String {
    """
    name: kinds
    data:
      source: {idx: {images: images, labels: labels}}
      split: {\(split)}
      rescale: 1/255
    model:
      input: [6, 6, 1]
      layers: [{conv2d: {filters: 4, kernel_size: 3}}, flatten, \(end)]
    training: {optimizer: adam, loss: \(loss), batch_size: 8, epochs: 2, seed: 3\(more)}

    """
  }

  @Test(
    "models of values, of two classes, of logits, and without a split to measure on have reports",
    arguments: [
      ("values", "{dense: 1}", "mean_squared_error", "validation: train[64:]", "mean absolute error"),
      ("binary", "{dense: 1}, {activation: sigmoid}", "binary_crossentropy", "validation: train[64:]", "calibration"),
      ("logits", "{dense: 3}", "mean_squared_error", "validation: train[64:]", "confidences here are their softmax"),
      ("softmax", "{dense: 3}, softmax", "sparse_categorical_crossentropy", "train: train", "measured on the training"),
    ])
  func kinds(_ name: String, _ end: String, _ loss: String, _ split: String, _ words: String) throws {
    let tiny = try TinySpec(epochs: 2)
    if name == "binary" {
      let labels = tiny.folder.url.appendingPathComponent("labels")
      let bytes = try Data(contentsOf: labels)
      try Data(bytes.prefix(8) + bytes.dropFirst(8).map { $0 % 2 }).write(to: labels)
    }
    let training =
      split.hasPrefix("train:")
      ? split : "train: \"train[:64]\", " + split.replacing("train[64:]", with: "\"train[64:]\"")
    _ = try tiny.folder.file("net.yaml", Self.network(end, loss: loss, split: training))
    let outcome = try tiny.run("net.yaml", "--out", "run")
    #expect(outcome.status == 0, "\(outcome.error)")
    let html = try tiny.text("run/report.html")
    #expect(html.contains(words), "\(name)")
    let rows = try tiny.text("run/predictions.csv").split(separator: "\n")
    #expect(rows.count == 1 + (name == "softmax" ? 96 : 32))
    if let absence = Browser.absence { return print(absence) }
    for answer in try Browser.ask(html, Self.questions) {
      #expect(answer.errors.isEmpty, "\(name): \(answer.errors)")
      #expect(answer.number("overflow") == 0, "\(name)")
      #expect(answer.values["collisions"] == "\"\"", "\(name): \(answer.values["collisions"] ?? "")")
    }
  }

  @Test("the reference's report shows the tutorial's figures, and what the run measured") func reference() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    #expect(try Command.run(["Specs/fashion-mnist.yaml", "--epochs", "3", "-q", "--out", run]).status == 0)
    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(run)/\(name)", encoding: .utf8) }
    // The best epoch's validation accuracy is the share of right predictions, counted in the table.
    let accuracies = column(6, of: try text("history.csv")).compactMap(Double.init)
    let correct = column(4, of: try text("predictions.csv")).compactMap(Int.init)
    #expect(correct.count == 1000)
    #expect(abs(Double(correct.reduce(0, +)) / 1000 - (accuracies.max() ?? 0)) < 1e-9)
    let html = try text("report.html")
    for id in [
      "curve_accuracy", "curve_loss", "confusion_matrix", "per_class", "confidence", "reliability", "time_by_step",
      "time_by_epoch",
    ] {
      #expect(html.contains("id=\"plot-\(id)\""), "\(id)")
    }
    // Three grids of twelve, and 32 filters.
    #expect(html.components(separatedBy: "<figure").count == 1 + 36)
    #expect(html.components(separatedBy: "alt=\"filter ").count == 1 + 32)
    if let absence = Browser.absence { return print(absence) }
    for answer in try Browser.ask(html, Self.questions) {
      #expect(answer.errors.isEmpty && answer.number("overflow") == 0, "\(answer.errors)")
      #expect(answer.values["collisions"] == "\"\"", "\(answer.values["collisions"] ?? "")")
    }
  }
}
