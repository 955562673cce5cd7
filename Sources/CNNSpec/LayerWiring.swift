internal import CNNDiagnostics

/// Which layer reads which: names resolved, an order found, and what nobody reads.
struct LayerWiring {
  /// For each layer what it reads; `nil` if that is not known.
  private(set) var sources: [[LayerSource]?] = []
  private(set) var bag = DiagnosticBag()
  /// Whether each layer reads the one before it, and nothing else.
  private(set) var isSequential = true
  private let layers: [LayerSpec]
  private var isRead: [Bool]
  private var unknownCount = 0
  private static let mostSuggestions = 100

  init(_ layers: [LayerSpec]) {
    self.layers = layers
    isRead = Array(repeating: false, count: layers.count)
    var indices: [String: Int] = [:]
    for (index, layer) in layers.enumerated() where !layer.name.isEmpty && indices[layer.name] == nil {
      indices[layer.name] = index
    }
    for index in layers.indices { sources.append(resolve(index, indices)) }
  }

  private mutating func resolve(_ index: Int, _ indices: [String: Int]) -> [LayerSource]? {
    guard let inputs = layers[index].inputs else {
      if index == 0 { return [.modelInput] }
      isRead[index - 1] = true
      return [.layer(index - 1)]
    }
    var sources: [LayerSource] = []
    for input in inputs {
      if input.value == LayerNames.modelInput {
        sources.append(.modelInput)
      } else if let source = indices[input.value] {
        isRead[source] = true
        sources.append(.layer(source))
      } else {
        reportUnknown(input, of: index, indices)
      }
    }
    if sources != [index == 0 ? .modelInput : .layer(index - 1)] { isSequential = false }
    return sources.count == inputs.count ? sources : nil
  }

  private mutating func reportUnknown(_ input: Located<String>, of index: Int, _ indices: [String: Int]) {
    // Nobody reads hundreds of suggestions, and each costs a comparison with every layer.
    unknownCount += 1
    let names = unknownCount > Self.mostSuggestions ? [] : layers.map(\.name).filter { !$0.isEmpty }
    let own = layers[index].name
    let close = Spelling.closest(to: input.value, among: names.filter { $0 != own } + [LayerNames.modelInput])
    if let close, let meant = indices[close] { isRead[meant] = true }
    var diagnostic = Diagnostic(
      SpecCode.unknownInput, "no layer is called `\(input.value)`", at: input.span,
      label: close.map { "did you mean `\($0)`?" } ?? "",
      help: close == nil ? "give the layer that is meant a name, `name: \(LayerNames.mended(input.value))`" : nil,
      path: input.path)
    if let close {
      diagnostic.fix = Diagnostic.Fix("write \(close)", isSafe: false, edits: [.init(input.span, text: close)])
    }
    bag.add(diagnostic)
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
    let place = layers[last].inputs?.first { $0.value == layers[first].name }
    let span = place?.span ?? layers[last].keySpan
    let path = place?.path ?? layers[last].path
    if cycle.count == 1 {
      bag.add(
        Diagnostic(
          SpecCode.cycle, "`\(layers[first].name)` reads itself", at: span,
          help: "name a layer before it, or `\(LayerNames.modelInput)`", path: path))
      return
    }
    let names =
      cycle.prefix(8).map { "`\(layers[$0].name)`" } + (cycle.count > 8 ? ["…"] : []) + ["`\(layers[first].name)`"]
    bag.add(
      Diagnostic(
        SpecCode.cycle, "layers read each other in a circle: \(names.joined(separator: " reads "))", at: span,
        notes: [Diagnostic.Note("the circle begins here", at: layers[first].nameSpan)],
        help: "let one of them read a layer outside of the circle", path: path))
  }

  private mutating func reportUnused() {
    var seen: Set<String> = []
    for (index, layer) in layers.enumerated().dropLast() {
      // The second of two equal names is at fault for that; whoever reads the name may mean it.
      let isFirst = seen.insert(layer.name).inserted
      if isRead[index] || layer.kind.isEmpty || !isFirst { continue }
      let next = layers[index + 1]
      let reads = next.inputs?.map(\.value).joined(separator: ", ") ?? ""
      bag.add(
        Diagnostic(
          SpecCode.unusedLayer, "no layer reads `\(layer.name)`", at: layer.nameSpan,
          notes: [
            Diagnostic.Note("`\(next.name)` reads \(reads) instead", at: next.argumentSpans["inputs"] ?? next.keySpan)
          ],
          help: "remove `\(layer.name)`, or name it among the `inputs` of a layer", path: layer.path))
    }
  }
}
