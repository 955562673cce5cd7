import Testing

@testable import CNNReport

private let train = [("loss", 2.34567), ("accuracy", 0.25)]
private let all = train + [("val_loss", 1.172835), ("val_accuracy", 0.125), ("lr", 5e-4)]

@Suite("Progress lines")
struct ProgressLineTests {
  @Test("running and finished lines are those of Keras 2.5")
  func goldens() throws {
    for row in try Golden.rows("classic-progress.tsv") {
      let steps = try #require(Int(row[1]))
      let line = ProgressLine(
        step: Int(row[0]) ?? steps, steps: steps, elapsedSeconds: try #require(Double(row[3])),
        firstStepSeconds: Double(row[2]), metrics: row[0] == "end" ? all : train)
      #expect((row[0] == "end" ? line.finished : line.running) == row[4])
    }
  }

  @Test("the header is there only if there are several epochs")
  func header() {
    #expect(ProgressLine.header(epoch: 3, epochs: 100) == "Epoch 3/100")
    #expect(ProgressLine.header(epoch: 1, epochs: 1) == nil)
  }

  @Test("the line for logs has the same fields in the same order, always")
  func plain() {
    let line = ProgressLine(
      step: 16, steps: 16, elapsedSeconds: 0.14, firstStepSeconds: 0.05,
      metrics: [("loss", 1.581), ("accuracy", 0.469), ("val_loss", 1.16472)])
    #expect(
      line.plain(epoch: 3, epochs: 100)
        == "Epoch 3/100 - 0.1s - 6ms/step - loss: 1.5810 - accuracy: 0.4690 - val_loss: 1.1647")
    let short = ProgressLine(step: 1, steps: 1, elapsedSeconds: 75)
    #expect(short.plain(epoch: 1, epochs: 1) == "Epoch 1/1 - 75.0s - 75s/step")
  }

  @Test("before the first step the bar is empty and nothing is estimated")
  func beforeFirstStep() {
    let line = ProgressLine(step: 0, steps: 16, elapsedSeconds: 3)
    #expect(line.running == " 0/16 [..............................] - ETA: 0s")
  }
}

@Suite("Redrawing on a terminal")
struct ProgressRendererTests {
  /// What a terminal shows at the end: each row after its carriage returns, spaces at the end off.
  private func screen(_ output: String) -> [String] {
    output.split(separator: "\n").map { row in
      var cells: [Character] = []
      for part in row.split(separator: "\r") {
        cells.replaceSubrange(0..<min(part.count, cells.count), with: part)
      }
      while cells.last == " " { cells.removeLast() }
      return String(cells)
    }
  }

  @Test("redraws are 50 ms apart, as in Keras")
  func throttle() throws {
    var renderer = ProgressRenderer(epochs: 1, steps: 30, style: .terminal(columns: 200))
    #expect(renderer.begin(epoch: 1, at: 64) == nil)
    var lines = (1...30).compactMap { step in
      renderer.update(step: step, metrics: train, at: 64 + Double(step) / 64)
    }
    lines.append(renderer.end(metrics: all, at: 64.75))
    let golden = try Golden.text("classic-redraws.txt").split(separator: "\n").map(String.init)
    #expect(lines.map { screen($0)[0] } == golden)
  }

  @Test("a shorter line leaves nothing of a longer one")
  func erasing() {
    var renderer = ProgressRenderer(epochs: 2, steps: 1000, style: .terminal(columns: 100))
    var output = renderer.begin(epoch: 2, at: 0) ?? ""
    output += renderer.update(step: 1, metrics: [("loss", -123456)], at: 20) ?? ""
    let second = renderer.update(step: 990, metrics: [("loss", 1)], at: 21) ?? ""
    #expect(second.hasPrefix("\r") && second.hasSuffix(" "))
    output += second
    #expect(
      screen(output) == [
        "Epoch 2/2", " 990/1000 [============================>.] - ETA: 0s - loss: 1.0000",
      ])
  }

  @Test("a running line stays in one row, the final one is whole")
  func narrow() {
    var renderer = ProgressRenderer(epochs: 1, steps: 16, style: .terminal(columns: 40))
    _ = renderer.begin(epoch: 1, at: 0)
    // The bar gives way first, to ten cells; then the line is cut.
    let running = renderer.update(step: 5, metrics: train, at: 1)
    #expect(running == "\r 5/16 [==>.......] - ETA: 2s - loss: 2.")
    let end = renderer.end(metrics: train, at: 2)
    #expect(
      end
        == "\r16/16 [==============================] - 2s 125ms/step - loss: 2.3457 - accuracy: 0.2500\n"
    )
  }

  @Test("the speed stands at the end of a running line, and a row of eighty columns has room for it")
  func speed() {
    var renderer = ProgressRenderer(epochs: 1, steps: 16, images: 1000, style: .terminal(columns: 80))
    _ = renderer.begin(epoch: 1, at: 0)
    // 5 of 16 steps are 312.5 images, in a fiftieth of a second. With a bar of 29 cells the line has 79.
    #expect(
      renderer.update(step: 5, metrics: [("loss", 2.34567)], at: 0.02)
        == "\r 5/16 [========>....................] - ETA: 0s - loss: 2.3457 - 15.6k images/s")
    #expect(
      renderer.end(metrics: train, at: 2)
        == "\r16/16 [==============================] - 2s 125ms/step - loss: 2.3457 - accuracy: 0.2500\n")
    var log = ProgressRenderer(epochs: 2, steps: 16, images: 1000, style: .plain)
    _ = log.begin(epoch: 1, at: 0)
    #expect(log.end(metrics: [], at: 2, saysSpeed: true) == "Epoch 1/2 - 2.0s - 125ms/step - 500 images/s\n")
    #expect(log.end(metrics: [], at: 2) == "Epoch 1/2 - 2.0s - 125ms/step\n")
  }

  @Test("a note between two redraws starts on a line of its own")
  func leaveLine() {
    var renderer = ProgressRenderer(epochs: 1, steps: 16, style: .terminal(columns: 80))
    _ = renderer.begin(epoch: 1, at: 0)
    #expect(renderer.leaveLine() == nil)
    _ = renderer.update(step: 1, metrics: train, at: 1)
    #expect(renderer.leaveLine() == "\n")
    #expect(renderer.leaveLine() == nil)
    #expect(renderer.update(step: 2, metrics: train, at: 1.01) != nil)
  }

  @Test("off a terminal an epoch is one line without control characters")
  func plain() {
    var renderer = ProgressRenderer(epochs: 3, steps: 16, style: .plain)
    #expect(renderer.begin(epoch: 2, at: 10) == nil)
    for step in 1...16 {
      #expect(renderer.update(step: step, metrics: train, at: 10 + Double(step)) == nil)
    }
    #expect(renderer.leaveLine() == nil)
    let end = renderer.end(metrics: train, at: 26)
    #expect(end == "Epoch 2/3 - 16.0s - 1s/step - loss: 2.3457 - accuracy: 0.2500\n")
  }
}
