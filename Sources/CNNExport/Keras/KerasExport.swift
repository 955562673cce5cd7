internal import CNNDiagnostics
package import CNNModel
internal import CNNSession

/// Models in the files of Keras 3: `.keras`, a model that `keras.models.load_model` builds, and `.weights.h5`, which
/// `load_weights` of the same model reads.
///
/// The factor `rescale` of a spec's data becomes a first layer, so that a model takes what its data hold. Equal models
/// have equal bytes: dates are the first that ZIP has.
package enum KerasExport {
  /// The version whose format is written.
  private static let version = "3.15.0"

  /// The bytes of a `.keras`.
  /// - Throws: where libhdf5 is missing, or the file would have more than 4 GiB.
  package static func model(_ model: TrainedModel) throws(ExportError) -> [UInt8] {
    let graph = KerasGraph(model.spec)
    var metadata = model.metadata.pairs
    metadata["keras_version"] = version
    metadata["date_saved"] = "1980-01-01@00:00:00"
    var archive = ZIPWriter()
    try archive.add("metadata.json", Array(JSONText.object(metadata.mapValues(JSONText.string)).text.utf8))
    try archive.add("config.json", Array(KerasConfigWriter.model(graph, name: model.spec.name).text.utf8))
    try archive.add("model.weights.h5", weights(model))
    return try archive.archive()
  }

  /// The bytes of a `.weights.h5`, for the model of the same `.keras`.
  package static func weights(_ model: TrainedModel) throws(ExportError) -> [UInt8] {
    let graph = KerasGraph(model.spec)
    var contents = HDF5Contents(groups: ["vars", "layers"], texts: ["vars@name": model.spec.name])
    let layers = model.spec.model.layers
    let groups = graph.groups(layerCount: layers.count)
    var next = 0
    for (layer, group) in zip(layers, groups) {
      let values = model.weights[next..<next + layer.parameters.count]
      next += layer.parameters.count
      guard let group else { continue }
      contents.groups += [group, "\(group)/vars"]
      contents.texts["\(group)/vars@name"] = layer.spec.name
      for (index, (declaration, values)) in zip(layer.parameters, values).enumerated() {
        contents.arrays.append(.init(path: "\(group)/vars/\(index)", extents: declaration.extents, values: values))
      }
    }
    return try HDF5.write(contents)
  }
}
