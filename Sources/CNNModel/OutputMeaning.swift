package import CNNGraph
package import CNNSpec

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the values of a model's output are, and how they become what a person is shown.
///
///     probabilities   of classes: behind a softmax or sigmoid, or where the loss takes them as such
///     logits          of classes: a model of another program without its last softmax (or sigmoid, of one value)
///     scores          of classes, with no bounds: one value a class, fitted by a loss of values
///     values          no classes: what a regression gives
package enum OutputMeaning: String, Sendable, CaseIterable {
  case probabilities, logits, scores, values

  /// - Parameters:
  ///   - classNames: of the outputs; empty where none are known.
  ///   - largestLabel: of samples that the model is held against, where there are any.
  package init(of spec: Spec, classNames: [String], largestLabel: Int = 0) {
    let output = spec.model.outputType
    self.init(
      activation: spec.model.outputActivation, lossIsOfValues: spec.training?.loss.value.kind.isOfValues,
      width: output.elementCount, rank: output.rank, classes: classNames.count, largestLabel: largestLabel)
  }

  /// - Parameters:
  ///   - lossIsOfValues: `nil` where nothing is known of a training.
  ///   - classes: how many have names.
  init(
    activation: Activation?, lossIsOfValues: Bool?, width: Int, rank: Int, classes: Int, largestLabel: Int = 0
  ) {
    // One output that a loss of values brings near labels beyond two classes is a value, whatever bounds it.
    // So are outputs of a training that knew no classes, whatever bounds them.
    let isValue =
      lossIsOfValues == true
      && (classes == 0 || width == 1 && max(classes, largestLabel + 1) > 2)
    switch activation {
    case _ where rank != 1 || isValue: self = .values
    case .softmax?, .sigmoid?, .hardSigmoid?: self = .probabilities
    default:
      switch lossIsOfValues {
      case false?: self = .probabilities
      case true?: self = width > 1 && classes == width ? .scores : .values
      case nil: self = classes == max(width, 2) ? .logits : .values
      }
    }
  }

  /// Whether each output speaks for a class.
  package var isOfClasses: Bool { self != .values }

  /// Outputs as they are shown: logits become probabilities by a softmax over each row, those of one value by a sigmoid;
  /// everything else stays as it is.
  ///
  /// Sums are in double precision. The greatest of a row keeps its place.
  /// - Parameter outputs: `[samples, width]`, row-major.
  package func shown(_ outputs: [Float], width: Int) -> [Float] {
    guard self == .logits, width > 0 else { return outputs }
    if width == 1 { return outputs.map { Float(1 / (1 + exp(-Double($0)))) } }
    return Self.softmax(outputs, width: width)
  }

  /// Whether `confidences` takes a softmax, since the outputs themselves are none.
  package var isSoftmaxed: Bool { self == .logits || self == .scores }

  /// Outputs as probabilities of classes, which confusion and calibration are made of: as they are shown, scores by a
  /// softmax over each row, too.
  package func confidences(_ outputs: [Float], width: Int) -> [Float] {
    self == .scores ? Self.softmax(outputs, width: width) : shown(outputs, width: width)
  }

  private static func softmax(_ outputs: [Float], width: Int) -> [Float] {
    var result = outputs
    for start in stride(from: 0, to: outputs.count - width + 1, by: width) {
      let row = start..<start + width
      let greatest = Double(outputs[row].max() ?? 0)
      var sum = 0.0
      for index in row { sum += exp(Double(outputs[index]) - greatest) }
      for index in row { result[index] = Float(exp(Double(outputs[index]) - greatest) / sum) }
    }
    return result
  }
}
