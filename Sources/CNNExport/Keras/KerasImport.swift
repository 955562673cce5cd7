internal import CNNDiagnostics
package import CNNGraph
internal import CNNLayers
package import CNNModel
package import CNNSession
package import CNNSpec

/// A model of Keras as one of ours: the text of its spec, and with it what it has learnt.
package struct ImportedModel: Sendable {
  package let model: TrainedModel
  /// The spec, in the form of `fmt`.
  package let text: [UInt8]
  /// What a user should know: differences that do not change predictions.
  package let notes: [String]
  /// What wrote it: `Keras 3.15.0`.
  package let origin: String
  /// As the file has them, without the input.
  package let layerCount: Int
  /// All values that the file holds for layers, of Normalization's too, which become arguments.
  package let valueCount: Int
}

/// From Keras's files to models and weights.
package enum KerasImport {
  /// The longest file that is read.
  package static let byteLimit = KerasFile.byteLimit

  /// A `.keras`.
  ///
  /// - Parameters:
  ///   - path: for messages, and for the comment at the top of the spec.
  ///   - weightsName: the file of weights that will lie beside the spec, for that comment.
  /// - Throws: everything in it that a spec cannot say, at once.
  package static func model(
    _ bytes: [UInt8], path: String, weightsName: String? = nil
  ) throws(ExportError) -> ImportedModel {
    let file = try KerasFile(bytes, path: path)
    let (network, names, text, findings) = try spec(of: file, weightsName: weightsName)
    let spec = try load(text, path: path)
    let groups = Dictionary(
      zip(names, network.layers.map(\.group)), uniquingKeysWith: { first, _ in first })
    var weights: [[Float]] = []
    for layer in spec.model.layers where !layer.parameters.isEmpty {
      guard case .some(.some(let group)) = groups[layer.spec.name] else {
        throw ExportError("'\(path)' has no weights for `\(layer.spec.name)`")
      }
      weights += try file.weights.values(of: layer, in: group)
    }
    return ImportedModel(
      model: TrainedModel(
        spec: spec, classNames: TrainedModel.classNames(of: spec, among: file.classNames), weights: weights, path: path),
      text: text, notes: findings.notes, origin: "Keras" + (file.version.map { " \(KerasFindings.shown($0))" } ?? ""),
      layerCount: network.layers.count, valueCount: file.weights.count)
  }

  private static func spec(
    of file: KerasFile, weightsName: String?
  ) throws(ExportError) -> (KerasNetwork, names: [String], text: [UInt8], KerasFindings) {
    var reader = KerasConfigReader()
    let network = reader.network(file.config)
    var findings = reader.findings
    guard let network else {
      try findings.check(file.path)
      throw ExportError("'\(file.path)' has a config that cannot be read")
    }
    if network.layers.isEmpty, findings.problems.isEmpty { findings.refuse("it has no layers but its input") }
    let writer = KerasSpecWriter(network, adapted: adapted(network, file.weights, &findings))
    var comments = [
      "From \(KerasFindings.shown(Self.name(of: file.path)))"
        + (file.version.map { ", written by Keras \(KerasFindings.shown($0))." } ?? ".")
    ]
    if let weightsName { comments[0] += " The weights are in \(KerasFindings.shown(weightsName))." }
    let text = writer.text(comments: comments, &findings)
    try findings.check(file.path)
    return (network, writer.names, text, findings)
  }

  private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// What Normalization layers without numbers of their own have learned of data.
  private static func adapted(
    _ network: KerasNetwork, _ weights: KerasWeights, _ findings: inout KerasFindings
  ) -> [String: (mean: [Float], variance: [Float])] {
    var adapted: [String: (mean: [Float], variance: [Float])] = [:]
    for layer in network.layers where layer.className == "Normalization" && (layer.config["mean"] ?? .null) == .null {
      let arrays = layer.group.flatMap { weights.groups[$0]?.arrays } ?? []
      guard arrays.count >= 2, let group = layer.group, let mean = arrays[0].values, let variance = arrays[1].values
      else {
        findings.refuse(layer.name, layer.className, "it has neither `mean` and `variance` nor learned ones")
        continue
      }
      adapted[group] = (mean, variance)
    }
    return adapted
  }

  private static func load(_ text: [UInt8], path: String) throws(ExportError) -> Spec {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    if let spec = SpecLoader.load(text, name: path, catalog: .standard, sources: &sources, bag: &bag) { return spec }
    var findings = KerasFindings()
    for fault in bag.sorted where fault.severity == .error { findings.refuse(fault.message) }
    try findings.check(path)
    throw ExportError("'\(path)' has a model that cannot be read")
  }

  // MARK: Weights for a model that is there

  /// Weights for a spec's model from a `.keras` or a `.weights.h5`: by the names of layers where all of them are the
  /// model's, else by class and order, as Keras does.
  package static func weights(_ bytes: [UInt8], path: String, for spec: Spec) throws(ExportError) -> [[Float]] {
    try KerasMatch(learned(bytes, path: path).weights, spec).values(path: path)
  }

  /// What of such a file fits a spec's model: by the names that authors gave to layers, else by class and order.
  package static func fittingWeights(
    _ bytes: [UInt8], path: String, for spec: Spec, _ parameters: [Parameter]
  ) throws(ExportError) -> FittingWeights {
    try KerasMatch(learned(bytes, path: path).weights, spec).fittingValues(parameters)
  }

  /// A spec's model with the weights of a `.keras` or a `.weights.h5`.
  ///
  /// - Parameter classNames: of its outputs; `nil` for those in the file, or else in `fallback`.
  package static func model(
    _ bytes: [UInt8], path: String, for spec: Spec, classNames: [String]?, orElse fallback: [String]?
  ) throws(ExportError) -> TrainedModel {
    let (weights, names) = try learned(bytes, path: path)
    return TrainedModel(
      spec: spec, classNames: TrainedModel.classNames(of: spec, among: classNames, names, fallback),
      weights: try KerasMatch(weights, spec).values(path: path), path: path)
  }

  /// A `.weights.h5` has no names of classes.
  private static func learned(
    _ bytes: [UInt8], path: String
  ) throws(ExportError) -> (weights: KerasWeights, classNames: [String]) {
    if bytes.starts(with: [0x50, 0x4b]) {
      let file = try KerasFile(bytes, path: path)
      return (file.weights, file.classNames)
    }
    return (
      try KerasWeights(HDF5.read(bytes, skipping: "optimizer", name: "'\(path)'"), file: "'\(path)'"), []
    )
  }
}
