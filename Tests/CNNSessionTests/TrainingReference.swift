import CNNDiagnostics
import CNNGraph
import CNNLayers
import CNNSession
import CNNSpec
import Testing

/// One record of `Tests/References/training`, made with Keras 3.15 by `make_training_references.py`.
struct TrainingReference: Sendable, CustomTestStringConvertible {
  static let files = ReferenceFiles("training")

  let name: String
  /// As a spec writes it.
  let spec: String
  /// What Keras gave: a schedule's curve, a metric after each batch.
  let values: [Double]
  /// The stream of a metric.
  let stream: String
  let activation: String
  let width: Int
  /// Whether something stands between activation and loss.
  let isApart: Bool
  let classWeights: [Float]

  static func all(_ kind: String) -> [TrainingReference] {
    let records = (try? files.json("\(kind).json")[kind]) as? [[String: Any]] ?? []
    return records.map(TrainingReference.init)
  }

  private init(_ record: [String: Any]) {
    func numbers(_ key: String) -> [Double] { record[key] as? [Double] ?? [] }
    name = record["name"] as? String ?? ""
    spec = record["spec"] as? String ?? ""
    values = numbers("values")
    stream = record["stream"] as? String ?? ""
    activation = record["activation"] as? String ?? ""
    width = record["width"] as? Int ?? 0
    isApart = record["apart"] as? Bool ?? false
    classWeights = numbers("class_weight").map { Float($0) }
  }

  var testDescription: String { name }

  static func integers(_ key: String, in file: String) throws -> [Int] {
    try files.json(file)[key] as? [Int] ?? []
  }

  /// A spec of these layers, of which the reference says a part.
  static func spec(
    input: Int, layers: [String], optimizer: String = "sgd", loss: String, metrics: String = "[]"
  ) throws -> Spec {
    let text = """
      model: {input: [\(input)], layers: [\(layers.joined(separator: ", "))]}
      training: {optimizer: \(optimizer), loss: \(loss), metrics: \(metrics)}
      """
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    return try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
  }
}
