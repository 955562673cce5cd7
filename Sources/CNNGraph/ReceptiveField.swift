/// What of an operand's rows and columns one row and column of a result reads.
package enum Reach: Sendable, Hashable {
  /// The pixel at its own place.
  case pixel
  /// A window around it.
  case window(rows: WindowReach, columns: WindowReach)
  /// The pixel whose row is its column, and whose column is its row.
  case transposed
  /// All pixels, or ones that no geometry tells.
  case everything

  package static func window(_ window: Window2D) -> Reach {
    .window(rows: WindowReach(window.rows), columns: WindowReach(window.columns))
  }

  /// All that has the same place along the other axes of `operand`: of a softmax, of a mean.
  package static func all(along axes: [Int], of operand: TensorType) -> Reach {
    guard operand.rank == 3 else { return .everything }
    func axis(_ index: Int) -> WindowReach {
      axes.contains(index) ? .all(operand.extents[index]) : WindowReach(taps: 1)
    }
    return .window(rows: axis(0), columns: axis(1))
  }
}

/// A window along one axis: how many pixels it reads, how far apart, and how far it moves from result to result.
///
/// With an upsampling u there are u results a pixel, and taps, dilation and stride count in these finer steps; of what
/// they span, pixels are read where there are any:
///
///     transposed convolution, window k, stride s    taps k     upsampling s
///     nearest pixel, factor s                       taps s     upsampling s
///     between two pixels, factor s                  taps 2 s   upsampling s (2 s - 1 of an odd s)
package struct WindowReach: Sendable, Hashable {
  package let taps, dilation, stride, upsampling: Int

  package init(taps: Int, dilation: Int = 1, stride: Int = 1, upsampling: Int = 1) {
    self.taps = taps
    self.dilation = dilation
    self.stride = stride
    self.upsampling = upsampling
  }

  package init(_ window: WindowGeometry) {
    self.init(taps: window.window, dilation: window.dilation, stride: window.stride)
  }

  /// Every pixel, whichever the result.
  package static func all(_ extent: Int) -> WindowReach { WindowReach(taps: extent, stride: 0) }

  /// From the first pixel that is read to the last one.
  fileprivate var span: Double { Double(dilation) * Double(taps - 1) / Double(upsampling) }
  fileprivate var step: Double { Double(stride) / Double(upsampling) }
}

/// How many rows and columns of the model's input one pixel of a value can depend on, padding included.
///
/// With r the field, j the distance in the input between neighbouring pixels ("jump"), an operation with window k,
/// dilation d and stride s gives r + d (k - 1) j and j s; of several operands the largest (Araujo, Norris & Sim,
/// "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, equations 1 to 3 and "arbitrary
/// computation graphs"). One that reads everything adds the rest of its operand: r + (size - 1) j.
///
/// Upsampling divides: d (k - 1) / u steps, of which whole ones count, and j s / u. How many are whole then differs from
/// place to place, and the most is told; after several upsamplings, or a stride behind one, it is a bound.
package struct ReceptiveField: Sendable, Hashable {
  /// Of the input's rows, or of its columns.
  package struct Axis: Sendable, Hashable {
    /// Of several ways to the input each that none surpasses in everything: a gate over the whole image reads more of
    /// it than the features that it weighs, but does not move with them.
    fileprivate var ways: [Way]

    package var pixels: Int { Int(min(ways.map(\.size).max() ?? 1, 0x1p53)) }

    fileprivate func reading(_ rows: WindowReach, _ columns: WindowReach) -> Axis {
      Axis(ways: []).union(Axis(ways: ways.map { $0.reading($0.isAlongColumns ? columns : rows) }))
    }

    fileprivate var transposed: Axis { Axis(ways: ways.map(\.transposed)) }

    fileprivate func union(_ other: Axis) -> Axis {
      var kept = ways
      for way in other.ways where !kept.contains(where: way.isWithin) {
        kept.removeAll { $0.isWithin(way) }
        kept.append(way)
      }
      return Axis(ways: kept)
    }
  }

  /// One way through the operations to the input.
  fileprivate struct Way: Sendable, Hashable {
    /// Pixels.
    var size = 1.0
    /// Distance in the input of neighbouring pixels of the value, or of the one that was upsampled.
    var jump = 1.0
    /// Behind upsampling the part of a jump, below 1, that is spanned beyond `size`, and that of a step; else 0 and 1.
    var rest = 0.0
    var step = 1.0
    /// Whether it moves from column to column of the value, and not from row to row.
    var isAlongColumns: Bool

    func reading(_ window: WindowReach) -> Way {
      // Sums of fractions may fall short of a whole number by rounding.
      let spanned = rest + window.span * step
      let whole = (spanned + 0x1p-20).rounded(.down)
      var way = self
      way.size += whole * jump
      way.rest = max(0, spanned - whole)
      way.step *= window.step
      if way.step == 0 {
        (way.jump, way.rest) = (0, 0)
      } else if way.rest < 0x1p-20, way.step == way.step.rounded() {
        (way.jump, way.rest, way.step) = (jump * way.step, 0, 1)
      }
      return way
    }

    var transposed: Way {
      var way = self
      way.isAlongColumns.toggle()
      return way
    }

    func isWithin(_ other: Way) -> Bool {
      size <= other.size && jump <= other.jump && rest <= other.rest && step <= other.step
        && (jump == 0 || isAlongColumns == other.isAlongColumns)
    }
  }

  package fileprivate(set) var rows = Axis(ways: [Way(isAlongColumns: false)])
  package fileprivate(set) var columns = Axis(ways: [Way(isAlongColumns: true)])

  fileprivate func reading(_ operand: TensorType, _ reach: Reach) -> ReceptiveField {
    switch reach {
    case .pixel: self
    case .window(let rows, let columns): reading(rows, columns)
    case .transposed: ReceptiveField(rows: rows.transposed, columns: columns.transposed)
    case .everything:
      // All results read the same, so there is no distance between them.
      reading(
        .all(operand.rank == 3 ? operand.extents[0] : 1), .all(operand.rank == 3 ? operand.extents[1] : 1))
    }
  }

  private func reading(_ rows: WindowReach, _ columns: WindowReach) -> ReceptiveField {
    ReceptiveField(rows: self.rows.reading(rows, columns), columns: self.columns.reading(rows, columns))
  }

  fileprivate func union(_ other: ReceptiveField) -> ReceptiveField {
    ReceptiveField(rows: rows.union(other.rows), columns: columns.union(other.columns))
  }
}

extension ReceptiveField: CustomStringConvertible {
  /// `212x212`
  package var description: String { "\(rows.pixels)x\(columns.pixels)" }
}

extension Graph {
  /// One a value; `nil` for what does not depend on the samples, and for all if those have no rows and columns.
  package var receptiveFields: [ReceptiveField?] {
    var fields = [ReceptiveField?](repeating: nil, count: values.count)
    for (index, value) in values.enumerated() where value.origin == .input(.samples) && value.type.rank == 3 {
      fields[index] = ReceptiveField()
    }
    for node in nodes {
      for result in node.results {
        for operand in node.operands {
          guard let field = fields[operand.index] else { continue }
          let type = self[operand].type
          let read = field.reading(type, node.operation.reach(of: type, in: self[result].type))
          fields[result.index] = fields[result.index]?.union(read) ?? read
        }
      }
    }
    return fields
  }
}
