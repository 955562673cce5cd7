import CNNSession
import Testing

/// Sequences that one can follow by hand, each a statement of what Keras 3 does.
@Suite("callbacks by hand")
struct CallbackTests {
  /// The epoch, from 0, in which training ends, or `nil`.
  private func stop(_ values: [Double], _ callback: EarlyStopping) -> Int? {
    var callback = callback
    for (epoch, value) in values.enumerated() {
      var logs = EpochLogs(epoch: epoch, figures: [NamedValue("val_loss", value)], learningRate: 0.1)
      _ = callback.epochEnded(&logs)
      if callback.stopReason != nil { return epoch }
    }
    return nil
  }

  private func falling(_ delta: Double = 0) -> MetricMonitor {
    MetricMonitor(metric: "val_loss", direction: .down, minimumDelta: delta)
  }

  @Test("patience 0 is as patience 1: the first epoch without improvement stops")
  func patience() {
    #expect(stop([3, 2, 2, 1], EarlyStopping(monitor: falling())) == 2)
    #expect(stop([3, 2, 2, 1], EarlyStopping(monitor: falling(), patience: 1)) == 2)
    #expect(stop([3, 2, 2, 2, 1], EarlyStopping(monitor: falling(), patience: 2)) == 3)
    #expect(stop([3, 2, 2, 1, 1, 1, 0], EarlyStopping(monitor: falling(), patience: 2)) == 5)
  }

  @Test("an improvement must exceed min_delta, whatever its sign")
  func minimumDelta() {
    #expect(stop([3, 2.75, 2.5], EarlyStopping(monitor: falling(0.25), patience: 1)) == 1)
    #expect(stop([3, 2.75, 2.5], EarlyStopping(monitor: falling(-0.25), patience: 1)) == 1)
    #expect(stop([3, 2.74, 2.4], EarlyStopping(monitor: falling(0.25), patience: 1)) == nil)
  }

  @Test("the first value improves even if it is not a number, and nothing improves on it then")
  func notANumber() {
    #expect(stop([3, .nan, .nan], EarlyStopping(monitor: falling(), patience: 2)) == 2)
    #expect(stop([.nan, 2, 1, 0.5], EarlyStopping(monitor: falling(), patience: 3)) == 3)
    #expect(stop([.nan], EarlyStopping(monitor: falling())) == nil)
  }

  @Test("values that differ by less than float32 tells are equal")
  func singlePrecision() {
    #expect(stop([0.3, 0.3 - 1e-9], EarlyStopping(monitor: falling(), patience: 1)) == 1)
    #expect(stop([0.3, 0.3 - 1e-7], EarlyStopping(monitor: falling(), patience: 1)) == nil)
  }

  @Test("more patience than at the stop lets a resumed run go on, less does not")
  func patienceRaised() throws {
    var callback = EarlyStopping(monitor: falling(), patience: 2)
    for (epoch, value) in [3.0, 3, 3].enumerated() {
      var logs = EpochLogs(epoch: epoch, figures: [NamedValue("val_loss", value)], learningRate: 0.1)
      _ = callback.epochEnded(&logs)
    }
    #expect(callback.stopReason == "early_stopping: val_loss has not improved for 2 epochs")
    var writer = StateWriter()
    callback.save(into: &writer)
    for (patience, stops) in [(1, true), (2, true), (3, false)] {
      var other = EarlyStopping(monitor: falling(), patience: patience)
      var reader = StateReader(writer.bytes)
      try other.restore(from: &reader)
      #expect((other.stopReason != nil) == stops, "patience \(patience)")
    }
  }

  @Test("a plateau's rates are float32: 0.1 of 0.001, and so on")
  func plateau() {
    var callback = ReduceLROnPlateau(monitor: falling(1e-4), factor: 0.1, patience: 1)
    var rate: Float = 0.001
    var rates: [Float] = []
    for (epoch, value) in [3.0, 3, 3].enumerated() {
      var logs = EpochLogs(epoch: epoch, figures: [NamedValue("val_loss", value)], learningRate: rate)
      for case .setLearningRate(let new) in callback.epochEnded(&logs) { rate = new }
      rates.append(rate)
    }
    // In float32, rounded each time: what NumPy's float32(float64(float32(0.001)) * 0.1) prints.
    #expect(rates == [0.001, 0.000100000005, 1.0000001e-05])
  }

  @Test("which way a metric is better, by its name")
  func directions() {
    for name in [
      "accuracy", "val_accuracy", "val_acc", "precision", "val_recall", "f1", "auc", "top_k_accuracy", "mine",
    ] {
      #expect(MetricDirection(of: name) == .up, "\(name)")
    }
    for name in ["loss", "val_loss", "mean_squared_error", "val_mean_absolute_error", "test_loss", "kl_divergence"] {
      #expect(MetricDirection(of: name) == .down, "\(name)")
    }
  }

  @Test("callbacks are asked in their order, and see what those before them add")
  func order() throws {
    let plateau = ReduceLROnPlateau(monitor: falling(1e-4), factor: 0.5, patience: 1)
    for (callbacks, hasRate) in [
      ([plateau, CSVLogger(path: "a.csv")] as [any Callback], true), ([CSVLogger(path: "a.csv"), plateau], false),
    ] {
      var list = CallbackList(callbacks)
      var output = Collected()
      let session = try SmallTraining().session()
      for epoch in 0..<2 {
        list.epochEnded(
          EpochLogs(epoch: epoch, figures: [NamedValue("val_loss", 1)], learningRate: 0.25), session: session,
          output: &output)
      }
      let header = String(decoding: output.files["a.csv"] ?? [], as: UTF8.self).prefix { $0 != "\r\n" }
      #expect(header == (hasRate ? "epoch,learning_rate,val_loss" : "epoch,val_loss"))
      #expect(list.learningRate == 0.125)
      #expect(output.notes.count == 1)
      // The states are those of these callbacks, and of no others.
      var other = CallbackList(callbacks)
      try other.restore(list.states)
      var fewer = CallbackList(Array(callbacks.dropLast()))
      #expect(throws: StateReader.Fault.self) { try fewer.restore(list.states) }
    }
  }
}

/// Keeps what callbacks ask for.
struct Collected: CallbackOutput {
  var weightNames: [String] = []
  var notes: [String] = []
  var files: [String: [UInt8]] = [:]
  var saved: [String] = []

  mutating func note(_ text: String) { notes.append(text) }
  mutating func append(_ bytes: [UInt8], to path: String) { files[path, default: []] += bytes }
  mutating func saveWeights(_ session: borrowing Session, to path: String, withModel: Bool) { saved.append(path) }
}
