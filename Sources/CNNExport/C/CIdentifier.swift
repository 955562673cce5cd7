/// Names and literals of C.
enum CIdentifier {
  /// The letters, digits and underscores of a name, for C: `fashion_mnist` of `Fashion-MNIST`.
  ///
  /// Never empty, and neither a digit nor an underscore at its start, which belongs to compilers.
  static func make(of name: String, orElse fallback: String) -> String {
    var text = ""
    for byte in name.utf8 {
      let isWord = isLetter(byte) || isDigit(byte)
      if isWord {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else if !text.isEmpty, !text.hasSuffix("_") {
        text += "_"
      }
    }
    while text.hasSuffix("_") { text.removeLast() }
    guard let first = text.utf8.first else { return fallback }
    let whole = isDigit(first) ? "\(fallback)_\(text)" : text
    return String(whole.prefix(mostCharacters))
  }

  /// Whether a person may choose it: what `make` gives for it is itself.
  static func isOne(_ name: String) -> Bool { !name.isEmpty && make(of: name, orElse: "") == name }

  /// C99 tells names inside a file apart by 63 characters; what is appended has to fit.
  private static let mostCharacters = 40

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }
}

enum CText {
  /// The shortest decimal that gives these very bits: `0.1f`, `1e-05f`.
  static func literal(_ value: Float) -> String {
    if value.isNaN { return "NAN" }
    if value.isInfinite { return value < 0 ? "-INFINITY" : "INFINITY" }
    return "\(value)f"
  }

  /// A string of ASCII, whatever the text has: bytes in octal, and no trigraphs.
  static func string(_ text: String) -> String {
    var literal = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"):
        literal += "\\"
        literal.unicodeScalars.append(Unicode.Scalar(byte))
      case 0x20..<0x7f: literal.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 8)
        literal += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
      }
    }
    return literal + "\""
  }

  /// A text as part of a comment: printable ASCII that neither ends it nor begins another.
  static func comment(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      let isSafe = (0x20..<0x7f).contains(scalar.value) && scalar != "?" && scalar != "\\"
      let joins = (safe.hasSuffix("*") && scalar == "/") || (safe.hasSuffix("/") && scalar == "*")
      if joins { safe += " " }
      if isSafe { safe.unicodeScalars.append(scalar) } else { safe += "_" }
    }
    return safe
  }

  /// `[28, 28, 1]`
  static func shape(_ extents: [Int]) -> String { "[\(extents.map(String.init).joined(separator: ", "))]" }

  /// Words with commas between, in lines of at most `width` characters behind `indent`.
  static func wrapped(_ words: [String], indent: String, width: Int = 110) -> String {
    var text = ""
    var line = indent
    for (index, word) in words.enumerated() {
      let item = index == words.count - 1 ? word : word + ","
      if line.utf8.count > indent.utf8.count, line.utf8.count + 1 + item.utf8.count > width {
        text += line + "\n"
        line = indent
      }
      line += (line.utf8.count > indent.utf8.count ? " " : "") + item
    }
    return text + line
  }
}
