internal import CKernels

/// Sums of one kind over a piece's images, one row of `channels` floats a piece.
///
/// A step that needs all images of a batch sums them piece by piece first; what combines the rows
/// goes through them in order, so the result does not depend on who summed which.
package struct ChannelSums: KernelCall {
  package enum Kind: Sendable {
    /// sum x
    case values
    /// sum (x - mean)²
    case squares(mean: Slot)
    /// sum dy * xhat, then sum dy: rows of 2 * channels.
    case gradients(dy: Slot, mean: Slot, inverse: Slot)
  }
  package let table: KernelTable
  package let kind: Kind
  package let pixels, channels: Int
  package let x: Slot
  package let sums: Slot

  package init(table: KernelTable, kind: Kind, pixels: Int, channels: Int, x: Slot, sums: Slot) {
    self.table = table
    self.kind = kind
    self.pixels = pixels
    self.channels = channels
    self.x = x
    self.sums = sums
  }

  /// Floats that `sums` takes for one piece.
  package static func width(_ channels: Int) -> Int { (2 * channels + 15) / 16 * 16 }

  package func run(_ frame: Frame, _ part: Part) {
    let functions = table.functions
    let rows = Int64(pixels * part.images.count)
    let from = unsafe frame.floats(x, part, image: part.images.lowerBound)
    let row = unsafe frame.floats(sums, part) + part.piece * Self.width(channels)
    unsafe row.update(repeating: 0, count: 2 * channels)
    switch kind {
    case .values: unsafe functions.column_sum(from, rows, Int64(channels), Int32(channels), row)
    case .squares(let mean):
      unsafe functions.channel_squares(from, rows, Int32(channels), frame.floats(mean, part), row)
    case .gradients(let dy, let mean, let inverse):
      unsafe functions.channel_dots(
        from, frame.floats(dy, part, image: part.images.lowerBound), rows, Int32(channels), frame.floats(mean, part),
        frame.floats(inverse, part), row, row + channels)
    }
  }
}

/// Turns the pieces' sums into what normalises the batch.
package struct BatchStatistics: KernelCall {
  package enum Kind: Sendable {
    case mean
    /// The biased variance gives the inverse deviation and the affine map; moving statistics follow.
    case variance(
      epsilon: Float, momentum: Double, inverse: Slot, movingMean: Slot, movingVariance: Slot, gamma: Slot?,
      beta: Slot?, scale: Slot, shift: Slot)
    /// dgamma, dbeta, and the coefficients of dx; `bRest` is what rounding took from `b`.
    case gradient(inverse: Slot, gamma: Slot?, dGamma: Slot?, dBeta: Slot?, a: Slot, b: Slot, bRest: Slot, d: Slot)
  }
  package let kind: Kind
  package let pixels, channels: Int
  package let sums, mean: Slot
  /// Pieces of the plan; a smaller batch fills fewer.
  package let pieces: Int

  package init(kind: Kind, pixels: Int, channels: Int, sums: Slot, mean: Slot, pieces: Int) {
    self.kind = kind
    self.pixels = pixels
    self.channels = channels
    self.sums = sums
    self.mean = mean
    self.pieces = pieces
  }

  package func run(_ frame: Frame, _ part: Part) {
    let batch = frame.scalars.batchCount
    let active = min(pieces, batch)
    let count = Double(batch) * Double(pixels)
    let width = ChannelSums.width(channels)
    let sums = unsafe frame.floats(sums, part)
    let mean = unsafe frame.floats(mean, part)
    func total(_ index: Int) -> Double {
      var sum = 0.0
      for piece in 0..<active { sum += Double(unsafe sums[piece * width + index]) }
      return sum
    }
    switch kind {
    case .mean:
      for channel in 0..<channels { unsafe mean[channel] = Float(total(channel) / count) }
    case .variance(
      let epsilon, let momentum, let inverse, let movingMean, let movingVariance, let gamma, let beta, let scale,
      let shift):
      // Each rounded once from the exact number, as Keras does: 1 - 0.99 in float32 is off in its sixth digit.
      let (kept, taken) = (Float(momentum), Float(1 - momentum))
      let inverse = unsafe frame.floats(inverse, part)
      let movingMean = unsafe frame.floats(movingMean, part)
      let movingVariance = unsafe frame.floats(movingVariance, part)
      let gamma = unsafe gamma.map { unsafe frame.floats($0, part) }
      let beta = unsafe beta.map { unsafe frame.floats($0, part) }
      let scale = unsafe frame.floats(scale, part)
      let shift = unsafe frame.floats(shift, part)
      for channel in 0..<channels {
        let variance = Float(total(channel) / count)
        unsafe inverse[channel] = 1 / (variance + epsilon).squareRoot()
        unsafe scale[channel] = (gamma?[channel] ?? 1) * inverse[channel]
        unsafe shift[channel] = (beta?[channel] ?? 0) - mean[channel] * scale[channel]
        unsafe movingMean[channel] = movingMean[channel] * kept + mean[channel] * taken
        unsafe movingVariance[channel] = movingVariance[channel] * kept + variance * taken
      }
    case .gradient(
      let inverse, let gamma, let dGamma, let dBeta, let a, let b, let bRest, let d):
      let inverse = unsafe frame.floats(inverse, part)
      let gamma = unsafe gamma.map { unsafe frame.floats($0, part) }
      let dGamma = unsafe dGamma.map { unsafe frame.floats($0, part) }
      let dBeta = unsafe dBeta.map { unsafe frame.floats($0, part) }
      let a = unsafe frame.floats(a, part)
      let b = unsafe frame.floats(b, part)
      let bRest = unsafe frame.floats(bRest, part)
      let d = unsafe frame.floats(d, part)
      for channel in 0..<channels {
        let dot = total(channel)
        let sum = total(channels + channel)
        unsafe dGamma?[channel] = Float(dot)
        unsafe dBeta?[channel] = Float(sum)
        unsafe a[channel] = (gamma?[channel] ?? 1) * inverse[channel]
        unsafe b[channel] = Float(sum / count)
        unsafe bRest[channel] = Float(sum / count - Double(b[channel]))
        unsafe d[channel] = Float(dot / count)
      }
    }
  }
}

/// y = relu(x * scale + shift) by channel.
package struct ChannelAffine: KernelCall {
  package let table: KernelTable
  package let pixels, channels: Int
  package let x, scale, shift, y: Slot
  package let isRectified: Bool

  package init(
    table: KernelTable, pixels: Int, channels: Int, x: Slot, scale: Slot, shift: Slot, y: Slot, isRectified: Bool
  ) {
    self.table = table
    self.pixels = pixels
    self.channels = channels
    self.x = x
    self.scale = scale
    self.shift = shift
    self.y = y
    self.isRectified = isRectified
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    unsafe table.functions.channel_affine(
      frame.floats(x, part, image: first), Int64(pixels * part.images.count), Int32(channels),
      frame.floats(scale, part), frame.floats(shift, part), isRectified ? CK_RELU : CK_LINEAR,
      frame.floats(y, part, image: first))
  }
}

/// The affine map that moving statistics stand for: scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
package struct MovingStatistics: KernelCall {
  package let channels: Int
  package let epsilon: Float
  package let mean, variance: Slot
  package let gamma, beta: Slot?
  package let scale, shift: Slot
  /// Set to zero, for a gradient, which has the scale alone.
  package let clearedShift: Slot?

  package init(
    channels: Int, epsilon: Float, mean: Slot, variance: Slot, gamma: Slot?, beta: Slot?, scale: Slot, shift: Slot,
    clearedShift: Slot? = nil
  ) {
    self.channels = channels
    self.epsilon = epsilon
    self.mean = mean
    self.variance = variance
    self.gamma = gamma
    self.beta = beta
    self.scale = scale
    self.shift = shift
    self.clearedShift = clearedShift
  }

  package func run(_ frame: Frame, _ part: Part) {
    if let clearedShift { unsafe frame.floats(clearedShift, part).update(repeating: 0, count: channels) }
    let mean = unsafe frame.floats(mean, part)
    let variance = unsafe frame.floats(variance, part)
    let gamma = unsafe gamma.map { unsafe frame.floats($0, part) }
    let beta = unsafe beta.map { unsafe frame.floats($0, part) }
    let scale = unsafe frame.floats(scale, part)
    let shift = unsafe frame.floats(shift, part)
    for channel in 0..<channels {
      let inverse = unsafe 1 / (variance[channel] + epsilon).squareRoot()
      unsafe scale[channel] = (gamma?[channel] ?? 1) * inverse
      unsafe shift[channel] = (beta?[channel] ?? 0) - mean[channel] * scale[channel]
    }
  }
}

/// dx = a * (dy - b - (xhat * d + b')): the input's gradient through batch statistics.
package struct ChannelGradient: KernelCall {
  package let table: KernelTable
  package let pixels, channels: Int
  package let x, dy, mean, inverse, a, b, bRest, d, dx: Slot

  package init(
    table: KernelTable, pixels: Int, channels: Int, x: Slot, dy: Slot, mean: Slot, inverse: Slot, a: Slot, b: Slot,
    bRest: Slot, d: Slot, dx: Slot
  ) {
    self.table = table
    self.pixels = pixels
    self.channels = channels
    self.x = x
    self.dy = dy
    self.mean = mean
    self.inverse = inverse
    self.a = a
    self.b = b
    self.bRest = bRest
    self.d = d
    self.dx = dx
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    unsafe table.functions.channel_gradient(
      frame.floats(x, part, image: first), frame.floats(dy, part, image: first),
      Int64(pixels * part.images.count), Int32(channels), frame.floats(mean, part), frame.floats(inverse, part),
      frame.floats(a, part), frame.floats(b, part), frame.floats(bRest, part), frame.floats(d, part),
      frame.floats(dx, part, image: first))
  }
}
