internal import CNNDiagnostics

/// Counts of samples by true class (rows) and predicted class (columns), each row as shares of itself.
///
/// Few classes have their names and numbers in the picture; many have numbers at the edge, and names where one points.
struct ConfusionChart {
  let matrix: ConfusionMatrix
  let names: [String]

  /// Up to so many, cells hold their numbers, and rows their names.
  private static let mostNumbers = 20
  private static let mostNames = 40
  /// Of names; more where there are few classes.
  private var labelRoom: Double { classes <= 12 ? 156 : 118 }
  /// Of more classes a cell is too small to be pointed at.
  private static let mostTips = 150

  private var classes: Int { matrix.classCount }
  /// Whether a cell has room for the count beneath the share.
  private var showsCounts: Bool { cell >= 34 }
  /// Whether counts are to be had by pointing, and not otherwise.
  var hidesCounts: Bool { !showsCounts && classes <= Self.mostTips }
  private var cell: Double {
    switch classes {
    case ...4: 76
    case ...10: 34
    case ...20: 26
    case ...40: 17
    default: max(0.6, min(12, 600 / Double(classes)))
    }
  }

  func plot(name: String, title: String) -> Plot {
    let showsNames = classes <= Self.mostNames
    let labels = PlotLabel.shortened(names, to: labelRoom - 12, size: Plot.Size.label)
    let widest = labels.map { PlotLabel.width($0, size: Plot.Size.label) }.max() ?? 0
    let left = 20 + (showsNames ? min(labelRoom, widest + 12) : 34)
    let side = cell * Double(classes)
    // Names of columns stand upright where they are wider than their columns.
    let isUpright = showsNames && widest > cell - 6
    let bottom = (showsNames ? (isUpright ? min(labelRoom, widest + 8) : 22) : 24) + 23
    let top = 30.0
    var plot = Plot(
      name: name, title: title, summary: summary, width: max(left + side + 8, 300), height: top + side + bottom)
    plot.text(0, 14, title, "title")
    plot.rect(left, top, side, side, "empty")
    for row in 0..<classes { drawRow(row, left, top, on: &plot) }
    plot.rect(left, top, side, side, "frame")
    if showsNames {
      for (index, label) in labels.enumerated() {
        let middle = (Double(index) + 0.5) * cell
        let style = cell < 15 ? "small" : "label"
        plot.text(left - 7, top + middle + 4, label, style, .end, tip: names[index])
        if isUpright {
          plot.text(left + middle + 4, top + side + 8, label, style, .end, rotatedBy: -90, tip: names[index])
        } else {
          plot.text(left + middle, top + side + 16, label, style, .middle, tip: names[index])
        }
      }
    } else {
      let ticks = AxisTicks(from: 0, to: Double(classes - 1), count: 10, isWhole: true)
      for value in ticks.values {
        let middle = (value + 0.5) * cell
        plot.text(left - 7, top + middle + 4, ticks.label(value), "tick", .end)
        plot.text(left + middle, top + side + 16, ticks.label(value), "tick", .middle)
      }
    }
    plot.text(left + side / 2, top + side + bottom - 6, "predicted class", "soft", .middle)
    plot.text(12, top + side / 2, "true class", "soft", .middle, rotatedBy: -90)
    return plot
  }

  private func drawRow(_ row: Int, _ left: Double, _ top: Double, on plot: inout Plot) {
    let total = matrix.support(of: row)
    for (column, count) in matrix.row(row).enumerated() where count > 0 || classes <= Self.mostNumbers {
      let share = total > 0 ? Double(count) / Double(total) : 0
      let (x, y) = (left + Double(column) * cell, top + Double(row) * cell)
      let tip =
        classes > Self.mostTips
        ? nil
        : "\(name(row)) taken for \(name(column)): \(count.grouped) of \(total.grouped) (\(NumberFormat.fixed(share * 100, places: 1))%)"
      let inset = cell > 12 ? 0.5 : 0
      // The least that there is can be seen.
      let opacity = share > 0 ? max(0.04, share) : 0
      plot.rect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset, "cell", opacity: opacity, tip: tip)
      guard classes <= Self.mostNumbers, count > 0 else { continue }
      let ink = share > 0.5 ? "inert on" : "inert"
      if showsCounts {
        plot.text(x + cell / 2, y + cell / 2 - 1, Self.shareText(share), ink, .middle)
        plot.text(x + cell / 2, y + cell / 2 + 12, count.grouped, ink + " small", .middle)
      } else {
        plot.text(x + cell / 2, y + cell / 2 + 4, Self.shareText(share), ink + " small", .middle)
      }
    }
  }

  /// Two decimals, without a zero in front: `.93`, `1.0`.
  private static func shareText(_ share: Double) -> String {
    let text = NumberFormat.fixed(share, places: 2)
    return text == "1.00" ? "1.0" : String(text.dropFirst())
  }

  private func name(_ index: Int) -> String { index < names.count ? names[index] : String(index) }

  private var summary: String {
    "Confusion matrix of \(classes) classes, rows true and columns predicted, each row normalised: "
      + "\(matrix.correct.grouped) of \(matrix.total.grouped) samples on the diagonal"
  }
}
