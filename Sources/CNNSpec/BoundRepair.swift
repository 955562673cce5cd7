/// What was meant by a bound that is written as elsewhere: `3 MFLOP`, `20 mb`, `80%`, `=> 12`, `2 min`.
struct BoundRepair {
  /// As it stands behind the key, in quotes where it compares.
  let text: String
  /// Whether nothing else can have been meant.
  let isSafe: Bool

  /// `nil` where nobody can tell.
  init?(_ written: String, _ unit: Bound.Unit, key: String) {
    var rest = Substring(written.lowercased()).trimmed
    var isSafe = true
    let sign = Self.signs.first { rest.hasPrefix($0.word) }
    if let sign {
      rest = rest.dropFirst(sign.word.count).trimmed
      isSafe = sign.isSafe
    }
    // Numbers may be grouped; a blank or a letter ends them, but for an exponent's.
    var digits = rest.prefix { $0.isASCII && ($0.isNumber || "+-.,_'".contains($0)) }
    let exponent = rest.dropFirst(digits.count).prefix { $0.isASCII && ($0.isNumber || "e+-".contains($0)) }
    if exponent.count > 1, exponent.first == "e" { digits = rest.prefix(digits.count + exponent.count) }
    rest = rest.dropFirst(digits.count)
    let bare = digits.filter { $0 != "_" && $0 != "'" }[...]
    guard var number = bare.contains(",") ? Bound.ungrouped(bare) : String(bare), Double(number) != nil else {
      return nil
    }
    while number.count > 1, number.first == "0", number.dropFirst().first?.isNumber ?? false { number.removeFirst() }
    guard let amount = Self.amount(number, String(rest.filter { $0 != " " }), unit) else { return nil }
    // No run is meant to measure exactly 80%, or about 0.3.
    let isLoose = unit == .metric && sign?.comparison == nil && (sign != nil || !rest.isEmpty)
    let comparison = isLoose ? (key.hasSuffix("loss") ? .atMost : .atLeast) : sign?.comparison
    // Commas stay where the number does.
    let shown = amount.number == number && bare.contains(",") ? String(bare) : amount.number
    let bound = amount.unit.isEmpty ? shown : "\(shown) \(amount.unit)"
    let whole = comparison.map { "\($0.rawValue) \(bound)" } ?? bound
    guard Bound(whole, unit, unless: .equal) != nil else { return nil }
    text = comparison == nil ? whole : "\"\(whole)\""
    self.isSafe = isSafe && amount.isSafe && !isLoose
  }

  /// For a bound that nobody can make sense of.
  static func example(of key: String, _ unit: Bound.Unit) -> String {
    switch unit {
    case .memory: "64 MiB"
    case .count: "\"<= 26 M\""
    case .work: "4.1 GFLOPs"
    case .seconds: "60"
    case .metric: key.hasSuffix("loss") ? "\"<= 0.5\"" : "\">= 0.80\""
    case .number: key == "layers" ? "12" : "\">= 32\""
    }
  }

  /// Longer ones first.
  private static let signs: [(word: String, comparison: Expectation.Comparison?, isSafe: Bool)] = [
    ("at least", .atLeast, true), ("at most", .atMost, true), ("not more than", .atMost, true),
    ("not less than", .atLeast, true), ("more than", .above, true), ("less than", .below, true),
    ("above", .above, true), ("below", .below, true), ("under", .below, true), ("over", .above, true),
    ("max", .atMost, true), ("min", .atLeast, true), ("gte", .atLeast, true), ("lte", .atMost, true),
    ("===", .equal, true), ("==", .equal, true), (">=", .atLeast, true), ("<=", .atMost, true), ("=>", .atLeast, true),
    ("=<", .atMost, true), ("≥", .atLeast, true), ("≤", .atMost, true), (">", .above, true), ("<", .below, true),
    ("=", .equal, true), ("~", nil, false), ("≈", nil, false), ("about", nil, false), ("gt", .above, true),
    ("lt", .below, true),
  ]

  private typealias Amount = (number: String, unit: String, isSafe: Bool)

  /// - Parameter word: what follows the number, in lower case and without blanks.
  private static func amount(_ number: String, _ word: String, _ unit: Bound.Unit) -> Amount? {
    if word.isEmpty { return (number, "", true) }
    switch unit {
    case .memory:
      guard let name = memoryUnits[word] else { return nil }
      return (number, name, word.hasSuffix("b") || word.hasSuffix("bytes") || word.hasSuffix("byte"))
    case .count:
      let word = ["parameters", "params", "param", "weights"].reduce(word) {
        $0.hasSuffix($1) ? String($0.dropLast($1.count)) : $0
      }
      return word.isEmpty ? (number, "", true) : thousands[word].map { (number, $0, word != "b") }
    case .work: return work(number, word)
    case .seconds:
      if word.first == "m", word != "ms", ["m", "min", "mins", "minute", "minutes"].contains(word) {
        return times(60, number, word != "m")
      }
      if ["h", "hr", "hour", "hours"].contains(word) { return times(3600, number, true) }
      if ["ms", "msec", "milliseconds"].contains(word) { return shifted(number, by: 3).map { ($0, "", true) } }
      return ["s", "sec", "secs", "second", "seconds"].contains(word) ? (number, "", true) : nil
    case .metric: return ["%", "percent"].contains(word) ? shifted(number, by: 2).map { ($0, "", true) } : nil
    case .number:
      if ["px", "pixel", "pixels", "layer", "layers"].contains(word) { return (number, "", true) }
      // Of rows and columns the larger counts.
      guard word.first == "x", let rows = Int(number), let columns = Int(word.dropFirst()) else { return nil }
      return ("\(max(rows, columns))", "", rows == columns)
    }
  }

  private static func work(_ number: String, _ word: String) -> Amount? {
    if let name = thousands[word] { return (number, name, true) }
    for name in ["flops/s", "flop/s", "flops", "flop", "ops", "macs", "mac", "madds", "madd"] where word.hasSuffix(name)
    {
      let prefix = String(word.dropLast(name.count))
      guard let size = prefix.isEmpty ? "" : thousands[prefix] else { continue }
      if name.hasPrefix("mac") || name.hasPrefix("madd") {
        // A multiply-add is two.
        return times(2, number, true).map { ($0.number, "\(size)FLOPs", false) }
      }
      return (number, "\(size)FLOPs", !name.hasSuffix("/s"))
    }
    return nil
  }

  private static let thousands = [
    "k": "k", "thousand": "k", "m": "M", "mio": "M", "mln": "M", "million": "M", "millions": "M", "g": "G", "b": "G",
    "bn": "G", "billion": "G", "billions": "G", "t": "T", "trillion": "T",
  ]
  private static let memoryUnits = [
    "b": "B", "byte": "B", "bytes": "B", "k": "kB", "kb": "kB", "m": "MB", "mb": "MB", "g": "GB", "gb": "GB", "t": "TB",
    "tb": "TB", "kib": "KiB", "ki": "KiB", "mib": "MiB", "mi": "MiB", "gib": "GiB", "gi": "GiB", "tib": "TiB",
    "ti": "TiB", "mbyte": "MB", "mbytes": "MB", "megabytes": "MB", "gbyte": "GB", "gbytes": "GB", "gigabytes": "GB",
    "kilobytes": "kB", "mebibytes": "MiB", "gibibytes": "GiB",
  ]

  private static func times(_ factor: Double, _ number: String, _ isSafe: Bool) -> Amount? {
    guard let value = Double(number), (value * factor).isFinite else { return nil }
    let text = "\(value * factor)"
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text, "", isSafe)
  }

  /// A decimal with its point so many places further left: `80` by two is `0.8`; no digit changes.
  static func shifted(_ number: String, by places: Int) -> String? {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = parts.first, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
    else { return nil }
    let padded = String(repeating: "0", count: max(0, places + 1 - whole.count)) + whole
    var fraction = padded.suffix(places) + (parts.count == 2 ? parts[1] : "")
    while fraction.last == "0" { fraction.removeLast() }
    let head = padded.dropLast(places)
    return fraction.isEmpty ? String(head) : "\(head).\(fraction)"
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var result = drop { $0 == " " }
    while result.last == " " { result.removeLast() }
    return result
  }
}
