/// Decides what to write while epochs run; it reads no clock and writes nothing itself.
///
///     var progress = ProgressRenderer(epochs: 100, steps: 16, style: .terminal(columns: 80))
///     write(progress.begin(epoch: 1, at: clock))
///     write(progress.update(step: 1, metrics: [("loss", 2.3)], at: clock))
///     write(progress.end(metrics: [("loss", 1.6), ("val_loss", 1.2)], at: clock))
///
/// On a terminal the bar is redrawn in place, at most every 50 ms. Anywhere else there is one line
/// an epoch and no control characters.
package struct ProgressRenderer: Sendable {
  package enum Style: Sendable, Equatable {
    /// A running line is cut to one row of the terminal, or it could not be redrawn in place.
    case terminal(columns: Int)
    case plain
  }

  /// Seconds between two redraws, as in Keras.
  package static let minimumInterval = 0.05

  private let epochs: Int
  private let steps: Int
  private let images: Int?
  private let style: Style
  private var epoch = 0
  private var start = 0.0
  private var firstStepSeconds: Double?
  private var lastDraw: Double?
  /// Cells of the line that stands on the terminal, unfinished.
  private var drawnWidth = 0

  /// - Parameter images: of an epoch, for the speed of running lines; `nil` to say none, as Keras.
  package init(epochs: Int, steps: Int, images: Int? = nil, style: Style) {
    self.epochs = epochs
    self.steps = steps
    self.images = images
    self.style = style
  }

  /// The header of an epoch, on a terminal and if there are several.
  /// - Parameter clock: seconds from any fixed moment.
  package mutating func begin(epoch: Int, at clock: Double) -> String? {
    self.epoch = epoch
    start = clock
    firstStepSeconds = nil
    lastDraw = nil
    drawnWidth = 0
    if style == .plain { return nil }
    return ProgressLine.header(epoch: epoch, epochs: epochs).map { $0 + "\n" }
  }

  /// The redrawn line, or `nil` if the last one is too recent or nothing is drawn at all.
  package mutating func update(
    step: Int, metrics: @autoclosure () -> [(String, Double)], at clock: Double
  ) -> String? {
    if step == 1 && firstStepSeconds == nil { firstStepSeconds = clock - start }
    guard case .terminal(let columns) = style else { return nil }
    if let lastDraw, clock - lastDraw < Self.minimumInterval { return nil }
    lastDraw = clock
    let text = line(step: step, metrics: metrics(), at: clock).running(columns: columns - 1)
    return redraw(DisplayWidth.prefix(of: text, width: max(0, columns - 1)))
  }

  /// The final line of an epoch; it ends with a newline.
  /// - Parameter saysSpeed: whether a line for logs says it; Keras's does not.
  package mutating func end(metrics: [(String, Double)], at clock: Double, saysSpeed: Bool = false) -> String {
    if style == .plain {
      let line = ProgressLine(
        step: steps, steps: steps, elapsedSeconds: clock - start, firstStepSeconds: firstStepSeconds, metrics: metrics,
        images: saysSpeed ? images : nil)
      return line.plain(epoch: epoch, epochs: epochs) + "\n"
    }
    let line = line(step: steps, metrics: metrics, at: clock)
    let text = redraw(line.finished) + "\n"
    drawnWidth = 0
    return text
  }

  /// What has to be written before any other text may follow: a newline if a line stands open.
  package mutating func leaveLine() -> String? {
    guard drawnWidth > 0 else { return nil }
    drawnWidth = 0
    lastDraw = nil
    return "\n"
  }

  private func line(step: Int, metrics: [(String, Double)], at clock: Double) -> ProgressLine {
    ProgressLine(
      step: step, steps: steps, elapsedSeconds: clock - start,
      firstStepSeconds: firstStepSeconds, metrics: metrics, images: images)
  }

  /// Spaces, unlike an erasing sequence, clear the rest of a longer line on every terminal.
  private mutating func redraw(_ text: String) -> String {
    let width = DisplayWidth.of(text)
    let rest = String(repeating: " ", count: max(0, drawnWidth - width))
    drawnWidth = width
    return "\r" + text + rest
  }
}
