internal import CNNDiagnostics

extension CrossChecks {
  /// The samples' shape, where the spec alone says it, against what the model takes.
  static func checkInput(_ model: ModelSpec, _ data: DataParts, into bag: inout DiagnosticBag) {
    guard let source = data.source, let extents = data.extents, let input = model.input, input.value != extents else {
      return
    }
    var proposals: [Diagnostic.Proposal] = []
    var help = "write `input: \(extents)`"
    if source.value.hasImageFiles, input.value.count == 3 {
      // The model's own size is most likely the one that is meant.
      let size = "[\(input.value[0]), \(input.value[1])]"
      let mode = DataSpec.ColorMode.allCases.first { $0.channels == input.value[2] }
      let sizeFits = input.value[0] == extents[0] && input.value[1] == extents[1]
      let setSize = Diagnostic.Proposal(
        "`image_size: \(size)`", .set(key: "image_size", value: size, of: data.keySpan))
      let setMode = mode.map { mode in
        Diagnostic.Proposal(
          "`color_mode: \(mode.rawValue)`", .set(key: "color_mode", value: mode.rawValue, of: data.keySpan))
      }
      if sizeFits, let setMode {
        proposals.append(setMode)
      } else if input.value[2] == extents[2] {
        proposals.append(setSize)
      } else if let setMode {
        proposals.append(setSize.and(setMode))
      }
      help =
        "image files become what `image_size` and `color_mode` of `data` say, as in Keras \(extents) unless written"
    }
    proposals.append(.init("`input: \(extents)`", .replace(input.span, with: "\(extents)")))
    bag.add(
      Diagnostic(
        SpecCode.inputMismatch,
        "a sample of `\(source.value.word)` is \(extents), and the model takes \(input.value)",
        at: input.span, notes: [.init("the data is chosen here", at: source.span)], help: help, path: input.path,
        proposals: proposals))
  }
}
