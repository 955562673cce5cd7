internal import CNNDiagnostics

/// Numbers as Keras prints them, the same in every locale.
///
/// `fixed` and `scientific` give what C and Python give for `%.4f` and `%.4e`, digit for digit:
/// they round the exact value once, ties to even.
package enum NumberFormat {
  /// `%.<places>f`, for example 2.3457.
  package static func fixed(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return nonFinite(value) }
    var expansion = DecimalExpansion(value)
    expansion.round(keeping: expansion.pointOffset + places)
    let digits = expansion.digits
    let point = expansion.pointOffset
    func digit(_ index: Int) -> UInt8 { digits.indices.contains(index) ? digits[index] : 0 }

    var text = value.sign == .minus ? "-" : ""
    text += point > 0 ? string((0..<point).map(digit)) : "0"
    if places > 0 { text += "." + string((point..<point + places).map(digit)) }
    return text
  }

  /// `%.<places>e`, for example 5.0000e-04; the exponent has at least two digits.
  package static func scientific(_ value: Double, places: Int) -> String {
    guard value.isFinite else { return nonFinite(value) }
    var expansion = DecimalExpansion(value)
    expansion.round(keeping: places + 1)
    let digits = expansion.digits
    func digit(_ index: Int) -> UInt8 { digits.indices.contains(index) ? digits[index] : 0 }

    let exponent = digits.isEmpty ? 0 : expansion.pointOffset - 1
    var text = (value.sign == .minus ? "-" : "") + string([digit(0)])
    if places > 0 { text += "." + string((1...places).map(digit)) }
    return text + (exponent < 0 ? "e-" : "e+") + padded(abs(exponent), digits: 2)
  }

  /// A loss or metric: `%.4f` if its magnitude is above 1e-3, `%.4e` otherwise; 0 is 0.0000e+00.
  package static func metric(_ value: Double) -> String {
    value.magnitude > 1e-3 ? fixed(value, places: 4) : scientific(value, places: 4)
  }

  /// The same for a figure that stands alone: 0 is 0.0000.
  package static func figure(_ value: Double) -> String { value == 0 ? "0.0000" : metric(value) }

  /// Thousands set apart by commas: 31,626.
  package static func grouped(_ value: Int) -> String { value.grouped }

  /// How much in a second, to three digits: 847, 3.20k, 27.5k, 1.25M.
  package static func rate(_ value: Double) -> String {
    var rest = value
    var units = ["", "k", "M", "G"][...]
    while rest >= 999.5, units.count > 1 {
      rest /= 1000
      units.removeFirst()
    }
    let isWhole = units.first == "" || rest >= 99.95
    return fixed(rest, places: isWhole ? 0 : rest >= 9.995 ? 1 : 2) + (units.first ?? "")
  }

  /// A size in units of 1024 with two decimals, called as Keras's tables call them: 128.00 B, 123.54 KB.
  package static func kerasByteSize(_ byteCount: Double) -> String {
    byteSize(byteCount, units: ["B", "KB", "MB", "GB", "TB", "PB"])
  }

  /// A size in units of 1024 with two decimals: 128.00 B, 123.54 KiB.
  package static func byteSize(_ byteCount: Double) -> String {
    byteSize(byteCount, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
  }

  private static func byteSize(_ byteCount: Double, units: [String]) -> String {
    var size = byteCount
    var units = units[...]
    while size >= 1024, units.count > 1 {
      size /= 1024
      units.removeFirst()
    }
    return fixed(size, places: 2) + " " + (units.first ?? "")
  }

  /// A duration of one step or less: `%.0f` of seconds from 1 s (and for 0), else of ms or us.
  package static func stepTime(_ seconds: Double) -> String {
    if seconds >= 1 || seconds == 0 { return fixed(seconds, places: 0) + "s" }
    if seconds >= 1e-3 { return fixed(seconds * 1e3, places: 0) + "ms" }
    return fixed(seconds * 1e6, places: 0) + "us"
  }

  /// Time left: `h:mm:ss` above an hour, `m:ss` above a minute, else `12s`; fractions are dropped.
  package static func remainingTime(_ seconds: Double) -> String {
    // Anything a clock can give is far below the bound; it keeps the conversion defined.
    let whole = Int(max(0, min(seconds, 1e15)))
    if seconds > 3600 {
      return
        "\(whole / 3600):\(padded(whole % 3600 / 60, digits: 2)):\(padded(whole % 60, digits: 2))"
    }
    if seconds > 60 { return "\(whole / 60):\(padded(whole % 60, digits: 2))" }
    return "\(whole)s"
  }

  /// With leading zeros up to `digits` digits.
  static func padded(_ value: Int, digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }

  private static func string(_ digits: [UInt8]) -> String {
    String(decoding: digits.map { UInt8(ascii: "0") + $0 }, as: UTF8.self)
  }
}
