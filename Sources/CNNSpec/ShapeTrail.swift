internal import CNNDiagnostics
internal import CNNGraph

/// How the shapes of a model came about, for the notes of faults.
struct ShapeTrail: Sendable {
  let inputType: TensorType?
  let inputSpan: SourceSpan
  let layers: [LayerSpec]
  let sources: [[LayerSource]?]
  /// What is known so far.
  var types: [TensorType?]

  static let limitText = "an extent may be 1,048,576, a tensor or all weights together 1,099,511,627,776 elements"

  func type(of source: LayerSource) -> TensorType? {
    switch source {
    case .modelInput: inputType
    case .layer(let index): types[index]
    }
  }

  func name(of source: LayerSource) -> String {
    switch source {
    case .modelInput: LayerNames.modelInput
    case .layer(let index): layers[index].name
    }
  }

  func layer(_ source: LayerSource) -> LayerSpec? {
    if case .layer(let index) = source { return layers[index] }
    return nil
  }

  /// What the layer that makes a value reads.
  func sources(of source: LayerSource) -> [LayerSource]? {
    if case .layer(let index) = source { return sources[index] }
    return nil
  }

  func span(of source: LayerSource) -> SourceSpan {
    switch source {
    case .modelInput: inputSpan
    case .layer(let index): layers[index].keySpan
    }
  }

  /// `` `conv2d_4` at line 13 ``
  func place(of source: LayerSource) -> String {
    "`\(name(of: source))` at line \(span(of: source).start.line)"
  }

  /// Steps back after which nobody follows any more, so that a fault of each of many layers costs little.
  private static let longestPath = 256

  /// Back along first inputs, the source itself first; ends at the model's input or at what is unknown.
  private func path(from source: LayerSource) -> [(source: LayerSource, type: TensorType)] {
    var path: [(LayerSource, TensorType)] = []
    var next: LayerSource? = source
    while let source = next, let type = type(of: source), path.count < Self.longestPath {
      path.append((source, type))
      guard case .layer(let index) = source else { break }
      next = sources[index]?.first
    }
    return path
  }

  func chain(from source: LayerSource) -> String? {
    let images = path(from: source).prefix { $0.type.rank == 3 }.map { ($0.type.extents[0], $0.type.extents[1]) }
    let isSquare = images.allSatisfy { $0.0 == $0.1 }
    var sizes: [String] = []
    for (rows, columns) in images.reversed() {
      let text = isSquare ? "\(rows)" : "\(rows)x\(columns)"
      if sizes.last != text { sizes.append(text) }
    }
    guard sizes.count > 1 else { return nil }
    if images.count == Self.longestPath { sizes.insert("…", at: 0) }
    if sizes.count > 16 { sizes = Array(sizes.prefix(6)) + ["…"] + Array(sizes.suffix(8)) }
    return sizes.joined(separator: "→")
  }

  func lastHalving(before source: LayerSource) -> LayerSpec? {
    let path = path(from: source)
    for (after, before) in zip(path, path.dropFirst()) where after.type.rank == 3 && before.type.rank == 3 {
      if after.type.extents[0] * 2 <= before.type.extents[0] { return layer(after.source) }
    }
    return nil
  }

  /// The layer behind which there are no images any more.
  func flattening(_ source: LayerSource?) -> LayerSpec? {
    guard let source else { return nil }
    let path = path(from: source)
    for (after, before) in zip(path, path.dropFirst()) where after.type.rank != 3 && before.type.rank == 3 {
      return layer(after.source)
    }
    return nil
  }
}
