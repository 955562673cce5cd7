/// The parts of a decimal number's text; there is one only if all of the text is such a number.
struct NumberForm {
  private let sign: Substring
  private let whole: Substring
  private let fraction: Substring
  private let behindWhole: Substring
  let isInteger: Bool

  init?(_ text: String) {
    var rest = Substring(text)
    func take(while matches: (Unicode.Scalar) -> Bool) -> Substring {
      let end = rest.unicodeScalars.firstIndex { !matches($0) } ?? rest.endIndex
      defer { rest = rest[end...] }
      return rest[..<end]
    }
    func takeOne(of scalars: [Unicode.Scalar]) -> Substring {
      guard let first = rest.unicodeScalars.first, scalars.contains(first) else { return rest.prefix(0) }
      let end = rest.unicodeScalars.index(after: rest.startIndex)
      defer { rest = rest[end...] }
      return rest[..<end]
    }
    let isDigit = { (scalar: Unicode.Scalar) in ("0"..."9").contains(scalar) }

    sign = takeOne(of: ["-", "+"])
    whole = take(while: isDigit)
    behindWhole = rest
    let point = takeOne(of: ["."])
    fraction = point.isEmpty ? rest.prefix(0) : take(while: isDigit)
    if whole.isEmpty, fraction.isEmpty { return nil }
    let exponent = takeOne(of: ["e", "E"])
    if !exponent.isEmpty {
      _ = takeOne(of: ["-", "+"])
      if take(while: isDigit).isEmpty { return nil }
    }
    guard rest.isEmpty else { return nil }
    isInteger = point.isEmpty && exponent.isEmpty
  }

  var hasLeadingZeros: Bool { whole.utf8.count > 1 && whole.utf8.first == UInt8(ascii: "0") }

  var withoutLeadingZeros: String {
    let digits = whole.drop { $0 == "0" }
    return "\(sign)\(digits.isEmpty ? "0" : digits)\(behindWhole)"
  }

  /// Whether no digit before the exponent is other than zero.
  var isZero: Bool { whole.allSatisfy { $0 == "0" } && fraction.allSatisfy { $0 == "0" } }
}
