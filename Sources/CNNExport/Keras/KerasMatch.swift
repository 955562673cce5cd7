internal import CNNGraph
internal import CNNSession
internal import CNNSpec

/// Brings the groups of a file of Keras and the layers of a model together.
struct KerasMatch {
  private let weights: KerasWeights
  /// Layers that have weights.
  private let layers: [CheckedLayer]
  /// Their groups in a file that Keras would write for the model.
  private let expected: [String?]

  init(_ weights: KerasWeights, _ spec: Spec) {
    self.weights = weights
    let all = spec.model.layers
    let groups = KerasGraph(spec).groups(layerCount: all.count)
    let weighted = all.indices.filter { !all[$0].parameters.isEmpty }
    layers = weighted.map { all[$0] }
    expected = weighted.map { groups[$0] }
  }

  /// - Throws: what is missing, too much, or of another shape, naming both sides.
  func values(path: String) throws(ExportError) -> [[Float]] {
    let groups = learnt
    if let byName = byName(groups) {
      return try collect(byName)
    }
    let unknown = groups.map(\.path).filter { !expected.contains($0) }.sorted()
    let missing = zip(layers, expected).filter { layer, group in group.map { weights.groups[$0] == nil } ?? true }
    if !missing.isEmpty || !unknown.isEmpty {
      let names = missing.map { "`\($0.0.spec.name)`" + ($0.1.map { " ('\($0)')" } ?? "") }
      var parts: [String] = []
      if !names.isEmpty { parts.append("has no weights for \(Self.list(names)) of the spec") }
      if !unknown.isEmpty { parts.append("has \(Self.list(unknown.map { described($0) })), which the spec has not") }
      throw ExportError(
        "'\(path)' " + parts.joined(separator: ", and "),
        help: "layers are found by their names, or by class and order as Keras does; is it the file of another model?",
        isMismatch: true)
    }
    return try collect(expected.map { $0 ?? "" })
  }

  /// What fits, layer by layer.
  ///
  /// A name that an author gave means the layer of that name. Names that Keras gave (`conv2d_7`) count the layers of a
  /// whole session, so those layers are found as Keras finds all: by class and order. So is everything where no name of
  /// the file leads to a layer.
  ///
  /// - Parameter parameters: the model's.
  func fittingValues(_ parameters: [Parameter]) throws(ExportError) -> FittingWeights {
    let byName = try fittingValues(parameters, usesNames: true)
    return byName.loaded.isEmpty ? try fittingValues(parameters, usesNames: false) : byName
  }

  private func fittingValues(_ parameters: [Parameter], usesNames: Bool) throws(ExportError) -> FittingWeights {
    let groups = learnt.sorted { $0.path < $1.path }
    let places = usesNames ? placesByName(groups) : placesByPath(groups)
    let byName = Dictionary(layers.map { ($0.spec.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try FittingWeights(
      parameters,
      sources: groups.map { group in
        .init(
          name: KerasFindings.shown(group.name ?? group.path), arrays: group.arrays.map { (nil, $0.extents) })
      }, source: { places[$0] },
      load: { name, index, _ throws(ExportError) in
        guard let layer = byName[name] else { return [] }
        return try weights.values(of: layer, in: groups[index].path)
      })
  }

  /// Which group each layer has in a file that Keras would write.
  private func placesByPath(_ groups: [KerasWeights.Group]) -> [String: Int] {
    let paths = Dictionary(zip(groups.map(\.path), groups.indices), uniquingKeysWith: { first, _ in first })
    return Dictionary(
      zip(layers, expected).compactMap { layer, path in path.flatMap { paths[$0] }.map { (layer.spec.name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  private func placesByName(_ groups: [KerasWeights.Group]) -> [String: Int] {
    // Layers of a model in the model are counted by themselves, and those around it apart from them.
    let isNested = groups.contains { $0.path.split(separator: "/").count > 2 }
    let counted = groups.map { group in
      group.name.map { !isNested && Self.isAutomatic($0, Self.kind(of: group.path)) } ?? true
    }
    let automatic = Set(
      layers.lazy.filter { Self.isAutomatic($0.spec.name, type(of: $0.layer).automaticName) }.map(\.spec.name))
    // An author's name is none of a counted layer's, unless the file has no names at all.
    var places = placesByPath(groups).filter { layer, place in
      counted[place] && (groups[place].name == nil || automatic.contains(layer))
    }
    let named = Dictionary(
      groups.indices.compactMap { index in counted[index] ? nil : groups[index].name.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
    for layer in layers { if let place = named[layer.spec.name] { places[layer.spec.name] = place } }
    return places
  }

  /// Whether Keras gave a name: `conv2d`, `conv2d_7`.
  private static func isAutomatic(_ name: String, _ kind: String) -> Bool {
    name == kind || (name.hasPrefix(kind + "_") && Int(name.dropFirst(kind.count + 1)) != nil)
  }

  /// Without what Normalization has learned, which are arguments here.
  private var learnt: [KerasWeights.Group] {
    weights.groups.values.filter { Self.kind(of: $0.path) != "normalization" }
  }

  /// One group a layer, if the file names its layers and the model has layers of all these names.
  private func byName(_ groups: [KerasWeights.Group]) -> [String]? {
    var paths: [String: String] = [:]
    for group in groups {
      guard let name = group.name, paths.updateValue(group.path, forKey: name) == nil else { return nil }
    }
    guard Set(paths.keys) == Set(layers.map(\.spec.name)) else { return nil }
    return layers.compactMap { paths[$0.spec.name] }
  }

  private func collect(_ groups: [String]) throws(ExportError) -> [[Float]] {
    var values: [[Float]] = []
    for (layer, group) in zip(layers, groups) { values += try weights.values(of: layer, in: group) }
    return values
  }

  /// `layers/conv2d_1` is of `conv2d`.
  private static func kind(of path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    if let mark = name.lastIndex(of: "_"), Int(name[name.index(after: mark)...]) != nil { name = String(name[..<mark]) }
    return name
  }

  private func described(_ path: String) -> String {
    "'\(KerasFindings.shown(path))'" + (weights.groups[path]?.name.map { " (`\(KerasFindings.shown($0))`)" } ?? "")
  }

  /// The first few, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let most = 5
    let shown = names.prefix(most).joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }
}
