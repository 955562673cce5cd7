package import CNNDiagnostics

/// Expectations against the numbers that there can be at all.
extension Expectation {
  /// What a subject can be: at least `low` (or above it), and at most `high`.
  private struct Domain {
    var low = 0.0
    var includesLow = true
    var high = Double.infinity
    var isWhole = false
    /// Completes "is never …".
    var text: String
  }

  private var domain: Domain? {
    switch subject {
    case .totalParams, .trainableParams, .nonTrainableParams:
      Domain(isWhole: true, text: "a whole number of at least 0")
    case .layers, .receptiveField: Domain(low: 1, isWhole: true, text: "a whole number of at least 1")
    case .flops: Domain(isWhole: true, text: "a whole number of at least 0")
    case .maxMemory: Domain(includesLow: false, text: "above 0")
    case .maxSeconds: Domain(includesLow: false, text: "above 0")
    case .metric(let name):
      name.hasSuffix("accuracy")
        ? Domain(high: 1, text: "from 0 to 1") : name.hasSuffix("loss") ? Domain(text: "at least 0") : nil
    case .outputShape: nil
    }
  }

  /// The fault, if no model and no training can meet it.
  var impossibility: DiagnosticBag? {
    guard let domain else { return nil }
    let isMet =
      switch comparison {
      case .equal:
        (domain.includesLow ? bound >= domain.low : bound > domain.low) && bound <= domain.high
          && (!domain.isWhole || bound == bound.rounded())
      case .atMost: domain.includesLow ? bound >= domain.low : bound > domain.low
      case .below: bound > domain.low
      case .atLeast: bound <= domain.high
      case .above: bound < domain.high
      }
    if isMet { return nil }
    let repair = fraction
    var fault = Diagnostic(
      SpecCode.impossibleExpectation, "`\(key)` can never be \(text): it is \(domain.text)", at: span,
      label: repair.map { "did you mean `\($0)`?" } ?? "",
      help: repair.map { "write `\(key): \($0)`" } ?? "write what it can be, or leave `\(key)` out", path: path)
    if let repair { fault.fix = .init("write \(repair)", isSafe: false, edits: [.init(span, text: repair)]) }
    var bag = DiagnosticBag()
    bag.add(fault)
    return bag
  }

  /// Of an accuracy in percent, the fraction.
  private var fraction: String? {
    guard case .metric(let name) = subject, name.hasSuffix("accuracy"), bound >= 10, bound <= 100 else { return nil }
    let number = text.drop { !$0.isNumber }
    guard let fraction = BoundRepair.shifted(String(number), by: 2) else { return nil }
    return number.count == text.count ? fraction : "\"\(comparison.rawValue) \(fraction)\""
  }

  /// Advice, if every model and every training meets it, if it asks for the reverse of what its key says, or for one
  /// number of what is measured.
  var hollowness: Diagnostic? {
    guard let domain else { return nil }
    let isAlwaysMet =
      switch comparison {
      case .equal: false
      case .atLeast: domain.includesLow && bound <= domain.low || bound < domain.low
      case .above: domain.includesLow ? bound < domain.low : bound <= domain.low
      case .atMost: bound >= domain.high
      case .below: bound > domain.high
      }
    if isAlwaysMet {
      return Diagnostic(
        SpecCode.hollowExpectation, "`\(key)` is always \(text), so this holds nothing", at: span,
        help: "write a bound that a change could break, or leave `\(key)` out", path: path)
    }
    if case .metric(let name) = subject, comparison == .equal, bound > domain.low, bound < domain.high {
      return Diagnostic(
        SpecCode.hollowExpectation, "`\(key)` is measured, and hardly any run gives exactly \(text)", at: span,
        help: "write `\(key): \"\(name.hasSuffix("loss") ? "<=" : ">=") \(text.drop { $0 == "=" || $0 == " " })\"`",
        path: path)
    }
    guard subject == .maxMemory || subject == .maxSeconds, comparison == .atLeast || comparison == .above else {
      return nil
    }
    let amount = text.drop { $0 == ">" || $0 == "=" || $0 == " " }
    return Diagnostic(
      SpecCode.hollowExpectation, "`\(key)` names a most, and this asks for \(text)", at: span,
      help: "write `\(key): \(amount)`", path: path)
  }
}
