internal import CKernels

/// Where the taps of a filter go in its transpose.
package struct TapPlaces: Sendable, Hashable {
  package struct Place: Sendable, Hashable {
    package let index: Int
    /// Which of the columns that lie side by side in a row of the transpose.
    package let phase: Int
    package init(index: Int, phase: Int = 0) {
      self.index = index
      self.phase = phase
    }
  }
  /// Of each tap.
  package let places: [Place]
  /// Taps that the transpose has, those that no tap goes to included, which are zeros; and columns side by side in each
  /// of its rows.
  package let count, phases: Int

  package init(_ places: [Place], count: Int, phases: Int) {
    self.places = places
    self.count = count
    self.phases = phases
  }

  package static func reversed(_ taps: Int) -> TapPlaces {
    TapPlaces((0..<taps).reversed().map { Place(index: $0) }, count: taps, phases: 1)
  }
}

/// A filter as another product reads it, from `[taps, rows, columns]`.
package struct FilterTranspose: KernelCall {
  package enum Order: Sendable, Equatable {
    /// `[taps reversed, columns, rows]`: what carries gradients back.
    case reversed
    /// `[rows, taps reversed, columns]`: the same, for sums along the columns.
    case byRow
    /// `[panels, taps, rows, columns of a panel]`: as the filter is, but what a tile of a product reads follows on. The
    /// rows of a long filter are a power of two apart often enough, and then few of them share the caches.
    case packed
    /// `[panels, taps reversed, columns, rows of a panel]`: the same for `reversed`.
    case packedReversed
    /// `[16, panels, rows, columns of a panel]`, the filter at Winograd's points; `[16, panels, columns, rows of a panel]`
    /// of the reversed one. See `WinogradConvolution`.
    case winograd, winogradReversed
    /// `[groups, fours of taps * rows, columns of a group, 4]`, for sums along fours of values: see
    /// `ProductForm.alongFours`.
    case fours(groups: Int)
    /// `[fours of taps reversed * columns, rows, 4]`: the same of `reversed`.
    case foursReversed

    /// Of the widest panel of any instruction set.
    package static var packedColumns: Int { Int(CK_MOST_PANEL) }

    /// Floats that a filter takes in panels of any instruction set.
    package static func packedCount(rows: Int, columns: Int) -> Int {
      rows * ((columns + packedColumns - 1) / packedColumns * packedColumns)
    }

    /// Floats that a filter of so many values for each output takes in fours.
    package static func foursCount(values: Int, outputs: Int) -> Int {
      (values + 3) / 4 * Int(ck_quad_row(Int32(outputs)))
    }
  }
  package let table: KernelTable
  package let order: Order
  package let taps, rows, columns: Int
  package let kernel, transposed: Slot
  private let places: TapPlaces

  /// - Parameter places: of the taps; by default each one's in reverse.
  package init(
    table: KernelTable, order: Order = .reversed, taps: Int, places: TapPlaces? = nil, rows: Int, columns: Int,
    kernel: Slot, transposed: Slot
  ) {
    precondition(places == nil || places?.places.count == taps, "a place for each tap")
    self.places = places ?? .reversed(taps)
    self.table = table
    self.order = order
    self.taps = taps
    self.rows = rows
    self.columns = columns
    self.kernel = kernel
    self.transposed = transposed
  }

  package func run(_ frame: Frame, _ part: Part) {
    let size = rows * columns
    switch order {
    case .packed: return unsafe pack(frame.floats(kernel, part), into: frame.floats(transposed, part))
    case .winograd, .winogradReversed:
      return unsafe table.functions.winograd_filter(
        frame.floats(kernel, part), Int32(rows), Int32(columns), order == .winograd ? 0 : 1, Int32(table.panel),
        frame.floats(transposed, part))
    case .fours(let groups):
      return unsafe fours(frame.floats(kernel, part), groups: groups, into: frame.floats(transposed, part))
    case .foursReversed:
      return unsafe foursReversed(frame.floats(kernel, part), into: frame.floats(transposed, part))
    default: break
    }
    if places.phases > 1 {
      unsafe frame.floats(transposed, part).update(repeating: 0, count: places.count * places.phases * size)
    }
    for tap in 0..<taps {
      let place = places.places[tap]
      let from = unsafe frame.floats(kernel, part) + tap * size
      let to = unsafe frame.floats(transposed, part)
      switch order {
      case .reversed where places.phases == 1:
        unsafe table.functions.transpose(from, Int32(rows), Int32(columns), to + place.index * size)
      case .reversed:
        unsafe transpose(
          from, rows: rows, into: to + place.index * places.phases * size + place.phase * rows,
          stride: places.phases * rows)
      case .byRow:
        for row in 0..<rows {
          let first = ((place.phase * rows + row) * places.count + place.index) * columns
          unsafe (to + first).update(from: from + row * columns, count: columns)
        }
      case .packedReversed:
        let width = table.panel
        for row in stride(from: 0, to: rows, by: width) {
          let panel = unsafe to + (row * taps + place.index * width) * columns
          let count = min(width, rows - row)
          if count == width {
            unsafe table.functions.transpose(from + row * columns, Int32(width), Int32(columns), panel)
          } else {
            unsafe transpose(from + row * columns, rows: count, into: panel, stride: width)
          }
        }
      case .packed, .winograd, .winogradReversed, .fours, .foursReversed: break
      }
    }
  }

  /// Rows of the filter as columns of rows that are `stride` floats apart.
  private func transpose(
    _ from: UnsafePointer<Float>, rows: Int, into to: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for row in 0..<rows {
      for column in 0..<columns { unsafe to[column * stride + row] = unsafe from[row * columns + column] }
    }
  }

  private func fours(_ filter: UnsafePointer<Float>, groups: Int, into fours: UnsafeMutablePointer<Float>) {
    let values = taps * rows
    let outputs = columns / max(1, groups)
    let (row, group) = (Int(ck_quad_row(Int32(outputs))), Order.foursCount(values: values, outputs: outputs))
    unsafe fours.update(repeating: 0, count: groups * group)
    for value in 0..<values {
      for index in 0..<groups {
        let from = unsafe filter + value * columns + index * outputs
        let to = unsafe fours + index * group + value / 4 * row + value % 4
        for output in 0..<outputs { unsafe to[4 * output] = unsafe from[output] }
      }
    }
  }

  private func foursReversed(_ filter: UnsafePointer<Float>, into fours: UnsafeMutablePointer<Float>) {
    let outputs = places.phases * rows
    let row = Int(ck_quad_row(Int32(outputs)))
    unsafe fours.update(repeating: 0, count: Order.foursCount(values: places.count * columns, outputs: outputs))
    for tap in 0..<taps {
      let place = places.places[tap]
      let first = place.index * columns
      for output in 0..<rows {
        let from = unsafe filter + (tap * rows + output) * columns
        let to = unsafe fours + 4 * (place.phase * rows + output)
        for value in 0..<columns {
          unsafe to[(first + value) / 4 * row + (first + value) % 4] = unsafe from[value]
        }
      }
    }
  }

  private func pack(_ filter: UnsafePointer<Float>, into panels: UnsafeMutablePointer<Float>) {
    for first in stride(from: 0, to: columns, by: table.panel) {
      let width = min(table.panel, columns - first)
      for row in 0..<taps * rows {
        unsafe (panels + first * taps * rows + row * table.panel).update(
          from: filter + row * columns + first, count: width)
      }
    }
  }
}
