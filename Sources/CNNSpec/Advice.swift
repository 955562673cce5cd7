internal import CNNDiagnostics
internal import CNNGraph

/// What works, and may not do what its author thinks: warnings on a spec without errors.
///
/// Each check is a function of the spec and stands in `checks`; all run, and none depends on another.
struct Advice {
  let spec: Spec
  private(set) var bag = DiagnosticBag()
  /// For each layer of the model, which read it.
  let readers: [[Int]]

  private static let checks: [@Sendable (inout Advice) -> Void] = [
    { $0.rawPixels() }, { $0.uselessBias() }, { $0.batchOfOne() }, { $0.unreadBorder() }, { $0.dropoutOnOutput() },
    { $0.dependentFilters() }, { $0.denseOnImage() }, { $0.unusedExpectations() }, { $0.idleCallbacks() },
    { $0.idleArguments() }, { $0.scheduleLength() }, { $0.unusedDefinitions() }, { $0.hollowExpectations() },
    { $0.channelsFirst() },
  ]

  static func all(on spec: Spec) -> DiagnosticBag {
    var advice = Advice(spec)
    for check in checks { check(&advice) }
    return advice.bag
  }

  private init(_ spec: Spec) {
    self.spec = spec
    var readers = [[Int]](repeating: [], count: spec.model.layers.count)
    for (index, layer) in spec.model.layers.enumerated() {
      for case .layer(let source) in layer.inputs { readers[source].append(index) }
    }
    self.readers = readers
  }

  var model: CheckedModel { spec.model }
  var layers: [CheckedLayer] { spec.model.layers }

  mutating func add(_ diagnostic: Diagnostic) { bag.add(diagnostic) }
}

extension CheckedLayer {
  var traits: LayerTraits { layer.traits }
  /// Of what makes linear combinations of its input; the first of two.
  var kernel: ParameterDeclaration? { parameters.first { $0.name.hasSuffix("kernel") } }
  func span(of argument: String) -> SourceSpan { spec.span(of: argument) ?? spec.keySpan }
}
