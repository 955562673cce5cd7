/// "Did you mean": the one known name that a mistyped word is close to.
package enum Spelling {
  /// Words longer than this are not compared.
  private static let longestWord = 64
  /// Candidates behind the first thousand are not looked at.
  private static let mostCandidates = 1000

  /// The candidate at the smallest Damerau-Levenshtein distance, letter case aside.
  ///
  /// Neighbours swapped count one, as a letter too many, too few or wrong does.
  /// - Returns: `nil` if the best is further than a third of the word's length (at least one), or if
  ///   two are equally close: a wrong hint is worse than none.
  package static func closest(to word: String, among candidates: some Sequence<String>) -> String? {
    let letters = Array(word.lowercased().unicodeScalars)
    guard !letters.isEmpty, letters.count <= longestWord else { return nil }
    let limit = max(1, letters.count / 3)
    var best: (name: String, distance: Int)?
    var isTied = false
    for candidate in candidates.prefix(mostCandidates) where candidate != best?.name {
      let distance = distance(letters, Array(candidate.lowercased().unicodeScalars), limit: limit)
      guard let distance else { continue }
      if let found = best, distance >= found.distance {
        if distance == found.distance { isTied = true }
        continue
      }
      best = (candidate, distance)
      isTied = false
    }
    return isTied ? nil : best?.name
  }

  /// The optimal string alignment distance, or `nil` if it exceeds the limit.
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], limit: Int) -> Int? {
    if abs(left.count - right.count) > limit || right.isEmpty { return nil }
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for column in right.indices {
        let isSame = left[row] == right[column]
        var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforePrevious[column - 1] + 1)
        }
        current.append(cost)
      }
      beforePrevious = previous
      previous = current
    }
    guard let result = previous.last, result <= limit else { return nil }
    return result
  }
}
