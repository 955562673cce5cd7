internal import CLibYAML

/// What libyaml found next; places are scalars counted from the start of the bytes given to it.
struct YAMLEvent {
  enum Kind {
    case streamStart, streamEnd
    case documentStart(version: (major: Int, minor: Int)?, hasTagDirective: Bool)
    case documentEnd
    case alias(String)
    case scalar(text: String, byteCount: Int, isPlain: Bool, isBlock: Bool)
    case sequenceStart(isFlow: Bool)
    case mappingStart(isFlow: Bool)
    case sequenceEnd, mappingEnd
  }

  let kind: Kind
  var anchor: String?
  var hasTag = false
  let start: Int
  let end: Int
}

/// libyaml's own words about what it could not read.
struct YAMLParserFault: Error {
  var problem: String
  var context: String
  /// Scalars from the start.
  var problemMark: Int
  var contextMark: Int?
}

/// libyaml's event parser: the one place that speaks C.
///
/// Owns the C parser and a copy of the text. Each C event is freed before `next` returns. The loader of
/// libyaml is not used: it builds all of its tree before anyone can say stop.
@safe struct YAMLEventParser: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>
  private var isFinished = false

  /// `nil` if there is no memory.
  init?(_ bytes: ArraySlice<UInt8>) {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      unsafe parser.deallocate()
      return nil
    }
    let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
    _ = unsafe text.initialize(fromContentsOf: bytes)
    unsafe self.parser = parser
    unsafe self.text = text
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  /// The next event; after the end of the stream, `nil`; after a fault nothing more comes.
  mutating func next() throws(YAMLParserFault) -> YAMLEvent? {
    if isFinished { return nil }
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else {
      isFinished = true
      throw fault()
    }
    defer { unsafe yaml_event_delete(&event) }
    let result = unsafe Self.read(event)
    if case .streamEnd = result.kind { isFinished = true }
    return result
  }

  private static func read(_ event: yaml_event_t) -> YAMLEvent {
    let start = Int(clamping: unsafe event.start_mark.index)
    let end = Int(clamping: unsafe event.end_mark.index)
    func make(
      _ kind: YAMLEvent.Kind, anchor: UnsafeMutablePointer<yaml_char_t>? = nil,
      tag: UnsafeMutablePointer<yaml_char_t>? = nil
    ) -> YAMLEvent {
      unsafe YAMLEvent(
        kind: kind, anchor: anchor.map { unsafe string($0) }, hasTag: tag != nil, start: start, end: end)
    }
    switch unsafe event.type {
    case YAML_DOCUMENT_START_EVENT:
      let document = unsafe event.data.document_start
      let version = unsafe document.version_directive.map { unsafe (Int($0.pointee.major), Int($0.pointee.minor)) }
      let hasTags = unsafe document.tag_directives.start != document.tag_directives.end
      return make(.documentStart(version: version, hasTagDirective: hasTags))
    case YAML_DOCUMENT_END_EVENT: return make(.documentEnd)
    case YAML_ALIAS_EVENT:
      return make(.alias(unsafe event.data.alias.anchor.map { unsafe string($0) } ?? ""))
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let text = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.value == nil ? 0 : scalar.length),
        as: UTF8.self)
      let style = unsafe scalar.style
      return unsafe make(
        .scalar(
          text: text, byteCount: scalar.length, isPlain: style == YAML_PLAIN_SCALAR_STYLE,
          isBlock: style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE),
        anchor: scalar.anchor, tag: scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      let sequence = unsafe event.data.sequence_start
      let isFlow = unsafe sequence.style == YAML_FLOW_SEQUENCE_STYLE
      return unsafe make(.sequenceStart(isFlow: isFlow), anchor: sequence.anchor, tag: sequence.tag)
    case YAML_MAPPING_START_EVENT:
      let mapping = unsafe event.data.mapping_start
      let isFlow = unsafe mapping.style == YAML_FLOW_MAPPING_STYLE
      return unsafe make(.mappingStart(isFlow: isFlow), anchor: mapping.anchor, tag: mapping.tag)
    case YAML_SEQUENCE_END_EVENT: return make(.sequenceEnd)
    case YAML_MAPPING_END_EVENT: return make(.mappingEnd)
    case YAML_STREAM_END_EVENT: return make(.streamEnd)
    default: return make(.streamStart)
    }
  }

  private static func string(_ text: UnsafeMutablePointer<yaml_char_t>) -> String {
    unsafe String(cString: text)
  }

  private func fault() -> YAMLParserFault {
    let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "out of memory"
    let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
    return YAMLParserFault(
      problem: problem, context: context ?? "", problemMark: Int(clamping: unsafe parser.pointee.problem_mark.index),
      contextMark: context == nil ? nil : Int(clamping: unsafe parser.pointee.context_mark.index))
  }
}
