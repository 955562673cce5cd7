import Foundation
import Testing

/// What a run says when its place or its spec is not what it was: full disks, edits, names that mean two things.
@Suite("runs that meet with something") struct RunAgainTests {
  private func run(_ script: String, in tiny: TinySpec) throws -> (status: Int32, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script, "sh", Command.executable.path]
    process.currentDirectoryURL = tiny.folder.url
    let errors = tiny.folder.url.appendingPathComponent("stderr")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  @Test("a full disk is one warning and one error, and the results are printed") func fullDisk() throws {
    let tiny = try TinySpec(epochs: 400, more: "  callbacks: [{csv_logger: log.csv}]\n")
    // Blocks of 512 bytes: the history outgrows them, and with it the checkpoints. What is printed goes through pipes to
    // processes without a limit.
    let command = #"(ulimit -f 40; "$1" tiny.yaml --out run --threads 1; echo $? >status)"#
    let outcome = try run("{ \(command) 2>&1 1>&3 | cat >&2; } 3>&1 | cat >out", in: tiny)
    #expect(try tiny.text("status") == "3\n")
    let lines = outcome.error.split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("warning: cannot ") } == 1, "\(outcome.error)")
    #expect(lines.count { $0.hasPrefix("error: ") } == 1, "\(outcome.error)")
    #expect(outcome.error.contains("error: not all of the run could be saved: cannot "), "\(outcome.error)")
    // After an epoch, or on a slow machine within one.
    #expect(outcome.error.contains(#/; kept is the checkpoint (after|in) epoch \d/#), "\(outcome.error)")
    #expect(outcome.error.contains("then `cnnrun run --resume run` goes on from there"), "\(outcome.error)")
    let output = try tiny.text("out")
    #expect(output.contains("Best of 400 epochs by val_accuracy") && output.contains("Evaluation: test_loss"))
    #expect(try tiny.text("run/status.json").contains("\"failed\""))
  }

  @Test("what cannot be printed makes the status 3, and the run is kept") func fullStream() throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return print("skipped: no /dev/full here") }
    let tiny = try TinySpec(epochs: 1)
    let output = try run(#"exec "$1" tiny.yaml --out a >/dev/full"#, in: tiny)
    #expect(output.status == 3)
    #expect(output.error.hasSuffix("error: not all could be written to stdout: no space left on device\n"))
    #expect(try tiny.text("a/status.json").contains("\"done\"") && tiny.exists("a/weights/last.safetensors"))
    #expect(try run(#"exec "$1" tiny.yaml --out b 2>/dev/full"#, in: tiny).status == 3)
    for command in ["runs .", "--help", "summary tiny.yaml", "compare a b", "data"] {
      #expect(try run(#"exec "$1" \#(command) >/dev/full"#, in: tiny).status == 3, "\(command)")
    }
    // A reader that went away has seen what it wanted.
    #expect(try run(#"{ "$1" tiny.yaml --out c; echo $? >status; } | true"#, in: tiny).status == 0)
    #expect(try tiny.text("status") == "0\n")
  }

  @Test("an edit of a run's spec holds against the older option of its command") func edit() throws {
    let tiny = try TinySpec(epochs: 6)
    #expect(try tiny.run("tiny.yaml", "--epochs", "2", "--out", "run", "-q").status == 0)
    let spec = try tiny.text("run/spec.yaml")
    _ = try tiny.folder.file("run/spec.yaml", spec.replacing("epochs: 6", with: "epochs: 4"))
    let longer = try tiny.run("run", "--resume", "run")
    #expect(longer.status == 0, "\(longer.error)")
    #expect(
      longer.error.contains(
        "note: `training.epochs` was edited in 'run/spec.yaml' since the run began with `--set training.epochs=2`"))
    #expect(longer.error.contains("training.epochs 2 → 4"), "\(longer.error)")
    #expect(try tiny.text("run/history.csv").split(separator: "\n").count == 5)
    // An edit of something else leaves the option as it is, and an option of now is newer than any edit.
    #expect(try tiny.run("tiny.yaml", "--epochs", "2", "--out", "other", "-q").status == 0)
    _ = try tiny.folder.file("other/spec.yaml", spec.replacing("name: tiny", with: "name: renamed"))
    #expect(try tiny.run("run", "--resume", "other").error.contains("'other' is finished: its 2 epochs are done"))
    _ = try tiny.folder.file("other/spec.yaml", spec.replacing("epochs: 6", with: "epochs: 4"))
    #expect(try tiny.run("run", "--resume", "other", "--epochs", "3").status == 0)
    #expect(try tiny.text("other/history.csv").split(separator: "\n").count == 4)
  }

  @Test("a finished run says so, and how it is made longer") func finished() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    let again = try tiny.run("run", "--resume", "run")
    #expect(again.status == 0)
    #expect(again.error.contains("to make it longer, `cnnrun run --resume run --epochs 4`"), "\(again.error)")
    let stopping = "training.callbacks=[{csv_logger: a.csv}, {early_stopping: {baseline: 0, patience: 1}}]"
    #expect(try tiny.run("tiny.yaml", "--out", "early", "-q", "--epochs", "9", "--set", stopping).status == 0)
    let early = try tiny.run("run", "--resume", "early")
    #expect(early.error.contains("--set \"training.callbacks[1].early_stopping.patience=2\"`"), "\(early.error)")
  }

  @Test("a folder that is no run does not hide the run of its name, and of two runs one is said to be taken")
  func names() throws {
    let tiny = try TinySpec(epochs: 1)
    #expect(try tiny.run("tiny.yaml", "-q").status == 0)
    #expect(try tiny.run("tiny.yaml", "-q").status == 0)
    try FileManager.default.createDirectory(atPath: tiny.path("tiny"), withIntermediateDirectories: true)
    let hidden = try tiny.run("compare", "tiny", "tiny-2")
    #expect(hidden.status == 0 && hidden.error.isEmpty, "\(hidden.error)")
    #expect(hidden.output.contains("runs/tiny "))
    try FileManager.default.removeItem(atPath: tiny.path("tiny"))
    try FileManager.default.copyItem(atPath: tiny.path("runs/tiny-2"), toPath: tiny.path("tiny"))
    let both = try tiny.run("compare", "tiny", "tiny-2")
    #expect(both.status == 0)
    #expect(both.error.contains("`tiny` is 'tiny' in this folder as well as 'runs/tiny'"), "\(both.error)")
    #expect(both.error.contains("write `runs/tiny` for the other"))
  }

  @Test("a second sweep over other keys leaves the first in the table") func sweeps() throws {
    let tiny = try TinySpec(epochs: 1)
    #expect(try tiny.run("sweep", "tiny.yaml", "--set", "training.batch_size=16,32").status == 0)
    let second = try tiny.run("sweep", "tiny.yaml", "--set", "training.seed=1,2")
    #expect(second.status == 0)
    #expect(second.error.contains("has 2 runs of earlier sweeps, too"), "\(second.error)")
    #expect(second.output.split(separator: "\n").count == 4)
    let lines = try tiny.text("runs/tiny-sweep/results.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines[0].prefix(2) == ["batch_size", "seed"])
    // What one sweep went through, the other left as the spec has it.
    #expect(Set(lines.dropFirst().map { "\($0[0]) \($0[1])" }) == ["16 3", "32 3", "8 1", "8 2"])
  }

  /// What a run leaves that is killed between its last checkpoint and its files: everything up to its last epoch.
  @Test("a run of a sweep that was killed behind its last epoch is finished by the next sweep") func killedAtTheEnd()
    throws
  {
    let tiny = try TinySpec(epochs: 2)
    let sweep = ["sweep", "tiny.yaml", "--set", "training.batch_size=8,16", "--out", "s"]
    #expect(try Command.run(sweep, directory: tiny.folder.url).status == 0)
    let run = "s/batch_size-8"
    let files = ["weights/last.safetensors", "weights/best.safetensors", "metrics.json", "report.html"]
    let (weights, metrics) = (try tiny.values("\(run)/weights/best.safetensors"), try tiny.text("\(run)/metrics.json"))
    for file in files { try FileManager.default.removeItem(atPath: tiny.path("\(run)/\(file)")) }
    let status = try tiny.text("\(run)/status.json")
    _ = try tiny.folder.file("\(run)/status.json", status.replacing("\"done\"", with: "\"running\""))
    let listed = try tiny.run("runs", "s").output.split(separator: "\n").map { $0.split(separator: " ").prefix(2) }
    #expect(listed.contains(["\(run)", "stopped"]) && listed.contains(["s/batch_size-16", "done"]), "\(listed)")
    // Meanwhile its weights are those of its checkpoint, to begin with, too.
    let begun = try tiny.run("tiny.yaml", "--initial-weights", run, "--out", "begun", "-q", "--epochs", "1")
    #expect(begun.status == 0, "\(begun.error)")
    let again = try Command.run(sweep, directory: tiny.folder.url)
    #expect(again.status == 0, "\(again.error)")
    #expect(again.error.components(separatedBy: ", done before").count == 2, "only the other one: \(again.error)")
    for file in files { #expect(tiny.exists("\(run)/\(file)"), "\(file)") }
    #expect(try tiny.values("\(run)/weights/best.safetensors") == weights)
    func figures(_ text: String) throws -> [String: Double] {
      var figures = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Double])
      figures["seconds"] = nil
      return figures
    }
    #expect(try figures(tiny.text("\(run)/metrics.json")) == figures(metrics))
    #expect(try tiny.text("\(run)/status.json").contains("\"done\""))
    let third = try Command.run(sweep, directory: tiny.folder.url)
    #expect(third.error.components(separatedBy: ", done before").count == 3, "\(third.error)")
    // The best weights that it now has are what the other run began with.
    #expect(
      try tiny.run("tiny.yaml", "--initial-weights", run, "--out", "by-file", "-q", "--epochs", "1").status == 0)
    #expect(try tiny.values("begun/weights/last.safetensors") == tiny.values("by-file/weights/last.safetensors"))
  }

  @Test("when no checkpoint is whole, the weights are what there is to begin with") func damaged() throws {
    let tiny = try TinySpec(epochs: 3)
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    for name in ["last", "prev"] {
      var bytes = try tiny.data("run/checkpoint/\(name)")
      bytes[200] ^= 1
      try bytes.write(to: URL(fileURLWithPath: tiny.path("run/checkpoint/\(name)")))
    }
    let outcome = try tiny.run("run", "--resume", "run")
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("since none of its checkpoints is whole"), "\(outcome.error)")
    #expect(
      try tiny.run("tiny.yaml", "--initial-weights", "run/weights/last.safetensors", "--out", "new", "-q").status == 0)
    // A run in the place of a file is its best weights.
    for (name, weights) in [("by-run", "new"), ("by-file", "new/weights/best.safetensors")] {
      #expect(try tiny.run("tiny.yaml", "--initial-weights", weights, "--out", name, "-q").status == 0)
    }
    #expect(
      try tiny.data("by-run/weights/last.safetensors") == tiny.data("by-file/weights/last.safetensors"))
  }

  @Test("files on their way that a killed run left in a callback's folder are taken away") func leftovers() throws {
    let tiny = try TinySpec(epochs: 1, more: "  callbacks: [{model_checkpoint: \"models/a/{epoch:02d}\"}]\n")
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    _ = try tiny.folder.file("run/models/a/.02.safetensors.tmp.7", "half")
    #expect(try tiny.run("run", "--resume", "run", "--epochs", "2", "-q").status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: tiny.path("run/models/a")).sorted()
    #expect(names == ["01.safetensors", "02.safetensors"])
  }

  /// Held to the run's own history: the first of the epochs with the greatest `val_accuracy`, as Keras's
  /// `ModelCheckpoint` with `save_best_only` keeps it.
  @Test("test figures, metrics and contracts are of the best epoch, and say so where others came after it")
  func evaluated() throws {
    let tiny = try TinySpec(epochs: 6)
    var isLast: Set<Bool> = []
    for (index, rate) in ["0.001", "0.01", "0.1", "1"].enumerated() {
      let run = "run\(index)"
      let outcome = try tiny.run(
        "tiny.yaml", "--out", run, "--set", "training.optimizer={adam: {learning_rate: \(rate)}}")
      let rows = String(decoding: try tiny.data("\(run)/history.csv"), as: UTF8.self).split(separator: "\n")
      let column = try #require(rows[0].split(separator: ",").firstIndex(of: "val/accuracy"))
      let values = rows.dropFirst().compactMap { Double($0.split(separator: ",")[column]) }
      let best = try #require(values.max().flatMap { values.firstIndex(of: $0) })
      isLast.insert(best == 5)
      let text = "of the best weights, after epoch \(best + 1)\n"
      #expect(outcome.output.contains(text) == (best < 5), "\(outcome.output)")
      let data = try tiny.data("\(run)/metrics.json")
      let metrics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Double])
      #expect(metrics["val_accuracy"] == values[best])
      let again = try tiny.run("evaluate", run, "--split", "test", "--json")
      let figures = try #require(try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
      let metric = try #require(figures["metrics"] as? [String: Double])
      #expect(
        metrics["test_accuracy"] == metric["accuracy"] && metrics["test_loss"] == metric["loss"], "\(again.output)")
    }
    #expect(isLast.contains(false), "no run says anything")
  }

  /// lr = 0.1 * 0.5^(t / 8) in stairs: eight steps an epoch, so that it is halved from each epoch to the next (Keras 3,
  /// `optimizer.learning_rate` in `on_epoch_end`: the schedule at `iterations`, the steps that are done).
  @Test("the history has the rate that holds at the end of an epoch, as Keras's callbacks see it") func rates() throws {
    let tiny = try TinySpec(epochs: 3)
    let schedule = "{exponential_decay: {initial_learning_rate: 0.1, decay_steps: 8, decay_rate: 0.5, staircase: true}}"
    let outcome = try tiny.run(
      "tiny.yaml", "--out", "run", "--json", "--set", "training.optimizer={sgd: {learning_rate: \(schedule)}}")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let rates = try #require(object["history"] as? [[String: Any]]).map { $0["learning_rate"] as? Double }
    #expect(rates == [0.05, 0.025, 0.0125])
  }
}
