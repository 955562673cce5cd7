import Foundation
import Testing

@Suite("runs, compare, sweep, --json") struct RunCommandsTests {
  private func object(_ outcome: Command.Outcome) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)")
  }

  @Test("runs lists what there is, with its state") func runs() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("runs").output == "")
    for _ in 0..<2 { #expect(try tiny.run("tiny.yaml", "-q").status == 0) }
    let running = try RunningCommand(["tiny.yaml", "-q", "--epochs", "100000"], directory: tiny.folder.url)
    running.wait { tiny.exists("runs/tiny-3/history.csv") }
    let during = try object(try tiny.run("runs", "--json"))
    let states = try #require(during["runs"] as? [[String: Any]]).reduce(into: [:]) { states, run in
      states[run["run"] as? String ?? ""] = run["state"] as? String
    }
    #expect(states == ["runs/tiny": "done", "runs/tiny-2": "done", "runs/tiny-3": "running"])
    running.send(SIGKILL)
    running.wait()
    let table = try tiny.run("runs").output
    #expect(table.contains("runs/tiny-3  stopped"), "\(table)")
    #expect(table.contains("2/2") && !table.contains("latest"))
    #expect(try tiny.run("runs", "nowhere").status == 2)
    // A run is found by its name; the one that was killed is the one that began last.
    let killed = try tiny.text("runs/tiny-3/history.csv").split(separator: "\n").count
    #expect(try tiny.run("run", "--resume", "latest", "--epochs", "\(killed + 1)", "-q").status == 0)
    #expect(try tiny.run("runs").output.contains("runs/tiny-3  done"))
  }

  @Test("compare: figures side by side, and what differs") func compare() throws {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "-q").status == 0)
    #expect(try tiny.run("tiny.yaml", "-q", "--set", "training.batch_size=16").status == 0)
    let outcome = try tiny.run("compare", "tiny", "latest")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("training.batch_size"), "\(outcome.output)")
    #expect(outcome.output.contains("test_accuracy"))
    let json = try object(try tiny.run("compare", "runs/tiny", "runs/tiny-2", "--json"))
    let settings = try #require(json["settings"] as? [[String: Any]])
    #expect(settings.count == 1)
    #expect(settings[0]["values"] as? [String] == ["8", "16"])
    #expect(try tiny.run("compare", "tiny").status == 2)
    #expect(try tiny.run("compare", "tiny", "nothing").status == 2)
  }

  @Test("--json is one object on stdout, whatever becomes of the run") func json() throws {
    let tiny = try TinySpec(epochs: 2)
    let done = try tiny.run("tiny.yaml", "--out", "run", "--json", "-q")
    #expect(done.status == 0 && done.error.isEmpty)
    let run = try object(done)
    #expect(run["state"] as? String == "done")
    #expect(run["exit_status"] as? Int == 0)
    #expect((run["history"] as? [[String: Any]])?.count == 2)
    let evaluation = try #require(run["evaluation"] as? [String: Double])
    #expect(Set(evaluation.keys) == ["test_loss", "test_accuracy"])
    let metrics = try JSONSerialization.jsonObject(with: tiny.data("run/metrics.json")) as? [String: Double]
    #expect(metrics?["test_loss"] == evaluation["test_loss"])

    let broken = try tiny.run("tiny.yaml", "--json", "--set", "expect.loss=<= 0")
    #expect(broken.status == 4)
    #expect((try object(broken)["broken_expectations"] as? [String])?.count == 1)
    let refused = try tiny.run("tiny.yaml", "--json", "--out", "run")
    #expect(refused.status == 3)
    #expect(try object(refused)["state"] as? String == "refused")
    let failed = try tiny.run("tiny.yaml", "--json", "--set", "training.optimizer={sgd: {learning_rate: 1e38}}")
    #expect(failed.status == 3)
    #expect(try object(failed)["state"] as? String == "failed")
    #expect(try object(failed)["resume"] as? String == "cnnrun run --resume runs/tiny-2")
  }

  @Test("-v tells more, and all of it on stderr") func verbose() throws {
    let tiny = try TinySpec(epochs: 1)
    let plain = try tiny.run("tiny.yaml", "--out", "a")
    let verbose = try tiny.run("tiny.yaml", "--out", "b", "-v")
    #expect(verbose.output.replacingOccurrences(of: "     b", with: "     a") == plain.output)
    #expect(verbose.error.contains("images/s") && verbose.error.contains("checkpoint of epoch 1"))
    #expect(!plain.error.contains("images/s") && !plain.error.contains("checkpoint"))
  }

  @Test("a sweep trains each combination once, and goes on where it was") func sweep() throws {
    let tiny = try TinySpec(epochs: 2)
    let arguments = [
      "sweep", "tiny.yaml", "--set", "training.optimizer.adam.learning_rate=1e-2,1e-3", "--set",
      "training.batch_size=[8, 16]",
    ]
    let first = try Command.run(arguments, directory: tiny.folder.url)
    #expect(first.status == 0, "\(first.error)")
    let lines = first.output.split(separator: "\n")
    #expect(lines.count == 2 + 4)
    #expect(lines[0].hasPrefix("learning_rate  batch_size  val_accuracy"))
    let names = try FileManager.default.contentsOfDirectory(atPath: tiny.path("runs/tiny-sweep")).sorted()
    #expect(
      names == [
        "learning_rate-1e-2-batch_size-16", "learning_rate-1e-2-batch_size-8", "learning_rate-1e-3-batch_size-16",
        "learning_rate-1e-3-batch_size-8", "results.csv", "sweep.json",
      ])
    // Sorted by the metric, the best first; and each run is the one that `run --set` would have made.
    let json = try JSONSerialization.jsonObject(with: tiny.data("runs/tiny-sweep/sweep.json")) as? [String: Any]
    let rows = try #require(json?["runs"] as? [[String: Any]])
    let values = rows.compactMap { ($0["run"] as? [String: Any])?["best_value"] as? Double }
    #expect(values.count == 4 && values == values.sorted(by: >))
    #expect(
      try tiny.run(
        "tiny.yaml", "-q", "--out", "alone", "--set", "training.optimizer.adam.learning_rate=1e-2", "--set",
        "training.batch_size=16"
      ).status == 0)
    #expect(try tiny.result("alone") == tiny.result("runs/tiny-sweep/learning_rate-1e-2-batch_size-16"))

    // Done runs are left alone; one that lost its end is trained again.
    let kept = try tiny.data("runs/tiny-sweep/learning_rate-1e-2-batch_size-8/checkpoint/last")
    try FileManager.default.removeItem(atPath: tiny.path("runs/tiny-sweep/learning_rate-1e-3-batch_size-8"))
    let second = try Command.run(arguments, directory: tiny.folder.url)
    #expect(second.status == 0)
    #expect(second.error.components(separatedBy: "done before").count == 1 + 3, "\(second.error)")
    #expect(try tiny.data("runs/tiny-sweep/learning_rate-1e-2-batch_size-8/checkpoint/last") == kept)
    // More epochs make the same runs longer.
    let longer = try Command.run(arguments + ["--set", "training.epochs=3"], directory: tiny.folder.url)
    #expect(longer.status == 0, "\(longer.error)")
    #expect(try tiny.text("runs/tiny-sweep/learning_rate-1e-2-batch_size-8/history.csv").contains("\n3,"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: tiny.path("runs/tiny-sweep")).count == 6)
    // Another spec is not mixed in.
    let other = try Command.run(arguments + ["--set", "training.seed=9"], directory: tiny.folder.url)
    #expect(other.status == 0)
    #expect(try tiny.run("runs").output.split(separator: "\n").count == 2 + 8)
  }

  @Test("a sweep that is stopped goes on by the same command") func interruptedSweep() throws {
    let tiny = try TinySpec(epochs: 40)
    let arguments = ["sweep", "tiny.yaml", "--set", "training.seed=1,2", "--out", "s"]
    let running = try RunningCommand(arguments, directory: tiny.folder.url)
    running.wait { tiny.exists("s/seed-1/history.csv") }
    running.send(SIGINT)
    #expect([130, 0].contains(running.wait()), "\(running.error)")
    let end = try Command.run(arguments, directory: tiny.folder.url)
    #expect(end.status == 0, "\(end.error)")
    for seed in ["1", "2"] {
      #expect(
        try tiny.run("tiny.yaml", "-q", "--out", "whole\(seed)", "--set", "training.seed=\(seed)").status == 0)
      #expect(try tiny.result("whole\(seed)") == tiny.result("s/seed-\(seed)"))
    }
  }

  @Test("some combinations at random are the same ones for the same seed") func randomSweep() throws {
    let tiny = try TinySpec(epochs: 1)
    func names(_ seed: String, _ out: String) throws -> [String] {
      let outcome = try tiny.run(
        "sweep", "tiny.yaml", "--set", "training.seed=1,2,3,4,5,6,7,8", "--random", "3", "--seed", seed, "--out", out,
        "-q")
      #expect(outcome.status == 0, "\(outcome.error)")
      return try FileManager.default.contentsOfDirectory(atPath: tiny.path(out)).filter { $0.hasPrefix("seed") }
        .sorted()
    }
    let first = try names("1", "a")
    #expect(first.count == 3)
    #expect(try names("1", "b") == first)
    #expect(try names("2", "c") != first)
  }

  @Test("a fault in one combination is told before anything is trained") func faultySweep() throws {
    let tiny = try TinySpec(epochs: 1)
    let outcome = try tiny.run("sweep", "tiny.yaml", "--set", "training.batch_size=8,0", "--out", "s")
    #expect(outcome.status == 1)
    #expect(outcome.error.contains("`batch_size` is 0"), "\(outcome.error)")
    #expect(!tiny.exists("s"))
    #expect(try tiny.run("sweep", "tiny.yaml", "--set", "training.batch_size=8,").status == 2)
    #expect(try tiny.run("sweep", "tiny.yaml").status == 2)
    // What diverges is a result, too.
    let diverging = try tiny.run(
      "sweep", "tiny.yaml", "--set", "training.optimizer.adam.learning_rate=1e-3,1e38", "--out", "s")
    #expect(diverging.status == 0, "\(diverging.error)")
    #expect(diverging.output.split(separator: "\n").last?.contains("failed") == true, "\(diverging.output)")
  }
}
