/// Values over epochs: a line a series, the best epoch marked.
struct LineChart {
  struct Series {
    let name: String
    /// One an epoch, the first of epoch 1; what is no finite number is a gap.
    let values: [Double]
    /// Of `PlotStyle`'s lines.
    let style: Int
  }

  var series: [Series]
  /// From 0.
  var bestEpoch: Int?
  /// What the legend calls the mark of the best epoch.
  var bestTitle = "best epoch"
  /// Whether values lie between 0 and 1, so that the axis does, too.
  var isShare = false
  /// Whether it may be logarithmic: for losses, which fall by magnitudes.
  var mayBeLogarithmic = false
  /// Whether the axis begins at 0, as one of times does.
  var startsAtZero = false
  /// What a value is in, behind its number: ` ms`.
  var unit = ""
  var xTitle = "epoch"

  static let width = 440.0
  static let height = 280.0
  private static let left = 52.0
  private static let right = 14.0
  private static let bottom = 44.0
  /// More points than this are not drawn, but can still be pointed at.
  private static let mostDots = 40
  private static let mostHovers = 400
  /// Of the largest value and the smallest, from where on an axis is logarithmic.
  private static let logarithmicRatio = 20.0

  private var count: Int { series.map(\.values.count).max() ?? 0 }
  private var finite: [Double] { series.flatMap(\.values).filter(\.isFinite) }

  /// Rows of the legend, each as wide as the picture.
  private var legendRows: [[(title: String, style: Int?)]] {
    var entries: [(title: String, style: Int?)] = series.map { ($0.name, $0.style) }
    if let best { entries.append(("\(bestTitle) \(best + 1)", nil)) }
    var rows: [[(title: String, style: Int?)]] = []
    var used = Double.infinity
    for entry in entries {
      let title = PlotLabel.shortened(entry.title, to: Self.width - 120, size: Plot.Size.label)
      let width = Self.legendWidth(title)
      if used + width > Self.width - Self.left - Self.right {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append((title, entry.style))
      used += width
    }
    return rows
  }

  private var best: Int? { bestEpoch.flatMap { $0 < count ? $0 : nil } }

  private static func legendWidth(_ title: String) -> Double { 30 + PlotLabel.width(title, size: Plot.Size.label) + 20 }

  /// - Parameters:
  ///   - name: of the file.
  ///   - title: above the picture.
  func plot(name: String, title: String) -> Plot {
    let rows = legendRows
    let top = 34 + 18 * Double(rows.count)
    let height = Self.height + 18 * Double(max(0, rows.count - 1))
    var plot = Plot(
      name: name, title: title, summary: summary(title), width: Self.width, height: height)
    let isLogarithmic = isLogarithmic
    let range = yRange(isLogarithmic: isLogarithmic)
    let y = PlotScale(range, from: height - Self.bottom, to: top, isLogarithmic: isLogarithmic)
    // One epoch stands in the middle.
    let x = PlotScale(
      count > 1 ? 1...Double(count) : 0.5...1.5, from: Self.left + 8, to: Self.width - Self.right - 6)
    plot.text(0, 14, isLogarithmic ? "\(title) (logarithmic)" : title, "title")
    drawLegend(rows, on: &plot)
    let ticks =
      isLogarithmic
      ? AxisTicks.logarithmic(from: range.lowerBound, to: range.upperBound)
      : AxisTicks(from: range.lowerBound, to: range.upperBound, count: 5)
    for value in ticks.values {
      plot.line(Self.left, y(value), Self.width - Self.right, y(value), "grid")
      plot.text(Self.left - 7, y(value) + 4, ticks.label(value), "tick", .end)
    }
    let epochs = AxisTicks(from: 1, to: Double(max(1, count)), count: 7, isWhole: true)
    for value in epochs.values {
      plot.line(x(value), height - Self.bottom, x(value), height - Self.bottom + 4, "axis")
      plot.text(x(value), height - Self.bottom + 18, epochs.label(value), "tick", .middle)
    }
    plot.line(Self.left, height - Self.bottom, Self.width - Self.right, height - Self.bottom, "axis")
    plot.text((Self.left + Self.width - Self.right) / 2, height - 8, xTitle, "soft", .middle)
    if let best { plot.line(x(Double(best + 1)), top, x(Double(best + 1)), height - Self.bottom, "best") }
    for series in series { draw(series, x, y, on: &plot) }
    return plot
  }

  private func draw(_ series: Series, _ x: PlotScale, _ y: PlotScale, on plot: inout Plot) {
    plot.polyline(
      series.values.enumerated().map { epoch, value in
        value.isFinite ? (x(Double(epoch + 1)), y(value)) : nil
      }, "line\(series.style)")
    guard series.values.count <= Self.mostHovers else { return }
    let isSparse = series.values.count <= Self.mostDots
    for (epoch, value) in series.values.enumerated() where value.isFinite {
      let tip = "\(series.name), \(xTitle) \(epoch + 1): \(NumberFormat.metric(value))\(unit)"
      plot.circle(
        x(Double(epoch + 1)), y(value), isSparse ? 3 : 4, isSparse ? "dot\(series.style)" : "hover", tip: tip)
    }
  }

  private func drawLegend(_ rows: [[(title: String, style: Int?)]], on plot: inout Plot) {
    for (row, entries) in rows.enumerated() {
      var left = 1.0
      let middle = 32 + 18 * Double(row)
      for entry in entries {
        plot.line(left, middle, left + 22, middle, entry.style.map { "line\($0)" } ?? "best")
        plot.text(left + 29, middle + 4, entry.title)
        left += Self.legendWidth(entry.title)
      }
    }
  }

  private var isLogarithmic: Bool {
    guard mayBeLogarithmic, let low = finite.min(), let high = finite.max() else { return false }
    return low > 0 && high / low >= Self.logarithmicRatio
  }

  private func yRange(isLogarithmic: Bool) -> ClosedRange<Double> {
    guard let low = finite.min(), let high = finite.max() else { return 0...1 }
    if isLogarithmic { return low * 0.9...high * 1.1 }
    if isShare, low >= 0, high <= 1 {
      // Not a curve of nothing but noise: a tenth at least.
      let nice = AxisTicks.niceRange(max(0, min(low, high - 0.1)), high, count: 5)
      return max(0, nice.lowerBound)...min(1, max(nice.upperBound, nice.lowerBound + 0.1))
    }
    return AxisTicks.niceRange(low >= 0 && (startsAtZero || low < high / 2) ? 0 : low, high, count: 5)
  }

  private func summary(_ title: String) -> String {
    let ends = series.compactMap { series -> String? in
      guard let first = series.values.first(where: \.isFinite), let last = series.values.last(where: \.isFinite)
      else { return nil }
      return "\(series.name) from \(NumberFormat.metric(first)) to \(NumberFormat.metric(last))\(unit)"
    }
    return "\(title) over \(count) \(xTitle)\(count == 1 ? "" : "s")" + (ends.isEmpty ? "" : ": ")
      + ends.joined(separator: ", ")
  }
}
