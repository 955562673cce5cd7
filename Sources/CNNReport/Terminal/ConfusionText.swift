internal import CNNDiagnostics

/// A confusion matrix for a terminal: all of it where there is room, else the pairs confused most often.
///
///     validation, 1,000 samples: rows are true classes, columns predicted ones
///
///                     0   1   2
///     0  T-shirt     88   0   2
///     1  Trouser      1  95   0
package struct ConfusionText: Sendable {
  private let evaluation: ClassificationEvaluation
  private let split: String
  private let columns: Int

  private static let mostClasses = 20
  private static let mostPairs = 8
  private static let widestName = 18

  /// - Parameters:
  ///   - split: which samples: `validation`.
  ///   - columns: of the terminal.
  package init(_ evaluation: ClassificationEvaluation, split: String, columns: Int) {
    self.evaluation = evaluation
    self.split = split
    self.columns = columns
  }

  /// Lines without a newline at the end.
  package var text: String {
    let count = evaluation.samples.count
    let samples = "\(split), \(count.grouped) \(count == 1 ? "sample" : "samples")"
    if evaluation.classCount <= Self.mostClasses {
      let matrix = matrix
      if matrix.allSatisfy({ DisplayWidth.of($0) <= columns }) {
        return (["Confusion (\(samples); rows are true classes, columns predicted)", ""] + matrix)
          .joined(separator: "\n")
      }
    }
    let pairs = evaluation.confusion.mostConfused(Self.mostPairs)
    if pairs.isEmpty { return "Confusion (\(samples)): none" }
    var table = TextTable(
      [.init("true class"), .init("taken for"), .init("samples", .right), .init("of", .right)], indent: 2)
    for pair in pairs {
      table.add([
        name(pair.truth), name(pair.predicted), pair.count.grouped,
        evaluation.confusion.support(of: pair.truth).grouped,
      ])
    }
    return "Most often confused (\(samples)):\n\n" + table.text
  }

  private func name(_ index: Int) -> String {
    let name = PrintableText.escaped(evaluation.classNames[index])
    return DisplayWidth.of(name) <= Self.widestName
      ? name : DisplayWidth.prefix(of: name, width: Self.widestName - 3) + "..."
  }

  private var matrix: [String] {
    let classes = 0..<evaluation.classCount
    let names = classes.map(name)
    // Classes that are called by their numbers are not numbered, too.
    let isNumbered = names != classes.map(String.init)
    let labels = classes.map { index in
      isNumbered
        ? DisplayWidth.pad("\(index)", to: "\(classes.count - 1)".count, alignment: .right) + "  " + names[index]
        : names[index]
    }
    let room = labels.map { DisplayWidth.of($0) }.max() ?? 0
    let rows = classes.map { row in evaluation.confusion.row(row).map { $0 == 0 ? "." : String($0) } }
    let width = max(rows.joined().map(\.count).max() ?? 1, "\(classes.count - 1)".count) + 1
    func line(_ label: String, _ cells: [String]) -> String {
      "  " + DisplayWidth.pad(label, to: room) + "  "
        + cells.map { DisplayWidth.pad($0, to: width, alignment: .right) }.joined()
    }
    return [line("", classes.map(String.init))] + zip(labels, rows).map { line($0, $1) }
  }
}
