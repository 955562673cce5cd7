internal import CNNDiagnostics

/// Predicted values against true ones, for models of values.
struct ScatterChart {
  let truth, predictions: [Double]

  private static let side = 440.0
  private static let height = 360.0
  private static let left = 58.0
  private static let right = 14.0
  private static let top = 30.0
  private static let bottom = 44.0
  /// More would not be told apart; then evenly spread ones are shown.
  private static let mostPoints = 2000

  func plot(name: String, title: String) -> Plot {
    let pairs = zip(truth, predictions).filter { $0.isFinite && $1.isFinite }
    let stride = max(1, (pairs.count + Self.mostPoints - 1) / Self.mostPoints)
    let all = pairs.flatMap { [$0, $1] }
    let range = AxisTicks.niceRange(all.min() ?? 0, all.max() ?? 1, count: 6)
    var plot = Plot(
      name: name, title: title, summary: "\(title): \(pairs.count.grouped) samples", width: Self.side,
      height: Self.height)
    let floor = Self.height - Self.bottom
    let x = PlotScale(range, from: Self.left, to: Self.side - Self.right)
    let y = PlotScale(range, from: floor, to: Self.top)
    plot.text(0, 14, title, "title")
    let ticks = AxisTicks(from: range.lowerBound, to: range.upperBound, count: 6)
    for value in ticks.values {
      plot.line(Self.left, y(value), Self.side - Self.right, y(value), "grid")
      plot.text(Self.left - 7, y(value) + 4, ticks.label(value), "tick", .end)
      plot.line(x(value), floor, x(value), floor + 4, "axis")
      plot.text(x(value), floor + 18, ticks.label(value), "tick", .middle)
    }
    plot.line(x(range.lowerBound), y(range.lowerBound), x(range.upperBound), y(range.upperBound), "ideal")
    for index in Swift.stride(from: 0, to: pairs.count, by: stride) {
      let (actual, predicted) = pairs[index]
      plot.circle(
        x(actual), y(predicted), 3, "mark",
        tip: "true \(NumberFormat.metric(actual)), predicted \(NumberFormat.metric(predicted))")
    }
    plot.line(Self.left, floor, Self.side - Self.right, floor, "axis")
    plot.text((Self.left + Self.side - Self.right) / 2, Self.height - 8, "true value", "soft", .middle)
    plot.text(12, (Self.top + floor) / 2, "predicted value", "soft", .middle, rotatedBy: -90)
    return plot
  }
}
