import Testing

@testable import CNNReport

/// Six samples of three classes, worked by hand below.
///
///     truth      cat  cat  dog  dog  dog  eel
///     predicted  cat  dog  dog  dog  cat  dog
private let evaluation = ClassificationEvaluation(
  classNames: ["cat", "dog", "eel"], labels: [0, 0, 1, 1, 1, 2],
  outputs: [
    0.75, 0.125, 0.125,
    0.25, 0.5, 0.25,
    0.125, 0.625, 0.25,
    0, 1, 0,
    0.375, 0.375, 0.25,
    0, 0.875, 0.125,
  ])

@Suite("evaluation of classes")
struct EvaluationTests {
  @Test("counts stand in the row of the truth and the column of the prediction")
  func confusion() {
    #expect(evaluation.confusion.rows == [[1, 1, 0], [1, 2, 0], [0, 1, 0]])
    #expect(evaluation.accuracy == 0.5)
    #expect(evaluation.confusion.normalizedRows == [[0.5, 0.5, 0], [1.0 / 3, 2.0 / 3, 0], [0, 1, 0]])
  }

  /// cat: 1 of 2 predicted, 1 of 2 found. dog: 2 of 4, 2 of 3. eel: never predicted, which counts as 0, not as nothing.
  @Test("precision, recall and F1 are those of the textbook, and 0 where they have no denominator")
  func figures() {
    let figures = evaluation.perClass
    #expect(figures.map(\.precision) == [0.5, 0.5, 0])
    #expect(figures.map(\.recall) == [0.5, 2.0 / 3, 0])
    #expect(figures.map(\.f1) == [0.5, 4.0 / 7, 0])
    #expect(figures.map(\.support) == [2, 3, 1])
    let average = evaluation.macroAverage
    #expect(abs(average.precision - 1.0 / 3) < 1e-15)
    #expect(abs(average.recall - (0.5 + 2.0 / 3) / 3) < 1e-15)
    #expect(abs(average.f1 - (0.5 + 4.0 / 7) / 3) < 1e-15)
  }

  @Test("a class that is neither there nor predicted is no part of the mean")
  func unseenClass() {
    let two = ClassificationEvaluation(
      classNames: ["a", "b"], labels: [0, 0], outputs: [1, 0, 0, 0, 1, 0])
    #expect(two.classNames == ["a", "b", "class 2"])
    #expect(two.macroAverage == .init(precision: 0.5, recall: 0.25, f1: 1.0 / 3))
  }

  @Test("of equals the lower class is predicted")
  func ties() {
    #expect(evaluation.samples[4] == .init(label: 1, predicted: 0, confidence: 0.375))
    #expect(ClassPrediction(of: [0.5]) == .init(index: 0, confidence: 0.5))
    #expect(
      ClassPrediction.top(2, of: [0.25, 0.5, 0.25]) == [
        .init(index: 1, confidence: 0.5), .init(index: 0, confidence: 0.25),
      ])
  }

  @Test("a single sigmoid value is of two classes")
  func binary() {
    let binary = ClassificationEvaluation(classNames: ["no", "yes"], labels: [0, 1, 1], outputs: [0.25, 0.75, 0.375])
    #expect(binary.confusion.rows == [[1, 0], [1, 1]])
    #expect(binary.samples.map(\.confidence) == [0.75, 0.75, 0.625])
    #expect(ClassPrediction.top(5, of: [0.25]).map(\.index) == [0, 1])
  }

  @Test("what is no number wins over nothing and has no confidence")
  func notANumber() {
    let broken = ClassificationEvaluation(
      classNames: [], labels: [0, 1], outputs: [.nan, .nan, .nan, 0.25])
    #expect(broken.samples.map(\.predicted) == [0, 1])
    #expect(broken.leastConfident(1) == [0])
    #expect(broken.confidenceBins(4).bins.map(\.count) == [2, 0, 0, 0])
    #expect(ClassPrediction.top(3, of: [.nan, 0.5, .nan]).map(\.index) == [1, 0, 2])
  }

  /// Bins (0, 1/4], (1/4, 1/2], (1/2, 3/4], (3/4, 1]: 0.375 wrong and 0.5 wrong; 0.625 right and 0.75 right; 0.875 wrong
  /// and 1 right. ECE = 2/6 |0 - 0.4375| + 2/6 |1 - 0.6875| + 2/6 |0.5 - 0.9375| = 1.1875 / 3.
  @Test("bins are closed at their upper end, and the calibration error is the mean distance")
  func calibration() {
    let bins = evaluation.confidenceBins(4)
    #expect(bins.bins.map(\.count) == [0, 2, 2, 2])
    #expect(bins.bins.map(\.accuracy) == [0, 0, 1, 0.5])
    #expect(bins.bins.map(\.meanConfidence) == [0, 0.4375, 0.6875, 0.9375])
    #expect(bins.bins.map(\.lower) == [0, 0.25, 0.5, 0.75])
    #expect(abs(bins.expectedCalibrationError - 1.1875 / 3) < 1e-15)
    #expect(evaluation.confidenceBins().bins.count == 15)
  }

  @Test("a confidence beyond 0…1 is in the bin next to it")
  func outside() {
    var bins = ConfidenceBins(count: 2)
    for value: Float in [-3, 0, 0.5, 7, .infinity] { bins.add(confidence: value, isCorrect: true) }
    #expect(bins.bins.map(\.count) == [3, 2])
  }

  @Test("samples worth a look: the least sure, and the mistakes that were surest")
  func remarkable() {
    #expect(evaluation.leastConfident(3) == [4, 1, 2])
    #expect(evaluation.worstMistakes(9) == [5, 1, 4])
    #expect(evaluation.worstMistakes(0) == [])
  }

  @Test("the pairs confused most often stand first, of equals those of lower classes")
  func pairs() {
    #expect(
      evaluation.confusion.mostConfused(9) == [
        .init(truth: 0, predicted: 1, count: 1), .init(truth: 1, predicted: 0, count: 1),
        .init(truth: 2, predicted: 1, count: 1),
      ])
  }

  @Test("portions add up to the whole")
  func portions() {
    let outputs: [Float] = [0.75, 0.25, 0.25, 0.75, 0.5, 0.5]
    var parts = ClassificationEvaluation(classNames: ["a", "b"], width: 2)
    parts.add(labels: [0], outputs: Array(outputs[..<2]))
    parts.add(labels: [0, 1], outputs: Array(outputs[2...]))
    #expect(parts == ClassificationEvaluation(classNames: ["a", "b"], labels: [0, 0, 1], outputs: outputs))
  }

  @Test("without samples everything is 0")
  func empty() {
    let none = ClassificationEvaluation(classNames: ["a", "b"], labels: [], outputs: [])
    #expect(none.accuracy == 0 && none.expectedCalibrationError == 0)
    #expect(none.macroAverage == .init(precision: 0, recall: 0, f1: 0))
  }
}
