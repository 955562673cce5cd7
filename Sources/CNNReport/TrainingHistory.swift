/// The metrics of every epoch, in the order they are shown.
package struct TrainingHistory: Sendable {
  /// One value an epoch, all of one length: `[("loss", [1.58, 1.16]), ("accuracy", [0.47, 0.57])]`.
  package let series: [(String, [Double])]

  package init(_ series: [(String, [Double])]) {
    let lengths = series.map(\.1.count)
    precondition(lengths.allSatisfy { $0 == lengths.first }, "series of \(lengths) epochs")
    self.series = series
  }

  package var epochCount: Int { series.first?.1.count ?? 0 }

  /// What tells the best epoch apart: validation before training, accuracy before loss.
  package var defaultMonitor: String? {
    let names = series.map(\.0)
    return ["val_accuracy", "val_loss", "accuracy", "loss"].first(where: names.contains)
  }

  /// Index of the first epoch no other one beats; not-a-number beats nothing.
  ///
  /// As with the mode `auto` of Keras 2, a name that ends in `acc`, `accuracy` or `auc` is better
  /// the higher it is, any other the lower.
  package func bestEpoch(by monitor: String) -> Int? {
    guard let values = series.first(where: { $0.0 == monitor })?.1 else { return nil }
    let higherIsBetter = ["acc", "accuracy", "auc"].contains(where: monitor.hasSuffix)
    var best: Int?
    for (epoch, value) in values.enumerated() where !value.isNaN {
      guard let held = best else {
        best = epoch
        continue
      }
      if higherIsBetter ? value > values[held] : value < values[held] { best = epoch }
    }
    return best
  }

  /// A table of the given epochs, all if none are named; the best one, if given, has a `*`.
  ///
  ///        epoch    loss  accuracy
  ///     -  -----  ------  --------
  ///     *      9  0.2871    0.8953
  package func table(epochs: [Int]? = nil, best: Int? = nil, indent: Int = 0) -> String {
    let mark = best == nil ? [] : [TextTable.Column("")]
    let epoch = TextTable.Column("epoch", .right)
    var table = TextTable(
      mark + [epoch] + series.map { TextTable.Column($0.0, .right) }, indent: indent)
    for epoch in epochs ?? Array(0..<epochCount) {
      let mark = best.map { [epoch == $0 ? "*" : " "] } ?? []
      table.add(mark + [String(epoch + 1)] + series.map { NumberFormat.metric($0.1[epoch]) })
    }
    return table.text
  }
}
