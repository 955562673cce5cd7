internal import CNNDiagnostics

/// One line of `history.csv` and of `history.jsonl`.
package struct EpochRecord: Sendable, Equatable {
  /// From 1.
  package var epoch: Int
  package var seconds: Double
  package var learningRate: Float
  /// One value a metric, in the order of the directory's metric names; `nil` where none was measured.
  package var values: [Double?]

  package init(epoch: Int, seconds: Double, learningRate: Float, values: [Double?]) {
    self.epoch = epoch
    self.seconds = seconds
    self.learningRate = learningRate
    self.values = values
  }

  /// Whether a value is infinite or not a number.
  var isDiverged: Bool { values.contains { $0.map { !$0.isFinite } ?? false } }

  static func header(_ names: [String]) -> String {
    (["epoch", "seconds", "lr"] + names).map(CSVText.field).joined(separator: ",")
  }

  var csv: String {
    let numbers = [String(epoch), CSVText.number(milliseconds), "\(learningRate)"]
    return (numbers + values.map { $0.map(CSVText.number) ?? "" }).joined(separator: ",")
  }

  func json(_ names: [String]) -> JSONText {
    var members: [String: JSONText] = [
      "epoch": .int(epoch), "seconds": .number(milliseconds),
      // By way of its text: 0.001, not the nearest double of the nearest float.
      "lr": .number(Double("\(learningRate)") ?? Double(learningRate)),
    ]
    for (name, value) in zip(names, values) { members[name] = value.map(JSONText.number) ?? .null }
    if isDiverged { members["diverged"] = .bool(true) }
    return .object(members)
  }

  private var milliseconds: Double { (seconds * 1000).rounded() / 1000 }
}

/// One line of `steps.csv`: a step's own loss and accuracy, not running means.
package struct StepRecord: Sendable, Equatable {
  /// Both from 1; steps start again with each epoch.
  package var epoch, step: Int
  package var loss, accuracy: Double

  package init(epoch: Int, step: Int, loss: Double, accuracy: Double) {
    self.epoch = epoch
    self.step = step
    self.loss = loss
    self.accuracy = accuracy
  }

  static let header = "epoch,step,loss,accuracy"

  var csv: String { "\(epoch),\(step),\(CSVText.number(loss)),\(CSVText.number(accuracy))" }
}

/// Fields of comma-separated text (RFC 4180), the same in every locale.
enum CSVText {
  static func field(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    if !needsQuotes { return text }
    return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  /// The shortest digits that read back as the same number; `nan`, `inf` and `-inf` are what most readers know.
  static func number(_ value: Double) -> String { "\(value)" }
}
