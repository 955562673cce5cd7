internal import CNNDiagnostics
internal import CNNGraph
internal import CNNYAML

/// The model's input where Keras has it: `input_shape` among the arguments of the first layer, or a layer `Input`.
///
/// It is one fault, with the one repair that moves it to `model`; what follows is checked as if it stood there.
struct KerasInput {
  /// The key, or the word of the layer.
  let word: String
  let span: SourceSpan
  private let valueSpan: SourceSpan
  /// The layer that has the key; `nil` where all of an item says it.
  private let owner: String?
  /// As `input` takes it; `nil` where the value is no shape.
  private let extents: [Int]?

  static let keys: Set<String> = [
    "input_shape", "batch_input_shape", "batch_shape", "input_dim", "input_size", "in_shape",
  ]
  private static let words: Set<String> = ["input", "Input", "InputLayer", "input_layer", "inputlayer", "Inputs"]

  /// The inputs among the items of `layers`, and the items without them.
  ///
  /// - Returns: items in their places, `nil` for one that was an input.
  static func split(_ items: [YAMLNode]) -> (inputs: [KerasInput], rest: [YAMLNode?]) {
    var inputs: [KerasInput] = []
    let rest = items.enumerated().map { index, item -> YAMLNode? in
      if index == 0, let input = KerasInput(item: item) {
        inputs.append(input)
        return nil
      }
      guard let (input, rest) = taken(from: item) else { return item }
      inputs.append(input)
      return rest
    }
    return (inputs, rest)
  }

  private init?(item: YAMLNode) {
    switch item.content {
    case .scalar(let scalar) where Self.words.contains(scalar.text):
      (word, span, valueSpan, extents) = (scalar.text, item.span, item.span, nil)
    case .mapping(let entries) where entries.count == 1 && Self.words.contains(entries[0].key):
      (word, span, valueSpan) = (entries[0].key, entries[0].keySpan, entries[0].value.span)
      var value = entries[0].value
      if case .mapping(let members) = value.content {
        value = BrokenTuples.mended(members).first { $0.key == "shape" || Self.keys.contains($0.key) }?.value ?? value
      }
      extents = Self.extents(value)
    default: return nil
    }
    owner = nil
  }

  private init(_ entry: YAMLEntry, of owner: String) {
    word = entry.key
    span = entry.keySpan
    valueSpan = entry.value.span
    self.owner = owner
    extents = Self.extents(entry.value)
  }

  private static func taken(from item: YAMLNode) -> (KerasInput, rest: YAMLNode)? {
    guard case .mapping(let entries) = item.content, entries.count == 1,
      case .mapping(let written) = entries[0].value.content
    else { return nil }
    var arguments = BrokenTuples.mended(written)
    guard let index = arguments.firstIndex(where: { keys.contains($0.key) }) else { return nil }
    let input = KerasInput(arguments[index], of: entries[0].key)
    arguments.remove(at: index)
    var rest = item
    var entry = entries[0]
    entry.value.content = .mapping(arguments)
    rest.content = .mapping([entry])
    return (input, rest)
  }

  private static func extents(_ node: YAMLNode) -> [Int]? {
    var words: [String] = []
    switch node.content {
    case .sequence(let items): words = items.map { $0.scalar?.text ?? "" }
    case .scalar(let scalar):
      if case .list(let items)? = ForeignList(scalar.text) { words = items.map(\.text) } else { words = [scalar.text] }
    case .mapping: return nil
    }
    // Keras's batch.
    if words.count == 4 || words.count == 2, ["None", "none", "null", "~", "-1"].contains(words[0]) {
      words.removeFirst()
    }
    let extents = words.compactMap { Int($0) }
    let isShape = extents.count == words.count && (extents.count == 1 || extents.count == 3)
    return isShape && extents.allSatisfy { (1...SizeLimits.extent).contains($0) }
      && SizeLimits.elementCount(extents) != nil
      ? extents : nil
  }

  /// As if it were written in `model`.
  func located(path: String) -> Located<[Int]>? { extents.map { Located($0, at: span, path: "\(path).input") } }

  /// - Parameters:
  ///   - model: the word `model`, whose key the repair sets.
  ///   - isSaid: whether the model's input is known without it.
  func fault(model: SourceSpan, isSaid: Bool, path: String) -> Diagnostic {
    let value = extents.map { "\($0)" }
    let key = "`input: \(value ?? "[28, 28, 1]")`"
    let removal: Diagnostic.Proposal.Change = owner == nil ? .remove(span) : .removeKey(span, value: valueSpan)
    var proposals: [Diagnostic.Proposal] = []
    if isSaid {
      proposals = [.init("`input` of `model` alone: drop `\(word)`", removal)]
    } else if let value {
      proposals = [
        Diagnostic.Proposal("\(key) in `model` instead", .set(key: "input", value: value, of: model))
          .and(.init("", removal), title: "\(key) in `model` instead")
      ]
    }
    return Diagnostic(
      owner == nil ? SpecCode.unknownKind : SpecCode.unknownKey,
      owner.map { "unknown key `\(word)` in `\($0)`: the input's shape belongs to `model`" }
        ?? "`\(word)` is no layer: the input's shape belongs to `model`",
      at: span, help: isSaid ? "leave it out: `model` has its `input`" : "write \(key) in `model`, beside `layers`",
      path: path, proposals: proposals)
  }
}
