internal import CNNBuiltIn
internal import CNNDiagnostics

extension Advice {
  /// Arguments of the optimizer and of metrics that change nothing.
  mutating func idleArguments() {
    guard let training = spec.training else { return }
    for argument in training.optimizer.value.idleArguments {
      add(
        Diagnostic(
          SpecCode.idleArgument, "`\(argument.name)` does nothing while \(argument.reason)", at: argument.span,
          help: "leave `\(argument.name)` out, or change what it needs", path: argument.path))
    }
    let width = model.outputType.elementCount
    for metric in training.metrics {
      guard case .topKAccuracy(let k) = metric.value.measure, model.outputType.rank == 1, k >= width else { continue }
      add(
        Diagnostic(
          SpecCode.idleArgument, "the \(k) greatest of \(width) values are all of them, so `\(metric.value.name)` is 1",
          at: metric.span, help: width > 2 ? "write `top_k_accuracy: \(width - 1)` or less" : "leave it out",
          path: metric.path))
    }
  }

  /// Schedules that do not fit the number of steps that training has.
  mutating func scheduleLength() {
    guard let training = spec.training, let samples = spec.data?.trainingCount else { return }
    let batch = training.batchSize.value
    let (steps, overflow) = ((samples + batch - 1) / batch).multipliedReportingOverflow(by: training.epochs.value)
    guard !overflow, steps > 0 else { return }
    let long = "training has \(steps) step\(steps == 1 ? "" : "s")"
    if let batches = training.optimizer.value.accumulationSteps, batches > steps {
      add(
        Diagnostic(
          SpecCode.scheduleLength, "\(long), and the weights change after every \(batches): never",
          at: training.optimizer.span, help: "write a smaller `gradient_accumulation_steps`",
          path: training.optimizer.path))
    }
    guard case .schedule(let located) = training.optimizer.value.learningRate else { return }
    let schedule = located.value
    func advise(_ message: String, _ help: String) {
      add(
        Diagnostic(
          SpecCode.scheduleLength, message, at: located.span,
          notes: [.init("\(samples) samples in batches of \(batch), \(training.epochs.value) times")], help: help,
          path: located.path))
    }
    let warmup = schedule.warmup?.steps ?? 0
    if warmup >= steps {
      return advise("\(long), and its warm-up alone takes \(warmup)", "warm up for fewer steps, or train longer")
    }
    let left = steps - warmup
    let name = "`\(schedule.kind.rawValue)`"
    if let end = schedule.decay.end, schedule.decay.endsAtZero ? end < left - left / 10 : end < left / 10 {
      advise(
        "\(long), and \(name) is over after \(warmup + end)"
          + (schedule.decay.endsAtZero ? ": the rate is 0 from there, and nothing is learned" : ""),
        "its length is in steps, not in epochs: \(left) are all that \(warmup > 0 ? "the warm-up leaves" : "there are")"
      )
    } else if let length = schedule.decay.length, length / 10 > left {
      advise("\(long), and \(name) has hardly begun by then: it takes \(length)", "a shorter one, or more `epochs`")
    }
  }
}

extension ScheduleSpec.Decay {
  /// The step from which the rate stays as it is.
  fileprivate var end: Int? {
    switch self {
    case .polynomial(_, _, let steps, let cycle): cycle ? nil : steps
    case .cosine(_, let steps): steps
    case .piecewise, .exponential, .inverseTime, .cosineRestarts: nil
    }
  }

  /// Whether the rate stays at 0 from its end on.
  fileprivate var endsAtZero: Bool {
    switch self {
    case .polynomial(let end, _, _, _): end == 0
    case .cosine(let alpha, _): alpha == 0
    case .piecewise, .exponential, .inverseTime, .cosineRestarts: false
    }
  }

  /// In steps, what its shape is stretched over.
  fileprivate var length: Int? {
    switch self {
    case .exponential(let rate, let steps, _), .inverseTime(let rate, let steps, _): rate == 1 ? nil : steps
    case .polynomial(_, _, let steps, _), .cosine(_, let steps), .cosineRestarts(_, let steps, _, _): steps
    case .piecewise(let boundaries, _): boundaries.first
    }
  }
}

extension DataSpec {
  /// How many samples training has, as far as the spec alone says.
  var trainingCount: Int? {
    let text = split.train?.value ?? "train"
    let name = text.prefix { $0 != "[" }
    let total: Int? =
      if case .builtIn(let data) = source.value, name == "train" { data.counts["train"] } else { nil }
    guard let count = Self.count(of: text.dropFirst(name.count), total: total) else { return nil }
    guard case .fraction(let fraction)? = split.validation?.value, let share = Double(fraction) else { return count }
    return Int((Double(count) * (1 - share)).rounded(.down))
  }

  /// - Parameter bounds: `[:1000]`, `[10%:]`, or nothing for all.
  private static func count(of bounds: Substring, total: Int?) -> Int? {
    if bounds.isEmpty { return total }
    let parts = bounds.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    func place(_ part: Substring, empty: Int?) -> Int? {
      if part.isEmpty { return empty }
      let isPercent = part.hasSuffix("%")
      guard let number = Int(isPercent ? part.dropLast() : part) else { return nil }
      if !isPercent, number >= 0 { return total.map { min(number, $0) } ?? number }
      guard let total else { return nil }
      let offset = isPercent ? total * number / 100 : number
      return max(0, min(total, number < 0 ? total + offset : offset))
    }
    guard let start = place(parts[0], empty: 0), let end = place(parts[1], empty: total) else { return nil }
    return max(0, end - start)
  }
}
