internal import CNNDiagnostics
package import CNNFiles
package import CNNGraph
internal import CNNLayers
package import CNNSession
package import CNNSpec

/// A network and what it has learnt: everything that prediction, evaluation and export need, in one value.
///
///     let model = try TrainedModel(reading: "runs/fashion-mnist")      // or weights/best.safetensors
///     model.spec.model.inputType                                       // [28, 28, 1]
///
/// It comes from a run directory or from a file of weights alone, whose metadata hold the spec and the class names.
package struct TrainedModel: Sendable {
  package let spec: Spec
  /// The spec with every default, from which this one was read.
  package let resolved: String
  /// One name an output, or two where one output tells two classes apart; empty where outputs are values, whatever the
  /// labels were called.
  package let classNames: [String]
  /// In the order of `weights`.
  package let parameters: [Parameter]
  /// One array a parameter, row-major in Keras's layouts: `[height, width, in, out]` of a convolution.
  package let weights: [[Float]]
  /// The file that the weights came from; `nil` if they came from none.
  package let path: String?

  /// - Precondition: one array a parameter, of its size.
  package init(spec: Spec, resolved: String? = nil, classNames: [String], weights: [[Float]], path: String? = nil) {
    self.spec = spec
    self.resolved = resolved ?? spec.resolvedText
    self.classNames = OutputMeaning(of: spec, classNames: classNames).isOfClasses ? classNames : []
    parameters = Self.parameters(of: spec)
    self.weights = weights
    self.path = path
    precondition(
      weights.map(\.count) == parameters.map { $0.declaration.extents.reduce(1, *) }, "weights of another model")
  }

  /// Weights under their names in files: `conv2d/kernel`.
  package var tensors: [NamedTensor] { WeightsMatch.tensors(of: weights, for: parameters) }

  /// The first of several lists of class names that is one of a spec's outputs: one name an output, or less where the
  /// data knew fewer classes, or two of one output.
  ///
  /// - Returns: none where there is no such list.
  package static func classNames(of spec: Spec, among lists: [String]?...) -> [String] {
    let most = max(2, spec.model.outputType.elementCount)
    return lists.lazy.compactMap(\.self).first { !$0.isEmpty && $0.count <= most } ?? []
  }

  package var metadata: WeightsMetadata { WeightsMetadata(spec: resolved, classNames: classNames) }

  /// Those of a spec's model, in the order of its layers.
  package static func parameters(of spec: Spec) -> [Parameter] {
    spec.model.graph(purpose: .inference).graph.parameters
  }
}

// MARK: Reading

extension TrainedModel {
  /// Which weights of a run are meant.
  package enum Choice: String, Sendable, CaseIterable { case best, last }

  /// From the directory of a run, or from a file of weights.
  ///
  /// - Parameters:
  ///   - path: a run directory or a `.safetensors` file that cnnrun wrote.
  ///   - choice: which of a run's weights; the best ones where there are any, unless told otherwise.
  ///   - spec: takes the place of the one in the file's metadata; weights of other programs need it.
  package init(
    reading path: String, _ choice: Choice? = nil, spec: Spec? = nil, _ access: FileAccess = FileAccess()
  ) throws(ModelError) {
    let file = try Self.weightsFile(path, choice, access)
    let contents: Safetensors.Contents
    do throws(WeightsError) { contents = try WeightsFile.read(file, access) } catch { throw ModelError(error) }
    let metadata = WeightsMetadata(contents.metadata)
    let model: Spec
    if let spec {
      model = spec
    } else {
      guard let text = metadata.spec else {
        throw ModelError(
          "'\(file)' does not say which model its weights are of", help: "name the spec with `--spec SPEC`")
      }
      model = try Self.spec(text, of: file)
    }
    let parameters = Self.parameters(of: model)
    let weights: [[Float]]
    do throws(WeightsError) {
      weights = try WeightsMatch.values(of: contents.tensors, for: parameters, path: file)
    } catch { throw ModelError(error) }
    self.init(
      spec: model, resolved: spec == nil ? metadata.spec : nil, classNames: metadata.classNames, weights: weights,
      path: file)
  }

  /// The file of weights that `path` means.
  package static func weightsFile(
    _ path: String, _ choice: Choice? = nil, _ access: FileAccess = FileAccess()
  ) throws(ModelError) -> String {
    let names = (choice.map { [$0] } ?? [.best, .last]).map { "weights/\($0.rawValue).safetensors" }
    do throws(FileError) {
      guard let status = try access.find(path) else {
        throw FileError(
          .notFound, path: path, "there is no '\(path)'", help: "name the folder of a run, or a file of weights")
      }
      if status.kind != .directory { return path }
      for file in names.map({ Path.join(path, $0) }) where try access.find(file) != nil { return file }
    } catch {
      throw ModelError(error.message, help: error.help)
    }
    throw ModelError(
      "'\(path)' has no \(names.joined(separator: " and no "))", help: "`cnnrun runs` lists the runs that are there")
  }

  private static func spec(_ text: String, of file: String) throws(ModelError) -> Spec {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let name = "the spec in '\(file)'"
    if let spec = SpecLoader.load(Array(text.utf8), name: name, catalog: .standard, sources: &sources, bag: &bag) {
      return spec
    }
    let first = bag.sorted.first { $0.severity == .error }
    throw ModelError(
      "\(name) cannot be read" + (first.map { ": \($0.message)" } ?? ""),
      help: "another version of cnnrun may have written it; name the spec with `--spec SPEC`")
  }
}

/// A trained model that cannot be had, with the remedy.
package struct ModelError: Error, Sendable, Equatable {
  package let message: String
  package let help: String?

  package init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }

  package init(_ error: WeightsError) { self.init(error.message, help: error.help) }
}
