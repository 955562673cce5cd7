internal import CKernels

/// A sample's image in memory: rows, columns, channels, row-major.
package struct ImageExtents: Sendable, Hashable {
  package let rows, columns, channels: Int

  package init(rows: Int, columns: Int, channels: Int) {
    self.rows = rows
    self.columns = columns
    self.channels = channels
  }

  var count: Int { rows * columns * channels }
}

/// Mirrors each sample with probability 1/2; its own gradient.
package struct RandomFlipCall: KernelCall {
  package let image: ImageExtents
  /// Left becomes right; top becomes bottom. Both or neither where both are meant: one coin a sample, as in Keras 3.
  package let isHorizontal, isVertical: Bool
  package let stream: RandomStream
  package let source, target: Slot

  package init(
    image: ImageExtents, isHorizontal: Bool, isVertical: Bool, stream: RandomStream, source: Slot, target: Slot
  ) {
    self.image = image
    self.isHorizontal = isHorizontal
    self.isVertical = isVertical
    self.stream = stream
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let width = image.columns * image.channels
    for sample in part.images {
      let from = unsafe frame.floats(source, part, image: sample)
      let to = unsafe frame.floats(target, part, image: sample)
      guard stream.uniforms(frame, sample: sample).first < 0.5 else {
        unsafe to.update(from: from, count: image.count)
        continue
      }
      for row in 0..<image.rows {
        let fromRow = unsafe from + (isVertical ? image.rows - 1 - row : row) * width
        let toRow = unsafe to + row * width
        if isHorizontal {
          unsafe mirror(fromRow, into: toRow)
        } else {
          unsafe toRow.update(from: fromRow, count: width)
        }
      }
    }
  }

  private func mirror(_ from: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>) {
    let channels = image.channels
    if channels == 1 {
      for column in 0..<image.columns { unsafe to[column] = from[image.columns - 1 - column] }
      return
    }
    for column in 0..<image.columns {
      unsafe (to + column * channels).update(from: from + (image.columns - 1 - column) * channels, count: channels)
    }
  }
}

/// What a random affine transformation draws.
package enum AffineDraw: Sendable, Hashable {
  /// Shares of height and width by which the image moves down and to the right.
  case translation(height: ClosedRange<Double>, width: ClosedRange<Double>)
  /// Turns, anticlockwise.
  case rotation(ClosedRange<Double>)
  /// By how much more of the image is seen; `width: nil` keeps its proportions.
  case zoom(height: ClosedRange<Double>, width: ClosedRange<Double>?)

  /// The matrix, `ck_affine`'s, of two uniform numbers: Keras 3's `RandomTranslation`, `RandomRotation`, `RandomZoom`.
  package func matrix(_ first: Float, _ second: Float, rows: Int, columns: Int) -> [Float] {
    let m = values(Double(first), Double(second), rows: Double(rows), columns: Double(columns))
    return [m.0, m.1, m.2, m.3, m.4, m.5]
  }

  typealias Values = (Float, Float, Float, Float, Float, Float)

  func values(_ first: Double, _ second: Double, rows: Double, columns: Double) -> Values {
    func at(_ range: ClosedRange<Double>, _ share: Double) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * share
    }
    func cast(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) -> Values {
      (Float(a), Float(b), Float(c), Float(d), Float(e), Float(f))
    }
    switch self {
    case .translation(let height, let width):
      return cast(1, 0, -at(width, second) * columns, 0, 1, -at(height, first) * rows)
    case .rotation(let turns):
      let (cosine, sine) = Self.turn(at(turns, first))
      let (x, y) = ((columns - 1) / 2, (rows - 1) / 2)
      return cast(cosine, -sine, x - x * cosine + y * sine, sine, cosine, y - x * sine - y * cosine)
    case .zoom(let height, let width):
      let vertical = 1 + at(height, first)
      let horizontal = width.map { 1 + at($0, second) } ?? vertical
      return cast(
        horizontal, 0, (columns - 1) / 2 * (1 - horizontal), 0, vertical, (rows - 1) / 2 * (1 - vertical))
    }
  }

  private static func turn(_ turns: Double) -> (cosine: Double, sine: Double) {
    var (cosine, sine) = (1.0, 0.0)
    unsafe ck_turn(turns, &cosine, &sine)
    return (cosine, sine)
  }
}

/// What an image is beyond its edges, in Keras's words.
package enum FillMode: String, Sendable, Hashable, CaseIterable {
  case constant, nearest, reflect, wrap

  var c: ck_fill {
    switch self {
    case .constant: CK_FILL_CONSTANT
    case .nearest: CK_FILL_NEAREST
    case .reflect: CK_FILL_REFLECT
    case .wrap: CK_FILL_WRAP
    }
  }
}

/// What stands between pixels, in Keras's words.
package enum Interpolation: String, Sendable, Hashable, CaseIterable {
  case nearest, bilinear
}

/// How an image is sampled where no pixel is.
package struct ImageSampling: Sendable, Hashable {
  package let fill: FillMode
  package let fillValue: Double
  package let interpolation: Interpolation

  package init(fill: FillMode, fillValue: Double, interpolation: Interpolation) {
    self.fill = fill
    self.fillValue = fillValue
    self.interpolation = interpolation
  }
}

/// A random affine transformation of each sample, or its adjoint.
package struct RandomAffineCall: KernelCall {
  package let table: KernelTable
  package let image: ImageExtents
  package let draw: AffineDraw
  package let sampling: ImageSampling
  package let stream: RandomStream
  /// Whether gradients go back from target to source places.
  package let isGradient: Bool
  package let source, target: Slot

  package init(
    table: KernelTable, image: ImageExtents, draw: AffineDraw, sampling: ImageSampling, stream: RandomStream,
    isGradient: Bool, source: Slot, target: Slot
  ) {
    self.table = table
    self.image = image
    self.draw = draw
    self.sampling = sampling
    self.stream = stream
    self.isGradient = isGradient
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    for sample in part.images {
      let drawn = stream.uniforms(frame, sample: sample)
      var affine = ck_affine(
        h: Int32(image.rows), w: Int32(image.columns), c: Int32(image.channels), fill: sampling.fill.c,
        bilinear: sampling.interpolation == .bilinear ? 1 : 0, fill_value: Float(sampling.fillValue),
        m: draw.values(
          Double(drawn.first), Double(drawn.second), rows: Double(image.rows), columns: Double(image.columns)))
      let from = unsafe frame.floats(source, part, image: sample)
      let to = unsafe frame.floats(target, part, image: sample)
      if isGradient {
        unsafe table.functions.affine_image_gradient(&affine, from, to)
      } else {
        unsafe table.functions.affine_image(&affine, from, to)
      }
    }
  }
}

/// A window of the images at a random place, the same for the whole batch, as in Keras; or its adjoint.
package struct RandomCropCall: KernelCall {
  package let image: ImageExtents
  package let rows, columns: Int
  package let stream: RandomStream
  package let isGradient: Bool
  package let source, target: Slot

  package init(
    image: ImageExtents, rows: Int, columns: Int, stream: RandomStream, isGradient: Bool, source: Slot, target: Slot
  ) {
    self.image = image
    self.rows = rows
    self.columns = columns
    self.stream = stream
    self.isGradient = isGradient
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let drawn = stream.uniforms(frame, sample: 0)
    let top = min(Int(drawn.first * Float(image.rows - rows + 1)), image.rows - rows)
    let left = min(Int(drawn.second * Float(image.columns - columns + 1)), image.columns - columns)
    let stride = image.columns * image.channels
    let width = columns * image.channels
    for sample in part.images {
      let from = unsafe frame.floats(source, part, image: sample)
      let to = unsafe frame.floats(target, part, image: sample)
      if isGradient { unsafe to.update(repeating: 0, count: image.count) }
      for row in 0..<rows {
        let place = (top + row) * stride + left * image.channels
        if isGradient {
          unsafe (to + place).update(from: from + row * width, count: width)
        } else {
          unsafe (to + row * width).update(from: from + place, count: width)
        }
      }
    }
  }
}

/// Contrast or brightness of each sample, drawn uniformly, and clipped to a range; or its gradient.
package struct RandomColorCall: KernelCall {
  package enum Kind: Sendable, Hashable {
    /// (x - mean) * f + mean, with the mean of each channel, f from the range.
    case contrast(ClosedRange<Double>)
    /// x + f * (high - low), f from the range.
    case brightness(ClosedRange<Double>)
  }
  package let table: KernelTable
  package let kind: Kind
  package let image: ImageExtents
  package let values: ClosedRange<Double>
  package let stream: RandomStream
  package let x: Slot
  /// The gradient that comes in; `nil` forward.
  package let dy: Slot?
  package let target: Slot
  /// Scratch of `3 * channels` floats.
  package let scratch: Slot

  package init(
    table: KernelTable, kind: Kind, image: ImageExtents, values: ClosedRange<Double>, stream: RandomStream, x: Slot,
    dy: Slot?, target: Slot, scratch: Slot
  ) {
    self.table = table
    self.kind = kind
    self.image = image
    self.values = values
    self.stream = stream
    self.x = x
    self.dy = dy
    self.target = target
    self.scratch = scratch
  }

  package func run(_ frame: Frame, _ part: Part) {
    let functions = table.functions
    let channels = image.channels
    let pixels = image.rows * image.columns
    let mean = unsafe frame.floats(scratch, part)
    let offset = unsafe mean + channels
    let shift = unsafe offset + channels
    let (low, high) = (Float(values.lowerBound), Float(values.upperBound))
    for sample in part.images {
      let x = unsafe frame.floats(x, part, image: sample)
      let target = unsafe frame.floats(target, part, image: sample)
      let factor = unsafe prepare(x, stream.uniforms(frame, sample: sample).first, mean: mean, offset: offset)
      guard let dy else {
        unsafe functions.clipped_affine(x, Int64(pixels), Int32(channels), mean, factor, offset, low, high, target)
        continue
      }
      unsafe functions.clipped_affine_mask(
        x, frame.floats(dy, part, image: sample), Int64(pixels), Int32(channels), mean, factor, offset, low, high,
        target)
      guard case .contrast = kind else { continue }
      // The mean has a gradient too: dx = f * g + (1 - f) * mean(g).
      unsafe shift.update(repeating: 0, count: channels)
      unsafe functions.column_sum(target, Int64(pixels), Int64(channels), Int32(channels), shift)
      for channel in 0..<channels {
        unsafe shift[channel] *= (1 - factor) / Float(pixels)
        unsafe offset[channel] = factor
      }
      unsafe functions.channel_normalize(target, Int64(pixels), Int32(channels), nil, offset, shift, target)
    }
  }

  /// Mean and offset of each channel; returns the factor.
  private func prepare(
    _ x: UnsafePointer<Float>, _ share: Float, mean: UnsafeMutablePointer<Float>, offset: UnsafeMutablePointer<Float>
  ) -> Float {
    let channels = image.channels
    let pixels = image.rows * image.columns
    switch kind {
    case .contrast(let factors):
      unsafe mean.update(repeating: 0, count: channels)
      unsafe table.functions.column_sum(x, Int64(pixels), Int64(channels), Int32(channels), mean)
      for channel in 0..<channels {
        unsafe mean[channel] /= Float(pixels)
        unsafe offset[channel] = mean[channel]
      }
      return Float(at(factors, share))
    case .brightness(let factors):
      let delta = Float(at(factors, share) * (values.upperBound - values.lowerBound))
      unsafe mean.update(repeating: 0, count: channels)
      unsafe offset.update(repeating: delta, count: channels)
      return 1
    }
  }

  private func at(_ range: ClosedRange<Double>, _ share: Float) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(share)
  }
}
