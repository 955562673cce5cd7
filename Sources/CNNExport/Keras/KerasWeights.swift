internal import CNNSpec

/// The arrays of a Keras weights file by the group of their layer.
///
///     layers/conv2d/vars/0 …      matches Keras 3: `keras/src/saving/saving_lib.py`
struct KerasWeights: Sendable {
  struct Group: Sendable {
    /// `layers/conv2d_1`.
    var path: String
    /// The layer's, where the file says it.
    var name: String?
    /// By their numbers.
    var arrays: [HDF5Contents.Array] = []
  }

  let file: String
  /// Those with arrays.
  private(set) var groups: [String: Group] = [:]

  /// - Parameters:
  ///   - file: what the file is called in messages, with its quotes.
  init(_ contents: HDF5Contents, file: String) throws(ExportError) {
    self.file = file
    if contents.texts["@model_config"] != nil
      || contents.arrays.contains(where: { $0.path.hasPrefix("model_weights/") })
    {
      throw ExportError(
        "\(file) is a model in the HDF5 form of Keras 2",
        help: "save it again from Keras: `keras.models.load_model(\"model.h5\").save(\"model.keras\")`")
    }
    if contents.arrays.contains(where: { $0.path.contains("_layer_checkpoint_dependencies") }) {
      throw ExportError(
        "\(file) was written by Keras 2, whose files have another order",
        help: "load it with Keras 3 and save it again")
    }
    for array in contents.arrays {
      let parts = array.path.split(separator: "/")
      guard parts.count >= 3, parts[parts.count - 2] == "vars", let number = Int(parts[parts.count - 1]), number >= 0
      else {
        throw ExportError(
          "\(file) holds '\(KerasFindings.shown(array.path))', which Keras 3 writes into no file of weights",
          help: "save the weights with `model.save_weights(\"model.weights.h5\")`")
      }
      let path = parts.dropLast(2).joined(separator: "/")
      var group = groups[path] ?? Group(path: path, name: contents.texts["\(path)/vars@name"])
      group.arrays.append(array)
      groups[path] = group
    }
    for (path, group) in groups {
      // Names are sorted as texts: 10 stands before 2.
      let sorted = group.arrays.sorted { Self.number($0.path) < Self.number($1.path) }
      guard sorted.map({ Self.number($0.path) }) == Array(sorted.indices) else {
        throw ExportError("\(file) has gaps among the arrays of '\(KerasFindings.shown(path))'", help: HDF5.damaged)
      }
      groups[path]?.arrays = sorted
    }
  }

  /// Values in all groups.
  var count: Int { groups.values.reduce(0) { $0 + $1.arrays.reduce(0) { $0 + $1.extents.reduce(1, *) } } }

  private static func number(_ path: String) -> Int { path.split(separator: "/").last.flatMap { Int($0) } ?? -1 }

  /// A layer's weights in the order of its parameters.
  func values(of layer: CheckedLayer, in group: String) throws(ExportError) -> [[Float]] {
    let declared = layer.parameters
    let arrays = groups[group]?.arrays ?? []
    let name = layer.spec.name
    guard arrays.count == declared.count else {
      throw ExportError(
        "\(file) has \(arrays.count) \(arrays.count == 1 ? "array" : "arrays") in '\(group)', and `\(name)` needs "
          + "\(declared.count): \(declared.map { "\($0.name) \($0.extents)" }.joined(separator: ", "))",
        help: "is it the file of another model?", isMismatch: true)
    }
    var values: [[Float]] = []
    for (array, declaration) in zip(arrays, declared) {
      guard array.extents == declaration.extents else {
        throw ExportError(
          "\(file) has '\(array.path)' with the shape \(array.extents), and `\(name)` needs "
            + "\(declaration.extents) for its \(declaration.name)", help: "is it the file of another model?",
          isMismatch: true)
      }
      guard let floats = array.values else {
        throw ExportError(
          "\(file) has '\(array.path)' with values that are no floats, and `\(name)` needs them for its "
            + "\(declaration.name)")
      }
      if let index = floats.firstIndex(where: { !$0.isFinite }) {
        throw ExportError(
          "\(file) holds \(floats[index]) as value \(index) of '\(array.path)', the \(declaration.name) of `\(name)`",
          help: "the training that wrote it diverged")
      }
      values.append(floats)
    }
    return values
  }
}
