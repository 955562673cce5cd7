internal import CNNDiagnostics
internal import CNNFiles
internal import CNNLayers
internal import CNNSpec

/// A checked network: what a spec without faults describes.
///
///     let network = try Network(spec: """
///       model:
///         input: [8, 8, 1]
///         layers:
///           - flatten
///           - dense: {units: 10, activation: softmax}
///       training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 3}
///       """)
///     network.inputShape        // [8, 8, 1]
///     network.parameterCount    // 650
public struct Network: Sendable {
  let spec: Spec
  /// Where paths in the spec start.
  let directory: String

  /// - Parameters:
  ///   - text: a spec in YAML.
  ///   - directory: where paths in it start: of data, of initial weights.
  /// - Throws: `.spec` with every fault of the text.
  public init(spec text: String, directory: String = ".") throws(NetworkError) {
    try self.init(Array(text.utf8), name: "spec", directory: directory)
  }

  /// - Parameter path: a file with a spec in YAML, beside which its data lies.
  /// - Throws: `.file`, or `.spec` with every fault of the text.
  public init(contentsOf path: String) throws(NetworkError) {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try FileAccess().readFile(path, limit: 1 << 20) } catch {
      throw .file(error.message)
    }
    try self.init(bytes, name: path, directory: Path.directory(of: path))
  }

  private init(_ bytes: [UInt8], name: String, directory: String) throws(NetworkError) {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    guard let spec = SpecLoader.load(bytes, name: name, catalog: .standard, sources: &sources, bag: &bag) else {
      throw .spec(bag.sorted.filter { $0.severity == .error }.map { NetworkError.Fault($0) })
    }
    let oversized = spec.model.oversized.sorted
    guard oversized.isEmpty else { throw .spec(oversized.map { NetworkError.Fault($0) }) }
    self.init(spec, directory: directory)
  }

  init(_ spec: Spec, directory: String = ".") {
    self.spec = spec
    self.directory = directory
  }

  /// As the spec calls it.
  public var name: String { spec.model.name }
  /// Of one sample: `[height, width, channels]` of an image, whose values lie in this order, the channels fastest.
  public var inputShape: [Int] { spec.model.inputType.extents }
  /// Of one sample's output: `[classes]`.
  public var outputShape: [Int] { spec.model.outputType.extents }
  /// Trainable numbers and others.
  public var parameterCount: Int { spec.model.layers.reduce(0) { $0 + $1.parameterCount } }

  /// The layers in their order, each with its name, Keras's class, shape and parameter count.
  public var layers: [Layer] {
    spec.model.layers.map {
      Layer(
        name: $0.spec.name, className: $0.spec.className, outputShape: $0.outputType.extents,
        parameterCount: $0.parameterCount)
    }
  }

  /// A layer of a network.
  public struct Layer: Sendable, Equatable {
    public let name, className: String
    public let outputShape: [Int]
    public let parameterCount: Int
  }
}
