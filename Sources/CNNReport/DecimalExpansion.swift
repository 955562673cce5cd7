/// Every decimal digit of a finite number, exactly; what number formats round from.
///
/// A double is `m * 2^e`. With `e < 0` that is `m * 5^-e / 10^-e`, so its digits are those of one
/// whole number and the point stands `-e` places from the right. Nothing is lost before the one
/// rounding, and no locale and no C library take part. A number near 1 costs a few multiplications,
/// the smallest ones about ninety over 85 limbs.
struct DecimalExpansion {
  /// Most significant first, without leading zeros; empty for zero.
  private(set) var digits: [UInt8] = []
  /// Digits before the decimal point, negative if zeros follow it first: 0.00125 has -2.
  private(set) var pointOffset = 0

  /// - Parameter magnitude: finite; its sign is ignored.
  init(_ magnitude: Double) {
    precondition(magnitude.isFinite, "\(magnitude) has no decimal expansion")
    var mantissa = magnitude.significandBitPattern
    var exponent = -1074
    if magnitude.exponentBitPattern != 0 {
      mantissa |= 1 << 52
      exponent = Int(magnitude.exponentBitPattern) - 1075
    }
    guard mantissa != 0 else { return }
    if exponent < 0 {
      let halvings = min(mantissa.trailingZeroBitCount, -exponent)
      mantissa >>= UInt64(halvings)
      exponent += halvings
    }
    var whole = DecimalInteger(mantissa)
    whole.multiply(by: exponent < 0 ? 5 : 2, times: abs(exponent))
    digits = whole.digits
    pointOffset = digits.count + min(exponent, 0)
  }

  /// Keeps the leading `count` digits; a tie goes to the even digit, as in C and Python.
  mutating func round(keeping count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      digits = []
      return
    }
    let next = digits[count]
    let isTie = next == 5 && digits[(count + 1)...].allSatisfy { $0 == 0 }
    let lastIsOdd = count > 0 && !digits[count - 1].isMultiple(of: 2)
    let roundsUp = isTie ? lastIsOdd : next >= 5
    digits.removeSubrange(count...)
    guard roundsUp else { return }
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
    pointOffset += 1
  }
}

/// A whole number in limbs of nine decimal digits, least significant first.
private struct DecimalInteger {
  private static let base: UInt64 = 1_000_000_000
  private var limbs: [UInt64]

  init(_ value: UInt64) {
    limbs = []
    var rest = value
    while rest > 0 {
      limbs.append(rest % Self.base)
      rest /= Self.base
    }
  }

  /// Multiplies by `factor^times`, twelve factors at a step: 5^12 and a limb fit 64 bits together.
  mutating func multiply(by factor: UInt64, times: Int) {
    var remaining = times
    while remaining > 0 {
      let step = min(remaining, 12)
      multiply(by: (0..<step).reduce(1) { power, _ in power * factor })
      remaining -= step
    }
  }

  private mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let product = limbs[index] * factor + carry
      limbs[index] = product % Self.base
      carry = product / Self.base
    }
    if carry > 0 { limbs.append(carry) }
  }

  /// Most significant first.
  var digits: [UInt8] {
    var result: [UInt8] = []
    for limb in limbs {
      var rest = limb
      for _ in 0..<9 {
        result.append(UInt8(rest % 10))
        rest /= 10
      }
    }
    while result.last == 0 { result.removeLast() }
    return result.reversed()
  }
}
