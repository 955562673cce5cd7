internal import CNNDiagnostics

/// A slice of a split in the syntax of TensorFlow Datasets: `train`, `train[:1000]`, `test[10%:20%]`.
///
///     slice = name [ "[" bound? ":" bound? "]" ]        at least one bound
///     bound = integer | integer "%"                     negative: counted from the end
///
/// A percentage p of n samples is at p·n/100, rounded to the nearest integer, halves to the even
/// one, as Python's `round` does (tensorflow/datasets: `core/splits.py`, rounding "closest").
/// Whole percents only, as there. A bound beyond the split is an error, as there; so is an empty
/// slice. Shards and sums (`train+test`) are not understood.
package struct SplitSlice: Sendable, Equatable {
  package enum Bound: Sendable, Equatable {
    case index(Int)
    case percent(Int)
  }

  /// As it was written.
  package let text: String
  /// Name of the split: `train`, `test`, ….
  package let split: String
  package let lower: Bound?
  package let upper: Bound?
  /// The key that it was written at, for its errors.
  package let field: DataError.Field

  static let forms = "write `train`, `train[:1000]`, `train[1000:2000]`, `train[80%:]` or the like"

  package init(_ text: String, field: DataError.Field) throws(DataError) {
    func fault(_ message: String, _ help: String = Self.forms) -> DataError {
      DataError(.badSlice, field, message, help: help)
    }
    if text.utf8.count > 128 { throw fault("a slice of \(text.utf8.count) bytes is too long") }
    let printable = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7f }
    guard printable else { throw fault("a slice holds characters that no slice has") }
    if text.contains("+") { throw fault("`\(text)` is a sum, and one slice is taken") }
    if text.contains(" ") { throw fault("`\(text)` holds a blank", "leave the blanks out") }

    var rest = text[...]
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    rest = rest.dropFirst(name.count)
    if name.isEmpty { throw fault("`\(text)` does not begin with the name of a split") }
    if rest.isEmpty {
      (lower, upper) = (nil, nil)
    } else {
      guard rest.hasPrefix("["), rest.hasSuffix("]"), rest.count >= 2 else {
        throw fault("`\(text)` is not a slice")
      }
      let bounds = rest.dropFirst().dropLast().split(separator: ":", omittingEmptySubsequences: false)
      guard bounds.count == 2 else {
        throw fault("`\(text)` has \(bounds.count == 1 ? "no" : "more than one") `:` between its brackets")
      }
      lower = try Self.bound(bounds[0], of: text, field)
      upper = try Self.bound(bounds[1], of: text, field)
      switch (lower, upper) {
      case (nil, nil): throw fault("`\(text)` has no bounds", "write `\(name)` for all of it")
      case (.index, .percent), (.percent, .index):
        throw fault("`\(text)` mixes counts and percents", "give both bounds the same unit")
      default: break
      }
    }
    self.text = text
    self.field = field
    split = String(name)
  }

  private static func bound(
    _ text: Substring, of slice: String, _ field: DataError.Field
  ) throws(DataError) -> Bound? {
    if text.isEmpty { return nil }
    let isPercent = text.hasSuffix("%")
    let number = isPercent ? text.dropLast() : text
    let digits = number.hasPrefix("-") ? number.dropFirst() : number
    if isPercent && digits.contains(".") {
      throw DataError(
        .badSlice, field, "`\(slice)` holds a fraction of a percent", help: "use whole percents, or counts")
    }
    // No sign twice, no `+`, no empty number: only what TensorFlow Datasets takes too.
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= "0" && $0 <= "9" }), let value = Int(number) else {
      throw DataError(
        .badSlice, field, "the bound `\(text)` of `\(slice)` is not a whole number", help: forms)
    }
    if isPercent && value.magnitude > 100 {
      throw DataError(
        .badSlice, field, "the bound `\(text)` of `\(slice)` is beyond 100%", help: "use -100% to 100%")
    }
    return isPercent ? .percent(value) : .index(value)
  }

  var isWhole: Bool { lower == nil && upper == nil }

  /// Whether a bound is a number of samples, not a share of them.
  var countsSamples: Bool {
    [lower, upper].contains { bound in
      if case .index? = bound { return true }
      return false
    }
  }

  /// The samples of the slice, of a split that holds `count`.
  /// - Throws: `.sliceBeyondEnd`, or `.emptySlice`.
  package func range(count: Int) throws(DataError) -> Range<Int> {
    let start = try position(lower ?? .index(0), count)
    let end = try upper.map { (bound) throws(DataError) in try position(bound, count) } ?? count
    guard start < end else {
      throw DataError(
        .emptySlice, field, "`\(text)` is empty: it goes from \(start.grouped) to \(end.grouped)",
        help: "the first bound is the first sample, the second one past the last")
    }
    return start..<end
  }

  private func position(_ bound: Bound, _ count: Int) throws(DataError) -> Int {
    let signed: Int
    switch bound {
    case .percent(let percent): signed = Self.rounded(percent, of: count)
    case .index(let index): signed = index
    }
    if signed.magnitude > count.magnitude {
      throw DataError(
        .sliceBeyondEnd, field,
        "`\(text)` reaches \(signed.grouped), and `\(split)` holds \(count.grouped) samples",
        help: "stay within the \(count.grouped) samples there are")
    }
    return signed < 0 ? count + signed : signed
  }

  /// percent · count / 100, to the nearest integer, halves to even; exact.
  static func rounded(_ percent: Int, of count: Int) -> Int {
    let sign = percent < 0 ? -1 : 1
    // In two parts, so that no product can leave the range of Int.
    let (hundreds, rest) = count.quotientAndRemainder(dividingBy: 100)
    let (quotient, remainder) = (abs(percent) * rest).quotientAndRemainder(dividingBy: 100)
    var result = abs(percent) * hundreds + quotient
    if remainder > 50 || (remainder == 50 && !result.isMultiple(of: 2)) { result += 1 }
    return sign * result
  }
}
