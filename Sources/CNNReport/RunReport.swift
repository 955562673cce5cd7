/// The text that closes a training run: how good it got, where its files are, what comes next.
///
///     Best of 12 epochs by val_accuracy: epoch 9
///
///          epoch    loss  accuracy  val_loss  val_accuracy
///       -  -----  ------  --------  --------  ------------
///       *      9  0.2871    0.8953    0.3312        0.8832
///             12  0.2411    0.9120    0.3563        0.8710
///
///     Evaluation: loss 0.3402, accuracy 0.8791
///                 of the best weights, after epoch 12
///     Files:      runs/fashion
///     Report:     runs/fashion/report.html
///     Next:       cnnrun summary runs/fashion/spec.yaml
///
/// A line is left out if nothing is known for it.
package struct RunReport: Sendable {
  package let history: TrainingHistory
  /// The best epoch, from 0, and the metric that says so; `nil` if there is none.
  package let best: (epoch: Int, monitor: String)?
  /// Final figures on data that took no part in training.
  package let evaluation: [(String, Double)]
  /// Which weights that is of; `nil` where there is but one answer.
  package let evaluatedWeights: String?
  package let runDirectory: String
  /// The page that shows the run.
  package let page: String?
  package let nextCommand: String?

  /// - Precondition: the best epoch is one of the history's.
  package init(
    history: TrainingHistory, best: (epoch: Int, monitor: String)? = nil, evaluation: [(String, Double)] = [],
    evaluatedWeights: String? = nil, runDirectory: String, page: String? = nil, nextCommand: String? = nil
  ) {
    self.history = history
    self.best = best
    self.evaluation = evaluation
    self.evaluatedWeights = evaluatedWeights
    self.runDirectory = runDirectory
    self.page = page
    self.nextCommand = nextCommand
  }

  /// The lines joined by newlines, none at the end.
  package var text: String {
    var closing: [(String, String)] = []
    if !evaluation.isEmpty {
      let figures = evaluation.map { "\($0.0) \(NumberFormat.metric($0.1))" }
      closing.append(("Evaluation:", figures.joined(separator: ", ")))
      if let evaluatedWeights { closing.append(("", evaluatedWeights)) }
    }
    closing.append(("Files:", runDirectory))
    if let page { closing.append(("Report:", page)) }
    if let nextCommand { closing.append(("Next:", nextCommand)) }

    let width = closing.map { DisplayWidth.of($0.0) }.max() ?? 0
    let lines = closing.map { DisplayWidth.pad($0.0, to: width) + " " + $0.1 }
    return (epochs + lines).joined(separator: "\n")
  }

  private var epochs: [String] {
    guard history.epochCount > 0 else { return [] }
    let last = history.epochCount - 1
    guard let (best, monitor) = best else {
      return [history.table(epochs: [last], indent: 2), ""]
    }
    let title =
      history.epochCount == 1
      ? "One epoch" : "Best of \(history.epochCount) epochs by \(monitor): epoch \(best + 1)"
    let shown = best == last ? [last] : [best, last]
    return [title, "", history.table(epochs: shown, best: best, indent: 2), ""]
  }
}
