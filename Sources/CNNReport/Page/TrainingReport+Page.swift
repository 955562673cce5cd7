internal import CNNDiagnostics

/// The page of a report.
extension TrainingReport {
  /// One self-contained file.
  package var html: String {
    var page = HTMLPage(title: "\(title): report")
    page.body =
      header + trainingSection + measuredSections + filterSection + modelSection + settingsSection + timeSection
    page.body.append(
      "<footer>cnnrun. Numbers of this page are also in CSV files beside it, its pictures in plots/.</footer>")
    page.data = json
    return page.text
  }

  // MARK: Head

  private var header: [String] {
    var links = [("training", "Training")]
    switch measured {
    case .classes(let classes)?:
      links += [("confusion", "Confusion"), ("classes", "Classes"), ("confidence", "Confidence")]
      if !classes.grids.isEmpty { links.append(("samples", "Samples")) }
    case .values(let values)?:
      links.append(("predictions", "Predictions"))
      if !values.grids.isEmpty { links.append(("samples", "Samples")) }
    case nil: break
    }
    if filters != nil { links.append(("filters", "Filters")) }
    links += [("model", "Model"), ("settings", "Settings"), ("time", "Time and machine")]
    return ["<header>", "<h1>\(HTML.name(title))</h1>", "<p class=\"lead\">\(HTML.text(lead))</p>", HTML.tiles(tiles)]
      + notes.map { "<p class=\"note\">\(HTML.text($0))</p>" }
      + [
        "<nav aria-label=\"Sections\">"
          + links.map { "<a href=\"#\($0.0)\">\($0.1)</a>" }.joined(separator: "\n") + "</nav>", "</header>",
      ]
  }

  private var lead: String {
    let epochs = history.epochCount
    var text = "\(epochs == 1 ? "One epoch" : "\(epochs.grouped) epochs")"
    if epochs < epochsAsked { text += " of \(epochsAsked.grouped)" }
    if state != "done" { text += ", \(state)" }
    if let reason { text += " (\(reason))" }
    if let bestEpoch, epochs > 1 { text += ", the best of them by \(monitor): epoch \(bestEpoch + 1)" }
    return text + "."
  }

  private var tiles: [Fact] {
    var tiles: [Fact] = []
    if let bestEpoch, let values = history.series.first(where: { $0.0 == monitor })?.1, bestEpoch < values.count {
      tiles.append(Fact(Self.spoken(monitor), NumberFormat.figure(values[bestEpoch])))
    }
    for (name, value) in evaluation { tiles.append(Fact(Self.spoken(name), NumberFormat.figure(value))) }
    switch measured {
    case .classes(let classes)?:
      if classes.split != "validation" || monitor != "val_accuracy" {
        let isThere = evaluation.contains { $0.0 == "\(classes.split)_accuracy" }
        if !isThere { tiles.append(Fact("\(classes.split) accuracy", share(classes.evaluation.accuracy))) }
      }
      tiles.append(Fact("macro F1", share(classes.evaluation.macroAverage.f1)))
      tiles.append(Fact("calibration error", share(classes.evaluation.expectedCalibrationError)))
    case .values(let values)?:
      tiles.append(Fact("mean absolute error", NumberFormat.figure(values.meanAbsoluteError)))
      if let determination = values.determination { tiles.append(Fact("R²", share(determination))) }
    case nil: break
    }
    tiles.append(Fact("parameters", model.totalParameters.grouped))
    if let flops = model.flops { tiles.append(Fact("FLOPs an image", NumberFormat.rate(Double(flops)))) }
    return tiles
  }

  /// `val_accuracy` as `validation accuracy`.
  static func spoken(_ name: String) -> String {
    let words = name.hasPrefix("val_") ? "validation_" + name.dropFirst(4) : name
    return Self.words(words)
  }

  private func share(_ value: Double) -> String { NumberFormat.fixed(value, places: 4) }

  // MARK: Sections

  private var trainingSection: [String] {
    if history.epochCount == 0 {
      return HTML.section("training", "Training", "No epoch was finished.", [])
    }
    var content = [HTML.plots(curves)]
    let titles = ["epoch"] + history.series.map(\.0)
    content.append(
      HTML.details(
        "All epochs in numbers",
        HTML.table(
          titles.map { HTML.Column($0, isNumber: true) },
          (0..<history.epochCount).map { epoch in
            ["\(epoch + 1)\(epoch == bestEpoch ? " (best)" : "")"]
              + history.series.map { NumberFormat.metric($0.1[epoch]) }
          })))
    let lead =
      history.series.contains { $0.0.hasPrefix("val_") }
      ? "Training figures are means over an epoch's steps, while weights move and dropout is on; validation is of the weights at its end."
      : "Means over an epoch's steps, while weights move and dropout is on. There is no validation data."
    return HTML.section("training", "Training", lead, content)
  }

  private var measuredSections: [String] {
    switch measured {
    case .classes(let classes)?: classes.sections
    case .values(let values)?: values.sections
    case nil: []
    }
  }

  private var filterSection: [String] {
    guard let filters else { return [] }
    return HTML.section("filters", "Filters of \(filters.layer)", filters.caption + ".", [filters.html])
  }

  private var modelSection: [String] {
    var columns = [HTML.Column("layer"), .init("kind"), .init("output"), .init("parameters", isNumber: true)]
    let hasFigures = model.rows.contains { $0.figures != nil }
    if hasFigures { columns.append(.init("FLOPs", isNumber: true)) }
    let rows = model.rows.map { row in
      [
        row.name, row.className, row.outputShape.map(String.init).joined(separator: "×"),
        row.parameterCount.grouped,
      ] + (hasFigures ? [row.figures?.flops.grouped ?? ""] : [])
    }
    var foot = ["\(model.rows.count.grouped) layers", "", "", model.totalParameters.grouped]
    if hasFigures { foot.append(model.flops?.grouped ?? "") }
    var content = [HTML.table(columns, rows, foot: [foot], isPinned: true)]
    if let plan { content.append(HTML.details("The compiled plan of a training step", "<pre>\(HTML.pre(plan))</pre>")) }
    let lead =
      "\(model.trainableParameters.grouped) trainable and \(model.nonTrainableParameters.grouped) other parameters"
      + "; input \(model.inputShape.map(String.init).joined(separator: "×"))"
      + ", output \(model.outputShape.map(String.init).joined(separator: "×"))."
    return HTML.section("model", "Model and plan", lead, content)
  }

  private var settingsSection: [String] {
    HTML.section(
      "settings", "Settings", "Of the spec, with every default; and the data that it came to.",
      [HTML.groups(settingGroups + (facts.isEmpty ? [] : [("what the data came to", facts)]))])
  }

  /// `training.batch_size` as `batch_size` under `training`.
  private var settingGroups: [(title: String, facts: [Fact])] {
    var order: [String] = []
    var groups: [String: [Fact]] = [:]
    for setting in settings {
      let end = setting.path.lastIndex(of: ".")
      let section = end.map { String(setting.path[..<$0]) } ?? "spec"
      if groups[section] == nil { order.append(section) }
      groups[section, default: []].append(
        Fact(end.map { String(setting.path[setting.path.index(after: $0)...]) } ?? setting.path, setting.value))
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  private var timeSection: [String] {
    var lead =
      "By epoch, milliseconds of a training step, the validation shared out among them; all else in this report is the same on any number of threads."
    if let times = machine.stepTimes { lead = "\(times.caption) \(lead)" }
    // The facts stand below the shorter picture.
    var columns = timePlots.map(\.inlineSVG)
    let facts = HTML.facts(machine.facts)
    if columns.count > 1 { columns[columns.count - 1] += facts } else { columns.append(facts) }
    var content = ["<div class=\"plots\">" + columns.map { "<div>\($0)</div>" }.joined(separator: "\n") + "</div>"]
    if let times = machine.stepTimes { content.append(HTML.details("All steps in numbers", times.table)) }
    return HTML.section("time", "Time and machine", lead, content)
  }
}

extension StepTimes {
  /// How they were measured.
  fileprivate var caption: String {
    let runs = steps.map(\.seconds.count).max() ?? 0
    let each = runs == 1 ? "once" : "\(runs) times, of which the median is shown"
    return "By step, what each step of the compiled plan takes for a batch of \(batch.grouped) on \(threads) "
      + "\(threads == 1 ? "thread" : "threads"), measured when this page was made: each alone, \(each), so that "
      + "together they take longer than a training step, which runs many of them as one."
  }

  fileprivate var table: String {
    let total = seconds
    return HTML.table(
      [.init("step"), .init("layer"), .init("median, ms", isNumber: true), .init("of all", isNumber: true)],
      steps.map {
        [
          $0.name, $0.layer, NumberFormat.fixed($0.median * 1000, places: 3),
          "\(NumberFormat.fixed(total > 0 ? $0.median / total * 100 : 0, places: 1))%",
        ]
      }, foot: [["\(steps.count.grouped) steps", "", NumberFormat.fixed(total * 1000, places: 3), ""]])
  }
}

extension HTML {
  /// With its line breaks.
  static func pre(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { SVGText.escaped($0) }.joined(separator: "\n")
  }
}
