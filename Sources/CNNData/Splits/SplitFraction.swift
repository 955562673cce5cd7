internal import CNNDiagnostics

/// A share of the training samples to keep for validation or test, held as the decimal that was written.
///
/// Of n samples the first floor(n · (1 − f)) stay for training, and the rest validates: Keras's
/// `validation_split`, in exact arithmetic. (In binary floating point 10 · (1 − 0.9) is a little
/// less than 1, and Keras trains on none.) With a share for test as well, the last part is that.
package struct SplitFraction: Sendable, Equatable {
  /// The fraction is `numerator / 10^9`.
  private let numerator: Int
  private static let denominator = 1_000_000_000
  private static let digits = 9
  private let role: DataError.Field

  /// Whether no sample is asked for.
  package var isZero: Bool { numerator == 0 }

  /// - Parameters:
  ///   - text: `0.2`, `.2` or `2e-1`; at least 0, below 1, at most nine decimals.
  ///   - role: the key that it was written at.
  package init(_ text: String, _ role: DataError.Field) throws(DataError) {
    let form = "write a decimal from 0 up to but not 1, such as 0.2"
    func fault(_ message: String, _ help: String = form) -> DataError {
      DataError(.badFraction, role, message, help: help)
    }
    guard text.utf8.count <= 64, let decimal = Self.parse(text) else {
      throw fault("the \(role.rawValue) fraction is not a decimal number")
    }
    guard !decimal.isNegative || decimal.digits == 0 else {
      throw fault("the \(role.rawValue) fraction `\(text)` is negative")
    }
    // value = digits · 10^exponent; wanted: value · 10^9 as an integer
    var numerator = decimal.digits
    var exponent = decimal.exponent + Self.digits
    while exponent < 0 && numerator % 10 == 0 && numerator != 0 {
      numerator /= 10
      exponent += 1
    }
    if exponent < 0 && numerator != 0 {
      throw fault("the \(role.rawValue) fraction `\(text)` has more than nine decimals")
    }
    while exponent > 0 && numerator != 0 && numerator < Self.denominator {
      numerator *= 10
      exponent -= 1
    }
    if numerator >= Self.denominator {
      // 20 was meant as a percentage; 1.2 was not.
      guard decimal.exponent == 0, (2...99).contains(decimal.digits) else {
        throw fault("the \(role.rawValue) fraction `\(text)` is not below 1, so nothing would be left to train on")
      }
      let (tens, ones) = decimal.digits.quotientAndRemainder(dividingBy: 10)
      throw fault(
        "the \(role.rawValue) fraction `\(text)` is not below 1", "did you mean 0.\(tens)\(ones == 0 ? "" : "\(ones)")?"
      )
    }
    self.numerator = numerator
    self.role = role
  }

  /// How many of `count` samples stay for training; the rest, at the end, validates.
  /// - Throws: `.emptySlice` if either side would be empty.
  package func trainingCount(of count: Int) throws(DataError) -> Int {
    try Self.cut(count, validation: self, test: nil).train.count
  }

  /// Divides `count` samples: the first are for training, the last for test.
  ///
  /// - Throws: `.emptySlice` if a side that is asked for would be empty, `.badFraction` if nothing is left to train on.
  package static func cut(
    _ count: Int, validation: SplitFraction?, test: SplitFraction?
  ) throws(DataError) -> (train: Range<Int>, validation: Range<Int>, test: Range<Int>) {
    let (validating, testing) = (validation?.numerator ?? 0, test?.numerator ?? 0)
    guard validating + testing < denominator else {
      throw DataError(
        .badFraction, .test, "the fractions for validation and test leave nothing to train on",
        help: "let the two be less than 1 together")
    }
    let first = kept(denominator - validating - testing, of: count)
    let second = kept(denominator - testing, of: count)
    let parts = (0..<first, first..<second, second..<count)
    func check(_ part: Range<Int>, _ name: String, _ role: DataError.Field) throws(DataError) {
      if !part.isEmpty { return }
      throw DataError(
        .emptySlice, role, "no sample would be left for \(name): the training slice holds \(count.grouped)",
        help: "choose another fraction, or more samples")
    }
    try check(parts.0, "training", validating > 0 ? .validation : .test)
    if validating > 0 { try check(parts.1, "validation", .validation) }
    if testing > 0 { try check(parts.2, "test", .test) }
    return parts
  }

  /// floor(count · numerator / 10^9)
  private static func kept(_ numerator: Int, of count: Int) -> Int {
    denominator.dividingFullWidth(count.multipliedFullWidth(by: numerator)).quotient
  }

  /// Sign, digits and power of ten of a decimal; `nil` if it is none, or has more digits than are read.
  private static func parse(_ text: String) -> (isNegative: Bool, digits: Int, exponent: Int)? {
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
    var (digits, exponent, seen, afterPoint) = (0, 0, 0, false)
    while let character = rest.first, character != "e", character != "E" {
      rest.removeFirst()
      if character == "." && !afterPoint {
        afterPoint = true
        continue
      }
      guard character >= "0", character <= "9", let digit = character.wholeNumberValue else { return nil }
      if digits > 100_000_000_000_000_000 { return nil }
      digits = digits * 10 + digit
      seen += 1
      if afterPoint { exponent -= 1 }
    }
    guard seen > 0 else { return nil }
    if !rest.isEmpty {
      guard let power = Int(rest.dropFirst()), power.magnitude <= 100 else { return nil }
      exponent += power
    }
    return (isNegative, digits, exponent)
  }
}
