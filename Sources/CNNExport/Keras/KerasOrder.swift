internal import CNNDiagnostics
internal import CNNGraph
internal import CNNLayers
internal import CNNSpec
internal import CNNYAML

/// A model of ours as the layers that Keras sees: the input and the factor of the data among them.
struct KerasGraph: Sendable {
  struct Node: Sendable {
    var className: String
    var automaticName: String
    var name: String
    /// Without the batch.
    var outputExtents: [Int]
    /// Indices of nodes.
    var inputs: [Int]
    /// Of the model's layers; `nil` for the input and the factor.
    var layer: Int?
    var config: [String: JSONText]
  }

  /// Each behind what it reads; the input is the first.
  private(set) var nodes: [Node]
  private(set) var output: Int
  let isSequential: Bool

  init(_ spec: Spec) {
    let model = spec.model
    let shape: [JSONText] = [.null] + model.inputType.extents.map(JSONText.int)
    nodes = [
      Node(
        className: "InputLayer", automaticName: "input_layer", name: LayerNames.modelInput,
        outputExtents: model.inputType.extents, inputs: [],
        config: ["batch_shape": .array(shape), "dtype": .string("float32"), "name": .string(LayerNames.modelInput)])
    ]
    if let factor = spec.data?.rescale?.value, factor != 1 {
      let name = Self.free("rescaling", among: Set(model.layers.map(\.spec.name)))
      nodes.append(
        Node(
          className: "Rescaling", automaticName: "rescaling", name: name, outputExtents: model.inputType.extents,
          inputs: [0],
          config: ["name": .string(name), "scale": .number(factor), "offset": .number(0), "dtype": .string("float32")]))
    }
    let first = nodes.count - 1
    for (index, layer) in model.layers.enumerated() {
      nodes.append(
        Node(
          className: KerasConfigWriter.className(of: layer),
          automaticName: layer.layer is RandomCrop ? Cropping2D.automaticName : type(of: layer.layer).automaticName,
          name: layer.spec.name,
          outputExtents: layer.outputType.extents,
          inputs: layer.inputs.map { source in
            switch source {
            case .modelInput: first
            case .layer(let index): first + 1 + index
            }
          }, layer: index, config: KerasConfigWriter.config(of: layer)))
    }
    output = first + 1 + model.outputIndex
    isSequential = model.isSequential
  }

  private static func free(_ name: String, among taken: Set<String>) -> String {
    var names = LayerNames()
    while true {
      let candidate = names.next(name)
      if !taken.contains(candidate) { return candidate }
    }
  }

  /// Indices of the nodes in the order in which Keras has a model's layers, which its files count them by; those that
  /// do not lead to the output are none of the model's.
  ///
  /// A chain's is its own. A graph's is by distance to the output, the longest first, then by when a walk from the output
  /// meets them. Matches Keras 3: `keras/src/ops/function.py`, `map_graph`.
  var order: [Int] {
    if isSequential { return Array(nodes.indices) }
    let walk = walk()
    var depths = [Int](repeating: 0, count: nodes.count)
    for index in walk.finished.reversed() {
      for input in nodes[index].inputs { depths[input] = max(depths[input], depths[index] + 1) }
    }
    return walk.finished.sorted { one, other in
      depths[one] != depths[other] ? depths[one] > depths[other] : walk.met[one] < walk.met[other]
    }
  }

  /// From the output to what it reads, depth first: when each node is met, and the nodes in the order in which they are
  /// done with.
  private func walk() -> (met: [Int], finished: [Int]) {
    var met = [Int](repeating: -1, count: nodes.count)
    var finished: [Int] = []
    var count = 0
    var stack: [(node: Int, next: Int)] = []
    func meet(_ node: Int) {
      met[node] = count
      count += 1
      stack.append((node, 0))
    }
    meet(output)
    while let (node, next) = stack.last {
      if next < nodes[node].inputs.count {
        stack[stack.count - 1].next += 1
        let input = nodes[node].inputs[next]
        if met[input] < 0 { meet(input) }
      } else {
        finished.append(node)
        stack.removeLast()
      }
    }
    return (met, finished)
  }

  /// For each layer of the model its group in Keras's files, `layers/conv2d_1`; `nil` for one that leads nowhere.
  func groups(layerCount: Int) -> [String?] {
    var names = KerasGroupNames()
    var groups = [String?](repeating: nil, count: layerCount)
    for index in order {
      // The input of a chain is none of its layers.
      if isSequential, index == 0 { continue }
      let group = names.next(nodes[index].automaticName)
      if let layer = nodes[index].layer { groups[layer] = group }
    }
    return groups
  }
}
