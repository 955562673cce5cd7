import CNNDiagnostics
import CNNFiles
import CNNGraph
import CNNKernels
import CNNLayers
import CNNModel
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// Makes the report of a run, at its end or later, and writes its files.
struct ReportMaker {
  let spec: Spec
  let kernels: KernelTable
  let threads: Int

  /// Of the run: what its history says, and how it ended.
  struct Course {
    var history: RunHistory
    var state: String
    var reason: String?
    var epochs: Int
    /// Samples that an epoch goes through; 0 if nobody knows.
    var samples: Int
    var evaluation: [NamedValue]
  }

  /// What samples there are, and what to say where there are none.
  enum Samples {
    case there(training: Dataset, validation: Dataset?, test: Dataset?, description: String)
    case gone(String)

    /// What training on them ran; for the spec's own batch where they are gone.
    fileprivate func trainingPlan(_ spec: Spec, _ kernels: KernelTable) -> Plan? {
      let compiler = Compiler(kernels: kernels)
      guard case .there(let training, let validation, let test, _) = self else {
        return CompiledModel(spec, compiler: compiler).trainingPlan()
      }
      return CompiledModel(training: spec, compiler: compiler, on: [training, validation, test])
        .trainingPlan(classWeights: (try? spec.classWeights(of: training)) ?? [])
    }
  }

  /// - Parameters:
  ///   - weights: those that are judged.
  ///   - tally: of their outputs on the samples that the report is of, where they are known already.
  ///   - plan: that of training, as text, where it was made already.
  ///   - machine: what is to be said of where and how it was made.
  func report(
    _ course: Course, weights: [[Float]]?, tally: OutputTally? = nil, plan: String? = nil, _ samples: Samples,
    machine: [TrainingReport.Fact]
  ) throws(SessionError) -> TrainingReport {
    let history = course.history
    let size = spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize
    var notes: [String] = []
    var facts: [TrainingReport.Fact] = []
    var measured: TrainingReport.Measured?
    switch samples {
    case .gone(let reason): notes.append(reason)
    case .there(let training, let validation, let test, let description):
      facts = Self.facts(training, validation, test, description)
      let (split, dataset) =
        test.map { ("test", $0) } ?? validation.map { ("validation", $0) } ?? ("training", training)
      if test == nil, validation == nil {
        notes.append(
          "There are neither test nor validation samples: what follows is measured on the training samples, which the model has seen."
        )
      }
      if let weights {
        let model = TrainedModel(spec: spec, classNames: dataset.classNames, weights: weights)
        measured = try ModelMeasurement(
          model: model, dataset: dataset, split: split, kernels: kernels, threads: threads,
          batchSize: min(max(1, size), max(1, dataset.count))
        ).measured(tally)
        if let shown = measured?.sampleCount {
          if shown < dataset.count {
            notes.append(
              "Of \(dataset.count.grouped) \(split) samples the first \(shown.grouped) are measured."
            )
          }
        } else {
          notes.append(
            "The model gives \(spec.model.outputType.elementCount.grouped) values a sample; predicted ones are drawn, and "
              + "written to predictions.csv, of up to \(OutputTally.mostColumns)."
          )
        }
      }
    }
    return TrainingReport(
      title: spec.name, state: course.state, reason: course.reason, history: TrainingHistory(history.series),
      monitor: history.monitor, bestEpoch: history.best, epochsAsked: course.epochs,
      learningRates: history.records.map { Double("\($0.learningRate)") ?? Double($0.learningRate) },
      evaluation: course.evaluation.map { ($0.name, $0.value) }, facts: facts,
      model: spec.summaryModel(input: "input", withFigures: true, memory: []), settings: spec.settingFacts,
      plan: plan ?? samples.trainingPlan(spec, kernels)?.description,
      machine: try self.machine(course, facts: machine, weights: weights, samples),
      measured: measured, filters: weights.flatMap(filters), notes: notes)
  }

  private func machine(
    _ course: Course, facts: [TrainingReport.Fact], weights: [[Float]]?, _ samples: Samples
  ) throws(SessionError) -> TrainingReport.Machine {
    let epochs = course.history.records.map(\.seconds)
    let size = spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize
    let steps = Batches(count: course.samples, size: size).count
    var training: Dataset?
    if case .there(let dataset, _, _, _) = samples { training = dataset }
    let times = try StepTimer(spec: spec, kernels: kernels, threads: threads).times(
      weights: weights, training: training, seconds: epochs.min().map { $0 / Double(max(1, steps)) })
    return TrainingReport.Machine(facts: facts, epochSeconds: epochs, stepsPerEpoch: steps, stepTimes: times)
  }

  private static func facts(
    _ training: Dataset, _ validation: Dataset?, _ test: Dataset?, _ description: String
  ) -> [TrainingReport.Fact] {
    let parts = [("training", training), ("validation", validation), ("test", test)]
    return [TrainingReport.Fact("data", description)]
      + parts.compactMap { name, dataset in
        dataset.map { TrainingReport.Fact("\(name) samples", $0.count.grouped) }
      } + (training.targets.isEmpty ? [TrainingReport.Fact("classes", training.classNames.count.grouped)] : [])
  }

  /// Those of the first layer that has filters.
  private func filters(_ weights: [[Float]]) -> FilterSheet? {
    for (parameter, values) in zip(TrainedModel.parameters(of: spec), weights) {
      if let sheet = FilterSheet(
        layer: parameter.layer, kernel: values, extents: parameter.declaration.extents)
      {
        return sheet
      }
    }
    return nil
  }

  /// Writes the pictures and the tables, and the page last: where it is, all of it is.
  static func write(_ report: TrainingReport, to directory: RunDirectory) throws(FileError) {
    for table in report.tables { try directory.writeReport(table.text, table.name) }
    for plot in report.plots { try directory.writeReport(plot.fileSVG, "plots/\(plot.name).svg") }
    try directory.writeReport(report.html, pageName)
  }

  static let pageName = "report.html"

  /// What a terminal shows of a report: a curve, and what was confused.
  static func closing(_ report: TrainingReport, columns: Int, isUnicode: Bool) -> [String] {
    var blocks: [String] = []
    if let curve = CurveText(report.history, columns: columns, isUnicode: isUnicode) { blocks.append(curve.text) }
    if case .classes(let classes)? = report.measured {
      blocks.append(ConfusionText(classes.evaluation, split: classes.split, columns: columns).text)
    }
    return blocks
  }
}

extension TrainingReport {
  /// What is to be said of the machine a run was made on.
  static func machineFacts(
    directory: String, seconds: Double, instructionSet: String, threads: Int?, host: HostSystem?, version: String,
    startedAt: Double
  ) -> [Fact] {
    var facts = [
      Fact("run", directory), Fact("began (UTC)", RunSummary.date(startedAt)),
      Fact("seconds", NumberFormat.fixed(seconds, places: seconds < 100 ? 1 : 0)),
      Fact("kernels", instructionSet),
    ]
    if let threads { facts.append(Fact("threads", String(threads))) }
    if let host {
      if !host.processor.isEmpty { facts.append(Fact("processor", host.processor)) }
      if !host.operatingSystem.isEmpty { facts.append(Fact("system", host.operatingSystem)) }
    }
    facts.append(Fact("cnnrun", version))
    return facts
  }
}
