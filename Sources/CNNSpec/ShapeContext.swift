package import CNNDiagnostics
package import CNNGraph

/// Where a value of the model comes from.
package enum LayerSource: Sendable, Hashable {
  case modelInput
  /// An index into the list of layers at hand.
  case layer(Int)
}

/// What a layer may know, and report, while its output's type is inferred.
package struct ShapeContext: Sendable {
  package let layer: LayerSpec
  package private(set) var bag = DiagnosticBag()
  private let sources: [LayerSource]
  private let trail: ShapeTrail

  init(_ layer: LayerSpec, sources: [LayerSource], trail: ShapeTrail) {
    self.layer = layer
    self.sources = sources
    self.trail = trail
  }

  /// The layers behind the first input, back to what is read by more than that way; no more than a person follows.
  var branch: [LayerSpec] {
    var result: [LayerSpec] = []
    var next = sources.first
    while let source = next, source != sources.last, let layer = trail.layer(source), result.count < 64 {
      result.append(layer)
      next = trail.sources(of: source)?.first
    }
    return result
  }

  package var name: String { layer.name }
  package var kind: String { layer.kind }

  /// An argument's value in the text, or the word of the layer's kind where it is not written.
  package func span(of argument: String) -> SourceSpan { layer.span(of: argument) ?? layer.keySpan }
  package func isWritten(_ argument: String) -> Bool { layer.span(of: argument) != nil }

  /// Reports a fault at an argument, or at the layer's kind.
  package mutating func report(
    _ code: DiagnosticCode, _ message: String, at argument: String? = nil, label: String = "",
    notes: [Diagnostic.Note] = [], help: String? = nil, proposals: [Diagnostic.Proposal] = []
  ) {
    let written = argument.flatMap { isWritten($0) ? $0 : nil }
    bag.add(
      Diagnostic(
        code, message, at: written.map { span(of: $0) } ?? layer.keySpan, label: label, notes: notes, help: help,
        path: written.map { "\(layer.path).\($0)" } ?? layer.path, proposals: proposals))
  }

  /// Repairs that give an argument of this layer a value.
  package func proposals(_ title: String, set argument: String, to value: String) -> [Diagnostic.Proposal] {
    layer.proposals(title, set: argument, to: value)
  }

  /// A repair that gives an argument a value in the layer that makes an input; `nil` if that is not written there.
  package func proposal(
    _ title: String, set argument: String, to value: String, inProducer index: Int
  ) -> Diagnostic.Proposal? {
    guard index < sources.count, let producer = trail.layer(sources[index]),
      let span = producer.span(of: argument)
    else { return nil }
    return Diagnostic.Proposal(title, .replace(span, with: value))
  }

  /// `its input is [N, 2, 2, 64], from 'conv2d_4' at line 13`
  package func inputNote(_ index: Int = 0) -> Diagnostic.Note {
    guard index < sources.count, let type = trail.type(of: sources[index]) else {
      return Diagnostic.Note("it has no input")
    }
    return Diagnostic.Note("its input is \(type.shapeText), from \(trail.place(of: sources[index]))")
  }

  /// An input and where it is made, for faults between inputs.
  package func producerNote(_ index: Int) -> Diagnostic.Note {
    guard index < sources.count, let type = trail.type(of: sources[index]) else {
      return Diagnostic.Note("it has no input")
    }
    return Diagnostic.Note(
      "`\(trail.name(of: sources[index]))` gives \(type.shapeText)", at: trail.span(of: sources[index]))
  }

  package func producerName(_ index: Int) -> String {
    index < sources.count ? trail.name(of: sources[index]) : LayerNames.modelInput
  }

  /// Repairs that let the layer that makes an input keep rows and columns; none if it has no window.
  package func windowRepairs(inProducer index: Int) -> [Diagnostic.Proposal] {
    guard index < sources.count, let producer = trail.layer(sources[index]), let layer = producer.layer,
      type(of: layer).arguments.contains(where: { $0.name == "padding" })
    else { return [] }
    func set(_ key: String, _ value: String) -> Diagnostic.Proposal {
      Diagnostic.Proposal(
        "`\(key): \(value)` in `\(producer.name)`",
        .set(key: key, value: value, of: producer.keySpan, main: type(of: layer).mainArgument))
    }
    let padding = set("padding", "same")
    guard producer.span(of: "strides") != nil else { return [padding] }
    return [padding, set("strides", "1"), padding.and(set("strides", "1"))]
  }

  /// A repair of an input that has its channels first, as PyTorch's do.
  package var channelsLast: Diagnostic.Proposal? {
    guard let extents = trail.inputType?.extents, let last = ChannelOrder.channelsLast(extents) else { return nil }
    return .init("`input: \(last)`, height and width before the channels", .replace(trail.inputSpan, with: "\(last)"))
  }

  /// How rows and columns shrank on the way here: `20→18→9→7→3→1`; `nil` where there was no way.
  package var chain: String? { sources.first.flatMap(trail.chain) }

  /// The last layer before this one that halved its rows.
  package var lastHalving: LayerSpec? { sources.first.flatMap(trail.lastHalving) }

  /// Reports an input that is no image; `nil` then.
  package mutating func image(_ input: TensorType) -> TensorType? {
    if input.rank == 3 { return input }
    report(
      SpecCode.wrongRank,
      "`\(kind)` takes images of height, width and channels, and `\(name)` gets \(input.shapeText)",
      notes: [inputNote()],
      help: trail.flattening(sources.first).map { "put it before `\($0.name)`" }
        ?? "write `input: [28, 28, 1]` for images of one channel",
      proposals: trail.flattening(sources.first).map {
        [.init("images all the way: drop `\($0.name)`", .remove($0.keySpan))]
      } ?? [])
    return nil
  }

  /// Whether `axis`, counted as Keras does with the batch as axis 0, is the last one; reports it if not.
  package mutating func isLastAxis(_ axis: Int, of input: TensorType) -> Bool {
    if axis == -1 || axis == input.rank { return true }
    report(
      SpecCode.badAxis, "`\(kind)` works on the last axis, and `axis` is \(axis)", at: "axis",
      notes: [inputNote()], help: "write `axis: -1`, or leave it out",
      proposals: proposals("`axis: -1`", set: "axis", to: "-1"))
    return false
  }

  /// Reports an output, or a weight, that is beyond what a spec may ask for.
  mutating func checkLimits(_ output: TensorType, _ parameters: [ParameterDeclaration]) -> Bool {
    guard let outputCount = SizeLimits.elementCount(output.extents) else {
      report(
        SpecCode.sizeLimit, "the output \(output.shapeText) of `\(name)` exceeds the limit", label: "too large",
        help: ShapeTrail.limitText)
      return false
    }
    var weights = 0
    for parameter in parameters {
      guard let count = SizeLimits.elementCount(parameter.extents), weights + count <= SizeLimits.elements else {
        report(
          SpecCode.sizeLimit, "the \(parameter.name) \(parameter.extents) of `\(name)` exceeds the limit",
          label: "too large", help: ShapeTrail.limitText)
        return false
      }
      weights += count
    }
    // Each weight works once a place of the output: a pixel of a convolution, a row of a dense layer.
    return checkWork([outputCount / (output.extents.last ?? 1), max(1, weights)])
  }

  /// Work of one sample is limited too, so that no count of operations can overflow.
  mutating func checkWork(_ factors: [Int]) -> Bool {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow || next > Self.workLimit {
        report(
          SpecCode.sizeLimit, "the work of `\(name)` exceeds the limit of 2^46 products a sample",
          label: "too much work")
        return false
      }
      product = next
    }
    return true
  }

  private static let workLimit = 1 << 46
}

extension TensorType {
  /// `[N, 2, 2, 64]`, as diagnostics write shapes.
  package var shapeText: String { "[" + (["N"] + extents.map(String.init)).joined(separator: ", ") + "]" }
}
