/// Precision, recall and F1 of each class: three bars a class, one above the other.
struct ClassBars {
  struct Row: Equatable {
    let name: String
    /// `nil` where there is nothing to divide by.
    let precision, recall, f1: Double?
  }

  let rows: [Row]

  private static let width = 440.0
  private static let labelRoom = 150.0

  func plot(name: String, title: String) -> Plot {
    let isDense = rows.count > 40
    let (barHeight, rowHeight) = isDense ? (3.0, 13.0) : (6.0, 25.0)
    let top = 52.0
    let floor = top + rowHeight * Double(rows.count) + 2
    var plot = Plot(
      name: name, title: title, summary: "\(title) of \(rows.count) classes", width: Self.width, height: floor + 24)
    let size = (isDense ? Plot.Size.small : Plot.Size.label) * Plot.Size.mostGrowth
    let labels = PlotLabel.shortened(rows.map(\.name), to: Self.labelRoom - 12, size: size)
    let widest = labels.map { PlotLabel.width($0, size: size) }.max() ?? 0
    let left = min(Self.labelRoom, widest + 12)
    let x = PlotScale(0...1, from: left, to: Self.width - 16)
    plot.text(0, 14, title, "title")
    var place = 1.0
    for (title, style) in [("precision", "bar"), ("recall", "bar1"), ("F1", "bar2")] {
      plot.rect(place, 27, 11, 11, style)
      plot.text(place + 17, 37, title)
      place += 17 + PlotLabel.width(title, size: Plot.Size.label) + 20
    }
    for value in [0, 0.2, 0.4, 0.6, 0.8, 1.0] {
      plot.line(x(value), top, x(value), floor, "grid")
      plot.text(x(value), floor + 16, NumberFormat.fixed(value, places: 1), "tick", .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = top + rowHeight * Double(index) + (rowHeight - 3 * barHeight) / 2
      plot.text(
        left - 7, top + rowHeight * (Double(index) + 0.5) + 4, labels[index], isDense ? "small" : "label", .end,
        tip: row.name)
      for (place, (what, value, style)) in [
        ("precision", row.precision, "bar"), ("recall", row.recall, "bar1"), ("F1", row.f1, "bar2"),
      ].enumerated() {
        guard let value else { continue }
        plot.rect(
          left, y + barHeight * Double(place), x(value) - left, barHeight - 0.5, style,
          tip: "\(row.name): \(what) \(NumberFormat.fixed(value, places: 4))")
      }
    }
    plot.line(left, top, left, floor, "axis")
    return plot
  }
}
