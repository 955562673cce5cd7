internal import CNNDiagnostics
internal import CNNLayers
internal import CNNSpec
internal import CNNYAML

/// A Keras model as the text of a spec, in the form of `fmt`.
struct KerasSpecWriter {
  let network: KerasNetwork
  /// What Normalization layers learned, by their groups.
  let adapted: [String: (mean: [Float], variance: [Float])]
  /// One a layer: Keras's where they are names here too, else the nearest that are.
  let names: [String]

  init(_ network: KerasNetwork, adapted: [String: (mean: [Float], variance: [Float])]) {
    self.network = network
    self.adapted = adapted
    var taken: Set<String> = [LayerNames.modelInput]
    names = network.layers.map { layer in
      let wanted = LayerNames.mended(layer.name)
      var name = wanted
      var number = 0
      while !taken.insert(name).inserted {
        number += 1
        name = "\(wanted.prefix(56))_\(number)"
      }
      return name
    }
  }

  /// - Parameter comments: the first lines, without `#`.
  func text(comments: [String], _ findings: inout KerasFindings) -> [UInt8] {
    var text = comments.map { "# \($0)\n" }.joined()
    text += "name: \(YAMLText.scalar(LayerNames.mended(network.name)))\n\nmodel:\n"
    text += "  input: [\(network.inputExtents.map(String.init).joined(separator: ", "))]\n  layers:\n"
    // The last layer of a spec gives the output.
    var before = KerasNetwork.Source.input
    for index in order {
      text += line(of: index, after: before, &findings)
      before = .layer(index)
    }
    let bytes = Array(text.utf8)
    do throws(FormatRefusal) {
      return try YAMLFormatter.format(bytes, order: SpecSchema(.standard).keyOrder)
    } catch { return bytes }
  }

  /// The layers in order, the output's last.
  var order: [Int] {
    guard case .layer(let output) = network.output else { return Array(network.layers.indices) }
    return network.layers.indices.filter { $0 != output } + [output]
  }

  private func line(
    of index: Int, after before: KerasNetwork.Source, _ findings: inout KerasFindings
  ) -> String {
    let layer = network.layers[index]
    guard let kind = LayerCatalog.standard.kinds.first(where: { $0.className == layer.className }) else { return "" }
    let arguments = KerasArguments(kind: kind, layer: layer, adapted: layer.group.flatMap { adapted[$0] })
    var members = arguments.entries(&findings)
    if layer.inputs != [before] {
      members.append(("inputs", .list(layer.inputs.map { .text(name(of: $0)) })))
    }
    if layer.config["trainable"]?.bool == false { members.append(("trainable", .boolean(false))) }
    members.append(("name", .text(names[index])))
    let inner = members.map { "\($0.0): \(Self.flow($0.1))" }.joined(separator: ", ")
    return "    - \(kind.kind): {\(inner)}\n"
  }

  private func name(of source: KerasNetwork.Source) -> String {
    switch source {
    case .input: LayerNames.modelInput
    case .layer(let index): names[index]
    }
  }

  /// A node in one line.
  private static func flow(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let scalar): scalar.isQuoted ? YAMLText.scalar(scalar.text) : scalar.text
    case .sequence(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\(YAMLText.scalar($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
    }
  }
}
