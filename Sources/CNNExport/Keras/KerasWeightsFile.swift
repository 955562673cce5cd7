package import CNNFiles
package import CNNGraph
internal import CNNModel
package import CNNSession
package import CNNSpec

/// Weights for a model from a file of Keras's, by name and path: `.keras`, `.weights.h5`.
package enum KerasWeightsFile {
  /// Whether a path says that its file is one of Keras's; all others are safetensors.
  package static func isMeant(by path: String) -> Bool {
    let name = path.lowercased()
    return [".keras", ".h5", ".hdf5"].contains { name.hasSuffix($0) }
  }

  /// From a path that a person typed.
  package static func load(
    _ path: String, for spec: Spec, _ access: FileAccess = FileAccess()
  ) throws(ExportError) -> [NamedTensor] {
    try tensors(read(path, access), path, spec)
  }

  /// From a path that a spec holds, below `root`.
  package static func load(
    _ contained: ContainedPath, below root: String, for spec: Spec, _ access: FileAccess = FileAccess()
  ) throws(ExportError) -> [NamedTensor] {
    try tensors(read(contained, below: root, access), contained.text, spec)
  }

  /// What of such a file fits, whatever else it holds, from a path that a person typed.
  ///
  /// - Parameter parameters: the model's.
  package static func loadFitting(
    _ path: String, for spec: Spec, _ parameters: [Parameter], _ access: FileAccess = FileAccess()
  ) throws(ExportError) -> FittingWeights {
    try KerasImport.fittingWeights(read(path, access), path: path, for: spec, parameters)
  }

  /// The same from a path that a spec holds, below `root`.
  package static func loadFitting(
    _ contained: ContainedPath, below root: String, for spec: Spec, _ parameters: [Parameter],
    _ access: FileAccess = FileAccess()
  ) throws(ExportError) -> FittingWeights {
    try KerasImport.fittingWeights(read(contained, below: root, access), path: contained.text, for: spec, parameters)
  }

  private static func read(_ path: String, _ access: FileAccess) throws(ExportError) -> [UInt8] {
    do throws(FileError) { return try access.readFile(path, limit: KerasImport.byteLimit) } catch {
      throw ExportError(error.message, help: error.help)
    }
  }

  private static func read(
    _ contained: ContainedPath, below root: String, _ access: FileAccess
  ) throws(ExportError) -> [UInt8] {
    do throws(FileError) {
      return try access.readFile(contained, below: root, limit: KerasImport.byteLimit)
    } catch { throw ExportError(error.message, help: error.help) }
  }

  private static func tensors(_ bytes: [UInt8], _ path: String, _ spec: Spec) throws(ExportError) -> [NamedTensor] {
    WeightsMatch.tensors(
      of: try KerasImport.weights(bytes, path: path, for: spec), for: TrainedModel.parameters(of: spec))
  }
}
