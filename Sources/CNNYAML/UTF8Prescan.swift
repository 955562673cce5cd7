package import CNNDiagnostics

/// Looks at the bytes before YAML does: size, encoding, and characters that hide something.
///
/// YAML 1.1, which libyaml reads, ends a line at U+0085, U+2028, U+2029 and a lone carriage return. Many
/// editors do not, so a comment that a reviewer sees as one line could carry a live key.
package enum UTF8Prescan {
  package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Returns: whether the text may be parsed.
  package static func check(
    _ locator: SourceLocator, limits: YAMLLimits, into bag: inout DiagnosticBag
  ) -> Bool {
    let bytes = locator.bytes
    if let name = otherEncoding(of: bytes) {
      bag.add(
        Diagnostic(
          YAMLCode.notUTF8, "the file is \(name), not UTF-8", at: locator.span(0, 0), help: "save it as UTF-8"))
      return false
    }
    var faults = 0
    var hasLoneReturn = false
    var offset = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    while offset < bytes.count, faults < limits.faultCount {
      let byte = bytes[offset]
      if (0x20..<0x7F).contains(byte) || byte == 0x0A || byte == 0x09 {
        offset += 1
        continue
      }
      guard let (scalar, length) = decode(bytes, at: offset) else {
        bag.add(
          Diagnostic(
            YAMLCode.notUTF8, "byte 0x\(hex(UInt32(byte), digits: 2)) at byte \(offset) is not valid UTF-8",
            at: locator.span(offset, offset + 1), help: "save the file as UTF-8"))
        return false
      }
      // Of a file with such line ends throughout, one tells all.
      if byte == 0x0D, hasLoneReturn, !(offset + 1 < bytes.count && bytes[offset + 1] == 0x0A) {
        offset += length
        continue
      }
      let isLineBreak = byte == 0x0D && offset + 1 < bytes.count && bytes[offset + 1] == 0x0A
      if !isLineBreak, let fault = fault(of: scalar) {
        bag.add(
          Diagnostic(
            fault.code, "\(fault.name) U+\(hex(scalar.value, digits: 4)) at byte \(offset)",
            at: locator.span(offset, offset + length), label: fault.label, help: fault.help))
        faults += 1
        hasLoneReturn = hasLoneReturn || byte == 0x0D
      }
      offset += length
    }
    return faults == 0
  }

  /// A spec larger than the limit, told before anything else looks at it.
  package static func isTooLarge(
    _ bytes: [UInt8], source: SourceID, limits: YAMLLimits, into bag: inout DiagnosticBag
  ) -> Bool {
    guard bytes.count > limits.byteCount else { return false }
    let start = SourcePosition(line: 1, column: 1, byte: 0)
    bag.add(
      Diagnostic(
        YAMLCode.tooLarge, "the file has more than \(limits.byteCount.grouped) bytes, the most that are read",
        at: SourceSpan(source: source, start: start, end: start)))
    return true
  }

  private static func otherEncoding(of bytes: [UInt8]) -> String? {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    // ASCII text in UTF-16 without a mark: every other byte is zero.
    if bytes.count >= 4, bytes[0] != 0, bytes[1] == 0, bytes[2] != 0, bytes[3] == 0 { return "UTF-16" }
    if bytes.count >= 4, bytes[0] == 0, bytes[1] != 0, bytes[2] == 0, bytes[3] != 0 { return "UTF-16" }
    return nil
  }

  private struct Fault {
    let code: DiagnosticCode
    let name: String
    var label = ""
    var help: String?
  }

  private static func fault(of scalar: Unicode.Scalar) -> Fault? {
    switch scalar.value {
    case 0x0D: lineBreak("carriage return without line feed", help: "use LF or CRLF line endings")
    case 0x85: lineBreak("next line")
    case 0x2028: lineBreak("line separator")
    case 0x2029: lineBreak("paragraph separator")
    case 0..<0x20, 0x7F...0x9F:
      Fault(code: YAMLCode.controlCharacter, name: "control character", help: "delete it")
    case 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
      Fault(
        code: YAMLCode.invisibleCharacter, name: "bidirectional control", label: "changes the order of what follows",
        help: "delete it")
    case 0x200B...0x200D, 0x2060:
      Fault(
        code: YAMLCode.invisibleCharacter, name: "zero-width character", label: "invisible here", help: "delete it")
    case 0xFEFF:
      Fault(
        code: YAMLCode.invisibleCharacter, name: "byte order mark", label: "invisible here",
        help: "delete it: it may only stand at the start of the file")
    case 0xFFFE, 0xFFFF: Fault(code: YAMLCode.controlCharacter, name: "noncharacter", help: "delete it")
    default: nil
    }
  }

  private static func lineBreak(_ name: String, help: String = "delete it, or end the line here") -> Fault {
    Fault(
      code: YAMLCode.hiddenLineBreak, name: name, label: "YAML begins a new line here, most editors do not", help: help)
  }

  /// One scalar of well-formed UTF-8 (Unicode Standard, table 3-7), or `nil`.
  static func decode(_ bytes: [UInt8], at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
    let lead = bytes[offset]
    let length: Int
    var value: UInt32
    switch lead {
    case 0..<0x80: return (Unicode.Scalar(lead), 1)
    case 0xC2...0xDF: (length, value) = (2, UInt32(lead & 0x1F))
    case 0xE0...0xEF: (length, value) = (3, UInt32(lead & 0x0F))
    case 0xF0...0xF4: (length, value) = (4, UInt32(lead & 0x07))
    default: return nil
    }
    guard offset + length <= bytes.count else { return nil }
    for byte in bytes[(offset + 1)..<(offset + length)] {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }  // no surrogates
    return (scalar, length)
  }

  static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
