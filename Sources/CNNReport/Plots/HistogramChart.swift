internal import CNNDiagnostics

/// How often values fall into bins of equal width.
struct HistogramChart {
  /// One more than there are counts, ascending.
  let edges: [Double]
  let counts: [Int]
  let xTitle: String
  /// What is counted, in the plural.
  var noun = "samples"
  /// Whether bins are said in percent.
  var isShare = false

  static let width = 440.0
  static let height = 262.0
  private static let left = 52.0
  private static let right = 20.0
  private static let top = 30.0
  private static let bottom = 44.0

  /// Bins of values: the last one holds its upper edge, too. What is no finite number is left out.
  init(_ values: [Double], bins: Int, from low: Double, to high: Double, xTitle: String) {
    let width = high > low ? (high - low) / Double(bins) : 1
    var counts = [Int](repeating: 0, count: bins)
    for value in values where value.isFinite && value >= low && value <= high {
      counts[min(bins - 1, Int((value - low) / width))] += 1
    }
    self.init(edges: (0...bins).map { low + Double($0) * width }, counts: counts, xTitle: xTitle)
  }

  /// - Precondition: one edge more than there are counts.
  init(edges: [Double], counts: [Int], xTitle: String) {
    precondition(edges.count == counts.count + 1, "\(edges.count) edges of \(counts.count) bins")
    self.edges = edges
    self.counts = counts
    self.xTitle = xTitle
  }

  func plot(name: String, title: String) -> Plot {
    let total = counts.reduce(0, +)
    let low = edges.first ?? 0
    let high = edges.last ?? 1
    var plot = Plot(
      name: name, title: title,
      summary: "\(title): \(total.grouped) \(noun) in \(counts.count) bins from \(text(low)) to \(text(high))",
      width: Self.width, height: Self.height)
    plot.text(0, 14, title, "title")
    let most = Double(max(1, counts.max() ?? 1))
    let range = AxisTicks.niceRange(0, most, count: 5)
    let floor = Self.height - Self.bottom
    let y = PlotScale(range, from: floor, to: Self.top)
    let x = PlotScale(low...max(high, low + 1e-9), from: Self.left, to: Self.width - Self.right)
    let rows = AxisTicks(from: 0, to: range.upperBound, count: 5, isWhole: true)
    for value in rows.values {
      plot.line(Self.left, y(value), Self.width - Self.right, y(value), "grid")
      plot.text(Self.left - 7, y(value) + 4, NumberFormat.grouped(Int(value)), "tick", .end)
    }
    for (index, count) in counts.enumerated() {
      let (left, right) = (x(edges[index]), x(edges[index + 1]))
      let tip = "\(text(edges[index])) to \(text(edges[index + 1])): \(count.grouped) \(noun)"
      plot.rect(left + 0.75, y(Double(count)), right - left - 1.5, floor - y(Double(count)), "bar", tip: tip)
    }
    let columns = AxisTicks(from: low, to: high, count: 6)
    for value in columns.values {
      plot.line(x(value), floor, x(value), floor + 4, "axis")
      plot.text(x(value), floor + 18, label(value, columns), "tick", .middle)
    }
    plot.line(Self.left, floor, Self.width - Self.right, floor, "axis")
    plot.text((Self.left + Self.width - Self.right) / 2, Self.height - 8, xTitle, "soft", .middle)
    return plot
  }

  private func label(_ value: Double, _ ticks: AxisTicks) -> String {
    guard isShare else { return ticks.label(value) }
    let percent = value * 100
    return NumberFormat.fixed(percent, places: abs(percent - percent.rounded()) < 1e-6 ? 0 : 1) + "%"
  }

  private func text(_ value: Double) -> String {
    isShare ? NumberFormat.fixed(value * 100, places: 1) + "%" : NumberFormat.metric(value)
  }
}
