/// Receptive fields: what is read of the input, found by going back from places of an output to it.
///
/// Images have no border here: padding counts as pixels, and places go on in all directions.
extension NetworkOracle {
  /// Rows and columns; `nil` for none.
  private typealias Area = [ClosedRange<Int>?]

  /// For every way to the input what an area of a layer's output reads of it.
  private func reads(_ index: Int, _ area: Area) -> [Area] {
    if index < 0 { return [area] }
    return layers[index].inputs.flatMap { reads($0, self.area(of: $0, behind: layers[index], area)) }
  }

  private func area(of input: Int, behind layer: Layer, _ area: Area) -> Area {
    let from = shape(input)
    let all: Area = [0, 1].map { 0...(from.count == 3 ? from[$0] - 1 : 0) }
    func each(_ read: (Int, ClosedRange<Int>) -> ClosedRange<Int>?) -> Area {
      [0, 1].map { axis in area[axis].flatMap { read(axis, $0) } }
    }
    switch layer.kind {
    case .convolution(_, let window, _, _, _), .maxPool(let window), .averagePool(let window),
      .depthwise(_, let window, _), .separable(_, _, let window, _):
      // Where the first window begins does not change how much it reads.
      return each { axis, places in
        let end = places.upperBound * window.strides[axis] + (window.size[axis] - 1) * window.dilation[axis]
        return places.lowerBound * window.strides[axis]...end
      }
    case .transposed(_, let window, _):
      return each { axis, places in
        var pixels: [Int] = []
        for place in places {
          for tap in 0..<window.size[axis] {
            let start = place - tap * window.dilation[axis]
            if start % window.strides[axis] == 0 { pixels.append(start / window.strides[axis]) }
          }
        }
        guard let first = pixels.min(), let last = pixels.max() else { return nil }
        return first...last
      }
    case .upsample(let factors, let isBilinear):
      return each { axis, places in
        let factor = Double(factors[axis])
        func position(_ place: Int) -> Double { (Double(place) + 0.5) / factor - (isBilinear ? 0.5 : 0) }
        let end = position(places.upperBound).rounded(isBilinear ? .up : .down)
        return Int(position(places.lowerBound).rounded(.down))...Int(end)
      }
    case .flatten, .globalPool, .groupNormalization: return all
    case .layerNormalization(let axes, _, _):
      // Of all orders of axes only that in which the last ones are meant is followed.
      guard from.count == 3, axes.last == 3 else { return all }
      return [0, 1].map { axes.contains($0 + 1) && from[$0] > 1 ? all[$0] : area[$0] }
    case .reshape(let wanted): return from.count == 3 && from.prefix(2) == wanted.prefix(2) ? area : all
    case .permute([1, 2, 3]): return area
    case .permute([2, 1, 3]): return [area[1], area[0]]
    case .permute: return all
    case .merge:
      return from.count == 3 ? each { axis, places in from[axis] == layer.shape[axis] ? places : 0...0 } : all
    case .dense where layer.shape.count == 1: return all
    default: return area
    }
  }

  /// The largest area that any place reads, by any way.
  func receptiveField(_ index: Int) -> [Int] {
    // What is read repeats itself after as many places; of several upsamplings some of them will do for a bound.
    let period = ([index] + before(index)).reduce(1) { $0 * upsampling($1).reduce(1, *) }
    var largest = [0, 0]
    for place in 0..<min(period, 36) {
      for area in reads(index, [place...place, place...place]) {
        for axis in 0..<2 { largest[axis] = max(largest[axis], area[axis]?.count ?? 0) }
      }
    }
    return largest
  }

  /// Whether a field is known exactly: with one upsampling at most, and behind it nothing that skips places or reads a
  /// certain range of them. Else it is a bound.
  func isFieldExact(_ index: Int) -> Bool {
    let way = [index] + before(index)
    let upsamplings = way.filter { upsampling($0) != [1, 1] }
    guard let only = upsamplings.first else { return true }
    return upsamplings.count == 1 && way.allSatisfy { !before($0).contains(only) || movesByOne($0) }
  }

  private func before(_ index: Int) -> [Int] {
    var found: Set<Int> = []
    var open = index < 0 ? [] : layers[index].inputs
    while let next = open.popLast() {
      if next >= 0, found.insert(next).inserted { open += layers[next].inputs }
    }
    return found.sorted()
  }

  private func upsampling(_ index: Int) -> [Int] {
    switch layers[index].kind {
    case .transposed(_, let window, _): window.strides
    case .upsample(let factors, _): factors
    default: [1, 1]
    }
  }

  /// Whether neighbouring places read neighbouring areas.
  private func movesByOne(_ index: Int) -> Bool {
    let layer = layers[index]
    switch layer.kind {
    case .convolution(_, let window, _, _, _), .maxPool(let window), .averagePool(let window),
      .depthwise(_, let window, _), .separable(_, _, let window, _):
      return window.strides == [1, 1]
    case .flatten, .globalPool, .groupNormalization, .merge, .reshape, .layerNormalization: return false
    case .permute(let axes): return axes[2] == 3
    default: return layer.shape.count == 3
    }
  }
}
