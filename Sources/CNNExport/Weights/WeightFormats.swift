internal import CNNData
package import CNNModel
internal import CNNSession

extension ExportFormat {
  /// Weights with the spec and the class names, in the format of Hugging Face's `safetensors`.
  package static let safetensors = ExportFormat(
    "safetensors", "the weights by name, with the spec and the class names", files: { _ in ["model.safetensors"] },
    make: { model, _ throws(ExportError) in
      [
        ExportedFile(
          name: "model.safetensors", bytes: Safetensors.encode(model.tensors, metadata: model.metadata.pairs))
      ]
    },
    readBack: { files, model, trial, _ throws(ExportError) in
      let contents: Safetensors.Contents
      do throws(WeightsError) {
        contents = try Safetensors.decode(files[0].bytes, path: files[0].name)
      } catch {
        throw ExportError(error.message, help: error.help)
      }
      let metadata = WeightsMetadata(contents.metadata)
      guard metadata == model.metadata else {
        throw ExportError("'\(files[0].name)' does not give back the spec and the class names")
      }
      return ReadBack(
        reader: "safetensors reader",
        outputs: try trial.outputs(of: model.with(contents.tensors, of: files[0].name)))
    })

  /// Weights as `numpy.load` reads them.
  package static let npz = ExportFormat(
    "npz", "the weights by name, as NumPy arrays", files: { _ in ["model.npz"] },
    make: { model, _ throws(ExportError) in
      var archive = StoredZIP()
      for tensor in model.tensors {
        try archive.add(NPYFile.bytes(of: tensor), as: tensor.name + ".npy")
      }
      return [ExportedFile(name: "model.npz", bytes: try archive.finished())]
    },
    readBack: { files, model, trial, _ throws(ExportError) in
      let tensors: [NamedTensor]
      do throws(DataError) {
        tensors = try NPZArrays.read(files[0].bytes, path: files[0].name)
      } catch {
        throw ExportError(error.message, help: error.help)
      }
      return ReadBack(
        reader: "npz reader", outputs: try trial.outputs(of: model.with(tensors, of: files[0].name)))
    })
}

extension TrainedModel {
  /// The same model with weights from a file.
  func with(_ tensors: [NamedTensor], of path: String) throws(ExportError) -> TrainedModel {
    do throws(WeightsError) {
      let values = try WeightsMatch.values(of: tensors, for: parameters, path: path)
      return TrainedModel(spec: spec, resolved: resolved, classNames: classNames, weights: values)
    } catch {
      throw ExportError(error.message, help: error.help)
    }
  }
}
