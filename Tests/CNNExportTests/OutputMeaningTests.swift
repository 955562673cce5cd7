import CNNGraph
import Testing

@testable import CNNModel

@Suite("meaning of outputs") struct OutputMeaningTests {
  private func meaning(_ activation: Activation?, _ lossIsOfValues: Bool?, _ width: Int, _ classes: Int)
    -> OutputMeaning
  {
    OutputMeaning(activation: activation, lossIsOfValues: lossIsOfValues, width: width, rank: 1, classes: classes)
  }

  @Test("the end of the model decides, then the loss, then whether classes have names")
  func meanings() {
    #expect(meaning(.softmax, nil, 10, 10) == .probabilities)
    // A training that knew no classes learned values, whatever bounds them.
    #expect(meaning(.softmax, true, 2, 0) == .values)
    #expect(meaning(.sigmoid, true, 1, 2) == .probabilities)
    #expect(meaning(nil, false, 10, 10) == .probabilities)
    #expect(meaning(.linear, nil, 10, 10) == .logits)
    #expect(meaning(.linear, nil, 1, 2) == .logits)
    #expect(meaning(.linear, nil, 1, 0) == .values)
    #expect(meaning(.linear, true, 1, 10) == .values)
    #expect(meaning(.linear, true, 10, 10) == .scores)
    #expect(meaning(.linear, true, 3, 0) == .values)
    // A sigmoid brought near ten labels by squares is no probability of a second class.
    #expect(meaning(.sigmoid, true, 1, 10) == .values)
    #expect(OutputMeaning(activation: .softmax, lossIsOfValues: nil, width: 8, rank: 3, classes: 8) == .values)
  }

  /// e^0 = 1 and e^(log 3) = 3: shares of one and three quarters; sigmoid(log 3) = 3/4.
  @Test("logits become their softmax, one value its sigmoid, and nothing else changes")
  func softmax() {
    let log3: Float = 1.0986123
    let shown = OutputMeaning.logits.shown([0, log3, 100, 100], width: 2)
    for (value, wanted) in zip(shown, [0.25, 0.75, 0.5, 0.5]) { #expect(abs(value - Float(wanted)) < 1e-7) }
    #expect(abs(OutputMeaning.logits.shown([log3], width: 1)[0] - 0.75) < 1e-7)
    #expect(OutputMeaning.logits.shown([1000, -1000], width: 2) == [1, 0])
    #expect(OutputMeaning.scores.confidences([1000, -1000], width: 2) == [1, 0])
    #expect(OutputMeaning.probabilities.confidences([0.25, 0.75], width: 2) == [0.25, 0.75])
    for meaning in [OutputMeaning.probabilities, .scores, .values] {
      #expect(meaning.shown([3, 4], width: 2) == [3, 4])
    }
  }
}
