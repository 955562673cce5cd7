/// A layer, an optimizer or the like as it is called elsewhere: `Dense(10)`, `nn.Conv2d(1, 32, 3, padding=1)`,
/// `dense = 10`, `dense 10`.
///
/// Nothing of it is run or looked up: it is taken apart to say what the same is in a spec.
struct ForeignCall {
  /// The last word of `keras.layers.Dense`.
  let name: String
  /// Whether it looks like PyTorch's, whose first argument counts the inputs.
  let isTorch: Bool
  let arguments: [Argument]

  struct Argument {
    /// `nil` for one by its place.
    let name: String?
    /// As YAML.
    let value: String
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
    isTorch =
      components.dropLast().contains("nn") || name == "Linear"
      || name.hasSuffix("2d") && name.first?.isUppercase ?? false
    var rest = Self.trimmed(trimmed.dropFirst(path.count))
    if rest.first == "(" {
      while let end = rest.last, end == "," || end == ";" { rest.removeLast() }
      guard rest.last == ")", let parts = Self.split(rest.dropFirst().dropLast()) else { return nil }
      let read = parts.map(Self.argument)
      arguments = read.compactMap(\.self)
      if arguments.count < read.count { return nil }
      return
    }
    guard let first = rest.first, rest.startIndex > path.endIndex || "=:：".contains(first) else { return nil }
    let hasSign = "=:：".contains(first)
    if hasSign { rest = Self.trimmed(rest.dropFirst()) }
    guard !rest.isEmpty, let value = Self.value(rest), hasSign || Double(value) != nil || value.hasPrefix("[") else {
      return nil
    }
    arguments = [Argument(name: nil, value: value)]
  }

  // MARK: What is meant

  /// The item of `layers` that says the same, as `dense: 10` or `conv2d: {filters: 32, kernel_size: 3}`; `nil` where an
  /// argument is none of the layer's.
  func layer(_ catalog: LayerCatalog) -> String? {
    guard let kind = catalog.suggestion(for: name).flatMap({ catalog[$0] }) else { return nil }
    let names = kind.arguments.map(\.name)
    var positional = names[...]
    var members: [(String, String)] = []
    var places = arguments.filter { $0.name == nil }
    if isTorch {
      let counted = ["conv2d": 1, "conv2d_transpose": 1, "dense": 1]
      places.removeFirst(min(places.count, counted[kind.kind] ?? (names.first == "pool_size" ? 0 : places.count)))
    }
    for argument in places {
      guard let name = positional.popFirst() else { return nil }
      members.append((name, argument.value))
    }
    for argument in arguments {
      guard let written = argument.name, !Self.inferred.contains(written) else { continue }
      let all = names + LayerReader.commonKeys
      guard let name = ([written] + ForeignNames.meanings(of: written)).first(where: all.contains) else { return nil }
      members.append((name, argument.value))
    }
    if isTorch {
      // PyTorch counts pixels on each side; `same` is what they are nearly always for.
      members = members.map { $0.0 == "padding" && Int($0.1) != nil ? ("padding", $0.1 == "0" ? "valid" : "same") : $0 }
    }
    return Self.text(kind.kind, members, main: kind.mainArgument)
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
      names.contains { $0 == argument.name } || !Self.withoutEffect.contains(argument.name ?? "")
    }
    guard let form else { return arguments.isEmpty ? word : nil }
    let isAlone = arguments.count == 1 && arguments[0].name == nil
    if isAlone, form.takesValueAlone { return "{\(word): \(arguments[0].value)}" }
    var positional = names[...]
    var members: [String] = []
    for argument in arguments {
      let name = argument.name.map { form.name(meantBy: $0) }
      guard let name = name ?? positional.popFirst() else { return nil }
      members.append("\(name): \(argument.value)")
    }
    return members.isEmpty ? word : "{\(word): {\(members.joined(separator: ", "))}}"
  }

  /// What follows from the input, or is about devices, and has no place in a spec.
  static let inferred: Set<String> = [
    "in_channels", "in_features", "num_features", "in_dim", "input_dim", "input_shape", "inplace", "device", "dtype",
  ]

  /// Whether scores are said to come before the softmax or sigmoid.
  var isOfLogits: Bool { arguments.contains { $0.name == "from_logits" && $0.value == "true" } }

  /// What optimizers, losses and metrics are given elsewhere, and never need here: losses take probabilities, and are
  /// computed from the scores before them.
  private static let withoutEffect: Set<String> = ["from_logits", "name", "reduction"]

  private static func text(_ kind: String, _ members: [(String, String)], main: String?) -> String {
    if members.isEmpty { return kind }
    if members.count == 1, members[0].0 == main { return "\(kind): \(members[0].1)" }
    return "\(kind): {\(members.map { "\($0): \($1)" }.joined(separator: ", "))}"
  }

  // MARK: Taking it apart

  private static func argument(_ text: Substring) -> Argument? {
    let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    let rest = trimmed(text.dropFirst(name.count))
    if rest.first == "=", !rest.hasPrefix("=="), name.first?.isLetter ?? false {
      return value(trimmed(rest.dropFirst())).map { Argument(name: String(name), value: $0) }
    }
    return value(text).map { Argument(name: nil, value: $0) }
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
      return call.arguments.isEmpty ? call.name.lowercased() : value.map { "{\(call.name.lowercased()): \($0)}" }
    }
    let word = text.split(separator: ".").last.map(String.init) ?? ""
    if Double(text) != nil { return String(text) }
    return isWord(word) ? word : nil
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
