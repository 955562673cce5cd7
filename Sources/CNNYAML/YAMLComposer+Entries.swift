internal import CNNDiagnostics

/// Keys, values, merge keys and aliases.
extension YAMLComposer {
  /// - Returns: whether to go on.
  mutating func takeKey(_ composed: ComposedNode) -> Bool {
    guard let top = frames.indices.last else { return true }
    let span = composed.node.span
    guard case .scalar(let scalar) = composed.node.content else {
      let isTemplate = locator.byte(at: span.start.byte - 1) == UInt8(ascii: "{")
      drop(
        Diagnostic(
          YAMLCode.complexKey, "a key is a list or a map", at: span,
          help: isTemplate
            ? "keys are single words, and the double braces of templates mean nothing here"
            : "keys are single words: `key: value`"))
      return true
    }
    var name = scalar.text
    guard name.utf8.count <= limits.keyByteCount else {
      let message = "this key has \(name.utf8.count) bytes, at most \(limits.keyByteCount) are allowed"
      report(Diagnostic(YAMLCode.keyTooLong, message, at: span))
      return false
    }
    if name.isEmpty || composed.isPlain && ["~", "null", "Null", "NULL"].contains(name) {
      let message = name.isEmpty ? "an empty key" : "`\(name)` as a key means no key at all"
      let help = name.isEmpty ? "write a name before the colon" : "put it in quotes if it is a name: `\"\(name)\"`"
      drop(Diagnostic(YAMLCode.emptyKey, message, at: span, help: help))
      return true
    }
    if name.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\t" }) {
      report(Diagnostic(YAMLCode.escapedControl, "a line break or tab in a key", at: span))
    }
    if composed.isPlain, name == "<<" {
      if let first = frames[top].mergeSpan {
        reportDuplicate("<<", at: span, first: first)
        frames[top].pendingKey = .dropped
      } else {
        frames[top].mergeSpan = span
        frames[top].pendingKey = .merge(span)
      }
      return true
    }
    if composed.isPlain { name = withoutUnusualSpaces(name, at: span) }
    frames[top].pendingKey = .key(name, span, isPlain: composed.isPlain)
    return true
  }

  mutating func takeValue(_ composed: ComposedNode, of key: YAMLFrame.PendingKey) {
    guard let top = frames.indices.last else { return }
    switch key {
    case .dropped: break
    case .merge(let span):
      if case .mapping = composed.node.content {
        frames[top].merged = [composed.node]
      } else if case .sequence(let items) = composed.node.content, items.allSatisfy(\.isMapping) {
        frames[top].merged = items
      } else {
        isComplete = false
        if standsForFailedAlias(composed.node) { return }
        report(
          Diagnostic(
            YAMLCode.mergeValue, "`<<` takes a map, or a list of maps",
            at: composed.node.usedAt.last ?? (composed.node.isEmptyScalar ? span : composed.node.span),
            help: "write `<<: *name` with the anchor of a map"))
      }
    case .key(var name, var span, let isPlain):
      var value = composed.node
      if frames[top].isFlow, isPlain, composed.isPlain, let parts = splitAtColon(name, span, value: value) {
        (name, span, value) = parts
      }
      if let first = frames[top].keySpans[name], !isEndOfTuple(name, isPlain: isPlain, value: composed) {
        reportDuplicate(name, at: span, first: first)
        return
      }
      frames[top].keySpans[name] = span
      frames[top].entries.append(YAMLEntry(key: name, keySpan: span, value: value))
    }
  }

  /// `{a: (1, 3), b: (2, 3)}` has a key `3)` twice, and is at fault for its tuples: whoever reads the values says so.
  private func isEndOfTuple(_ name: String, isPlain: Bool, value: ComposedNode) -> Bool {
    guard let top = frames.last, top.isFlow, isPlain, value.isPlain, value.node.isEmptyScalar else { return false }
    return name.hasSuffix(")") && name.dropLast().allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
      || name.allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// Puts the node of an anchor in an alias's place.
  /// - Returns: whether to go on.
  mutating func expand(_ name: String, at span: SourceSpan) -> Bool {
    let shown = SourceLocator.shortened(name)
    if frames.last?.expectsKey == true {
      drop(Diagnostic(YAMLCode.complexKey, "an alias as a key", at: span, help: "write the key out"))
      return true
    }
    switch anchors[name] {
    case .complete(let composed):
      let total = nodeCount.addingReportingOverflow(composed.count)
      guard !total.overflow, total.partialValue <= limits.nodeCount else {
        let message = "`*\(shown)` makes this \(total.partialValue) nodes, at most \(limits.nodeCount) are allowed"
        report(Diagnostic(YAMLCode.tooManyNodes, message, at: span))
        return false
      }
      guard frames.count + composed.height <= limits.depth else {
        let message = "`*\(shown)` makes nesting deeper than \(limits.depth) levels"
        report(Diagnostic(YAMLCode.tooDeep, message, at: span))
        return false
      }
      nodeCount = total.partialValue
      var used = composed
      used.node = composed.node.used(at: span)
      used.isPlain = false
      return add(used, writtenAt: span)
    case .open:
      report(Diagnostic(YAMLCode.selfAlias, "`*\(shown)` stands inside the node that it refers to", at: span))
    case nil:
      let known = anchors.keys.sorted()
      let closest = Spelling.closest(to: name, among: known)
      report(
        Diagnostic(
          YAMLCode.undefinedAlias, "no anchor `&\(shown)` stands before this alias", at: span,
          label: closest.map { "did you mean `*\($0)`?" } ?? "",
          help: known.isEmpty ? "put a text that begins with `*` in quotes" : nil))
    }
    isComplete = false
    return add(ComposedNode(node: YAMLNode(.scalar(YAMLScalar("", isQuoted: true)), span: span)))
  }

  /// Whether an alias that was reported already is the reason why this is no map, or no list of maps.
  private func standsForFailedAlias(_ node: YAMLNode) -> Bool {
    if case .sequence(let items) = node.content { return items.contains(where: standsForFailedAlias) }
    return node.isEmptyScalar && locator.byte(at: node.span.start.byte) == UInt8(ascii: "*")
  }

  /// Reports what escapes such as `"\e"` bring into a text; raw, none of it gets this far.
  mutating func reportControlCharacters(_ text: String, at span: SourceSpan) {
    let isPlainASCII = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }
    if isPlainASCII { return }
    let found = text.unicodeScalars.first { $0 != "\n" && $0 != "\t" && PrintableText.isUnprintable($0) }
    guard let found else { return }
    report(
      Diagnostic(
        YAMLCode.escapedControl, "character U+\(UTF8Prescan.hex(found.value, digits: 4)) in a text", at: span,
        help: "delete the escape: it would reach the terminal and the report"))
  }

  /// The key is no use; its value is read, and dropped.
  private mutating func drop(_ diagnostic: Diagnostic) {
    report(diagnostic)
    isComplete = false
    if let top = frames.indices.last { frames[top].pendingKey = .dropped }
  }

  private mutating func reportDuplicate(_ name: String, at span: SourceSpan, first: SourceSpan) {
    let place = first.start.line == span.start.line ? "earlier in line" : "in line"
    report(
      Diagnostic(
        YAMLCode.duplicateKey,
        "key `\(name)` in line \(span.start.line) was given \(place) \(first.start.line) already",
        at: span, notes: [.init("first given here", at: first)], help: "delete one of the two"))
  }

  /// A no-break space is part of a word for YAML and looks like a space.
  private mutating func withoutUnusualSpaces(_ name: String, at span: SourceSpan) -> String {
    guard let found = name.unicodeScalars.first(where: UnusualSpaces.isUnusual) else { return name }
    report(
      Diagnostic(
        YAMLCode.spaceInKey, "\(UnusualSpaces.name(found)) in a key", at: span,
        help: "type an ordinary space instead"))
    var result = ""
    result.unicodeScalars.append(contentsOf: name.unicodeScalars.filter { !UnusualSpaces.isUnusual($0) })
    return result
  }

  /// `{filters:32}` is one key without a value for YAML; read on as it was meant.
  private mutating func splitAtColon(
    _ name: String, _ span: SourceSpan, value: YAMLNode
  ) -> (String, SourceSpan, YAMLNode)? {
    guard value.isEmptyScalar, value.span.start.byte == span.end.byte, span.start.line == span.end.line,
      let colon = name.utf8.firstIndex(of: UInt8(ascii: ":"))
    else { return nil }
    let key = String(name[..<colon])
    let text = String(name[name.index(after: colon)...])
    guard !key.isEmpty, !text.isEmpty else { return nil }
    let middle = span.start.byte + key.utf8.count
    var diagnostic = Diagnostic(
      YAMLCode.missingSpace, "no space after the colon in `\(name)`", at: locator.span(middle, middle + 1),
      help: "put a space after the colon: `\(key): \(text)`")
    let insertion = Diagnostic.Fix.Edit(locator.span(middle + 1, middle + 1), text: " ")
    diagnostic.fix = .init("put a space after the colon", isSafe: true, edits: [insertion])
    report(diagnostic)
    let node = YAMLNode(
      .scalar(YAMLScalar(text, isQuoted: false)), span: locator.span(middle + 1, span.end.byte))
    return (key, locator.span(span.start.byte, middle), node)
  }
}

extension YAMLNode {
  var isMapping: Bool {
    if case .mapping = content { return true }
    return false
  }
}
