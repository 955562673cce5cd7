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
