internal import CNNDiagnostics

/// A metric over the epochs for a terminal, some lines high.
///
///     0.80 ┤                    ⢀⣀⣀⠤⠤⠒
///          │            ⢀⡠⠤⠒⠊⠉⠁
///     0.40 ┤     ⢀⡠⠔⠊⠉
///          └────────────────────────
///           1                      10
///           ⠤⠤ val_accuracy  ⠄⠄ accuracy
///
/// Braille has two by four dots a character (Unicode, block 2800); where the terminal has no such characters, `*` and `.`.
package struct CurveText: Sendable {
  private let names: [String]
  private let series: [[Double]]
  private let columns: Int
  private let isUnicode: Bool

  private static let rows = 7
  private static let widest = 48

  /// - Parameters:
  ///   - metric: drawn with its validation, if there is one; `accuracy`, or the loss where that is not measured.
  ///   - columns: of the terminal.
  package init?(_ history: TrainingHistory, columns: Int, isUnicode: Bool) {
    let lookup = Dictionary(history.series) { first, _ in first }
    let metric = lookup["accuracy"] != nil ? "accuracy" : "loss"
    let found = ["val_\(metric)", metric].compactMap { name in lookup[name].map { (name, $0) } }
    guard history.epochCount > 1, !found.isEmpty, found.contains(where: { $0.1.contains(where: \.isFinite) }),
      columns >= 30
    else { return nil }
    names = found.map(\.0)
    series = found.map(\.1)
    self.columns = min(Self.widest, columns - 14)
    self.isUnicode = isUnicode
  }

  /// Lines without a newline at the end.
  package var text: String {
    let finite = series.flatMap { $0 }.filter(\.isFinite)
    let range = AxisTicks.niceRange(finite.min() ?? 0, finite.max() ?? 1, count: 3)
    let ticks = AxisTicks(from: range.lowerBound, to: range.upperBound, count: 3)
    let rows = drawn(range)
    let labels = ticks.values.reduce(into: [Int: String]()) { labels, value in
      let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      labels[Int(((1 - share) * Double(Self.rows - 1)).rounded())] = ticks.label(value)
    }
    let room = labels.values.map(\.count).max() ?? 0
    let (tick, bar, corner, floor) = isUnicode ? ("┤", "│", "└", "─") : ("+", "|", "+", "-")
    var lines = rows.enumerated().map { row, line in
      let label = labels[row] ?? ""
      return trimmed(
        DisplayWidth.pad(label, to: room, alignment: .right) + " " + (labels[row] == nil ? bar : tick) + line)
    }
    let margin = String(repeating: " ", count: room + 1)
    lines.append(margin + corner + String(repeating: floor, count: columns))
    let last = "\(series.map(\.count).max() ?? 0)"
    lines.append(margin + " 1" + DisplayWidth.pad(last, to: columns - 1, alignment: .right) + " epoch")
    let samples = isUnicode ? ["⠒⠒", "⠂⠂"] : ["**", ".."]
    let styles = names.count == 1 ? [samples[0]] : samples
    lines.append(margin + " " + zip(styles, names).map { "\($0) \($1)" }.joined(separator: "   "))
    return lines.joined(separator: "\n")
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " || line.last == "\u{2800}" { line.removeLast() }
    return line
  }

  /// Dots of a character: across and down.
  private var grain: (x: Int, y: Int) { isUnicode ? (2, 4) : (1, 1) }

  private func drawn(_ range: ClosedRange<Double>) -> [String] {
    let (width, height) = (columns * grain.x, Self.rows * grain.y)
    // Which series a dot is of; the first one drawn over the other.
    var dots = [[Int?]](repeating: [Int?](repeating: nil, count: width), count: height)
    for index in series.indices.reversed() {
      var before: Int?
      for x in 0..<width {
        guard let value = value(of: index, at: x, of: width) else {
          before = nil
          continue
        }
        let share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        let y = min(height - 1, max(0, Int(((1 - share) * Double(height - 1)).rounded())))
        // The second is dotted, so that the two are told apart.
        if index == 0 {
          for step in min(y, before ?? y)...max(y, before ?? y) { dots[step][x] = index }
        } else if x % (2 * grain.x) == 0 {
          dots[y][x] = index
        }
        before = y
      }
    }
    return (0..<Self.rows).map { row in
      String((0..<columns).map { column in character(dots, row, column) })
    }
  }

  /// Between two epochs on the straight line from one to the other.
  private func value(of index: Int, at x: Int, of width: Int) -> Double? {
    let values = series[index]
    let place = Double(x) / Double(max(1, width - 1)) * Double(values.count - 1)
    let first = min(values.count - 1, Int(place))
    let second = min(values.count - 1, first + 1)
    let value = values[first] + (place - Double(first)) * (values[second] - values[first])
    return value.isFinite ? value : nil
  }

  /// Bits of braille's dots, from left to right and from top to bottom.
  private static let braille = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

  private func character(_ dots: [[Int?]], _ row: Int, _ column: Int) -> Character {
    guard isUnicode else {
      switch dots[row][column] {
      case 0?: return "*"
      case .some: return "."
      case nil: return " "
      }
    }
    var bits: UInt32 = 0
    for y in 0..<4 {
      for x in 0..<2 where dots[row * 4 + y][column * 2 + x] != nil { bits |= UInt32(Self.braille[y][x]) }
    }
    return bits == 0 ? " " : Unicode.Scalar(0x2800 + bits).map(Character.init) ?? " "
  }
}
