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
    parts = try Self.parts(request, counts, isShare)
    if !isShare, let fault = Self.overlaps(parts).first { throw fault }
  }

  /// All that is wrong with the slices and fractions of a request, of splits of known sizes.
  static func faults(_ request: DataRequest, counts: [String: Int]) -> [DataError] {
    var slices = [(request.train ?? "train", DataError.Field.train)]
    for (part, role) in [(request.validation, DataError.Field.validation), (request.test, .test)] {
      if case .slice(let text)? = part { slices.append((text, role)) }
    }
    var faults: [DataError] = []
    var parts: [Part] = []
    for (text, role) in slices {
      do throws(DataError) { parts.append(try part(text, role, counts, false)) } catch { faults.append(error) }
    }
    guard faults.isEmpty else { return faults + overlaps(parts) }
    do throws(DataError) { return overlaps(try Self.parts(request, counts, false)) } catch { return [error] }
  }

  private static func parts(
    _ request: DataRequest, _ counts: [String: Int], _ isShare: Bool
  ) throws(DataError) -> [Part] {
    let train = try part(request.train ?? "train", .train, counts, isShare)
    let validation = try fraction(request.validation, .validation)
    let test = try fraction(request.test, .test)
    var parts = [train]
    var testPart: Part?
    if validation != nil || test != nil {
      let cut = try SplitFraction.cut(train.range.count, validation: validation, test: test)
      parts = [Part(role: .train, text: train.text, split: train.split, range: train.piece(cut.train))]
      if validation != nil { parts.append(part(cut.validation, of: train, .validation)) }
      if test != nil { testPart = part(cut.test, of: train, .test) }
    }
    if case .slice(let text)? = request.validation { parts.append(try part(text, .validation, counts, isShare)) }
    if case .slice(let text)? = request.test { testPart = try part(text, .test, counts, isShare) }
    if let testPart { parts.append(testPart) }
    return parts
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

  /// Each pair of parts that share samples.
  private static func overlaps(_ parts: [Part]) -> [DataError] {
    parts.indices.flatMap { position in
      parts[..<position].compactMap { earlier in
        let part = parts[position]
        let shared = earlier.split == part.split ? part.range.clamped(to: earlier.range).count : 0
        return shared > 0 ? overlap(part.text, part.role, earlier.text, earlier.role, shared) : nil
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
