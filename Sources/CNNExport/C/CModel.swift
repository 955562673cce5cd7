internal import CNNGraph
internal import CNNLayers
internal import CNNModel

/// A model as C: a header and a source, in C99 that needs nothing but `expf` and its like of the library.
///
/// Sizes, weights and the places of values are constants of the source; the same model gives the same bytes.
struct CModel {
  /// What its functions begin with: `fashion_mnist`.
  let name: String
  let fileName: String
  let header: [UInt8]
  /// What the layers do.
  let functions: [CFunction]
  /// Weights, names of classes, and the functions that are called from outside.
  let body: [UInt8]
  /// Every name that the source gives.
  let names: UniqueNames
  private let text: CModelText

  /// Weights beyond it make a source that compilers take minutes and gigabytes for.
  static let mostWeights = 1 << 24
  /// Floats that values may need at a time: 1 GiB.
  static let mostArena = 1 << 28

  /// - Parameter taken: names that the source must not give, where several share a file.
  /// - Throws: if it is too large for a source of C.
  init(_ model: TrainedModel, _ options: ExportOptions, taken: UniqueNames? = nil) throws(ExportError) {
    let count = model.weights.reduce(0) { $0 + $1.count }
    guard count <= Self.mostWeights else {
      throw ExportError(
        "C has the weights as text, up to \(Self.mostWeights) of them here, and this model has \(count)",
        help: "export it as ONNX: `--to onnx`")
    }
    name = options.cModelName(model)
    fileName = options.cFileName
    let graph = CompiledModel(model.spec, batchSize: 1).predictionPlan().graph
    var builder = CBuilder(graph, weights: model.weights, names: taken ?? UniqueNames(reserved: Self.reservedNames))
    builder.write()
    let arena = CArena(builder.steps.flatMap(\.places))
    guard arena.count <= Self.mostArena else {
      throw ExportError(
        "the values between the layers take \(arena.count) floats at a time, and C is given \(Self.mostArena) at most",
        help: "export it as ONNX: `--to onnx`")
    }
    text = CModelText(name: name, fileName: fileName, model: model, graph: graph, arenaCount: arena.count)
    header = Array(text.header.utf8)
    functions = builder.functions.functions
    body = text.body(builder, arena)
    names = builder.names
  }

  var source: [UInt8] { Array(text.preamble.utf8) + functions.flatMap { Array("\($0.text)\n\n".utf8) } + body }

  /// What a name of a layer must not become.
  private static let reservedNames: [String] =
    ["arena", "input", "output"] + CFunction.names
}

extension ExportOptions {
  /// What the functions of a model in C begin with.
  func cModelName(_ model: TrainedModel) -> String {
    cName ?? CIdentifier.make(of: model.spec.model.name, orElse: "model")
  }

  /// The files' name without its ending.
  var cFileName: String { cName ?? "model" }
}
