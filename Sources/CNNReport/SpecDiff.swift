internal import CNNDiagnostics

/// What changes from one spec to another: layers, figures, settings, and which weights can be kept.
package struct SpecDiff: Sendable {
  package let before, after: SpecFacts
  /// In the order of the later network; what was removed stands where it was.
  let layers: [LayerChange]
  let sameLayerCount: Int
  let figures: [Figure]
  let settings: [ValueChange]
  let carriedTensors, carriedParameters: Int

  package init(_ before: SpecFacts, _ after: SpecFacts) {
    self.before = before
    self.after = after
    let matching = LayerMatching(before.layers, after.layers)
    let changes = Self.changes(before, after, matching)
    layers = changes.filter { $0 != .same }
    sameLayerCount = changes.count - layers.count
    figures = Self.figures(before, after)
    settings = NamedLists.changes(before.settings, after.settings)
    // A layer as a whole, as `initial_weights` takes it.
    let old = Dictionary(before.layers.map { ($0.name, Set($0.weights)) }) { first, _ in first }
    let kept = after.layers.filter { old[$0.name] == Set($0.weights) }.flatMap(\.weights)
    carriedTensors = kept.count
    carriedParameters = kept.reduce(0) { $0 + $1.count }
  }

  /// Whether a run of one would do the same as a run of the other, as far as the specs tell.
  package var isEmpty: Bool { layers.isEmpty && settings.isEmpty && figures.allSatisfy { $0.before == $0.after } }

  enum LayerChange: Equatable {
    case same
    case added(SpecFacts.Layer)
    case removed(SpecFacts.Layer)
    case changed(SpecFacts.Layer, SpecFacts.Layer, [ValueChange])
  }

  /// A number of the whole network; `nil` where there is none.
  struct Figure: Equatable {
    let key: String
    let title: String
    let before, after: Int?
    let isByteCount: Bool

    func text(_ value: Int?) -> String {
      guard let value else { return "-" }
      return isByteCount ? NumberFormat.byteSize(Double(value)) : value.grouped
    }

    /// `+12.5%`, or a word where there was nothing, or is nothing left.
    var change: String {
      let (before, after) = (before ?? 0, after ?? 0)
      if before == after { return "" }
      if before == 0 { return "new" }
      if after == 0 { return "gone" }
      let percent = (Double(after) - Double(before)) / Double(before) * 100
      return (percent > 0 ? "+" : "") + NumberFormat.fixed(percent, places: 1) + "%"
    }
  }

  private static func changes(
    _ before: SpecFacts, _ after: SpecFacts, _ matching: LayerMatching
  ) -> [LayerChange] {
    var source = [Int?](repeating: nil, count: after.layers.count)
    for (index, match) in matching.after.enumerated() { if let match { source[match] = index } }
    let renamed = Dictionary(
      matching.after.indices.compactMap { index in
        matching.after[index].map { (before.layers[index].name, after.layers[$0].name) }
      }
    ) { first, _ in first }
    var changes: [LayerChange] = []
    var next = 0
    func removals(before end: Int) {
      while next < end {
        if matching.after[next] == nil { changes.append(.removed(before.layers[next])) }
        next += 1
      }
    }
    for (index, layer) in after.layers.enumerated() {
      guard let old = source[index] else {
        changes.append(.added(layer))
        continue
      }
      removals(before: old)
      let values = values(before.layers[old], layer, renamed)
      changes.append(values.isEmpty ? .same : .changed(before.layers[old], layer, values))
    }
    removals(before: before.layers.count)
    return changes
  }

  private static func values(
    _ old: SpecFacts.Layer, _ new: SpecFacts.Layer, _ renamed: [String: String]
  ) -> [ValueChange] {
    var changes: [ValueChange] = []
    func compare(_ key: String, _ before: String, _ after: String) {
      if before != after { changes.append(ValueChange(key, before, after)) }
    }
    // Keras's automatic names count on; that matters where weights are called by them.
    if old.isNamed || new.isNamed || !new.weights.isEmpty { compare("name", old.name, new.name) }
    changes += ValueChange.between(old.arguments, new.arguments)
    func text(_ inputs: [String]?) -> String { inputs.map { $0.joined(separator: ", ") } ?? "the layer before" }
    compare("inputs", text(old.inputs.map { $0.map { renamed[$0] ?? $0 } }), text(new.inputs))
    compare("output", old.shapeText, new.shapeText)
    compare("params", old.parameterCount.grouped, new.parameterCount.grouped)
    if let before = old.flops, let after = new.flops { compare("FLOPs", before.grouped, after.grouped) }
    return changes
  }

  private static func figures(_ before: SpecFacts, _ after: SpecFacts) -> [Figure] {
    func figure(_ key: String, _ title: String, _ value: (SpecFacts) -> Int?, isByteCount: Bool = false) -> Figure {
      Figure(key: key, title: title, before: value(before), after: value(after), isByteCount: isByteCount)
    }
    return [
      figure("layers", "layers", { $0.layers.count }), figure("total_params", "parameters", { $0.parameters }),
      figure("trainable_params", "trainable parameters", { $0.trainableParameters }),
      figure("flops", "FLOPs of one image", { $0.flops }),
      figure("training_bytes", "memory of a training step", { $0.trainingMemory }, isByteCount: true),
      figure("inference_bytes", "memory of a prediction", { $0.inferenceMemory }, isByteCount: true),
    ]
  }
}

/// A value that is another one, or was not there, or is gone.
struct ValueChange: Sendable, Equatable {
  let path: String
  let before, after: String?
  /// Whether it is an item of the list at `path`.
  let isItem: Bool

  init(_ path: String, _ before: String?, _ after: String?, isItem: Bool = false) {
    self.path = path
    self.before = before
    self.after = after
    self.isItem = isItem
  }

  var text: String {
    switch (before, after) {
    case (nil, let after?) where isItem: "\(path): \(after) added"
    case (let before?, nil) where isItem: "\(path): \(before) removed"
    case (let before?, let after?): "\(path) \(before) → \(after)"
    case (nil, let after?): "\(path) \(after), new"
    case (let before?, nil): "\(path) \(before), gone"
    case (nil, nil): path
    }
  }

  /// In the order of the later ones, then what is gone.
  static func between(_ before: [SpecFacts.Setting], _ after: [SpecFacts.Setting]) -> [ValueChange] {
    let old = Dictionary(before.map { ($0.path, $0.value) }) { first, _ in first }
    let new = Dictionary(after.map { ($0.path, $0.value) }) { first, _ in first }
    return after.filter { old[$0.path] != $0.value }.map { ValueChange($0.path, old[$0.path], $0.value) }
      + before.filter { new[$0.path] == nil }.map { ValueChange($0.path, $0.value, nil) }
  }
}
