/// Where the boxes and arrows of a diagram lie, in pixels.
///
/// 1. Layers that only follow one other layer, and have neither kernel nor window, share its box.
/// 2. Boxes stand below each other in the order of the network. An arrow to the next box is straight; any other runs in
///    a lane to the left of its column: shorter ones nearer to the boxes, so that nested ones do not cross.
/// 3. The one long column is folded into several, about as wide together as 1.6 times their height, where only what one
///    box gives is needed further on: its arrows go through the gutter between the columns.
struct DiagramLayout {
  struct Box {
    /// The first node gives it its name and kernel, the last its shape.
    let nodes: [Int]
    var x = 0, y = 0
    let height: Int
    var column = 0
  }

  struct Arrow {
    let source, target: Int
    /// Counted from the boxes outwards; `nil` for one that goes straight.
    var lane: Int?
  }

  static let boxWidth = 292
  static let headerHeight = 76
  static let margin = 28
  private static let gap = 18
  private static let lanePitch = 13
  private static let gutter = 40

  private(set) var boxes: [Box] = []
  private(set) var arrows: [Arrow] = []
  private(set) var width = 0
  private(set) var height = 0

  init(_ diagram: NetworkDiagram) {
    makeBoxes(diagram)
    makeLanes()
    place(foldAt: folds())
  }

  private mutating func makeBoxes(_ diagram: NetworkDiagram) {
    let readers = diagram.readers
    var groups: [[Int]] = []
    var boxOfNode: [Int] = []
    for (index, node) in diagram.nodes.enumerated() {
      let follows =
        index > 0 && node.role == .function && node.inputs == [index - 1] && readers[index - 1].count == 1
        && diagram.nodes[index - 1].role != .input
      if follows {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
      boxOfNode.append(groups.count - 1)
    }
    boxes = groups.map { Box(nodes: $0, height: $0.count > 1 ? 60 : 44) }
    for (target, group) in groups.enumerated() {
      var seen: Set<Int> = []
      for input in diagram.nodes[group[0]].inputs where seen.insert(boxOfNode[input]).inserted {
        arrows.append(Arrow(source: boxOfNode[input], target: target))
      }
    }
  }

  /// Lanes from the boxes outwards, shorter arrows first, each in the first lane that is free where it runs.
  private mutating func makeLanes() {
    var lanes: [[Range<Int>]] = []
    let order = arrows.indices.filter { arrows[$0].target > arrows[$0].source + 1 }.sorted {
      (arrows[$0].target - arrows[$0].source, arrows[$0].source)
        < (arrows[$1].target - arrows[$1].source, arrows[$1].source)
    }
    for index in order {
      let span = arrows[index].source..<arrows[index].target
      // Outside of every lane that a nested arrow has.
      let lane = lanes.indices.last { lanes[$0].contains { $0.overlaps(span) } }.map { $0 + 1 } ?? 0
      if lane == lanes.count { lanes.append([]) }
      lanes[lane].append(span)
      arrows[index].lane = lane
    }
  }

  /// The boxes before which a new column begins.
  private func folds() -> [Int] {
    let total = boxes.reduce(0) { $0 + $1.height + Self.gap }
    let columnWidth = Self.boxWidth + Self.gutter + Self.lanePitch * 2
    let count = max(1, Int((Double(total) * 1.6 / Double(columnWidth)).squareRoot().rounded()))
    if count == 1 || total < 900 { return [] }
    var isFree = [Bool](repeating: true, count: boxes.count)
    // A running sum of the arrows that pass each place and come from further up than the box before it.
    var change = [Int](repeating: 0, count: boxes.count + 1)
    for arrow in arrows where arrow.lane != nil {
      change[arrow.source + 2] += 1
      change[arrow.target + 1] -= 1
    }
    var passing = 0
    for index in boxes.indices {
      passing += change[index]
      isFree[index] = passing == 0
    }
    // The lowest columns that are enough.
    var low = total / count
    var high = total
    while low < high {
      let middle = low + (high - low) / 2
      if let folds = folds(height: middle, isFree), folds.count < count { high = middle } else { low = middle + 1 }
    }
    return folds(height: high, isFree) ?? []
  }

  /// Columns of at most a height, each as full as can be; `nil` where boxes that must stay together are higher.
  private func folds(height: Int, _ isFree: [Bool]) -> [Int]? {
    var folds: [Int] = []
    var filled = 0
    var sinceFree = 0
    var lastFree: Int?
    for index in boxes.indices {
      if index > 0, isFree[index] {
        lastFree = index
        sinceFree = 0
      }
      filled += boxes[index].height + Self.gap
      sinceFree += boxes[index].height + Self.gap
      if filled > height {
        guard let fold = lastFree, sinceFree <= height else { return nil }
        folds.append(fold)
        filled = sinceFree
        lastFree = nil
      }
    }
    return folds
  }

  private mutating func place(foldAt folds: [Int]) {
    let ends = folds + [boxes.count]
    var start = 0
    var x = Self.margin
    for (column, end) in ends.enumerated() {
      let lanes = arrows.filter { (start..<end).contains($0.target) }.compactMap(\.lane).max().map { $0 + 1 } ?? 0
      x += lanes * Self.lanePitch + (lanes > 0 ? 8 : 0)
      var y = Self.margin + Self.headerHeight
      for index in start..<end {
        boxes[index].x = x
        boxes[index].y = y
        boxes[index].column = column
        y += boxes[index].height + Self.gap
      }
      height = max(height, y - Self.gap + Self.margin)
      x += Self.boxWidth + Self.gutter
      start = end
    }
    width = max(x - Self.gutter + Self.margin, 560)
    if !folds.isEmpty { height += 6 }
  }

  /// The way of an arrow as SVG path data, its end at the box that reads.
  func path(of arrow: Arrow) -> String {
    let source = boxes[arrow.source]
    let target = boxes[arrow.target]
    let middle = Self.boxWidth / 2
    if let lane = arrow.lane, source.column == target.column {
      let x = source.x - 10 - lane * Self.lanePitch
      let from = source.y + source.height - 14
      let to = target.y + 14
      return "M\(source.x) \(from)H\(x + 6)q-6 0 -6 6V\(to - 6)q0 6 6 6H\(target.x - 2)"
    }
    let bottom = source.y + source.height
    if source.column == target.column { return "M\(source.x + middle) \(bottom)V\(target.y - 2)" }
    // Down, through the gutter before the next column, up, and in from above or through a lane.
    let below = bottom + 12
    let above = Self.margin + Self.headerHeight - 14
    let x = source.x + Self.boxWidth + 12
    let gutter = "M\(source.x + middle) \(bottom)V\(below - 6)q0 6 6 6H\(x - 6)q6 0 6 -6V\(above + 6)q0 -6 6 -6"
    if let lane = arrow.lane {
      let end = target.x - 10 - lane * Self.lanePitch
      let to = target.y + 14
      return gutter + "H\(end - 6)q6 0 6 6V\(to - 6)q0 6 6 6H\(target.x - 2)"
    }
    return gutter + "H\(target.x + middle - 6)q6 0 6 6V\(target.y - 2)"
  }
}
