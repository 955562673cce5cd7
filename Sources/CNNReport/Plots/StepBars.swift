/// What each step of a plan takes: a bar a step, in the order in which they run.
struct StepBars {
  /// Steps of a plan, and what they take.
  let steps: [StepTimes.Step]

  private static let width = 440.0
  private static let barHeight = 11.0
  private static let rowHeight = 21.0
  private static let labelRoom = 268.0
  /// More rows than this say little more: the shortest steps are then one row.
  private static let mostRows = 24

  /// Full and hollow, so that print without colours tells them apart, too.
  private static let forward = "bar"
  private static let backward = "hollow"

  private struct Row {
    let label: String
    let milliseconds: Double
    let style: String
    let tip: String
  }

  private var rows: [Row] {
    let total = steps.reduce(0) { $0 + $1.median }
    func row(_ label: String, _ seconds: Double, _ style: String) -> Row {
      let share = total > 0 ? seconds / total * 100 : 0
      return Row(
        label: label, milliseconds: seconds * 1000, style: style,
        tip: "\(label): \(NumberFormat.stepTime(seconds)), \(NumberFormat.fixed(share, places: 1))% of all steps")
    }
    let long = Set(
      steps.indices.sorted { steps[$0].median != steps[$1].median ? steps[$0].median > steps[$1].median : $0 < $1 }
        .prefix(steps.count > Self.mostRows ? Self.mostRows - 1 : Self.mostRows))
    var rows = steps.indices.filter(long.contains).map {
      row(steps[$0].title, steps[$0].median, steps[$0].isBackward ? Self.backward : Self.forward)
    }
    let rest = steps.indices.filter { !long.contains($0) }
    if !rest.isEmpty {
      rows.append(
        row("\(rest.count.grouped) shorter steps", rest.reduce(0) { $0 + steps[$1].median }, "rest"))
    }
    return rows
  }

  func plot(name: String, title: String) -> Plot {
    let rows = rows
    let top = 48.0
    let floor = top + Self.rowHeight * Double(rows.count) + 2
    var plot = Plot(
      name: name, title: title, summary: "\(title): \(steps.count.grouped) steps of a training step",
      width: Self.width, height: floor + 24)
    plot.text(0, 14, title, "title")
    var place = 1.0
    for (title, style) in [("forward", Self.forward), ("backward and update", Self.backward)] {
      plot.rect(place, 27, 11, 11, style)
      plot.text(place + 17, 37, title)
      place += 17 + PlotLabel.width(title, size: Plot.Size.label) + 16
    }
    let size = Plot.Size.small * Plot.Size.mostGrowth
    let labels = PlotLabel.shortened(rows.map(\.label), to: Self.labelRoom - 12, size: size, isNumbered: false)
    let widest = labels.map { PlotLabel.width($0, size: size) }.max() ?? 0
    let left = min(Self.labelRoom, widest + 12)
    let most = rows.map(\.milliseconds).max() ?? 0
    let range = AxisTicks.niceRange(0, max(most, 1e-6), count: 4)
    let x = PlotScale(range, from: left, to: Self.width - 20)
    let ticks = AxisTicks(from: 0, to: range.upperBound, count: 4)
    for value in ticks.values {
      plot.line(x(value), top, x(value), floor, "grid")
      plot.text(x(value), floor + 16, ticks.label(value), "tick", .middle)
    }
    for (index, row) in rows.enumerated() {
      let y = top + Self.rowHeight * (Double(index) + 0.5)
      plot.text(left - 7, y + 4, labels[index], "small", .end, tip: row.label)
      plot.rect(left, y - Self.barHeight / 2, x(row.milliseconds) - left, Self.barHeight, row.style, tip: row.tip)
    }
    plot.line(left, top, left, floor, "axis")
    return plot
  }
}

/// What each step of a training step's plan took, measured apart from training.
package struct StepTimes: Sendable, Equatable {
  package struct Step: Sendable, Equatable {
    /// What is done, and for which layer; the latter empty where it is for none.
    package var name, layer: String
    /// Of a batch, each time it was run.
    package var seconds: [Double]
    /// Whether it is of gradients or of the update, and not of what a prediction takes.
    package var isBackward: Bool

    package init(name: String, layer: String, seconds: [Double], isBackward: Bool = false) {
      self.name = name
      self.layer = layer
      self.seconds = seconds
      self.isBackward = isBackward
    }

    package var median: Double { BenchReport.Step.median(seconds) }

    /// `conv2d: indirect product`
    var title: String { layer.isEmpty ? name : "\(layer): \(name)" }
  }

  /// Samples of the batch.
  package var batch: Int
  package var threads: Int
  /// In the order in which they run.
  package var steps: [Step]

  package init(batch: Int, threads: Int, steps: [Step]) {
    self.batch = batch
    self.threads = threads
    self.steps = steps
  }

  package var seconds: Double { steps.reduce(0) { $0 + $1.median } }
}
