import Foundation
import Testing

@Suite("a run that cannot be lost") struct ResumeTests {
  private static let callbacks = """
      callbacks:
        - reduce_lr_on_plateau: {monitor: loss, patience: 1, factor: 0.5}
        - early_stopping: {monitor: val_loss, patience: 4, restore_best_weights: true}
        - csv_logger
        - model_checkpoint: {path: "saved/{epoch:02d}", save_best_only: true, monitor: loss}
        - tensorboard: {update_freq: 3}
    """

  /// 200 runs, killed at moments drawn from seed 1, each up to three times; the moments lie between the start of the
  /// process and about the end of an undisturbed run, so that every phase is hit: start, first checkpoint, steps,
  /// validation, saving, the last words. How long a run takes depends on what else the machine does, so the span follows
  /// what was met: four kills in five hit a process still at work.
  @Test("200 runs killed by SIGKILL and resumed end as one that was not") func killed() throws {
    let tiny = try TinySpec(epochs: 5, more: Self.callbacks, inMemory: true)
    let start = ContinuousClock.now
    #expect(try tiny.run("tiny.yaml", "--out", "whole", "-q", "--log-steps").status == 0)
    let whole = (ContinuousClock.now - start).components
    var span = max(1000, Int(whole.seconds) * 1_000_000 + Int(whole.attoseconds / 1_000_000_000_000))
    let expected = try tiny.result("whole")
    let expectedLines = try [tiny.text("whole/training.csv"), tiny.text("whole/steps.csv")]
    var random = Seeded(1)
    var (kills, killedRuns, resumes, begunAnew, number) = (0, 0, 0, 0, 0)
    while killedRuns < 200, number < 1000 {
      number += 1
      let name = "run\(number)"
      let first = ["tiny.yaml", "--out", name, "-q", "--checkpoint-minutes", "0", "--log-steps"]
      var arguments = first
      var wasKilled = false
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let process = try RunningCommand(arguments, directory: tiny.folder.url)
        usleep(UInt32(Int.random(in: 0...span, using: &random)))
        process.send(SIGKILL)
        if process.wait() == 128 + SIGKILL {
          kills += 1
          wasKilled = true
          span += span / 32
        } else {
          span = max(1000, span - span / 8)
        }
        // As a person would do: go on, or, where it says that there is nothing to go on from, begin again.
        arguments = ["run", "--resume", name, "-q", "--checkpoint-minutes", "0"]
        if !tiny.exists("\(name)/checkpoint/last"), !tiny.exists("\(name)/checkpoint/prev") {
          arguments = first
          begunAnew += 1
        } else {
          resumes += 1
        }
      }
      if wasKilled { killedRuns += 1 }
      let end = try Command.run(arguments, directory: tiny.folder.url)
      #expect(end.status == 0, "run \(number): \(end.error)")
      #expect(try tiny.result(name) == expected, "run \(number)")
      #expect(
        try [tiny.text("\(name)/training.csv"), tiny.text("\(name)/steps.csv")] == expectedLines, "run \(number)")
      let left = try FileManager.default.contentsOfDirectory(atPath: tiny.path("\(name)/checkpoint"))
      #expect(Set(left).isSubset(of: ["last", "prev", "best"]), "run \(number): \(left)")
      try FileManager.default.removeItem(atPath: tiny.path(name))
    }
    print("\(number) runs killed \(kills) times; resumed \(resumes) times, begun anew \(begunAnew) times")
    // Or nothing was tested.
    #expect(killedRuns == 200 && resumes >= 100 && begunAnew >= 1)
  }

  @Test("a run made longer ends as one that was as long from the beginning, by --epochs") func extended() throws {
    let tiny = try TinySpec()
    #expect(try tiny.run("tiny.yaml", "--epochs", "7", "--out", "long", "-q").status == 0)
    #expect(try tiny.run("tiny.yaml", "--epochs", "3", "--out", "run", "-q").status == 0)
    #expect(try tiny.text("run/history.csv").split(separator: "\n").count == 1 + 3)
    // A finished run has nothing left to train; its words are said again.
    let again = try tiny.run("run", "--resume", "run")
    #expect(again.status == 0)
    #expect(again.output.contains("Best of 3 epochs"))
    #expect(try tiny.text("run/history.csv").split(separator: "\n").count == 1 + 3)
    #expect(try tiny.run("run", "--resume", "run", "--epochs", "5", "-q").status == 0)
    #expect(try tiny.run("run", "--resume", "run", "--epochs", "7", "-q").status == 0)
    #expect(try tiny.result("run") == tiny.result("long"))
    #expect(try tiny.text("run/resolved.yaml").contains("epochs: 7"))
    let fewer = try tiny.run("run", "--resume", "run", "--epochs", "2")
    #expect(fewer.status == 1)
    #expect(fewer.error.contains("has trained for 7 epochs already, and 2 are asked for"))
  }

  @Test("early stopping is over until it has more patience, and then goes on as if it had had it") func patience()
    throws
  {
    let more = "  callbacks:\n    - early_stopping: {monitor: loss, min_delta: 100, patience: PATIENCE}\n"
    let tiny = try TinySpec(epochs: 9, more: more.replacingOccurrences(of: "PATIENCE", with: "2"))
    let patient = try TinySpec(epochs: 9, more: more.replacingOccurrences(of: "PATIENCE", with: "4"))
    #expect(try patient.run("tiny.yaml", "--out", "run", "-q").status == 0)
    let first = try tiny.run("tiny.yaml", "--out", "run")
    #expect(first.status == 0)
    #expect(first.error.contains("early_stopping: loss has not improved for 2 epochs"), "\(first.error)")
    let epochs = try tiny.text("run/history.csv").split(separator: "\n").count
    #expect(try tiny.run("run", "--resume", "run", "-q").status == 0)
    #expect(try tiny.text("run/history.csv").split(separator: "\n").count == epochs)
    let set = "training.callbacks[0].early_stopping.patience=4"
    let longer = try tiny.run("run", "--resume", "run", "--set", set)
    #expect(longer.status == 0)
    #expect(longer.error.contains("\(set.dropLast(2)) 2 → 4"), "\(longer.error)")
    #expect(try tiny.result("run") == patient.result("run"))
  }

  @Test("the checkpoint keeps the weights of the end, the file the best ones") func restoredWeights() throws {
    let more =
      "  callbacks:\n    - early_stopping: {monitor: loss, min_delta: 100, patience: 50, restore_best_weights: true}\n"
    let tiny = try TinySpec(epochs: 3, more: more)
    let plain = try TinySpec(epochs: 6, more: more)
    #expect(try plain.run("tiny.yaml", "--out", "run", "-q").status == 0)
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    // No improvement is large enough, so the first epoch stays the best one.
    #expect(try tiny.run("run", "--resume", "run", "--epochs", "6", "-q").status == 0)
    #expect(try tiny.result("run") == plain.result("run"))
    let first = try TinySpec(epochs: 1)
    #expect(try first.run("tiny.yaml", "--out", "run", "-q").status == 0)
    #expect(try first.values("run/weights/last.safetensors") == tiny.values("run/weights/last.safetensors"))
  }

  @Test("a damaged checkpoint is told, and the one before it taken") func damaged() throws {
    let tiny = try TinySpec()
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    let expected = try tiny.result("run")
    var bytes = try tiny.data("run/checkpoint/last")
    bytes[bytes.count - 100] ^= 0x40
    try bytes.write(to: URL(fileURLWithPath: tiny.path("run/checkpoint/last")))
    let resumed = try tiny.run("run", "--resume", "run")
    #expect(resumed.status == 0)
    #expect(
      resumed.error.contains("warning: 'run/checkpoint/last' holds damaged values: their checksum is another one"),
      "\(resumed.error)")
    #expect(try tiny.result("run") == expected)
    for name in ["last", "prev"] {
      try Data("no".utf8).write(to: URL(fileURLWithPath: tiny.path("run/checkpoint/\(name)")))
    }
    let refused = try tiny.run("run", "--resume", "run")
    #expect(refused.status == 3)
    #expect(refused.error.contains("cannot go on"), "\(refused.error)")
  }

  @Test("what a resumed run may change, and what not") func edits() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    let before = try tiny.data("run/checkpoint/last")
    for (change, part) in [
      ("training.batch_size=16", "~ training.batch_size 8 → 16"), ("training.seed=4", "~ training.seed 3 → 4"),
      ("training.optimizer=sgd", "training.optimizer.sgd"), ("model.layers.dense.units=4", "units 3 → 4"),
      ("data.rescale=1", "~ data.rescale"),
    ] {
      let outcome = try tiny.run("run", "--resume", "run", "--epochs", "3", "--set", change)
      #expect(outcome.status == 1, "\(change)")
      #expect(outcome.error.contains("the spec is not the one that 'run' was trained with"), "\(outcome.error)")
      #expect(outcome.error.contains(part), "\(change): \(outcome.error)")
    }
    #expect(try tiny.data("run/checkpoint/last") == before, "what is refused changes nothing")
    // Of a callback that was not there its settings are told, but for those of no value.
    let added = try tiny.run("run", "--resume", "run", "--set", "training.callbacks=[{early_stopping: {patience: 9}}]")
    #expect(added.status == 1 && added.error.contains(".early_stopping.monitor none → val_loss"), "\(added.error)")
    #expect(!added.error.contains("none → none"), "\(added.error)")
    let rate = ["--set", "training.optimizer.adam.learning_rate=0.5"]
    let outcome = try Command.run(["run", "--resume", "run", "--epochs", "3"] + rate, directory: tiny.folder.url)
    #expect(outcome.status == 1)
    #expect(outcome.error.contains("add `--allow-learning-rate-change`"), "\(outcome.error)")
    let allowed = try Command.run(
      ["run", "--resume", "run", "--epochs", "3", "--allow-learning-rate-change"] + rate, directory: tiny.folder.url)
    #expect(allowed.status == 0, "\(allowed.error)")
    #expect(try tiny.text("run/history.csv").contains("\n3,") && tiny.text("run/history.csv").contains(",0.5,"))
    // An edited copy of the spec in the directory is an edit as any.
    let copy = URL(fileURLWithPath: tiny.path("run/spec.yaml"))
    try Data(tiny.text("run/spec.yaml").replacingOccurrences(of: "dropout: 0.3", with: "dropout: 0.4").utf8)
      .write(to: copy)
    let edited = try tiny.run("run", "--resume", "run", "--epochs", "4")
    #expect(edited.status == 1)
    #expect(edited.error.contains("rate 0.3 → 0.4"), "\(edited.error)")
    // So is another spec, with its own options alone.
    let spec = try tiny.run("run", "tiny.yaml", "--resume", "run", "--epochs", "3")
    #expect(spec.status == 1)
    #expect(spec.error.contains("the learning rate is not the one"), "\(spec.error)")
  }

  @Test("a run goes on from anywhere, with other data it does not") func places() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    // Paths in a spec are relative to where it was.
    let elsewhere = try TemporaryFolder()
    let outcome = try Command.run(
      ["run", "--resume", tiny.path("run"), "--epochs", "3", "-q"], directory: elsewhere.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    var labels = try tiny.data("labels")
    labels[labels.count - 1] ^= 1
    try labels.write(to: URL(fileURLWithPath: tiny.path("labels")))
    let other = try tiny.run("run", "--resume", "run", "--epochs", "4")
    #expect(other.status == 3)
    #expect(other.error.contains("the data is not what 'run' was trained with"), "\(other.error)")
  }

  @Test("two at once: one has the directory, and a name gives each its own") func concurrent() throws {
    let tiny = try TinySpec(epochs: 100_000)
    let running = try RunningCommand(["tiny.yaml", "--out", "run", "-q"], directory: tiny.folder.url)
    running.wait { tiny.exists("run/history.csv") }
    for arguments in [["run", "--resume", "run"], ["tiny.yaml", "--out", "run"]] {
      let refused = try Command.run(arguments, directory: tiny.folder.url)
      #expect(refused.status == 3, "\(arguments)")
      #expect(
        refused.error.contains("is writing into 'run'") || refused.error.contains("is not empty"), "\(refused.error)")
    }
    #expect(running.isRunning)
    running.send(SIGTERM)
    #expect(running.wait() == 143)

    let short = try TinySpec(epochs: 3)
    let pair = try (0..<2).map { _ in try RunningCommand(["tiny.yaml", "-q"], directory: short.folder.url) }
    for process in pair { #expect(process.wait() == 0, "\(process.error)") }
    #expect(try short.result("runs/tiny") == short.result("runs/tiny-2"))
  }

  @Test("SIGUSR1 and SIGHUP make a checkpoint, SIGINT ends with one and with the command that goes on")
  func signals() throws {
    let tiny = try TinySpec(epochs: 100_000)
    let running = try RunningCommand(
      ["tiny.yaml", "--out", "a run", "--checkpoint-minutes", "100"], directory: tiny.folder.url)
    running.wait { tiny.exists("a run/history.csv") }
    for number in [SIGUSR1, SIGHUP] {
      let before = running.error.components(separatedBy: "checkpoint at epoch").count
      running.send(number)
      running.wait { running.error.components(separatedBy: "checkpoint at epoch").count > before }
      #expect(running.isRunning, "signal \(number): \(running.error.suffix(300))")
    }
    running.send(SIGINT)
    #expect(running.wait() == 130)
    #expect(running.error.contains("\nstopping after this step; a second signal ends the run at once\n"))
    let last = running.error.suffix(300)
    #expect(last.contains("go on with\n  cnnrun run --resume 'a run'\n"), "\(last)")
    // What is told works as it is pasted.
    if try tiny.exists("a run/history.csv") {
      #expect(last.hasSuffix("or see how far it got with\n  cnnrun report 'a run'\n"), "\(last)")
      #expect(try tiny.run("report", "a run").status == 0 && tiny.exists("a run/report.html"))
    }
    #expect(try tiny.text("a run/status.json").contains("\"interrupted\""))
    let epochs = try tiny.text("a run/history.csv").split(separator: "\n").count
    let resumed = try tiny.run("run", "--resume", "a run", "--epochs", "\(epochs + 1)", "-q")
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(try tiny.run("tiny.yaml", "--epochs", "\(epochs + 1)", "--out", "whole", "-q").status == 0)
    #expect(try tiny.result("a run") == tiny.result("whole"))
  }

  @Test("a disk that is full is told, and the checkpoint before it is whole") func diskFull() throws {
    let tiny = try TinySpec(epochs: 400, more: "  callbacks: [{csv_logger: log.csv}]\n")
    // Blocks of 512 bytes: the history outgrows them, and with it the checkpoints.
    let limited = try RunningCommand(
      ["tiny.yaml", "--out", "run"], directory: tiny.folder.url, limits: "ulimit -f 40")
    #expect(limited.wait() == 3, "\(limited.error)")
    #expect(limited.error.contains("cannot"), "\(limited.error)")
    let errors = limited.error.split(separator: "\n").count { $0.hasPrefix("error: ") }
    #expect(errors < 15, "each failure is told once: \(limited.error)")
    if limited.error.contains("the last good weights are in") { #expect(tiny.exists("run/weights/last.safetensors")) }
    let resumed = try tiny.run("run", "--resume", "run")
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(try tiny.run("tiny.yaml", "--out", "whole", "-q").status == 0)
    #expect(try tiny.result("run") == tiny.result("whole"))
  }

  @Test("a directory that cannot be written into is refused before anything is trained") func readOnly() throws {
    guard geteuid() != 0 else { return print("skipped: root may write anywhere") }
    let tiny = try TinySpec()
    try FileManager.default.createDirectory(atPath: tiny.path("locked"), withIntermediateDirectories: true)
    chmod(tiny.path("locked"), 0o555)
    let outcome = try tiny.run("tiny.yaml", "--out", "locked/run")
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("locked/run"), "\(outcome.error)")
  }

  @Test("what has no checkpoint, and options that make no sense, are told") func usage() throws {
    let tiny = try TinySpec()
    #expect(try tiny.run("run", "--resume", "nothing").status == 3)
    #expect(try tiny.run("run", "--resume", tiny.folder.url.path).status == 3)
    for arguments in [
      ["run"], ["run", "--resume", "a", "--out", "b"], ["run", "--resume", "a", "--initial-weights", "b"],
      ["tiny.yaml", "--allow-learning-rate-change"], ["tiny.yaml", "--epochs", "0"],
      ["tiny.yaml", "--checkpoint-minutes", "-1"],
    ] {
      #expect(try Command.run(arguments, directory: tiny.folder.url).status == 2, "\(arguments)")
    }
  }

  @Test("weights, history and report are the same for any number of threads") func threads() throws {
    let tiny = try TinySpec(epochs: 3, batchSize: 30, more: Self.callbacks)
    var results: [[String]] = []
    for threads in ["1", "2", "3", "8"] {
      let outcome = try tiny.run("tiny.yaml", "--threads", threads, "--out", "run\(threads)")
      #expect(outcome.status == 0)
      let report = outcome.output.replacingOccurrences(of: "run\(threads)", with: "run")
      results.append(try tiny.result("run\(threads)") + [report, tiny.text("run\(threads)/training.csv")])
    }
    for result in results.dropFirst() { #expect(result == results[0]) }
  }
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
private struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
