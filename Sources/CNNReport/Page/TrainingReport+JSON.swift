package import CNNDiagnostics

/// What a page holds for tools: its numbers, without anything that depends on the machine.
extension TrainingReport {
  package var json: JSONText {
    var members: [String: JSONText] = [
      "format_version": .string(JSONRenderer.formatVersion), "name": .string(title), "state": .string(state),
      "monitor": .string(monitor), "best_epoch": bestEpoch.map { .int($0 + 1) } ?? .null,
      "epochs": .int(history.epochCount), "params": .int(model.totalParameters),
      "flops": model.flops.map(JSONText.int) ?? .null,
      "history": .object(
        Dictionary(history.series.map { ($0.0, JSONText.array($0.1.map(JSONText.number))) }) { first, _ in first }),
      "evaluation": .object(
        Dictionary(evaluation.map { ($0.0, JSONText.number($0.1)) }) { first, _ in first }),
    ]
    switch measured {
    case .classes(let classes)?: members["classes"] = classes.json
    case .values(let values)?: members["values"] = values.json
    case nil: break
    }
    return .object(members)
  }
}

extension ClassMeasurement {
  fileprivate var json: JSONText {
    .object([
      "split": .string(split), "samples": .int(evaluation.samples.count),
      "accuracy": .number(evaluation.accuracy),
      "expected_calibration_error": .number(evaluation.expectedCalibrationError),
      "per_class": .array(
        zip(evaluation.classNames, evaluation.perClass).map { name, figures in
          .object([
            "name": .string(name), "precision": .number(figures.precision), "recall": .number(figures.recall),
            "f1": .number(figures.f1), "samples": .int(figures.support),
          ])
        }),
    ])
  }
}

extension ValueMeasurement {
  fileprivate var json: JSONText {
    var members: [String: JSONText] = [
      "split": .string(split), "samples": .int(sampleCount), "mean_absolute_error": .number(meanAbsoluteError),
      "root_mean_squared_error": .number(rootMeanSquaredError),
      "r2": determination.map(JSONText.number) ?? .null,
    ]
    if columns.count > 1 {
      members["columns"] = .array(
        columns.map { column in
          .object([
            "name": .string(column.name), "mean_absolute_error": .number(column.meanAbsoluteError),
            "root_mean_squared_error": .number(column.rootMeanSquaredError),
            "r2": column.determination.map(JSONText.number) ?? .null,
          ])
        })
    }
    return .object(members)
  }
}
