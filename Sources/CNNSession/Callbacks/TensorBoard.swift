internal import CNNFiles

/// Writes event files for TensorBoard, with the tags, steps and folders of Keras's callback (Keras 3,
/// `callbacks/tensorboard.py`).
///
/// `train/` has `epoch_loss`, `epoch_<metric>` and `epoch_learning_rate`, `validation/` the same of the validation and
/// `evaluation_<metric>_vs_iterations`; epochs count from 0. With steps asked for, `train/` also has `batch_<metric>`,
/// running means as Keras gives them.
package struct TensorBoard: Callback, Equatable {
  /// How often running means are written.
  package enum Frequency: Sendable, Equatable {
    case epoch
    /// Each so many steps, counted over all epochs.
    case steps(Int)
  }

  package let kind = "tensorboard"
  /// The folder below the run directory.
  package let folder: String
  package let frequency: Frequency
  /// Epochs between histograms of the weights; 0 for none.
  package let histogramFrequency: Int
  package let writesStepsPerSecond: Bool
  /// The file's name in both folders, with which a resumed run, another process, goes on.
  private var fileName: String
  private var hasTrain = false
  private var hasValidation = false

  /// - Parameters:
  ///   - startedAt: seconds since 1970; with host and process it makes names that no other run has.
  package init(
    folder: String, frequency: Frequency = .epoch, histogramFrequency: Int = 0, writesStepsPerSecond: Bool = false,
    startedAt: Double, host: String = HostSystem.name, process: Int = HostSystem.processNumber
  ) {
    self.folder = folder
    self.frequency = frequency
    self.histogramFrequency = histogramFrequency
    self.writesStepsPerSecond = writesStepsPerSecond
    fileName = EventFile.name(startedAt: startedAt, host: host, process: process, number: 0)
  }

  package var looksAtSteps: Bool { frequency != .epoch }

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] {
    let (step, time) = (logs.epoch, logs.wallTime)
    var train: [UInt8] = []
    var validation: [UInt8] = []
    let rate = ReduceLROnPlateau.rateName
    for figure in logs.figures.filter({ $0.name != rate }) + [NamedValue(rate, Double(logs.learningRate))] {
      let (name, value) = (figure.name, figure.value)
      if name.hasPrefix("val_") {
        let own = String(name.dropFirst(4))
        validation += EventFile.scalar("epoch_\(own)", value, step: step, wallTime: time)
        validation += EventFile.scalar(
          "evaluation_\(own)_vs_iterations", value, step: logs.iterations, wallTime: time)
      } else {
        train += EventFile.scalar("epoch_\(name)", value, step: step, wallTime: time)
      }
    }
    if writesStepsPerSecond, logs.seconds > 0 {
      train += EventFile.scalar(
        "epoch_steps_per_second", Double(logs.steps) / logs.seconds, step: step, wallTime: time)
    }
    var actions = [append(train, isTraining: true, wallTime: time)]
    if histogramFrequency > 0, logs.epoch % histogramFrequency == 0 {
      actions.append(.appendHistograms(path: path(isTraining: true), step: step, wallTime: time))
    }
    if !validation.isEmpty { actions.append(append(validation, isTraining: false, wallTime: time)) }
    return actions
  }

  package mutating func stepEnded(_ logs: StepLogs) -> [CallbackAction] {
    guard case .steps(let steps) = frequency, steps > 0, logs.iterations % steps == 0 else { return [] }
    var bytes: [UInt8] = []
    for figure in logs.figures {
      bytes += EventFile.scalar("batch_\(figure.name)", figure.value, step: logs.iterations, wallTime: logs.wallTime)
    }
    return [append(bytes, isTraining: true, wallTime: logs.wallTime)]
  }

  package var growingFiles: [String] { [path(isTraining: true), path(isTraining: false)] }

  private func path(isTraining: Bool) -> String {
    Path.join(Path.join(folder, isTraining ? "train" : "validation"), fileName)
  }

  private mutating func append(_ bytes: [UInt8], isTraining: Bool, wallTime: Double) -> CallbackAction {
    let isNew = isTraining ? !hasTrain : !hasValidation
    if isTraining { hasTrain = true } else { hasValidation = true }
    return .append(
      path: path(isTraining: isTraining), bytes: (isNew ? EventFile.version(wallTime: wallTime) : []) + bytes)
  }

  package func save(into writer: inout StateWriter) {
    writer.add(fileName)
    writer.add(hasTrain)
    writer.add(hasValidation)
  }

  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {
    let name = try reader.string()
    // A name from a file is a plain one, or none at all.
    guard name.hasPrefix("events.out.tfevents."), !name.contains("/") else {
      throw reader.fault("`\(name)` is no name of an event file")
    }
    fileName = name
    hasTrain = try reader.bool()
    hasValidation = try reader.bool()
  }
}
