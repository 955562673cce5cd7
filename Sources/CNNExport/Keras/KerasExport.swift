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
    var archive = StoredZIP()
    try archive.add(Array(JSONText.object(metadata.mapValues(JSONText.string)).text.utf8), as: "metadata.json")
    try archive.add(Array(KerasConfigWriter.model(graph, name: model.spec.name).text.utf8), as: "config.json")
    try archive.add(weights(model), as: "model.weights.h5")
    return try archive.finished()
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

extension ExportFormat {
  /// What `keras.models.load_model` reads.
  static let keras = ExportFormat(
    "keras", "a model of Keras 3, which `keras.models.load_model` builds", files: { _ in ["model.keras"] },
    make: { model, _ throws(ExportError) in
      [ExportedFile(name: "model.keras", bytes: try KerasExport.model(model))]
    },
    readBack: { files, _, trial, _ throws(ExportError) in
      let read = try KerasImport.model(files[0].bytes, path: files[0].name)
      return ReadBack(reader: "importer", outputs: try trial.outputs(of: read.model))
    })

  /// What `load_weights` of a Keras model of the same layers reads.
  static let kerasWeights = ExportFormat(
    "keras_weights", "its weights alone, for `load_weights`", files: { _ in ["model.weights.h5"] },
    make: { model, _ throws(ExportError) in
      [ExportedFile(name: "model.weights.h5", bytes: try KerasExport.weights(model))]
    },
    readBack: { files, model, trial, _ throws(ExportError) in
      let weights = try KerasImport.weights(files[0].bytes, path: files[0].name, for: model.spec)
      let read = TrainedModel(spec: model.spec, classNames: model.classNames, weights: weights)
      return ReadBack(reader: "importer", outputs: try trial.outputs(of: read))
    })
}
