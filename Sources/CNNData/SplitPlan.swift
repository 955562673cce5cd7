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
  }

  let parts: [Part]

  /// - Parameter counts: samples in each split of the source.
  /// - Throws: for a slice that cannot be read, is empty or beyond the end, or overlaps another.
  init(_ request: DataRequest, counts: [String: Int]) throws(DataError) {
    let train = try Self.part(request.train ?? "train", .train, counts)
    var parts = [train]
    switch request.validation {
    case nil: break
    case .slice(let text): parts.append(try Self.part(text, .validation, counts))
    case .fraction(let text):
      let fraction = try ValidationFraction(text)
      if !fraction.isZero {
        let count = try fraction.trainingCount(of: train.range.count)
        let (start, end) = (train.range.lowerBound, train.range.upperBound)
        let cut = start + count
        parts = [
          Part(role: .train, text: train.text, split: train.split, range: start..<cut),
          Part(
            role: .validation, text: "\(train.split)[\(cut):\(end)]", split: train.split, range: cut..<end),
        ]
      }
    }
    if let text = request.test { parts.append(try Self.part(text, .test, counts)) }
    try Self.checkDisjoint(parts)
    self.parts = parts
  }

  private static func part(
    _ text: String, _ role: DataError.Field, _ counts: [String: Int]
  ) throws(DataError) -> Part {
    let slice = try SplitSlice(text, field: role)
    guard let count = counts[slice.split] else {
      let names = counts.keys.sorted { $0 > $1 }.map { "`\($0)`" }.joined(separator: " and ")
      throw DataError(
        .unknownSplit, role, "the source has no split `\(slice.split)`", help: "it has \(names)")
    }
    return Part(role: role, text: text, split: slice.split, range: try slice.range(count: count))
  }

  private static func checkDisjoint(_ parts: [Part]) throws(DataError) {
    for (position, part) in parts.enumerated() {
      for earlier in parts[..<position] where earlier.split == part.split {
        let shared = part.range.clamped(to: earlier.range).count
        if shared > 0 {
          throw DataError(
            .overlap, part.role,
            "`\(part.text)` shares \(shared.grouped) sample\(shared == 1 ? "" : "s") with `\(earlier.text)` of \(earlier.role.rawValue)",
            help: "let each sample have one role, or its score says nothing about new ones")
        }
      }
    }
  }
}
