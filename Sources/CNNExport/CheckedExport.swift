package import CNNModel

/// Files of one format that were read again and gave our own outputs.
package struct CheckedExport: Sendable, Equatable {
  package let files: [ExportedFile]
  package let check: OutputCheck

  /// - Parameter expected: our own outputs of the trial's samples, row after row.
  /// - Throws: also if what was read again gives other outputs than we do.
  package init(
    _ format: ExportFormat, of model: TrainedModel, _ options: ExportOptions, _ trial: ExportTrial, expected: [Float]
  ) throws(ExportError) {
    files = try format.make(model, options)
    let read = try format.readBack(files, model, trial, options)
    check = OutputCheck(read, expected: expected, width: expected.count / trial.samples.count, bound: format.bound)
    guard check.holds else {
      throw ExportError(
        "what was read back from \(format.name) gives other outputs, by up to \(check.largestDifference) of outputs up "
          + "to \(check.largestOutput); \(format.bound) of these is accepted",
        help: "nothing was kept; please report it with the spec")
    }
  }
}

/// How far outputs that were read back are from our own.
package struct OutputCheck: Sendable, Equatable {
  package let reader: String
  package let sampleCount: Int
  /// Infinite where one is a finite number and the other not.
  package let largestDifference: Float
  /// Of our own outputs that are finite, the largest magnitude.
  package let largestOutput: Float
  package let bound: Float
  /// Why nothing was read back, if so.
  package let unchecked: String?

  /// - Parameters:
  ///   - width: values of one sample's output.
  ///   - expected: of at least as many samples as were read back.
  package init(_ read: ReadBack, expected: [Float], width: Int, bound: Float) {
    precondition(width > 0 && read.outputs.count <= expected.count, "more outputs than samples")
    reader = read.reader
    sampleCount = read.outputs.count / width
    self.bound = bound
    unchecked = read.unchecked
    var difference: Float = read.outputs.isEmpty || !read.outputs.count.isMultiple(of: width) ? .infinity : 0
    var largest: Float = 0
    for (found, own) in zip(read.outputs, expected) {
      if own.isFinite { largest = max(largest, abs(own)) }
      // Both infinite the same way, or both no number: the same.
      if found == own || (found.isNaN && own.isNaN) { continue }
      let distance = abs(found - own)
      difference = max(difference, distance.isFinite ? distance : .infinity)
    }
    largestDifference = difference
    largestOutput = largest
  }

  /// Rounding of float32 is in proportion to what is rounded; outputs of softmax are at most 1.
  package var holds: Bool { unchecked != nil || largestDifference <= bound * max(1, largestOutput) }
}
