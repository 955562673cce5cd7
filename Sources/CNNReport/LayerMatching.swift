/// Which layer of one network is which of another.
///
/// In: what the layers of both are called and are. Out: for each of the first its counterpart.
/// 1. Layers to which their authors gave one name are the same, wherever they stand.
/// 2. The others are aligned in their order: the longest common subsequence, weighted so that one kind with the same
///    arguments counts more than one kind alone, and an equal automatic name decides between equals.
struct LayerMatching {
  /// For each layer before its counterpart after.
  private(set) var after: [Int?]

  private static let mostCells = 16_000_000

  init(_ before: [SpecFacts.Layer], _ after: [SpecFacts.Layer]) {
    self.after = Array(repeating: nil, count: before.count)
    var taken = [Bool](repeating: false, count: after.count)
    let named = Dictionary(after.indices.filter { after[$0].isNamed }.map { (after[$0].name, $0) }) { first, _ in first
    }
    for (index, layer) in before.enumerated() where layer.isNamed {
      guard let match = named[layer.name], after[match].kind == layer.kind else { continue }
      self.after[index] = match
      taken[match] = true
    }
    align(
      before, before.indices.filter { self.after[$0] == nil }, after, after.indices.filter { !taken[$0] })
  }

  private mutating func align(
    _ before: [SpecFacts.Layer], _ first: [Int], _ after: [SpecFacts.Layer], _ second: [Int]
  ) {
    var numbers = KeyNumbers()
    let old = before.map { numbers.key(of: $0) }
    let new = after.map { numbers.key(of: $0) }
    // Equal ends need no table.
    func isSame(_ left: Int, _ right: Int) -> Bool { old[left] == new[right] }
    var start = 0
    while start < min(first.count, second.count), isSame(first[start], second[start]) {
      self.after[first[start]] = second[start]
      start += 1
    }
    var ends = (first.count, second.count)
    while ends.0 > start, ends.1 > start, isSame(first[ends.0 - 1], second[ends.1 - 1]) {
      ends = (ends.0 - 1, ends.1 - 1)
      self.after[first[ends.0]] = second[ends.1]
    }
    let left = Array(first[start..<ends.0])
    let right = Array(second[start..<ends.1])
    guard (left.count + 1) * (right.count + 1) <= Self.mostCells else { return byName(before, left, after, right) }

    let columns = right.count + 1
    var best = [Int32](repeating: 0, count: (left.count + 1) * columns)
    for row in left.indices.reversed() {
      for column in right.indices.reversed() {
        let skip = max(best[(row + 1) * columns + column], best[row * columns + column + 1])
        let score = old[left[row]].score(new[right[column]])
        best[row * columns + column] =
          score == 0 ? skip : max(skip, best[(row + 1) * columns + column + 1] + Int32(score))
      }
    }
    var (row, column) = (0, 0)
    while row < left.count, column < right.count {
      let score = old[left[row]].score(new[right[column]])
      let value = best[row * columns + column]
      if score > 0, value == best[(row + 1) * columns + column + 1] + Int32(score) {
        self.after[left[row]] = right[column]
        (row, column) = (row + 1, column + 1)
      } else if value == best[(row + 1) * columns + column] {
        row += 1
      } else {
        column += 1
      }
    }
  }

  private mutating func byName(
    _ before: [SpecFacts.Layer], _ left: [Int], _ after: [SpecFacts.Layer], _ right: [Int]
  ) {
    let names = Dictionary(right.map { (after[$0].name, $0) }) { first, _ in first }
    for index in left {
      guard let match = names[before[index].name], after[match].kind == before[index].kind else { continue }
      self.after[index] = match
    }
  }
}

/// A layer in numbers that are equal where its kind, its arguments and its name are: quick to compare.
private struct LayerKey: Equatable {
  let kind, arguments, name: Int

  /// 0 for layers of unlike kinds.
  func score(_ other: LayerKey) -> Int {
    kind == other.kind ? (arguments == other.arguments ? 9 : 5) + (name == other.name ? 1 : 0) : 0
  }
}

private struct KeyNumbers {
  private var numbers: [String: Int] = [:]

  mutating func key(of layer: SpecFacts.Layer) -> LayerKey {
    let arguments = layer.arguments.map { "\($0.path)=\($0.value)" }.joined(separator: "\n")
    return LayerKey(
      kind: number("kind " + layer.kind), arguments: number("arguments " + arguments),
      name: number("name " + layer.name))
  }

  private mutating func number(_ text: String) -> Int {
    if let number = numbers[text] { return number }
    numbers[text] = numbers.count
    return numbers.count - 1
  }
}
