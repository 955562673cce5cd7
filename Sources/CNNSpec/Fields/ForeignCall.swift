internal import CNNGraph

/// A layer, an optimizer or the like as it is called elsewhere: `Dense(10)`, `nn.Conv2d(1, 32, 3, padding=1)`,
/// `dense = 10`, `dense 10`.
///
/// Nothing of it is run or looked up: it is taken apart to say what the same is in a spec.
struct ForeignCall {
  /// The last word of `keras.layers.Dense`.
  let name: String
  /// What stands before it.
  private let path: [Substring]
  private(set) var arguments: [Argument]
  /// What Keras's layers are called with: `x` of `Dense(10)(x)`, `a` and `b` of `Add()([a, b])`.
  private var reads: [String]?

  struct Argument {
    /// `nil` for one by its place.
    let name: String?
    /// As YAML; `nil` for what is no plain value.
    let value: String?
    /// As it is written.
    let text: String

    /// What PyTorch's optimizers are given first: `model.parameters()`.
    fileprivate var isOfParameters: Bool {
      name == "params" || name == nil && (text == "params" || text.hasSuffix("parameters()"))
    }

    /// The numbers of `[0.9, 0.999]`.
    fileprivate var pair: (String, String)? {
      guard let value, value.hasPrefix("["), value.hasSuffix("]") else { return nil }
      let parts = value.dropFirst().dropLast().split(separator: ",").map { part in
        String(part.filter { !$0.isWhitespace })
      }
      return parts.count == 2 && parts.allSatisfy { Double($0) != nil } ? (parts[0], parts[1]) : nil
    }
  }

  private static let longest = 300

  /// `nil` for a text that is neither.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    let trimmed = Self.trimmed(text)
    let path = trimmed.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }
    let components = path.split(separator: ".")
    guard let last = components.last, path.first?.isLetter ?? false else { return nil }
    name = String(last)
    self.path = Array(components.dropLast())
    var rest = Self.trimmed(trimmed.dropFirst(path.count))
    if rest.first == "(" {
      while let end = rest.last, end == "," || end == ";" { rest.removeLast() }
      if let second = Self.secondCall(rest) {
        reads = Self.names(rest[second...])
        rest = rest[..<second]
      }
      guard rest.last == ")", let parts = Self.split(rest.dropFirst().dropLast()) else { return nil }
      arguments = parts.map(Self.argument)
      return
    }
    guard let first = rest.first, rest.startIndex > path.endIndex || "=:：".contains(first) else { return nil }
    let hasSign = "=:：".contains(first)
    if hasSign { rest = Self.trimmed(rest.dropFirst()) }
    guard !rest.isEmpty else { return nil }
    let words = rest.split(separator: " ")
    if !hasSign, words.count > 1, Double(words[0]) != nil, words.allSatisfy({ Self.isWord(String($0)) }) {
      arguments = words.map { Argument(name: nil, value: String($0), text: String($0)) }
      return
    }
    guard let value = Self.value(rest), hasSign || Double(value) != nil || value.hasPrefix("[") else {
      return nil
    }
    arguments = [Argument(name: nil, value: value, text: value)]
  }

  // MARK: What is meant

  /// What says the same as an item of `layers`, such as `dense: 10` or `conv2d: {filters: 32, kernel_size: 3}`; `nil`
  /// where nobody can tell.
  func layer(_ catalog: LayerCatalog) -> ForeignLayer? {
    if isFunctional { return functional(catalog) }
    let isQualified = path.contains("nn")
    if let module = TorchModule.named(name, isQualified: isQualified) { return layer(module, catalog) }
    // What PyTorch has under this name is not to be guessed.
    let suggestion = isQualified ? catalog.kind(spelledLike: name)?.kind : catalog.suggestion(for: name)
    guard let kind = suggestion.flatMap({ catalog[$0] }) else { return nil }
    var result = ForeignLayer()
    let names = kind.arguments.map(\.name)
    var positional = names[...]
    var members: [(String, String)] = []
    for argument in arguments {
      if let written = argument.name, Self.inferred.contains(written) || Self.isStandard(argument) {
        if KerasInput.keys.contains(written) { result.notes.append("the input's shape is a key of `model`: `input`") }
        continue
      }
      let all = names + LayerReader.commonKeys
      let meant = argument.name.map { word in
        ([word] + ForeignNames.meanings(of: word)).first { all.contains($0) }
      }
      // `conv2d(32, 3, relu)`: nobody means a stride.
      if argument.name == nil, names.contains("activation"), kind.kind != "activation",
        let activation = argument.value.flatMap({ ValueType<Activation>.activation($0) })
      {
        members.append(("activation", activation.rawValue))
        continue
      }
      guard let name = meant ?? positional.popFirst(), let value = argument.value else {
        result.notes.append("`\(argument.text)` has no counterpart here, and is left out")
        continue
      }
      members.append((name, value))
    }
    if let reads, kind.inputCount == .one {
      result.notes.append("a layer reads the one before it; `inputs: NAME` names another")
    } else if let reads, !reads.isEmpty {
      members.append(("inputs", "[\(reads.joined(separator: ", "))]"))
      result.notes.append("`inputs` takes the names of layers, which `name: …` gives them")
    }
    result.complete(kind, members)
    return result
  }

  private func layer(_ module: TorchModule, _ catalog: LayerCatalog) -> ForeignLayer? {
    switch module.meaning {
    case .nothing(let advice): return ForeignLayer(advice: advice)
    case .activation(let activation):
      let taken = TorchArguments(module, kind: "activation", arguments)
      return ForeignLayer(items: ["activation: \(activation.rawValue)"], notes: taken.notes)
    case .layer(let word):
      guard let kind = catalog[word] else { return nil }
      let taken = TorchArguments(module, kind: word, arguments)
      if let advice = taken.advice { return ForeignLayer(advice: advice) }
      var result = ForeignLayer(items: taken.margin.map { [$0] } ?? [], notes: taken.notes)
      result.complete(kind, taken.members)
      return result
    }
  }

  /// `F.relu(x)`, `torch.flatten(x, 1)`: a layer whose first argument is what it reads.
  private var isFunctional: Bool {
    path.last == "F" || path.last == "functional" || path.last == "torch" && name.first?.isLowercase ?? false
  }

  private func functional(_ catalog: LayerCatalog) -> ForeignLayer? {
    guard let module = TorchModule.function(name) else { return nil }
    var call = self
    if call.arguments.first?.name == nil { call.arguments = Array(call.arguments.dropFirst()) }
    return call.layer(module, catalog)
  }

  /// A name with its arguments as a key takes them, `{adam: {learning_rate: 0.01}}`.
  ///
  /// - Parameters:
  ///   - word: the name that is meant.
  ///   - schema: of the key.
  func call(_ word: String, of schema: ValueSchema?) -> String? {
    let form = schema?.choice(word)
    let names = form?.memberNames ?? []
    let arguments = arguments.filter { argument in
      !argument.isOfParameters
        && (names.contains { $0 == argument.name } || !Self.withoutEffect.contains(argument.name ?? ""))
    }
    guard let form else { return arguments.isEmpty ? word : nil }
    let isAlone = arguments.count == 1 && arguments[0].name == nil
    if isAlone, form.takesValueAlone, let value = arguments[0].value { return "{\(word): \(value)}" }
    var positional = names[...]
    var members: [String] = []
    for argument in arguments {
      if argument.name == "betas", let both = argument.pair, names.contains("beta_2") {
        members += ["beta_1: \(both.0)", "beta_2: \(both.1)"]
        continue
      }
      let name = argument.name.map { form.name(meantBy: $0) }
      // One that is not known here has no counterpart that could be written.
      guard let name = name ?? positional.popFirst(), names.contains(name), let value = argument.value else {
        return nil
      }
      members.append("\(name): \(value)")
    }
    return members.isEmpty ? word : "{\(word): {\(members.joined(separator: ", "))}}"
  }

  /// What follows from the input, or is about devices, and has no place in a spec.
  static let inferred: Set<String> = [
    "in_channels", "in_features", "num_features", "in_dim", "input_dim", "input_shape", "inplace", "device", "dtype",
  ]

  /// Whether scores are said to come before the softmax or sigmoid.
  var isOfLogits: Bool {
    ["CrossEntropyLoss", "BCEWithLogitsLoss"].contains(name)
      || arguments.contains { $0.name == "from_logits" && $0.value == "true" }
  }

  /// How a loss makes one number of its samples' where that is not their mean.
  var reduction: String? {
    let value = arguments.first { $0.name == "reduction" }?.value
    return value.flatMap { ["mean", "sum_over_batch_size"].contains($0) ? nil : $0 }
  }

  /// What optimizers, losses and metrics are given elsewhere, and never need here: losses take probabilities, and are
  /// computed from the scores before them.
  private static let withoutEffect: Set<String> = ["from_logits", "name", "reduction"]

  /// What Keras's layers are told elsewhere, and is so here.
  private static func isStandard(_ argument: Argument) -> Bool {
    argument.name == "data_format" && argument.value == "channels_last"
  }

  // MARK: Taking it apart

  /// Where `(x)` begins in `(10)(x)`.
  private static func secondCall(_ text: Substring) -> String.Index? {
    guard let second = text.firstRange(of: ")(")?.upperBound, text.last == ")" else { return nil }
    let start = text.index(before: second)
    return text[second...].dropLast().contains { "()".contains($0) } ? nil : start
  }

  /// The names of `(x)` and `([a, b])`; none of anything else.
  private static func names(_ text: Substring) -> [String] {
    let words = text.split { "()[], ".contains($0) }.map(String.init)
    return words.allSatisfy(LayerNames.isValid) ? words : []
  }

  private static func argument(_ text: Substring) -> Argument {
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    let rest = trimmed(text.dropFirst(name.count))
    if rest.first == "=", !rest.hasPrefix("=="), name.first?.isLetter ?? false {
      return Argument(name: String(name), value: value(trimmed(rest.dropFirst())), text: String(text))
    }
    return Argument(name: nil, value: value(text), text: String(text))
  }

  /// A value of Python's in YAML; `nil` for what is no plain one.
  private static func value(_ text: Substring) -> String? {
    if let quote = text.first, "\"'“‘".contains(quote), text.count >= 2 {
      let inner = String(text.dropFirst().dropLast())
      return isWord(inner) ? inner : nil
    }
    switch text {
    case "True", "true": return "true"
    case "False", "false": return "false"
    case "None": return "none"
    default: break
    }
    if text.hasPrefix("[") { return text.allSatisfy { "[]0123456789,.- ".contains($0) } ? String(text) : nil }
    if let list = ForeignList(String(text)), case .list = list { return list.text }
    if let call = text.contains("(") ? ForeignCall(String(text)) : nil {
      let value = call.arguments.count == 1 ? call.arguments[0].value : nil
      if let activation = ValueType<Activation>.activation(call.name) {
        return call.arguments.isEmpty ? activation.rawValue : nil
      }
      let name = snakeCase(call.name)
      return call.arguments.isEmpty ? name : value.map { "{\(name): \($0)}" }
    }
    if let first = text.first, first.isNumber || "+-.".contains(first) { return number(text) }
    let word = text.split(separator: ".").last.map(String.init) ?? ""
    return isWord(word) && !word.contains("/") ? word : nil
  }

  /// A number, or what comes of two, in YAML: `.1` as `0.1`, `1./255` as `1/255`, `64 // 2` as `32`.
  private static func number(_ text: Substring) -> String? {
    if Double(text) != nil {
      return (text.hasPrefix(".") ? "0" : "") + text + (text.hasSuffix(".") ? "0" : "")
    }
    let plain = text.filter { !$0.isWhitespace }
    let parts = plain.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    if parts.count == 2, let dividend = parts[0].flatMap({ Int(exactly: $0) }),
      let divisor = parts[1].flatMap({ Int(exactly: $0) })
    {
      return "\(dividend)/\(divisor)"
    }
    return ForeignNumber.result(plain[...])
  }

  /// `HeNormal` as `he_normal`.
  private static func snakeCase(_ name: String) -> String {
    var text = ""
    for character in name {
      if character.isUppercase, text.last?.isLowercase ?? false { text += "_" }
      text += character.lowercased()
    }
    return text
  }

  private static func isWord(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./".contains($0)) }
  }

  /// At commas outside of brackets and quotes; `nil` if those do not close.
  private static func split(_ text: Substring) -> [Substring]? {
    var parts: [Substring] = []
    var (depth, start) = (0, text.startIndex)
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if "\"'".contains(character) {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
      } else if character == ",", depth == 0 {
        parts.append(trimmed(text[start..<index]))
        start = text.index(after: index)
      }
      if depth < 0 { return nil }
    }
    if depth != 0 || quote != nil { return nil }
    parts.append(trimmed(text[start...]))
    return parts.filter { !$0.isEmpty }
  }

  private static func trimmed(_ text: some StringProtocol) -> Substring {
    var result = Substring(text).drop(while: \.isWhitespace)
    while result.last?.isWhitespace ?? false { result.removeLast() }
    return result
  }
}

extension ValueSchema {
  /// What stands behind a name that is one of several.
  func choice(_ name: String) -> ValueSchema? {
    switch self {
    case .choice(let members): members.first { $0.name == name }?.schema
    case .oneOf(let schemas): schemas.lazy.compactMap { $0.choice(name) }.first
    case .named(_, let schema), .sequence(let schema, _): schema.choice(name)
    default: nil
    }
  }

  /// Keys of the mappings of this form.
  var memberNames: [String] {
    switch self {
    case .record(let members): members.map(\.name)
    case .oneOf(let schemas): schemas.flatMap(\.memberNames)
    case .named(_, let schema): schema.memberNames
    default: []
    }
  }

  /// Whether a word may be a value of this form.
  var takesWords: Bool {
    switch self {
    case .text, .pattern, .words, .choice, .map: true
    case .oneOf(let schemas): schemas.contains(where: \.takesWords)
    case .named(_, let schema): schema.takesWords
    case .integer, .number, .boolean, .sequence, .record, .layers, .layersOrNone: false
    }
  }

  /// The key of such a mapping that a word stands for elsewhere.
  func name(meantBy word: String) -> String? {
    let names = memberNames
    return ([word] + ForeignNames.meanings(of: word)).first(where: names.contains)
  }

  /// Whether a value that is no mapping is of this form.
  fileprivate var takesValueAlone: Bool {
    switch self {
    case .record, .choice: false
    case .oneOf(let schemas): schemas.contains(where: \.takesValueAlone)
    case .named(_, let schema): schema.takesValueAlone
    default: true
    }
  }
}
