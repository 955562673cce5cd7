internal import CNNDiagnostics
internal import CNNYAML

extension ValueType where Value == String {
  /// A path below the folder of the spec: no spec reaches out of it, or to the network.
  static var path: ValueType { path(from: "the folder of the spec") }

  /// - Parameter root: what it is relative to.
  static func path(from root: String) -> ValueType {
    let text = "a path beside the spec"
    let any = ValueType<String>.text(text, byteCount: 4096)
    return ValueType(
      text, schema: .pattern(#"^(?![/~ ])(?!.*://)(?!(.*/)?\.\.(/|$))[^\\\x00-\x1f]*[^ \\\x00-\x1f]$"#, among: .any),
      read: { node, reader in
        guard let path = any.read(node, &reader) else { return nil }
        guard let fault = pathFault(path, root) else { return path }
        reader.report(
          SpecCode.badPath, "`\(path)` \(fault)", at: node.span,
          help: "paths are relative to \(root), and stay inside of it")
        return nil
      },
      write: { .text($0) })
  }

  private static func pathFault(_ path: String, _ root: String) -> String? {
    if path.contains("://") { return "is an address, and a spec does not reach the network" }
    if path.hasPrefix("/") { return "is an absolute path" }
    if path.hasPrefix("~") { return "names a home folder" }
    if path.contains("\\") { return "has a backslash" }
    if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "has control characters" }
    if path.split(separator: "/").contains("..") { return "leaves \(root)" }
    if path.hasPrefix(" ") || path.hasSuffix(" ") { return "begins or ends with a blank" }
    return nil
  }

  /// `train[:1000]`, `test`, `train[10%:-10%]`, in the syntax of TensorFlow Datasets.
  static var slice: ValueType {
    let text = "a slice such as `train[:1000]`"
    let any = ValueType<String>.text(text, byteCount: 128)
    return ValueType(
      text, schema: .pattern(#"^[A-Za-z_][A-Za-z0-9_-]*(\[-?[0-9]*%?:-?[0-9]*%?\])?$"#, among: .words),
      read: { node, reader in
        guard let slice = any.read(node, &reader) else { return nil }
        guard let fault = sliceFault(slice) else { return slice }
        let part = share(slice)
        reader.report(
          SpecCode.badSlice, "`\(slice)` \(fault)", at: node.span,
          help: part.map { "write `\(reader.written("\"train[:\($0)]\""))` for the first of the training samples" }
            ?? "write `train`, `\"train[:1000]\"`, `\"train[1000:2000]\"`, `\"train[80%:]\"` or the like")
        return nil
      },
      write: { .text($0) })
  }

  /// How much of the samples a number means that stands where a slice should: `1000`, `80%`, and `0.8` for that.
  private static func share(_ text: String) -> String? {
    if let count = Int(text) ?? (text.hasSuffix("%") ? Int(text.dropLast()) : nil) { return count < 0 ? nil : text }
    guard let share = Double(text), share > 0, share < 1, (share * 100).rounded() / 100 == share else { return nil }
    return "\(Int((share * 100).rounded()))%"
  }

  /// Whether a slice that can be read counts samples, and is no share of them.
  static func countsSamples(_ slice: String) -> Bool { slice.contains("[") && !slice.contains("%") }

  private static func sliceFault(_ slice: String) -> String? {
    if slice.contains("+") { return "is a sum, and one slice is taken" }
    let name = slice.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    guard let first = name.first, first.isLetter || first == "_" else {
      return "does not begin with the name of a split"
    }
    let rest = slice.dropFirst(name.count)
    if rest.isEmpty { return nil }
    guard rest.hasPrefix("["), rest.hasSuffix("]"), rest.count >= 2 else { return "is not a slice" }
    let bounds = rest.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return "needs one `:` between its brackets" }
    if bounds.allSatisfy(\.isEmpty) { return "has no bounds" }
    var units: Set<Bool> = []
    for bound in bounds where !bound.isEmpty {
      let isPercent = bound.hasSuffix("%")
      units.insert(isPercent)
      let number = isPercent ? bound.dropLast() : bound
      let digits = number.hasPrefix("-") ? number.dropFirst() : number
      guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let value = Int(number) else {
        return "has a bound, `\(bound)`, that is no whole number"
      }
      if isPercent, value.magnitude > 100 { return "has a bound, `\(bound)`, beyond 100%" }
    }
    return units.count > 1 ? "mixes counts and percents" : nil
  }
}

extension ValueType where Value == DataSpec.Split.Part {
  /// A slice, the fraction of the training samples that Keras calls `validation_split`, or files of their own.
  static var part: ValueType {
    let text = "a slice such as `train[80%:]`, a fraction such as `0.2`, or files of its own"
    let source = ValueType<DataSpec.Source>.fileSource
    return ValueType(
      text, schema: .oneOf([ValueType<String>.slice.schema, .number(.belowOne), source.schema]),
      read: { node, reader in
        if case .mapping = node.content { return source.read(node, &reader).map { .source($0) } }
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        let isName = scalar.text.unicodeScalars.first.map { $0.properties.isAlphabetic } ?? false
        if isName || scalar.text.contains("[") { return ValueType<String>.slice.read(node, &reader).map { .slice($0) } }
        switch scalar.number {
        case .fault(let fault):
          reader.report(fault, of: node, expected: text)
          return nil
        case .value(let value):
          if NumberRange.belowOne.contains(value) { return .fraction(scalar.text) }
          let percent = value > 1 && value < 100 && value == value.rounded() ? value / 100 : nil
          reader.report(
            SpecCode.validationFraction,
            value < 0
              ? "the fraction `\(scalar.text)` is negative"
              : "the fraction `\(scalar.text)` is not below 1, so nothing would be left to train on",
            at: node.span, label: percent.map { "did you mean \($0)?" } ?? "",
            help: "write a part of the training samples, such as `\(reader.name): \(percent ?? 0.2)`",
            fix: percent.map { reader.replacing(node, with: "\($0)", isSafe: false) })
          return nil
        }
      },
      write: { part in
        switch part {
        case .slice(let slice): .text(slice)
        case .fraction(let text): .plain(text)
        case .source(let files): source.write(files)
        }
      })
  }
}
