package import CNNGraph

/// What of a file of weights fits a model, layer by layer: a layer has all its weights from the file, or none.
///
/// Keras's `load_weights(…, skip_mismatch=True)`.
package struct FittingWeights: Sendable, Equatable {
  /// One a parameter of the model; `nil` of layers that the file has not, or has in other shapes.
  package let values: [[Float]?]
  /// Layers whose weights are the file's.
  package let loaded: [String]
  package let skipped: [Skip]
  /// Layers of the file that none of the model's took.
  package let unused: [String]

  /// A layer that does not have its weights from the file.
  package struct Skip: Sendable, Equatable {
    package let layer: String
    /// Whose grammatical subject is the layer: `has its kernel as [64, 10] in the file, and needs [64, 5]`.
    package let reason: String
  }

  /// A layer as a file has it.
  package struct Source: Sendable {
    /// What the file calls it, fit for a message.
    package let name: String
    /// With their names where the file has such.
    package let arrays: [(name: String?, extents: [Int])]

    package init(name: String, arrays: [(name: String?, extents: [Int])]) {
      self.name = name
      self.arrays = arrays
    }
  }

  /// Why a layer of a file is none of a model's with these parameters; `nil` if it is.
  package static func misfit(_ source: Source?, for declared: [ParameterDeclaration]) -> String? {
    guard let source else { return "is not in the file" }
    for (index, declaration) in declared.enumerated() {
      let named = source.arrays.first { $0.name == declaration.name }
      guard let array = named ?? (source.arrays.indices.contains(index) ? source.arrays[index] : nil),
        array.name == nil || array.name == declaration.name
      else { return "has no \(declaration.name) in the file" }
      if array.extents != declaration.extents {
        return "has its \(declaration.name) as \(array.extents) in the file, and needs \(declaration.extents)"
      }
    }
    guard source.arrays.count > declared.count else { return nil }
    let names = source.arrays.compactMap(\.name).filter { name in !declared.contains { $0.name == name } }
    return names.isEmpty
      ? "has \(source.arrays.count) arrays in the file, and needs \(declared.count)"
      : "has a \(names.joined(separator: " and a ")) in the file, and takes none"
  }

  /// - Parameters:
  ///   - parameters: the model's, those of a layer in a row.
  ///   - sources: all layers of the file.
  ///   - source: which of them is meant by a layer of the model, by its name; none if `nil`.
  ///   - load: the values of a layer that fits, by its name and its source, in the order of its parameters.
  package init<Fault: Error>(
    _ parameters: [Parameter], sources: [Source], source: (String) -> Int?,
    load: (String, Int, [ParameterDeclaration]) throws(Fault) -> [[Float]]
  ) throws(Fault) {
    var values: [[Float]?] = []
    var loaded: [String] = []
    var skipped: [Skip] = []
    var taken: Set<Int> = []
    for (layer, declared) in Self.layers(parameters) {
      let index = source(layer)
      if let index { taken.insert(index) }
      if let reason = Self.misfit(index.map { sources[$0] }, for: declared) {
        skipped.append(Skip(layer: layer, reason: reason))
        values += declared.map { _ in nil }
      } else if let index {
        loaded.append(layer)
        values += try load(layer, index, declared)
      }
    }
    self.values = values
    self.loaded = loaded
    self.skipped = skipped
    unused = sources.indices.filter { !taken.contains($0) }.map { sources[$0].name }
  }

  /// Of a file whose arrays are called LAYER/kernel and so on.
  package init(_ tensors: [NamedTensor], for parameters: [Parameter]) {
    var names: [String] = []
    var places: [String: [Int]] = [:]
    for (index, tensor) in tensors.enumerated() {
      let layer = tensor.name.lastIndex(of: "/").map { String(tensor.name[..<$0]) } ?? tensor.name
      if places[layer] == nil { names.append(layer) }
      places[layer, default: []].append(index)
    }
    func word(_ tensor: NamedTensor) -> String {
      WeightsError.shown(tensor.name.split(separator: "/").last.map(String.init) ?? tensor.name)
    }
    let layers = names.map { (places[$0] ?? []).map { tensors[$0] } }
    let order = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    self.init(
      parameters,
      sources: zip(names, layers).map { name, tensors in
        Source(name: WeightsError.shown(name), arrays: tensors.map { (word($0), $0.extents) })
      }, source: { order[$0] },
      load: { _, index, declared in
        declared.compactMap { declaration in layers[index].first { word($0) == declaration.name }?.values }
      })
  }

  /// In the model's order, with their parameters.
  private static func layers(_ parameters: [Parameter]) -> [(String, [ParameterDeclaration])] {
    var layers: [(String, [ParameterDeclaration])] = []
    for parameter in parameters {
      if layers.last?.0 == parameter.layer {
        layers[layers.count - 1].1.append(parameter.declaration)
      } else {
        layers.append((parameter.layer, [parameter.declaration]))
      }
    }
    return layers
  }
}

extension FittingWeights {
  /// What came from the file and what did not, a line each, without a newline at the end.
  ///
  /// - Parameter frozen: layers that are not trained.
  package func text(file: String, frozen: Set<String> = []) -> String {
    let count = loaded.count + skipped.count
    var lines = ["weights of '\(file)': \(loaded.count) of \(count) layers, \(Self.list(loaded))"]
    lines += skipped.map { skip in
      "  skipped: `\(skip.layer)` \(skip.reason)"
        + (frozen.contains(skip.layer) ? "; it is frozen, and stays as it was drawn" : "")
    }
    if !unused.isEmpty { lines.append("  not asked for: \(Self.list(unused)) of the file") }
    return lines.joined(separator: "\n")
  }

  /// Why nothing of a file is of use.
  package var refusal: String {
    "has no layer that fits one of the model's: "
      + Self.list(skipped.map { "`\($0.layer)` \($0.reason)" }, separator: "; ", quotes: "")
  }

  /// The first few, and how many more there are.
  private static func list(_ names: [String], separator: String = ", ", quotes: String = "`") -> String {
    let most = 8
    let shown = names.prefix(most).map { "\(quotes)\($0)\(quotes)" }.joined(separator: separator)
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }
}
