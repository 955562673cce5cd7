import CNNTestSupport
import Foundation
import Testing

@Suite("callbacks of a run") struct CallbackRunTests {
  @Test("files of callbacks lie in the run directory, named and filled as asked") func files() throws {
    let tiny = try TinySpec(
      epochs: 3,
      more: """
          callbacks:
            - model_checkpoint: "all/{epoch:02d}-{loss:.2f}"
            - model_checkpoint: {path: first, save_best_only: true, mode: max, monitor: loss, save_weights_only: true}
            - csv_logger: {path: logs/training.csv, separator: ";"}
        """)
    let outcome = try tiny.run("tiny.yaml", "--out", "run")
    #expect(outcome.status == 0, "\(outcome.error)")
    let saved = try FileManager.default.contentsOfDirectory(atPath: tiny.path("run/all")).sorted()
    #expect(saved.count == 3)
    #expect(saved[0].hasPrefix("01-") && saved[2].hasPrefix("03-") && saved.allSatisfy { $0.hasSuffix(".safetensors") })
    // The last epoch's file holds what the run ends with, and the spec beside it.
    let last = try tiny.data("run/all/\(saved[2])")
    let weights = try tiny.data("run/weights/last.safetensors")
    #expect(last.suffix(weights.count / 2) == weights.suffix(weights.count / 2))
    #expect(String(decoding: last.prefix(4000), as: UTF8.self).contains("\"spec\":\"name: tiny"))
    #expect(!String(decoding: try tiny.data("run/first.safetensors").prefix(4000), as: UTF8.self).contains("\"spec\""))
    let lines = try tiny.text("run/logs/training.csv").components(separatedBy: "\r\n")
    #expect(lines[0] == "epoch;accuracy;loss;val_accuracy;val_loss")
    #expect(lines.count == 5 && lines[1].hasPrefix("0;") && lines[3].hasPrefix("2;") && lines[4].isEmpty)
    let entries = try FileManager.default.contentsOfDirectory(atPath: tiny.folder.url.path).sorted()
    #expect(entries == ["images", "labels", "run", "tiny.yaml"], "nothing is written beside the run")
  }

  @Test("a plateau lowers the rate of the epochs behind it") func plateau() throws {
    let tiny = try TinySpec(
      epochs: 5,
      more:
        "  callbacks: [{reduce_lr_on_plateau: {monitor: loss, min_delta: 100, patience: 2, factor: 0.5, cooldown: 1}}]\n"
    )
    let outcome = try tiny.run("tiny.yaml", "--out", "run")
    #expect(outcome.status == 0)
    // No improvement is large enough: two epochs of waiting after the first, then a cooldown whose end counts.
    let rates = try tiny.text("run/history.csv").split(separator: "\n").dropFirst().map {
      String($0.split(separator: ",")[2])
    }
    #expect(rates == ["0.001", "0.001", "0.001", "0.0005", "0.0005"])
    #expect(outcome.error.contains("epoch 3: reduce_lr_on_plateau lowers the learning rate from 0.001 to 0.0005"))
  }

  /// TensorBoard's own reader; without the package the test says so and passes.
  @Test("TensorBoard reads the event files, of a resumed run too") func tensorBoard() throws {
    let tiny = try TinySpec(
      epochs: 2, more: "  callbacks: [{tensorboard: {path: tb, update_freq: 3, histogram_freq: 1}}]\n")
    #expect(try tiny.run("tiny.yaml", "--out", "run", "-q").status == 0)
    #expect(try tiny.run("run", "--resume", "run", "--epochs", "3", "-q").status == 0)
    let script = """
      import json, sys
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      found = {}
      for part in ["train", "validation"]:
          events = EventAccumulator(sys.argv[1] + "/" + part, size_guidance={"histograms": 0, "scalars": 0})
          events.Reload()
          tags = events.Tags()
          found[part] = {
              "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
              "histograms": {tag: [[e.step, e.histogram_value.num] for e in events.Histograms(tag)]
                             for tag in tags["histograms"]}}
      print(json.dumps(found))
      """
    guard let text = try PeerPython.run(script, arguments: [tiny.path("run/tb")]) else { return }
    let found = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [String: [String: [[Double]]]]])
    let train = try #require(found["train"]?["scalars"])
    let validation = try #require(found["validation"]?["scalars"])
    #expect(Set(train.keys) == ["epoch_loss", "epoch_accuracy", "epoch_learning_rate", "batch_loss", "batch_accuracy"])
    #expect(
      Set(validation.keys) == [
        "epoch_loss", "epoch_accuracy", "evaluation_loss_vs_iterations", "evaluation_accuracy_vs_iterations",
      ])
    let history = try tiny.text("run/history.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    // Columns: epoch, seconds, lr, train/loss, train/accuracy, val/loss, val/accuracy; event files hold float32.
    func expect(_ points: [[Double]]?, _ column: Int, steps: [Double]) {
      #expect(points?.map { $0[0] } == steps)
      #expect(points?.map { Float($0[1]) } == history.map { Float($0[column]) })
    }
    expect(train["epoch_loss"], 3, steps: [0, 1, 2])
    expect(train["epoch_learning_rate"], 2, steps: [0, 1, 2])
    expect(validation["epoch_accuracy"], 6, steps: [0, 1, 2])
    // 64 samples in batches of 8 are 8 steps an epoch.
    expect(validation["evaluation_loss_vs_iterations"], 5, steps: [8, 16, 24])
    #expect(train["batch_loss"]?.map { $0[0] } == stride(from: 3.0, through: 24, by: 3).map { $0 })
    let histograms = try #require(found["train"]?["histograms"])
    // 3 * 3 * 1 * 4 weights.
    #expect(histograms["conv2d/kernel/histogram"] == [[0, 36], [1, 36], [2, 36]])
  }
}
