/// What of an operand's rows and columns one row and column of a result reads.
package enum Reach: Sendable, Hashable {
  /// The pixel at its own place.
  case pixel
  /// A window around it.
  case window(rows: WindowReach, columns: WindowReach)
  /// All pixels, or ones that no geometry tells.
  case everything

  package static func window(_ window: Window2D) -> Reach {
    .window(rows: WindowReach(window.rows), columns: WindowReach(window.columns))
  }
}

/// A window along one axis: how many pixels it reads, how far apart, and how far it moves from result to result.
package struct WindowReach: Sendable, Hashable {
  package let taps, dilation, stride: Int
  /// Results for each place that the window moves to: of a transposed convolution its stride, else 1.
  package let upsampling: Int

  package init(taps: Int, dilation: Int = 1, stride: Int = 1, upsampling: Int = 1) {
    self.taps = taps
    self.dilation = dilation
    self.stride = stride
    self.upsampling = upsampling
  }

  package init(_ window: WindowGeometry) {
    self.init(taps: window.window, dilation: window.dilation, stride: window.stride)
  }
}

/// How many rows and columns of the model's input one pixel of a value can depend on, padding included.
///
/// With r the field, j the distance in the input between neighbouring pixels ("jump"), an operation with window k,
/// dilation d and stride s gives r + d (k - 1) j and j s; of several operands the largest (Araujo, Norris & Sim,
/// "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, equations 1 to 3 and "arbitrary
/// computation graphs"). One that reads everything adds the rest of its operand: r + (size - 1) j.
package struct ReceptiveField: Sendable, Hashable {
  package struct Axis: Sendable, Hashable {
    package var size = 1.0
    package var jump = 1.0

    /// Whole pixels: behind upsampling a pixel may read part of a step.
    package var pixels: Int { Int(min(size.rounded(.up), 0x1p53)) }

    fileprivate func reading(_ reach: WindowReach) -> Axis {
      Axis(
        size: size + Double(reach.dilation) * Double(reach.taps - 1) * jump,
        jump: jump * Double(reach.stride) / Double(reach.upsampling))
    }

    /// All `extent` pixels: every result reads the same, so there is no distance between them.
    fileprivate func readingAll(_ extent: Int) -> Axis { Axis(size: size + Double(extent - 1) * jump, jump: 0) }

    fileprivate func union(_ other: Axis) -> Axis { Axis(size: max(size, other.size), jump: max(jump, other.jump)) }
  }

  package var rows = Axis()
  package var columns = Axis()

  fileprivate func reading(_ operand: TensorType, _ reach: Reach) -> ReceptiveField {
    switch reach {
    case .pixel: self
    case .window(let rows, let columns):
      ReceptiveField(rows: self.rows.reading(rows), columns: self.columns.reading(columns))
    case .everything:
      ReceptiveField(
        rows: rows.readingAll(operand.rank == 3 ? operand.extents[0] : 1),
        columns: columns.readingAll(operand.rank == 3 ? operand.extents[1] : 1))
    }
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
