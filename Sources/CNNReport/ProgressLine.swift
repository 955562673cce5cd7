/// One state of an epoch as a line of text: a bar while it runs, a result when it is over.
///
///      5/16 [========>.....................] - ETA: 0s - loss: 2.3457 - accuracy: 0.2500
///     16/16 [==============================] - 1s 43ms/step - loss: 2.3457 - accuracy: 0.2500
///
/// Matches `Progbar` of Keras 2 (`tensorflow/python/keras/utils/generic_utils.py`). The text has no
/// control characters; `ProgressRenderer` adds what a terminal needs.
package struct ProgressLine: Sendable {
  private static let cells = 30
  /// Cells that a bar has at least where the row is short.
  private static let fewestCells = 10

  package let step: Int
  package let steps: Int
  /// Since the epoch began, validation included.
  package let elapsedSeconds: Double
  /// When step 1 was done, if that was seen: it is rarely typical, so estimates leave it out.
  package let firstStepSeconds: Double?
  package let metrics: [(String, Double)]
  /// Images of the whole epoch, for the speed; `nil` to say none, as Keras.
  package let images: Int?

  /// - Parameter step: steps done, 0 through `steps`.
  package init(
    step: Int, steps: Int, elapsedSeconds: Double, firstStepSeconds: Double? = nil,
    metrics: [(String, Double)] = [], images: Int? = nil
  ) {
    precondition(steps >= 1 && (0...steps).contains(step), "step \(step) of \(steps)")
    self.images = images
    self.step = step
    self.steps = steps
    self.elapsedSeconds = elapsedSeconds
    self.firstStepSeconds = firstStepSeconds
    self.metrics = metrics
  }

  /// `Epoch 3/100`, which Keras leaves out if there is only one.
  package static func header(epoch: Int, epochs: Int) -> String? {
    epochs > 1 ? "Epoch \(epoch)/\(epochs)" : nil
  }

  /// The line of an epoch under way, with the time left.
  package var running: String { running(cells: Self.cells) }

  /// The same with a bar that is as much shorter as a row of so many columns asks for.
  package func running(columns: Int) -> String {
    let excess = DisplayWidth.of(running) - columns
    return excess > 0 ? running(cells: max(Self.fewestCells, Self.cells - excess)) : running
  }

  private func running(cells: Int) -> String {
    let left = secondsPerStep * Double(steps - step)
    return "\(count) [\(bar(cells))] - ETA: \(NumberFormat.remainingTime(left))\(metricText)\(speedText)"
  }

  /// The line of a finished epoch, with its time and the time of a step.
  package var finished: String {
    let elapsed = NumberFormat.fixed(elapsedSeconds, places: 0)
    return "\(count) [\(bar(Self.cells))] - \(elapsed)s \(perStep)\(metricText)"
  }

  /// The one line of an epoch for files and logs.
  ///
  ///     Epoch 3/100 - 0.1s - 6ms/step - loss: 1.5810 - accuracy: 0.4690 - val_loss: 1.1647
  ///
  /// Its fields stand in this order always and are set apart by ` - `.
  package func plain(epoch: Int, epochs: Int) -> String {
    let elapsed = NumberFormat.fixed(elapsedSeconds, places: 1)
    return "Epoch \(epoch)/\(epochs) - \(elapsed)s - \(perStep)\(metricText)\(speedText)"
  }

  private var count: String {
    let total = String(steps)
    return DisplayWidth.pad(String(step), to: total.utf8.count, alignment: .right) + "/" + total
  }

  private func bar(_ cells: Int) -> String {
    let filled = Int(Double(cells) * (Double(step) / Double(steps)))
    let dots = String(repeating: ".", count: cells - filled)
    guard filled > 0 else { return dots }
    return String(repeating: "=", count: filled - 1) + (step < steps ? ">" : "=") + dots
  }

  private var perStep: String { NumberFormat.stepTime(secondsPerStep) + "/step" }

  private var secondsPerStep: Double {
    if step == 0 { return 0 }
    if let firstStepSeconds, step > 1 {
      return (elapsedSeconds - firstStepSeconds) / Double(step - 1)
    }
    return elapsedSeconds / Double(step)
  }

  private var speedText: String {
    guard let images, step > 0, elapsedSeconds > 0 else { return "" }
    let done = Double(images) * Double(step) / Double(steps)
    return " - \(NumberFormat.rate(done / elapsedSeconds)) images/s"
  }

  private var metricText: String {
    metrics.map { " - \($0.0): \(NumberFormat.metric($0.1))" }.joined()
  }
}
