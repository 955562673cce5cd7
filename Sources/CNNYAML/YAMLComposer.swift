internal import CNNDiagnostics

/// Builds the tree from libyaml's events, on a stack of its own, and stops where a limit is passed.
///
/// Events do not expand aliases, so that is done here, where it can be counted: 306 bytes may stand
/// for 387,420,489 nodes.
struct YAMLComposer {
  let locator: SourceLocator
  let limits: YAMLLimits
  /// One value of `--set` rather than a file.
  let isValue: Bool
  private let start: Int
  /// Scalars before the bytes that libyaml is given.
  private let firstScalar: Int

  private(set) var bag = DiagnosticBag()
  var frames: [YAMLFrame] = []
  var anchors: [String: YAMLAnchor] = [:]
  var nodeCount = 0
  private var eventCount = 0
  private var documentCount = 0
  private var anchorSerial = 0
  private var root: ComposedNode?
  /// Whether the tree stands for all of the text.
  var isComplete = true

  /// - Parameter start: the byte at which to begin.
  init(_ locator: SourceLocator, from start: Int, limits: YAMLLimits, isValue: Bool) {
    self.locator = locator
    self.limits = limits
    self.isValue = isValue
    self.start = start
    firstScalar = locator.scalarIndex(of: start)
  }

  mutating func compose() -> YAMLNode? {
    guard var parser = YAMLEventParser(locator.bytes[start...]) else {
      report(Diagnostic(YAMLCode.syntax, "there is no memory to read the text", at: locator.span(start, start)))
      return nil
    }
    do throws(YAMLParserFault) {
      while let event = try parser.next() {
        eventCount += 1
        if eventCount > limits.eventCount {
          let place = byte(event.start)
          let message = "more than \(limits.eventCount) keys, values and brackets"
          report(Diagnostic(YAMLCode.tooManyEvents, message, at: locator.span(place, place)))
          return nil
        }
        guard handle(event) else { return nil }
        if documentCount > 1 { break }
        if bag.diagnostics.count >= limits.faultCount { return nil }
      }
    } catch {
      report(YAMLSyntaxFault(locator: locator, start: start, firstScalar: firstScalar).diagnostic(error))
      return nil
    }
    guard let root, !(root.isPlain && root.node.isEmptyScalar) else {
      reportEmpty()
      return nil
    }
    return isComplete ? root.node : nil
  }

  mutating func report(_ diagnostic: Diagnostic) { bag.add(diagnostic) }

  func byte(_ mark: Int) -> Int { locator.byte(ofScalar: firstScalar + mark) }

  /// - Returns: whether to go on.
  private mutating func handle(_ event: YAMLEvent) -> Bool {
    switch event.kind {
    case .streamStart, .streamEnd, .documentEnd: return true
    case .documentStart(let version, let hasTagDirective):
      beginDocument(event, version: version, hasTagDirective: hasTagDirective)
      return true
    case .alias(let name): return expand(name, at: locator.span(byte(event.start), byte(event.end)))
    case .scalar(let text, let byteCount, let isPlain, let isBlock):
      return scalar(event, text, byteCount: byteCount, isPlain: isPlain, isBlock: isBlock)
    case .sequenceStart(let isFlow): return begin(event, isMapping: false, isFlow: isFlow)
    case .mappingStart(let isFlow): return begin(event, isMapping: true, isFlow: isFlow)
    case .sequenceEnd, .mappingEnd:
      end(event)
      return true
    }
  }

  private mutating func beginDocument(_ event: YAMLEvent, version: (major: Int, minor: Int)?, hasTagDirective: Bool) {
    documentCount += 1
    let line = locator.lineRange(at: byte(event.start))
    if documentCount > 1 {
      report(
        Diagnostic(
          YAMLCode.secondDocument, "a second document begins here", at: locator.span(line.lowerBound, line.upperBound),
          help: "keep one document in a file, and delete `---`"))
    }
    if let version, version != (1, 1), version != (1, 2) {
      reportDirective("YAML \(version.major).\(version.minor) is asked for, only 1.1 and 1.2 are read", in: line)
    }
    if hasTagDirective { reportDirective("`%TAG` has no use here: tags are not read", in: line) }
  }

  private mutating func reportDirective(_ message: String, in line: Range<Int>) {
    let span = locator.span(line.lowerBound, line.upperBound)
    report(Diagnostic(YAMLCode.directive, message, at: span, help: "delete this line"))
  }

  private mutating func scalar(
    _ event: YAMLEvent, _ text: String, byteCount: Int, isPlain: Bool, isBlock: Bool
  ) -> Bool {
    var end = byte(event.end)
    let start = min(contentStart(event), end)
    if isBlock { end = locator.trimmedEnd(end, notBefore: start) }
    let span = locator.span(start, end)
    nodeCount += 1
    guard byteCount <= limits.scalarByteCount else {
      let message = "this text has \(byteCount) bytes, at most \(limits.scalarByteCount) are allowed"
      report(Diagnostic(YAMLCode.scalarTooLong, message, at: span))
      return false
    }
    reportControlCharacters(text, at: span)
    let node = YAMLNode(.scalar(YAMLScalar(text, isQuoted: !isPlain, isBlock: isBlock)), span: span)
    let composed = ComposedNode(node: node, isPlain: isPlain)
    if let name = event.anchor { anchors[name] = .complete(composed) }
    return add(composed)
  }

  private mutating func begin(_ event: YAMLEvent, isMapping: Bool, isFlow: Bool) -> Bool {
    let start = contentStart(event)
    nodeCount += 1
    guard frames.count < limits.depth else {
      let message = "nesting deeper than \(limits.depth) levels"
      report(Diagnostic(YAMLCode.tooDeep, message, at: locator.span(start, start)))
      return false
    }
    if isValue, !isFlow {
      report(
        Diagnostic(
          YAMLCode.blockValue, "a \(isMapping ? "map" : "list") without \(isMapping ? "braces" : "brackets")",
          at: locator.span(start, locator.lineRange(at: start).upperBound),
          help: "write `{key: value}` or `[a, b]`, or put a text in quotes"))
      return false
    }
    anchorSerial += 1
    if let name = event.anchor { anchors[name] = .open(serial: anchorSerial) }
    frames.append(
      YAMLFrame(isMapping: isMapping, isFlow: isFlow, start: start, anchor: event.anchor.map { ($0, anchorSerial) }))
    return true
  }

  private mutating func end(_ event: YAMLEvent) {
    guard var frame = frames.popLast() else { return }
    // A block collection's end mark lies where the next token begins, a bracket's behind the bracket;
    // a pair without braces (`[a: 1]`) ends without a character.
    let isClosed = frame.isFlow && event.start < event.end
    let end = isClosed ? byte(event.end) : frame.end
    frame.merge()
    let content: YAMLNode.Content = frame.isMapping ? .mapping(frame.entries) : .sequence(frame.items)
    let node = YAMLNode(content, span: locator.span(frame.start, end))
    let composed = ComposedNode(node: node, count: frame.count, height: frame.height)
    if let anchor = frame.anchor, case .open(anchor.serial) = anchors[anchor.name] {
      anchors[anchor.name] = .complete(composed)
    }
    _ = add(composed)
  }

  /// Puts a complete node where it belongs.
  mutating func add(_ composed: ComposedNode, writtenAt span: SourceSpan? = nil) -> Bool {
    guard let top = frames.indices.last else {
      root = composed
      return true
    }
    frames[top].end = max(frames[top].end, (span ?? composed.node.span).end.byte)
    frames[top].note(composed)
    if !frames[top].isMapping {
      frames[top].items.append(composed.node)
      return true
    }
    guard let key = frames[top].pendingKey else { return takeKey(composed) }
    frames[top].pendingKey = nil
    takeValue(composed, of: key)
    return true
  }

  /// Where a node's own text begins, behind its anchor; reports a tag.
  private mutating func contentStart(_ event: YAMLEvent) -> Int {
    let start = byte(event.start)
    if event.anchor == nil, !event.hasTag { return start }
    let (content, tag) = locator.skipProperties(from: start)
    if event.hasTag {
      let range = tag ?? start..<content
      report(
        Diagnostic(
          YAMLCode.tag, "a tag: the field decides what its value is",
          at: locator.span(range.lowerBound, range.upperBound),
          help: "delete the tag"))
    }
    return content
  }

  private mutating func reportEmpty() {
    let place = locator.span(start, start)
    if isValue {
      report(
        Diagnostic(
          YAMLCode.empty, "the value is empty", at: place, help: "write a value behind `=`, or `\"\"` for an empty text"
        ))
    } else {
      report(Diagnostic(YAMLCode.empty, "the file is empty", at: place))
    }
  }
}

extension YAMLNode {
  var isEmptyScalar: Bool {
    if case .scalar(let scalar) = content { return scalar.text.isEmpty }
    return false
  }
}
