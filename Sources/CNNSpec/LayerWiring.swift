internal import CNNDiagnostics

/// Which layer reads which: names resolved, an order found, and what nobody reads.
struct LayerWiring {
  /// For each layer what it reads; `nil` if that is not known.
  private(set) var sources: [[LayerSource]?] = []
  private(set) var bag = DiagnosticBag()
  /// Whether each layer reads the one before it, and nothing else.
  private(set) var isSequential = true
  private let layers: [LayerSpec]
  private let scopes: [LayerScope]
  private let isComplete: Bool
  private var isRead: [Bool]
  private var faults = RepeatedFaults()
  /// Places of names that no layer has.
  private var unknown: Set<SourceSpan> = []
  private var unknownCount = 0
  private static let mostSuggestions = DiagnosticBag.mostReported

  init(_ model: ModelSpec) {
    layers = model.layers
    scopes = model.scopes
    isComplete = model.isComplete
    isRead = Array(repeating: false, count: layers.count)
    var indices: [String: Int] = [:]
    for (index, layer) in layers.enumerated() where !layer.name.isEmpty && indices[layer.name] == nil {
      indices[layer.name] = index
    }
    for index in layers.indices { sources.append(resolve(index, indices)) }
  }

  private mutating func resolve(_ index: Int, _ indices: [String: Int]) -> [LayerSource]? {
    let layer = layers[index]
    let readings = layer.inputs.map { $0.map { LayerReading.named($0, scope: layer.scope) } } ?? layer.reads
    var sources: [LayerSource] = []
    for reading in readings {
      switch find(reading, indices) {
      case .source(let source):
        if case .layer(let index) = source { isRead[index] = true }
        sources.append(source)
      case .failed: break
      case .unknown(let name): reportUnknown(name, of: index, indices)
      }
    }
    if sources != [index == 0 ? .modelInput : .layer(index - 1)] { isSequential = false }
    return sources.count == readings.count ? sources : nil
  }

  private enum Finding {
    case source(LayerSource)
    case unknown(Located<String>)
    /// Reported elsewhere.
    case failed
  }

  /// A name is that of the innermost block that has it; then that of any layer of the model.
  private func find(_ reading: LayerReading, _ indices: [String: Int]) -> Finding {
    switch reading {
    case .modelInput: return .source(.modelInput)
    case .layer(let index): return .source(.layer(index))
    case .unknown: return .failed
    case .named(let name, let first):
      if name.value == LayerNames.modelInput { return find(scopes[first].input, indices) }
      if name.value == LayerNames.outermostInput { return .source(.modelInput) }
      var scope: Int? = first
      while let index = scope {
        if let found = scopes[index].names[name.value] { return find(found, indices) }
        scope = scopes[index].parent
      }
      return indices[name.value].map { .source(.layer($0)) } ?? .unknown(name)
    }
  }

  private mutating func report(_ diagnostic: Diagnostic, of index: Int) {
    var found = DiagnosticBag()
    found.add(diagnostic)
    faults.add(found, from: layers[index].origin, to: &bag)
  }

  private mutating func reportUnknown(_ input: Located<String>, of index: Int, _ indices: [String: Int]) {
    // The text of a block is at fault once.
    if layers[index].origin.isMade, !unknown.insert(input.span).inserted { return }
    // Nobody reads hundreds of suggestions, and each costs a comparison with every layer.
    unknownCount += 1
    let close = unknownCount > Self.mostSuggestions ? nil : nearest(to: input.value, for: index)
    if let close, let meant = indices[close] { isRead[meant] = true }
    var diagnostic = Diagnostic(
      SpecCode.unknownInput, "no layer is called `\(input.value)`", at: input.span,
      label: close.map { "did you mean `\($0)`?" } ?? "",
      help: close == nil ? "give the layer that is meant a name, `name: \(LayerNames.mended(input.value))`" : nil,
      path: input.path)
    if let close {
      diagnostic.fix = Diagnostic.Fix("write \(close)", isSafe: false, edits: [.init(input.span, text: close)])
    }
    report(diagnostic, of: index)
  }

  /// Of the names that the layer may read: one that is spelled alike, or what a layer inside of a block is called here.
  private func nearest(to name: String, for index: Int) -> String? {
    if let inner = layers.first(where: { $0.localName == name && $0.name != name && !$0.name.isEmpty }) {
      return inner.name
    }
    var names = [LayerNames.modelInput, LayerNames.outermostInput]
    var scope: Int? = layers[index].scope
    while let index = scope {
      names += scopes[index].names.keys.sorted()
      scope = scopes[index].parent
    }
    names += layers.map(\.name)
    let own = [layers[index].name, layers[index].localName ?? ""]
    return Spelling.closest(to: name, among: names.filter { !$0.isEmpty && !own.contains($0) })
  }

  /// Each layer behind what it reads, else in the file's order; those in a cycle read nothing that is known.
  mutating func order() -> [Int] {
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: layers.count)
    var order: [Int] = []
    // Depth first, with a stack of its own: a chain may be ten thousand long.
    for root in layers.indices where marks[root] == .new {
      var stack: [(index: Int, next: Int)] = [(root, 0)]
      marks[root] = .open
      while let top = stack.last {
        let reads = sources[top.index] ?? []
        guard top.next < reads.count else {
          marks[top.index] = .done
          order.append(top.index)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        guard case .layer(let source) = reads[top.next] else { continue }
        switch marks[source] {
        case .done: break
        case .new:
          marks[source] = .open
          stack.append((source, 0))
        case .open:
          let start = stack.firstIndex { $0.index == source } ?? 0
          reportCycle(stack[start...].map(\.index))
          sources[top.index] = nil
        }
      }
    }
    reportUnused()
    return order
  }

  private mutating func reportCycle(_ cycle: [Int]) {
    guard let first = cycle.first, let last = cycle.last else { return }
    let names = [layers[first].name, layers[first].localName]
    let place = layers[last].inputs?.first { names.contains($0.value) } ?? layers[last].inputs?.first
    let span = place?.span ?? layers[last].keySpan
    let path = place?.path ?? layers[last].path
    if cycle.count == 1 {
      report(
        Diagnostic(
          SpecCode.cycle, "`\(layers[first].name)` reads itself", at: span,
          help: "name a layer before it, or `\(LayerNames.modelInput)`", path: path), of: last)
      return
    }
    let circle =
      cycle.prefix(8).map { "`\(layers[$0].name)`" } + (cycle.count > 8 ? ["…"] : []) + ["`\(layers[first].name)`"]
    report(
      Diagnostic(
        SpecCode.cycle, "layers read each other in a circle: \(circle.joined(separator: " reads "))", at: span,
        notes: [Diagnostic.Note("the circle begins here", at: layers[first].nameSpan)],
        help: "let one of them read a layer outside of the circle", path: path), of: last)
  }

  private mutating func reportUnused() {
    if !isComplete { return }
    var seen: Set<String> = []
    for (index, layer) in layers.enumerated().dropLast() {
      // The second of two equal names is at fault for that; whoever reads the name may mean it.
      let isFirst = seen.insert(layer.name).inserted
      if isRead[index] || layer.kind.isEmpty || !isFirst { continue }
      let next = layers[index + 1]
      let reads = (sources[index + 1] ?? []).map { source in
        switch source {
        case .modelInput: LayerNames.modelInput
        case .layer(let index): layers[index].name
        }
      }
      let inputs = next.inputs?.map(\.value) ?? reads
      report(
        Diagnostic(
          SpecCode.unusedLayer, "no layer reads `\(layer.name)`", at: layer.nameSpan,
          notes: [
            Diagnostic.Note(
              "`\(next.name)` reads \(inputs.joined(separator: ", ")) instead",
              at: next.span(of: "inputs") ?? next.keySpan)
          ],
          help: "remove `\(layer.name)`, or name it among the `inputs` of a layer", path: layer.path), of: index)
    }
  }
}
