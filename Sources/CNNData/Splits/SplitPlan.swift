internal import CNNDiagnostics

/// Which samples of which split each role takes: the `split` section, resolved.
///
/// In: the texts of a request, the sizes of the splits. Out: disjoint ranges of positions in the
/// order asked for. Looks at no file.
struct SplitPlan: Equatable {
  struct Part: Equatable {
    /// `train`, `validation` or `test`.
    let role: DataError.Field
    /// The slice as it was written; for a fraction, the slice that it comes to.
    let text: String
    let split: String
    /// Positions in the order of the split; not indices in its file.
    let range: Range<Int>

    /// Samples of this part, counted from its first.
    fileprivate func piece(_ range: Range<Int>) -> Range<Int> {
      (self.range.lowerBound + range.lowerBound)..<(self.range.lowerBound + range.upperBound)
    }
  }

  let parts: [Part]

  /// - Parameters:
  ///   - counts: samples in each split of the source.
  ///   - isShare: whether this is the plan of a class, or of a scale of digests, of which there are others: overlaps
  ///     are then counted over all of them, and a whole split may be empty.
  /// - Throws: for a slice that cannot be read, is empty or beyond the end, or overlaps another.
  init(_ request: DataRequest, counts: [String: Int], isShare: Bool = false) throws(DataError) {
    let train = try Self.part(request.train ?? "train", .train, counts, isShare)
    let validation = try Self.fraction(request.validation, .validation)
    let test = try Self.fraction(request.test, .test)
    var parts = [train]
    var testPart: Part?
    if validation != nil || test != nil {
      let cut = try SplitFraction.cut(train.range.count, validation: validation, test: test)
      parts = [Part(role: .train, text: train.text, split: train.split, range: train.piece(cut.train))]
      if validation != nil { parts.append(Self.part(cut.validation, of: train, .validation)) }
      if test != nil { testPart = Self.part(cut.test, of: train, .test) }
    }
    if case .slice(let text)? = request.validation { parts.append(try Self.part(text, .validation, counts, isShare)) }
    if case .slice(let text)? = request.test { testPart = try Self.part(text, .test, counts, isShare) }
    if let testPart { parts.append(testPart) }
    if !isShare { try Self.checkDisjoint(parts) }
    self.parts = parts
  }

  /// The fraction that is asked for, unless it is zero.
  private static func fraction(
    _ part: DataRequest.Part?, _ role: DataError.Field
  ) throws(DataError) -> SplitFraction? {
    guard case .fraction(let text)? = part else { return nil }
    let fraction = try SplitFraction(text, role)
    return fraction.isZero ? nil : fraction
  }

  private static func part(_ range: Range<Int>, of train: Part, _ role: DataError.Field) -> Part {
    let range = train.piece(range)
    return Part(
      role: role, text: "\(train.split)[\(range.lowerBound):\(range.upperBound)]", split: train.split, range: range)
  }

  private static func part(
    _ text: String, _ role: DataError.Field, _ counts: [String: Int], _ isShare: Bool
  ) throws(DataError) -> Part {
    let slice = try SplitSlice(text, field: role)
    guard let count = counts[slice.split] else {
      let names = counts.keys.sorted { $0 > $1 }.map { "`\($0)`" }.joined(separator: " and ")
      throw DataError(
        .unknownSplit, role, "the source has no split `\(slice.split)`", help: "it has \(names)")
    }
    let range = isShare && slice.isWhole ? 0..<count : try slice.range(count: count)
    return Part(role: role, text: text, split: slice.split, range: range)
  }

  private static func checkDisjoint(_ parts: [Part]) throws(DataError) {
    for (position, part) in parts.enumerated() {
      for earlier in parts[..<position] where earlier.split == part.split {
        let shared = part.range.clamped(to: earlier.range).count
        if shared > 0 {
          throw overlap(part.text, part.role, earlier.text, earlier.role, shared)
        }
      }
    }
  }

  /// - Parameter shared: samples that have both roles.
  static func overlap(
    _ text: String, _ role: DataError.Field, _ earlier: String, _ earlierRole: DataError.Field, _ shared: Int
  ) -> DataError {
    DataError(
      .overlap, role,
      "`\(text)` shares \(shared.grouped) sample\(shared == 1 ? "" : "s") with `\(earlier)` of \(earlierRole.rawValue)",
      help: "let each sample have one role, or its score says nothing about new ones")
  }
}
