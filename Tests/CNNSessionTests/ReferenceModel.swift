import CNNData
import CNNDiagnostics
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import Testing

/// A reference network as the project reads and compiles it, with the data that Keras had.
struct ReferenceModel {
  let compiled: CompiledModel
  let data: Dataset
  let labels: TensorType
  let parameters: [Parameter]
  private let weights: [[Float]]

  init(_ files: ReferenceFiles, instructionSet: InstructionSet = .best) throws {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      try files.spec, name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    compiled = CompiledModel(loaded, compiler: Compiler(kernels: KernelTable(instructionSet)))
    data = try Self.data(loaded, files)
    labels =
      data.targets.isEmpty ? .classIndex : TensorType([data.targets.count / data.count])
    let plan = try #require(compiled.trainingPlan(labels: labels))
    parameters = plan.graph.parameters
    let tensors = try files.tensors("weights.safetensors")
    weights = try parameters.map { parameter in
      let tensor = try #require(tensors[parameter.qualifiedName], "\(parameter.qualifiedName)")
      #expect(tensor.shape == parameter.declaration.extents, "\(parameter.qualifiedName)")
      return tensor.values
    }
    #expect(tensors.count == parameters.count)
  }

  var count: Int { data.count }
  var batchSize: Int { compiled.batchSize }
  /// Nothing is shuffled.
  var order: [Int32] { (0..<Int32(data.count)).map(\.self) }

  func trainingSession(update: UpdateRule? = nil, threads: Int = 2) throws -> Session {
    let plan = try #require(compiled.trainingPlan(labels: labels))
    let chosen = update.map { rule in
      compiled.compiler.plan(plan.graph, purpose: .training, batch: batchSize, update: rule)
    }
    var session = try Session(training: chosen ?? plan, evaluation: nil, threadCount: threads, seed: 0)
    session.weights = weights
    return session
  }

  func predictionSession(batch: Int) throws -> Session {
    let model = CompiledModel(compiled.spec, compiler: compiled.compiler, batchSize: batch)
    var session = try Session(training: nil, evaluation: model.predictionPlan(), threadCount: 2, seed: 0)
    session.weights = weights
    return session
  }

  private static func data(_ spec: Spec, _ files: ReferenceFiles) throws -> Dataset {
    let tensors = try files.tensors("batch.safetensors")
    let stored = try #require(tensors["labels"])
    if let indices = tensors["indices"] {
      // Fashion-MNIST itself, in the order of TensorFlow Datasets; the file says how that begins.
      let root = files.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      let loaded = try DataLoader().load(
        DataRequest(
          source: .builtIn("fashion_mnist"), order: .tfds, train: "train[:1000]",
          specDirectory: root.appendingPathComponent("Specs").path)
      ).train
      #expect(loaded.sourceIndices.prefix(indices.values.count).map { Float($0) } == indices.values)
      #expect(loaded.labels.prefix(stored.values.count).map { Float($0) } == stored.values)
      return loaded
    }
    let x = try #require(tensors["x"])
    let isRegression = stored.shape.count == 2
    return Dataset(
      sampleShape: Array(x.shape.dropFirst()), storage: .floats(x.values),
      labels: isRegression ? Array(repeating: 0, count: x.shape[0]) : stored.values.map { Int32($0) },
      targets: isRegression ? stored.values : [], classNames: [], sourceIndices: Array(0..<x.shape[0]))
  }
}
