package import CNNDiagnostics

/// The codes of families CN2 (keys and types), CN3 (shapes and graph), CN4 (training and data settings)
/// and CN5 (expectations).
package enum SpecCode {
  // Keys.
  package static let missingKey = DiagnosticCode("CN2101", "missing-key")
  package static let missingSection = DiagnosticCode("CN2102", "missing-section")
  package static let unknownKey = DiagnosticCode("CN2103", "unknown-key")
  package static let unknownKind = DiagnosticCode("CN2104", "unknown-layer")
  package static let notALayer = DiagnosticCode("CN2105", "not-a-layer")
  // CN2106 stood for what the language had and the program had not; codes are not used again.
  // Values.
  package static let wrongType = DiagnosticCode("CN2201", "wrong-type")
  package static let quotedValue = DiagnosticCode("CN2202", "quoted-value")
  package static let numberForm = DiagnosticCode("CN2203", "number-form")
  package static let booleanForm = DiagnosticCode("CN2204", "boolean-form")
  package static let tuple = DiagnosticCode("CN2205", "tuple")
  package static let unknownWord = DiagnosticCode("CN2206", "unknown-word")
  package static let outOfRange = DiagnosticCode("CN2207", "out-of-range")
  package static let wrongLength = DiagnosticCode("CN2208", "wrong-length")
  package static let emptyValue = DiagnosticCode("CN2209", "empty-value")
  package static let badName = DiagnosticCode("CN2210", "bad-name")
  package static let duplicateName = DiagnosticCode("CN2211", "duplicate-name")
  package static let badPath = DiagnosticCode("CN2212", "bad-path")
  package static let fraction = DiagnosticCode("CN2213", "bad-fraction")
  package static let comparison = DiagnosticCode("CN2214", "bad-comparison")
  // Definitions and blocks.
  package static let unknownDefinition = DiagnosticCode("CN2401", "unknown-definition")
  package static let badDefinition = DiagnosticCode("CN2402", "bad-definition")
  package static let recursiveDefinition = DiagnosticCode("CN2403", "recursive-definition")
  package static let expansionLimit = DiagnosticCode("CN2404", "expansion-limit")
  // Overrides.
  package static let overrideForm = DiagnosticCode("CN2301", "override-form")
  package static let overridePath = DiagnosticCode("CN2302", "override-path")
  // Shapes.
  package static let wrongRank = DiagnosticCode("CN3101", "wrong-rank")
  package static let badExtents = DiagnosticCode("CN3102", "bad-extents")
  package static let sizeLimit = DiagnosticCode("CN3103", "size-limit")
  package static let windowExceedsInput = DiagnosticCode("CN3104", "window-exceeds-input")
  package static let groups = DiagnosticCode("CN3105", "groups-do-not-divide")
  package static let stridesWithDilation = DiagnosticCode("CN3106", "strides-with-dilation")
  package static let unlikeShapes = DiagnosticCode("CN3107", "unlike-shapes")
  package static let badAxis = DiagnosticCode("CN3108", "bad-axis")
  package static let reshape = DiagnosticCode("CN3109", "reshape-count")
  package static let outputPadding = DiagnosticCode("CN3110", "output-padding")
  // Graph.
  package static let unknownInput = DiagnosticCode("CN3201", "unknown-input")
  package static let cycle = DiagnosticCode("CN3202", "cycle")
  package static let unusedLayer = DiagnosticCode("CN3203", "unused-layer")
  package static let inputCount = DiagnosticCode("CN3204", "input-count")
  package static let noLayers = DiagnosticCode("CN3205", "no-layers")
  package static let tooManyLayers = DiagnosticCode("CN3206", "too-many-layers")
  // Training.
  package static let lossNeedsSoftmax = DiagnosticCode("CN4101", "loss-needs-softmax")
  package static let lossNeedsSigmoid = DiagnosticCode("CN4102", "loss-needs-sigmoid")
  package static let classCount = DiagnosticCode("CN4103", "class-count")
  package static let outputRank = DiagnosticCode("CN4104", "output-rank")
  package static let softmaxOfOne = DiagnosticCode("CN4105", "softmax-of-one")
  package static let doubleSoftmax = DiagnosticCode("CN4106", "double-softmax")
  package static let fromLogits = DiagnosticCode("CN4107", "from-logits")
  package static let monitor = DiagnosticCode("CN4108", "unmeasured-monitor")
  package static let plateauWithSchedule = DiagnosticCode("CN4109", "plateau-with-schedule")
  package static let callbackFile = DiagnosticCode("CN4110", "callback-file")
  package static let exclusiveArguments = DiagnosticCode("CN4111", "exclusive-arguments")
  package static let sparseSmoothing = DiagnosticCode("CN4112", "sparse-smoothing")
  package static let metricNeedsProbabilities = DiagnosticCode("CN4113", "metric-needs-probabilities")
  package static let unknownClass = DiagnosticCode("CN4114", "unknown-class")
  // Data.
  package static let badSlice = DiagnosticCode("CN4201", "bad-slice")
  package static let validationFraction = DiagnosticCode("CN4202", "validation-fraction")
  package static let inputMismatch = DiagnosticCode("CN4203", "input-mismatch")
  package static let classNames = DiagnosticCode("CN4204", "class-names")
  package static let unfitSetting = DiagnosticCode("CN4205", "unfit-setting")
  package static let shares = DiagnosticCode("CN4206", "shares-not-counts")
  // Expectations.
  package static let brokenExpectation = DiagnosticCode("CN5101", "broken-expectation")
  package static let unmeasuredExpectation = DiagnosticCode("CN5102", "unmeasured-expectation")
  package static let impossibleExpectation = DiagnosticCode("CN5103", "impossible-expectation")
  // Advice: the spec works, and may not do what its author thinks.
  package static let rawPixels = advice("CN9101", "raw-pixels")
  package static let uselessBias = advice("CN9102", "useless-bias")
  package static let batchOfOne = advice("CN9103", "batch-of-one")
  package static let unreadBorder = advice("CN9104", "unread-border")
  package static let dropoutOnOutput = advice("CN9105", "dropout-on-output")
  package static let dependentFilters = advice("CN9106", "dependent-filters")
  package static let denseOnImage = advice("CN9107", "dense-on-image")
  package static let unusedSection = advice("CN9108", "unused-section")
  package static let idleCallback = advice("CN9109", "idle-callback")
  package static let idleArgument = advice("CN9110", "idle-argument")
  package static let scheduleLength = advice("CN9111", "schedule-length")
  package static let unusedDefinition = advice("CN9112", "unused-definition")
  package static let hollowExpectation = advice("CN9113", "hollow-expectation")
  package static let channelsFirst = advice("CN9114", "channels-first")
  // Advice on what the data holds, which only whoever reads it can give.
  package static let leakingSamples = advice("CN9201", "leaking-samples")
  package static let contradictoryLabels = advice("CN9202", "contradictory-labels")
  /// Drawn by `--check-data` alone, so that a comment that silences them is of use without being used.
  static let drawnByData: Set<String> = [leakingSamples.id, contradictoryLabels.id]

  /// All of it: what comments may silence.
  package static let allAdvice = [
    rawPixels, uselessBias, batchOfOne, unreadBorder, dropoutOnOutput, dependentFilters, denseOnImage, unusedSection,
    idleCallback, idleArgument, scheduleLength, unusedDefinition, hollowExpectation, channelsFirst, leakingSamples,
    contradictoryLabels,
  ]

  private static func advice(_ id: String, _ name: String) -> DiagnosticCode {
    DiagnosticCode(id, name, severity: .warning)
  }
}
