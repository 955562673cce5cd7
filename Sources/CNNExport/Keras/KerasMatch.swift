internal import CNNGraph
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
    // What Normalization has learned are arguments here.
    let groups = weights.groups.values.filter { Self.kind(of: $0.path) != "normalization" }
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
        help: "layers are found by their names, or by class and order as Keras does; is it the file of another model?")
    }
    return try collect(expected.map { $0 ?? "" })
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
