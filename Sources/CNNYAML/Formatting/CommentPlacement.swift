/// Gives every comment to the item that it speaks of: one at the end of a line to what the line holds, one in a line of
/// its own to what follows, or to the end of the list or mapping that it is indented like.
struct CommentPlacement {
  private let reader: LosslessReader
  private var rest: ArraySlice<LosslessComment>

  /// The tree with its comments.
  static func place(_ reader: LosslessReader, in root: consuming LosslessNode) throws(FormatRefusal) -> LosslessNode {
    var placement = CommentPlacement(reader: reader, rest: reader.comments[...])
    if root.isFlow {
      throw reader.refusal("a spec in braces", at: root.start)
    }
    placement.fill(&root, before: nil, parentColumn: -1)
    // Whatever is left stands behind the last item.
    root.tail += placement.rest
    return root
  }

  private mutating func fill(_ node: inout LosslessNode, before limit: Int?, parentColumn: Int) {
    var items: [LosslessItem]
    switch node.content {
    case .mapping(let entries): items = entries
    case .sequence(let entries): items = entries
    case .scalar, .alias: return
    }
    guard !node.isFlow, let first = items.first else { return }
    let isMapping = if case .mapping = node.content { true } else { false }
    // Taken out, so that they are changed where they are.
    node.content = .sequence([])
    let column = reader.column(of: first.start)
    for index in items.indices {
      let end = index + 1 < items.count ? items[index + 1].start : limit
      fill(&items[index], before: end, column: column)
    }
    if column > parentColumn || limit == nil {
      while let comment = rest.first, comment.isAlone, isBefore(comment, limit), comment.column >= column {
        node.tail.append(comment)
        rest.removeFirst()
      }
    }
    node.content = isMapping ? .mapping(items) : .sequence(items)
  }

  private mutating func fill(_ item: inout LosslessItem, before limit: Int?, column: Int) {
    while let comment = rest.first, comment.start < item.start {
      item.comments.append(comment)
      rest.removeFirst()
    }
    item.hasGap = reader.hasGap(before: item.start)
    if item.value.isBlockWithItems {
      if let comment = rest.first, !comment.isAlone, comment.start < item.value.start { takeTrailing(&item) }
      fill(&item.value, before: limit, parentColumn: column)
    } else {
      while let comment = rest.first, comment.start < item.value.end { skip(comment, in: &item) }
      if let comment = rest.first, !comment.isAlone, isBefore(comment, limit) { takeTrailing(&item) }
    }
  }

  /// A comment inside of brackets stays where it is; one between a key and its value goes before both.
  private mutating func skip(_ comment: LosslessComment, in item: inout LosslessItem) {
    if comment.start < item.value.start { item.comments.append(comment) }
    rest.removeFirst()
  }

  private mutating func takeTrailing(_ item: inout LosslessItem) {
    item.trailing = rest.first
    rest.removeFirst()
  }

  private func isBefore(_ comment: LosslessComment, _ limit: Int?) -> Bool { limit.map { comment.start < $0 } ?? true }
}

extension LosslessNode {
  var isBlockWithItems: Bool {
    switch content {
    case .scalar, .alias: false
    case .sequence(let items), .mapping(let items): !isFlow && !items.isEmpty
    }
  }

  /// Whether an anchor or alias stands in it: order counts then.
  var hasAnchors: Bool {
    if anchor != nil { return true }
    switch content {
    case .scalar: return false
    case .alias: return true
    case .sequence(let items), .mapping(let items): return items.contains { $0.value.hasAnchors }
    }
  }
}
