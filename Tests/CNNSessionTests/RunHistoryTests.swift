import CNNSession
import Testing

@Suite("the history of a run") struct RunHistoryTests {
  private func history(_ monitor: String, _ values: [Double]) -> RunHistory {
    var history = RunHistory(names: [monitor], monitor: monitor)
    for (index, value) in values.enumerated() {
      history.append(EpochRecord(epoch: index + 1, seconds: 1, learningRate: 0.1, values: [value]))
    }
    return history
  }

  /// Directions as Keras 3 gives them to its losses and metrics: `F1Score` and `AUC` rise.
  @Test("the best epoch is the first of the best values; not-a-number is never best")
  func best() {
    #expect(history("loss", [.nan, 2, 1, 1]).best == 2)
    #expect(history("val_accuracy", [0.5, 0.9, .nan, 0.9]).best == 1)
    #expect(history("val_f1", [0.2, 0.7, 0.6]).best == 1)
    #expect(history("auc", [0.9, 0.8]).best == 0)
    #expect(history("val_loss", [.nan, .nan]).best == nil)
    #expect(history("val_loss", []).best == nil)
  }
}
