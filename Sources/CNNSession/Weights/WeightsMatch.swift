internal import CNNDiagnostics
package import CNNGraph

/// Brings the tensors of a file and the parameters of a model together, by name.
package enum WeightsMatch {
  /// The values of each parameter, in the model's order.
  /// - Throws: what is missing, unknown, or of another shape.
  package static func values(
    of tensors: [NamedTensor], for parameters: [Parameter], path: String
  ) throws(WeightsError) -> [[Float]] {
    let places = try places(of: tensors.map { ($0.name, $0.extents) }, for: parameters, path: path)
    return places.map { tensors[$0].values }
  }

  /// A model's values under their names in files.
  /// - Precondition: one array a parameter.
  package static func tensors(of values: [[Float]], for parameters: [Parameter]) -> [NamedTensor] {
    precondition(values.count == parameters.count, "\(values.count) arrays for \(parameters.count) parameters")
    return zip(parameters, values).map {
      NamedTensor(name: $0.qualifiedName, extents: $0.declaration.extents, values: $1)
    }
  }

  /// Index of each parameter's tensor.
  static func places(
    of tensors: [(name: String, extents: [Int])], for parameters: [Parameter], path: String
  ) throws(WeightsError) -> [Int] {
    var places: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() { places[tensor.name] = index }
    let expected = Set(parameters.map(\.qualifiedName))
    let missing = parameters.map(\.qualifiedName).filter { places[$0] == nil }
    let unknown = tensors.map(\.name).filter { !expected.contains($0) }
    if let first = missing.first {
      let guess = Spelling.closest(to: first, among: unknown)
      throw WeightsError(
        .missingTensor, path,
        "has no \(list(missing))" + (unknown.isEmpty ? "" : ", and the model no \(list(unknown))"),
        help: guess.map { "is `\(WeightsError.shown($0))` meant to be `\(first)`?" }
          ?? "tensors are named LAYER/kernel, LAYER/bias and so on, by the layers of the model")
    }
    if !unknown.isEmpty {
      throw WeightsError(
        .unknownTensor, path, "has \(list(unknown)), which the model has not",
        help: "is it the file of another model?")
    }
    var result: [Int] = []
    for parameter in parameters {
      guard let place = places[parameter.qualifiedName] else { continue }
      if tensors[place].extents != parameter.declaration.extents {
        throw WeightsError(
          .shape, path,
          "has `\(parameter.qualifiedName)` with the shape \(tensors[place].extents), and the model needs "
            + "\(parameter.declaration.extents)",
          help: "shapes are Keras's: [height, width, in, out] of a convolution, [in, out] of a dense layer")
      }
      result.append(place)
    }
    return result
  }

  /// The first few names, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let most = 5
    let shown = names.prefix(most).map { "`\(WeightsError.shown($0))`" }.joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }
}
