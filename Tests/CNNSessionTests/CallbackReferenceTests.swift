import CNNSession
import Foundation
import Testing

/// Decisions of our callbacks against those of Keras's own, over `References/callbacks/decisions.json`
/// (`make_callback_references.py`).
///
/// Each case is also stopped after every epoch and taken up from its saved state, which must change nothing.
@Suite("callbacks decide as Keras's")
struct CallbackReferenceTests {
  typealias Case = [String: Any]

  private static func cases(_ name: String) throws -> [Case] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "References/callbacks/decisions.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let cases = try #require(object?[name] as? [Case])
    #expect(!cases.isEmpty)
    return cases
  }

  /// Numbers as text, which `JSONSerialization` would round; `nil` for a metric that is missing.
  private static func values(_ entry: Case, _ name: String = "values") throws -> [Double?] {
    try #require(entry[name] as? [Any]).map { value in
      value is NSNull ? nil : try #require((value as? String).flatMap { Double($0) })
    }
  }

  private static func number(_ entry: Case, _ name: String) -> Double? { (entry[name] as? NSNumber)?.doubleValue }

  private static func monitor(_ arguments: Case, best: Double? = nil) -> MetricMonitor {
    MetricMonitor(
      metric: "val_loss", direction: arguments["mode"] as? String == "max" ? .up : .down,
      minimumDelta: number(arguments, "min_delta") ?? 0, best: best)
  }

  private static func logs(_ epoch: Int, _ value: Double?, rate: Float = 0.1) -> EpochLogs {
    EpochLogs(epoch: epoch, figures: value.map { [NamedValue("val_loss", $0)] } ?? [], learningRate: rate)
  }

  /// A copy that knows nothing but what was saved.
  private static func revived<Kind: Callback>(_ callback: Kind, from fresh: Kind) throws -> Kind {
    var writer = StateWriter()
    callback.save(into: &writer)
    var copy = fresh
    var reader = StateReader(writer.bytes)
    try copy.restore(from: &reader)
    #expect(reader.isAtEnd)
    return copy
  }

  @Test("early stopping: when it stops, and which weights stay", arguments: [false, true])
  func earlyStopping(_ revives: Bool) throws {
    for entry in try Self.cases("early_stopping") {
      let arguments = try #require(entry["arguments"] as? Case)
      let fresh = EarlyStopping(
        monitor: Self.monitor(arguments), patience: try #require(arguments["patience"] as? Int),
        baseline: Self.number(arguments, "baseline"),
        restoresBestWeights: try #require(arguments["restore_best_weights"] as? Bool),
        startFromEpoch: try #require(arguments["start_from_epoch"] as? Int))
      var callback = fresh
      var epochs = 0
      for (epoch, value) in try Self.values(entry).enumerated() {
        var logs = Self.logs(epoch, value)
        #expect(callback.epochEnded(&logs) == [])
        epochs = epoch + 1
        if revives { callback = try Self.revived(callback, from: fresh) }
        if callback.stopReason != nil { break }
      }
      #expect(epochs == entry["epochs"] as? Int, "\(entry)")
      #expect((callback.stopReason != nil) == entry["stopped"] as? Bool, "\(entry)")
      #expect((callback.finalEpoch ?? epochs) - 1 == entry["final_weights"] as? Int, "\(entry)")
    }
  }

  @Test("plateau: the rate after each epoch, to the last bit", arguments: [false, true])
  func plateau(_ revives: Bool) throws {
    for entry in try Self.cases("reduce_lr_on_plateau") {
      let arguments = try #require(entry["arguments"] as? Case)
      let fresh = ReduceLROnPlateau(
        monitor: Self.monitor(arguments), factor: try #require(Self.number(arguments, "factor")),
        patience: try #require(arguments["patience"] as? Int), cooldown: try #require(arguments["cooldown"] as? Int),
        minimumRate: try #require(Self.number(arguments, "min_lr")))
      var callback = fresh
      var rate = Float(try #require(Self.number(entry, "rate")))
      var rates: [Double?] = []
      var logged: [Double?] = []
      for (epoch, value) in try Self.values(entry).enumerated() {
        var logs = Self.logs(epoch, value, rate: rate)
        for case .setLearningRate(let new) in callback.epochEnded(&logs) { rate = new }
        rates.append(Double(rate))
        logged.append(logs["learning_rate"])
        if revives { callback = try Self.revived(callback, from: fresh) }
      }
      #expect(try rates == Self.values(entry, "rates"), "\(entry)")
      #expect(try logged == Self.values(entry, "logged"), "\(entry)")
    }
  }

  @Test("checkpoints: which epochs are saved", arguments: [false, true])
  func checkpoints(_ revives: Bool) throws {
    for entry in try Self.cases("model_checkpoint") {
      let arguments = try #require(entry["arguments"] as? Case)
      let fresh = ModelCheckpoint(
        monitor: Self.monitor(arguments, best: Self.number(arguments, "initial_value_threshold")),
        savesBestOnly: try #require(arguments["save_best_only"] as? Bool)
      ) { figures in "\(Int(figures.first { $0.name == "epoch" }?.value ?? 0))" }
      var callback = fresh
      var saved: [Int?] = []
      for (epoch, value) in try Self.values(entry).enumerated() {
        var logs = Self.logs(epoch, value)
        for case .saveWeights(let path, _) in callback.epochEnded(&logs) { saved.append(Int(path)) }
        if revives { callback = try Self.revived(callback, from: fresh) }
      }
      #expect(saved == entry["saved"] as? [Int], "\(entry)")
    }
  }

  @Test("checkpoints after so many steps: which steps are saved", arguments: [false, true])
  func checkpointsBySteps(_ revives: Bool) throws {
    for entry in try Self.cases("model_checkpoint_by_steps") {
      let steps = try #require(entry["steps"] as? Int)
      let losses = try Self.values(entry, "losses").compactMap(\.self)
      let fresh = ModelCheckpoint(
        monitor: MetricMonitor(metric: "loss", direction: .down),
        savesBestOnly: try #require(entry["best_only"] as? Bool),
        frequency: .steps(try #require(entry["frequency"] as? Int))
      ) { figures in
        func padded(_ name: String) -> String {
          let digits = "\(Int(figures.first { $0.name == name }?.value ?? 0))"
          return String(repeating: "0", count: 3 - digits.count) + digits
        }
        return padded("epoch") + "-" + padded("batch")
      }
      var callback = fresh
      var saved: [String] = []
      for (index, loss) in losses.enumerated() {
        let logs = StepLogs(
          epoch: index / steps, batch: index % steps, iterations: index + 1, figures: [NamedValue("loss", loss)])
        for case .saveWeights(let path, _) in callback.stepEnded(logs) { saved.append(path) }
        if revives { callback = try Self.revived(callback, from: fresh) }
      }
      #expect(saved == entry["saved"] as? [String], "\(entry)")
    }
  }

  @Test("the file of the CSV logger, byte for byte", arguments: [false, true])
  func csvLogger(_ revives: Bool) throws {
    for entry in try Self.cases("csv_logger") {
      let fresh = CSVLogger(path: "log.csv", separator: try #require(entry["separator"] as? String))
      var callback = fresh
      var text: [UInt8] = []
      for (epoch, figures) in try #require(entry["history"] as? [[String: String]]).enumerated() {
        var logs = EpochLogs(
          epoch: epoch, figures: figures.map { NamedValue($0.key, Double($0.value) ?? .nan) }, learningRate: 0.1)
        for case .append("log.csv", let bytes) in callback.epochEnded(&logs) { text += bytes }
        if revives { callback = try Self.revived(callback, from: fresh) }
      }
      #expect(String(decoding: text, as: UTF8.self) == entry["text"] as? String)
    }
  }
}
