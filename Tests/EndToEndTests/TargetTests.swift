import Foundation
import Testing

/// Regressions: labels that are values, from the file to the report. Expected figures are computed here from the
/// predictions that the command prints.
@Suite("regression") struct TargetTests {
  /// y = 2 a - b + 0.5 for a few a and b.
  private static func rows(_ count: Int) -> [(a: Double, b: Double, y: Double)] {
    (0..<count).map { index in
      let (a, b) = (Double(index % 7) / 4 - 0.75, Double(index % 5) / 2 - 1)
      return (a, b, 2 * a - b + 0.5)
    }
  }

  private func spec(_ folder: TemporaryFolder, label: String = "y", units: Int = 1) throws -> URL {
    try folder.file(
      "reg.yaml",
      """
      name: reg
      data:
        source: {csv: {path: reg.csv, label: \(label)}}
        split: {validation: 0.2, test: 0.2}
      model:
        input: [2]
        layers: [{dense: \(units)}]
      training:
        optimizer: {sgd: {learning_rate: 0.1}}
        loss: mean_squared_error
        batch_size: 10
        epochs: 60

      """)
  }

  @Test("values are learned, measured, predicted, reported and gone on with") func values() throws {
    let folder = try TemporaryFolder()
    let rows = Self.rows(50)
    _ = try folder.file("reg.csv", "a,b,y\n" + rows.map { "\($0.a),\($0.b),\($0.y)\n" }.joined())
    let spec = try spec(folder)
    let outcome = try Command.run([spec.path, "--out", "run", "--json"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.contains("training on 30 samples, validating on 10, testing on 10 at the end"))
    let run = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let loss = try #require((run["evaluation"] as? [String: Double])?["test_loss"])
    // A linear function is what one unit can be, so that next to nothing is left.
    #expect(loss < 1e-4, "\(loss)")

    let samples = try folder.file("test.csv", "a,b,y\n" + rows.suffix(10).map { "\($0.a),\($0.b),\($0.y)\n" }.joined())
    let evaluated = try Command.run(
      ["evaluate", "run", "--data", samples.lastPathComponent, "--json"], directory: folder.url)
    #expect(evaluated.status == 0, "\(evaluated.error)")
    let figures = try #require(
      (try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])?["metrics"]
        as? [String: Double])
    #expect(try #require(figures["loss"]) == loss)
    #expect(abs(try #require(figures["root_mean_squared_error"]) - loss.squareRoot()) < 1e-6)
    #expect(figures["accuracy"] == nil && figures["macro_f1"] == nil)

    let table = try String(contentsOf: folder.url.appendingPathComponent("run/predictions.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    #expect(table.count == 10)
    for (line, row) in zip(table, rows.suffix(10)) { #expect(abs(line[1] - row.y) < 1e-6) }
    let sum = table.reduce(0) { $0 + ($1[2] - $1[1]) * ($1[2] - $1[1]) }
    #expect(abs(sum / 10 - loss) < 1e-7)

    let data = try Command.run(["data", "reg.yaml"], directory: folder.url)
    #expect(data.output.contains("targets of train from -2 to 3"), "\(data.output)")
    // Streamed samples bring their values along: the same bits.
    let streamed = try Command.run(
      [spec.path, "--out", "streamed", "-q", "--set", "training.batch_size=1"], directory: folder.url,
      environment: ["CNNRUN_DATA_MEMORY": "200"])
    #expect(streamed.status == 0, "\(streamed.error)")
    let whole = try Command.run(
      [spec.path, "--out", "whole", "-q", "--set", "training.batch_size=1"], directory: folder.url)
    #expect(whole.status == 0, "\(whole.error)")
    for name in ["weights/last.safetensors", "predictions.csv"] {
      #expect(
        try Data(contentsOf: folder.url.appendingPathComponent("streamed/\(name)"))
          == Data(contentsOf: folder.url.appendingPathComponent("whole/\(name)")))
    }
    // Other values are other data.
    _ = try folder.file("reg.csv", "a,b,y\n" + rows.map { "\($0.a),\($0.b),\($0.y + 1)\n" }.joined())
    let resumed = try Command.run(["run", "--resume", "run", "--epochs", "70"], directory: folder.url)
    #expect(resumed.status == 3 && resumed.error.contains("the data is not what"), "\(resumed.error)")
  }

  @Test("whole numbers are values, too: what is of classes is refused wherever the data is looked at")
  func wholeNumbers() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("reg.csv", "a,b,y\n" + (0..<50).map { "\($0 % 7),\($0 % 5),\($0 % 9)\n" }.joined())
    let spec = try spec(folder)
    let data = try Command.run(["data", spec.path], directory: folder.url)
    #expect(data.status == 0 && data.output.contains("targets of train from 0 to 8"), "\(data.error)")
    for (option, message) in [
      ("training.class_weight={0: 2}", "`class_weight` weighs classes, and the labels are values"),
      ("data.class_names=[a, b, c, d, e, f, g, h, i]", "`class_names` names classes, and 'reg.csv' holds values"),
      ("data.split.stratify=true", "`stratify` shares out classes, and the labels in 'reg.csv' are values"),
    ] {
      for command in [["validate", "--check-data"], ["data"], ["run", "--out", "run"]] {
        let outcome = try Command.run(command + ["reg.yaml", "--set", option], directory: folder.url)
        #expect(outcome.status == 1 && outcome.error.contains(message), "\(command), \(option): \(outcome.error)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("run").path))
    // Two classes that a sigmoid tells apart stay classes.
    _ = try folder.file("reg.csv", "a,b,y\n" + (0..<50).map { "\($0 % 7),\($0 % 5),\($0 % 2)\n" }.joined())
    let sigmoid = try Command.run(
      [
        "validate", "--check-data", "reg.yaml", "--set", "model.layers[0].dense.activation=sigmoid", "--set",
        "training.class_weight={0: 2}",
      ], directory: folder.url)
    #expect(sigmoid.status == 0, "\(sigmoid.error)")
  }

  @Test("a report names the data alike, however often the run went on") func named() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("sub"), withIntermediateDirectories: false)
    _ = try folder.file("sub/reg.csv", "a,b,y\n" + Self.rows(50).map { "\($0.a),\($0.b),\($0.y)\n" }.joined())
    let spec = try spec(folder)
    try FileManager.default.moveItem(at: spec, to: folder.url.appendingPathComponent("sub/reg.yaml"))
    func data() throws -> Substring? {
      try String(contentsOf: folder.url.appendingPathComponent("run/report.html"), encoding: .utf8)
        .split(separator: "\n").first { $0.contains("<td><bdi>data</bdi></td>") }
    }
    #expect(try Command.run(["sub/reg.yaml", "--out", "run", "-q"], directory: folder.url).status == 0)
    let first = try #require(try data())
    for arguments in [
      ["run", "--resume", "run", "--epochs", "61", "-q"], ["run", "--resume", "run", "--epochs", "62", "-q"],
      ["report", "run"],
    ] {
      let outcome = try Command.run(arguments, directory: folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(try data() == first)
    }
  }

  @Test("accuracy does not judge values, and classes are no values to be measured on") func judged() throws {
    let folder = try TemporaryFolder()
    let rows = Self.rows(50)
    _ = try folder.file("reg.csv", "a,b,y\n" + rows.map { "\($0.a),\($0.b),\($0.y)\n" }.joined())
    let spec = try spec(folder)
    let outcome = try Command.run(
      [spec.path, "--out", "run", "--set", "training.metrics=[accuracy]"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.contains("note: the labels are values, of which `accuracy` says nothing"))
    #expect(outcome.output.contains("Best of 60 epochs by val_loss: epoch 60"), "\(outcome.output)")
    _ = try folder.file("named.csv", "a,b,y\n" + rows.map { "\($0.a),\($0.b),\($0.y > 0 ? "up" : "down")\n" }.joined())
    let named = try Command.run(["evaluate", "run", "--data", "named.csv"], directory: folder.url)
    #expect(named.status == 2)
    #expect(named.error.contains("has classes, such as `down`, and the model gives values"), "\(named.error)")
  }

  @Test("several columns are several values; weights of classes make no sense for them") func columns() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("reg.csv", "a,b,y,z\n" + Self.rows(50).map { "\($0.a),\($0.b),\($0.y),\(-$0.y)\n" }.joined())
    let spec = try spec(folder, label: "[y, z]", units: 2)
    let outcome = try Command.run([spec.path, "--out", "run", "--json"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.output.contains("\"test_loss\":"))
    // Their mean squared error is what the loss is.
    let run = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let loss = try #require((run["evaluation"] as? [String: Double])?["test_loss"])
    let table = try String(contentsOf: folder.url.appendingPathComponent("run/predictions.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(table.first == "sample,true y,predicted y,error y,true z,predicted z,error z")
    let rows = table.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    #expect(rows.count == 10)
    for (line, row) in zip(rows, Self.rows(50).suffix(10)) {
      #expect(abs(line[1] - row.y) < 1e-6 && abs(line[4] + row.y) < 1e-6)
    }
    #expect(abs(rows.reduce(0) { $0 + $1[3] * $1[3] + $1[6] * $1[6] } / 20 - loss) < 1e-7)
    let page = try String(contentsOf: folder.url.appendingPathComponent("run/report.html"), encoding: .utf8)
    #expect(page.contains("10 test samples, over 2 values each") && page.contains("Predictions: z"))
    let evaluated = try Command.run(["evaluate", "run"], directory: folder.url)
    #expect(evaluated.output.contains("mean_absolute_error") && !evaluated.output.contains("Confusion"))
    let measured = try #require(
      try JSONSerialization.jsonObject(
        with: Data(try Command.run(["evaluate", "run", "--json"], directory: folder.url).output.utf8)) as? [String: Any]
    )
    let columns = try #require(measured["columns"] as? [[String: Any]])
    #expect(columns.map { $0["name"] as? String } == ["y", "z"])
    for (column, place) in zip(columns, [3, 6]) {
      let absolute = try #require(column["mean_absolute_error"] as? Double)
      let squared = try #require(column["root_mean_squared_error"] as? Double)
      #expect(abs(rows.reduce(0) { $0 + $1[place].magnitude } / 10 - absolute) < 1e-6)
      #expect(abs((rows.reduce(0) { $0 + $1[place] * $1[place] } / 10).squareRoot() - squared) < 1e-6)
    }
    let lines = evaluated.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.contains(["value", "mean_absolute_error", "root_mean_squared_error"]), "\(evaluated.output)")
    #expect(lines.suffix(2).map { $0[0] } == ["y", "z"], "\(evaluated.output)")
    // Who plans with a limit counts both values, as the run does.
    let limit = ["--memory", "2kB", "--set", "training.batch_size=30"]
    let planned = try Command.run(["summary", spec.path] + limit)
    let refused = try Command.run([spec.path, "--out", "large"] + limit, directory: folder.url)
    let largest = try #require(refused.error.firstMatch(of: /batch_size=([0-9]+)` is the largest that fits/)?.1)
    #expect(planned.output.contains(": \(largest) for training"), "\(planned.output)\(refused.error)")
    let weighed = try Command.run(
      [spec.path, "--out", "weighed", "--set", "training.class_weight=balanced"], directory: folder.url)
    #expect(weighed.status == 1)
    #expect(weighed.error.contains("`class_weight` weighs classes, and the labels are values"), "\(weighed.error)")
    let classes = try Command.run(
      [
        spec.path, "--out", "classes", "--set", "training.loss=binary_crossentropy", "--set", "model.layers[0]=flatten",
      ],
      directory: folder.url)
    #expect(classes.status != 0)
  }
}
