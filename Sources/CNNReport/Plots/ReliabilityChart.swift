internal import CNNDiagnostics

/// How often predictions of a confidence are right (Guo et al., "On Calibration of Modern Neural Networks", 2017): bars of
/// the accuracy of each bin, a mark at its mean confidence, and the diagonal of a model that knows itself.
struct ReliabilityChart {
  let bins: ConfidenceBins

  private static let width = 440.0
  private static let height = 330.0
  private static let left = 52.0
  private static let right = 20.0
  private static let top = 52.0
  private static let bottom = 44.0

  func plot(name: String, title: String) -> Plot {
    let text = "expected calibration error \(NumberFormat.fixed(bins.expectedCalibrationError, places: 4))"
    var plot = Plot(
      name: name, title: title, summary: "\(title): \(text)", width: Self.width, height: Self.height)
    let floor = Self.height - Self.bottom
    let x = PlotScale(0...1, from: Self.left, to: Self.width - Self.right)
    let y = PlotScale(0...1, from: floor, to: Self.top)
    plot.text(0, 14, title, "title")
    drawLegend(on: &plot)
    for value in [0, 0.2, 0.4, 0.6, 0.8, 1.0] {
      let label = NumberFormat.fixed(value * 100, places: 0) + "%"
      plot.line(Self.left, y(value), Self.width - Self.right, y(value), "grid")
      plot.text(Self.left - 7, y(value) + 4, label, "tick", .end)
      plot.line(x(value), floor, x(value), floor + 4, "axis")
      plot.text(x(value), floor + 18, label, "tick", .middle)
    }
    for bin in bins.bins where bin.count > 0 {
      let (accuracy, confidence) = (bin.accuracy, bin.meanConfidence)
      let (left, right) = (x(bin.lower) + 0.75, x(bin.upper) - 0.75)
      let tip =
        "confidence \(percent(bin.lower)) to \(percent(bin.upper)): \(bin.count.grouped) samples, "
        + "\(percent(accuracy)) right, mean confidence \(percent(confidence))"
      plot.rect(left, y(accuracy), right - left, floor - y(accuracy), "bar", tip: tip)
    }
    plot.line(x(0), y(0), x(1), y(1), "ideal")
    for bin in bins.bins where bin.count > 0 {
      plot.line(x(bin.lower) + 2, y(bin.meanConfidence), x(bin.upper) - 2, y(bin.meanConfidence), "level")
    }
    plot.line(Self.left, floor, Self.width - Self.right, floor, "axis")
    plot.text((Self.left + Self.width - Self.right) / 2, Self.height - 8, "confidence", "soft", .middle)
    return plot
  }

  private func drawLegend(on plot: inout Plot) {
    plot.rect(1, 27, 11, 11, "bar")
    plot.text(18, 37, "accuracy")
    var left = 38 + PlotLabel.width("accuracy", size: Plot.Size.label)
    plot.line(left, 33, left + 20, 33, "level")
    plot.text(left + 26, 37, "mean confidence")
    left += 46 + PlotLabel.width("mean confidence", size: Plot.Size.label)
    plot.line(left, 33, left + 22, 33, "ideal")
    plot.text(left + 29, 37, "ideal")
  }

  private func percent(_ share: Double) -> String { NumberFormat.fixed(share * 100, places: 1) + "%" }
}
