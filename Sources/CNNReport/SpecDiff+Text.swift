package import CNNDiagnostics

extension SpecDiff {
  /// For people; lines without a newline at the end.
  package var text: String {
    if isEmpty { return "\(before.title) and \(after.title) are the same network, trained in the same way" }
    var lines = ["\(before.title) → \(after.title)", "", "Layers: \(layerCounts)"]
    for change in layers {
      switch change {
      case .same: break
      case .added(let layer): lines.append("  + \(layer.title)  \(Self.figures(of: layer))")
      case .removed(let layer): lines.append("  - \(layer.title)  \(Self.figures(of: layer))")
      case .changed(_, let layer, let values):
        lines.append("  ~ \(layer.title)")
        lines += values.map { "      \($0.text)" }
      }
    }
    var table = TextTable(
      [.init(""), .init("before", .right), .init("after", .right), .init("change", .right)], indent: 2)
    for figure in figures {
      table.add([figure.title, figure.text(figure.before), figure.text(figure.after), figure.change])
    }
    lines += ["", table.text]
    if !settings.isEmpty { lines += ["", "Settings:"] + settings.map { "  ~ \($0.text)" } }
    lines += ["", carried]
    return lines.joined(separator: "\n")
  }

  /// For a pull request.
  package var markdown: String {
    let title = "### \(MarkdownText.escaped(before.title)) → \(MarkdownText.escaped(after.title))"
    if isEmpty { return title + "\n\nThe same network, trained in the same way." }
    var lines = [title, ""]
    lines += MarkdownText.table(
      ["", "before", "after", "change"],
      figures.map { [$0.title, $0.text($0.before), $0.text($0.after), $0.change] },
      alignments: [.left, .right, .right, .right])
    lines += ["", "Layers: \(layerCounts)"]
    if !layers.isEmpty {
      lines.append("")
      lines += MarkdownText.table(
        ["layer", "", "what"], layers.compactMap(Self.row), alignments: [.left, .left, .left])
    }
    if !settings.isEmpty {
      lines.append("")
      lines += MarkdownText.table(
        ["setting", "before", "after"], settings.map { [$0.path, $0.before ?? "-", $0.after ?? "-"] },
        alignments: [.left, .left, .left])
    }
    return (lines + ["", carried]).joined(separator: "\n")
  }

  private static func row(_ change: LayerChange) -> [String]? {
    switch change {
    case .same: nil
    case .added(let layer): [layer.title, "added", figures(of: layer)]
    case .removed(let layer): [layer.title, "removed", figures(of: layer)]
    case .changed(_, let layer, let values): [layer.title, "changed", values.map(\.text).joined(separator: "; ")]
    }
  }

  private var layerCounts: String {
    func count(_ isCounted: (LayerChange) -> Bool) -> Int { layers.count(where: isCounted) }
    let added = count { if case .added = $0 { true } else { false } }
    let removed = count { if case .removed = $0 { true } else { false } }
    return "\((layers.count - added - removed).grouped) changed, \(added.grouped) added, \(removed.grouped) removed, "
      + "\(sameLayerCount.grouped) as before"
  }

  private var carried: String {
    let tensors = after.layers.reduce(0) { $0 + $1.weights.count }
    return "Weights that carry over, by name and shape: \(carriedTensors.grouped) of \(tensors.grouped) tensors, "
      + "\(carriedParameters.grouped) of \(after.parameters.grouped) parameters"
  }

  private static func figures(of layer: SpecFacts.Layer) -> String {
    layer.shapeText + (layer.parameterCount > 0 ? ", \(layer.parameterCount.grouped) params" : "")
  }

  /// One object, in the shape of `validate --format json`.
  package func json(toolVersion: String) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "comparable": .bool(true), "same": .bool(isEmpty),
      "before": .string(before.title), "after": .string(after.title),
      "layers": .array(layers.compactMap(Self.object)), "unchanged_layers": .int(sameLayerCount),
      "figures": .object(
        Dictionary(
          figures.map {
            ($0.key, .object(["before": Self.number($0.before), "after": Self.number($0.after)]))
          }
        ) { $1 }),
      "settings": .array(settings.map(Self.object)),
      "carried": .object(["tensors": .int(carriedTensors), "params": .int(carriedParameters)]),
    ])
  }

  /// The object where there is nothing to compare, since specs have faults.
  package static func incomparable(_ before: String, _ after: String, faulty: [String], toolVersion: String) -> JSONText
  {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "comparable": .bool(false), "before": .string(before), "after": .string(after),
      "faulty": .array(faulty.map(JSONText.string)),
    ])
  }

  private static func number(_ value: Int?) -> JSONText { value.map(JSONText.int) ?? .null }

  private static func object(_ change: ValueChange) -> JSONText {
    .object([
      "path": .string(change.path), "before": change.before.map(JSONText.string) ?? .null,
      "after": change.after.map(JSONText.string) ?? .null,
    ])
  }

  private static func object(_ change: LayerChange) -> JSONText? {
    func layer(_ layer: SpecFacts.Layer, _ what: String, _ values: [ValueChange]) -> JSONText {
      .object([
        "change": .string(what), "name": .string(layer.name), "kind": .string(layer.kind),
        "output_shape": .array(layer.outputShape.map(JSONText.int)), "params": .int(layer.parameterCount),
        "values": .array(values.map(object)),
      ])
    }
    switch change {
    case .same: return nil
    case .added(let added): return layer(added, "added", [])
    case .removed(let removed): return layer(removed, "removed", [])
    case .changed(_, let changed, let values): return layer(changed, "changed", values)
    }
  }
}
