internal import CKernels

/// Layer normalisation: each row of `width` values to mean 0 and variance 1, then gamma and beta.
package struct RowNormalizationCall: KernelCall {
  package let table: KernelTable
  /// Rows of a sample, and values of a row.
  package let rows, width: Int
  package let epsilon: Float
  package let x, y: Slot
  package let gamma, beta: Slot?

  package init(
    table: KernelTable, rows: Int, width: Int, epsilon: Float, x: Slot, gamma: Slot?, beta: Slot?, y: Slot
  ) {
    self.table = table
    self.rows = rows
    self.width = width
    self.epsilon = epsilon
    self.x = x
    self.gamma = gamma
    self.beta = beta
    self.y = y
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    unsafe table.functions.row_normalize(
      frame.floats(x, part, image: first), Int64(rows * part.images.count), Int32(width), epsilon,
      gamma.map { unsafe frame.floats($0, part) }, beta.map { unsafe frame.floats($0, part) },
      frame.floats(y, part, image: first))
  }
}

/// The gradients of layer normalisation; the statistics are found again from x.
package struct RowNormalizationGradientCall: KernelCall {
  package let table: KernelTable
  package let rows, width: Int
  package let epsilon: Float
  package let x, dy: Slot
  package let gamma, dx, dGamma, dBeta: Slot?

  package init(
    table: KernelTable, rows: Int, width: Int, epsilon: Float, x: Slot, dy: Slot, gamma: Slot?, dx: Slot?,
    dGamma: Slot?, dBeta: Slot?
  ) {
    self.table = table
    self.rows = rows
    self.width = width
    self.epsilon = epsilon
    self.x = x
    self.dy = dy
    self.gamma = gamma
    self.dx = dx
    self.dGamma = dGamma
    self.dBeta = dBeta
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    unsafe table.functions.row_normalize_gradient(
      frame.floats(x, part, image: first), frame.floats(dy, part, image: first), Int64(rows * part.images.count),
      Int32(width), epsilon, gamma.map { unsafe frame.floats($0, part) },
      dx.map { unsafe frame.floats($0, part, image: first) }, dGamma.map { unsafe frame.floats($0, part) },
      dBeta.map { unsafe frame.floats($0, part) })
  }
}

/// Group normalisation of samples `[pixels][channels]`: statistics of each group of neighbouring channels.
package struct GroupNormalizationCall: KernelCall {
  package let table: KernelTable
  package let pixels, channels, groups: Int
  package let epsilon: Float
  package let x, y: Slot
  package let gamma, beta: Slot?
  /// Scratch of `3 * channels` floats.
  package let scratch: Slot

  package init(
    table: KernelTable, pixels: Int, channels: Int, groups: Int, epsilon: Float, x: Slot, gamma: Slot?, beta: Slot?,
    y: Slot, scratch: Slot
  ) {
    self.table = table
    self.pixels = pixels
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.x = x
    self.gamma = gamma
    self.beta = beta
    self.y = y
    self.scratch = scratch
  }

  package func run(_ frame: Frame, _ part: Part) {
    let statistics = GroupStatistics(
      table: table, pixels: pixels, channels: channels, groups: groups, epsilon: epsilon)
    let gamma = unsafe gamma.map { unsafe frame.floats($0, part) }
    let beta = unsafe beta.map { unsafe frame.floats($0, part) }
    let mean = unsafe frame.floats(scratch, part)
    let scale = unsafe mean + channels
    for image in part.images {
      let x = unsafe frame.floats(x, part, image: image)
      unsafe statistics.find(of: x, mean: mean, inverse: scale, sums: scale + channels)
      if let gamma = unsafe gamma { for channel in 0..<channels { unsafe scale[channel] *= gamma[channel] } }
      unsafe table.functions.channel_normalize(
        x, Int64(pixels), Int32(channels), mean, scale, beta, frame.floats(y, part, image: image))
    }
  }
}

/// The gradients of group normalisation; the statistics are found again from x.
package struct GroupNormalizationGradientCall: KernelCall {
  package let table: KernelTable
  package let pixels, channels, groups: Int
  package let epsilon: Float
  package let x, dy: Slot
  package let gamma, dx, dGamma, dBeta: Slot?
  /// Scratch of `8 * channels` floats.
  package let scratch: Slot

  package init(
    table: KernelTable, pixels: Int, channels: Int, groups: Int, epsilon: Float, x: Slot, dy: Slot, gamma: Slot?,
    dx: Slot?, dGamma: Slot?, dBeta: Slot?, scratch: Slot
  ) {
    self.table = table
    self.pixels = pixels
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.x = x
    self.dy = dy
    self.gamma = gamma
    self.dx = dx
    self.dGamma = dGamma
    self.dBeta = dBeta
    self.scratch = scratch
  }

  /// With g = gamma * dy without its mean over a group of M values: dx = inverse * (g - xhat * sum(g * xhat) / M).
  ///
  /// g comes first: where dy is the same all over a group, as behind an average, nothing is left of it, and sums of
  /// the whole of dy would leave their rounding. What rounding took from the means of g and xhat is taken out of dx,
  /// which adds up to zero over a group.
  package func run(_ frame: Frame, _ part: Part) {
    let functions = table.functions
    let statistics = GroupStatistics(
      table: table, pixels: pixels, channels: channels, groups: groups, epsilon: epsilon)
    let gamma = unsafe gamma.map { unsafe frame.floats($0, part) }
    let dGamma = unsafe dGamma.map { unsafe frame.floats($0, part) }
    let dBeta = unsafe dBeta.map { unsafe frame.floats($0, part) }
    let mean = unsafe frame.floats(scratch, part)
    let inverse = unsafe mean + channels
    let (slopes, centre) = unsafe (mean + 2 * channels, mean + 3 * channels)
    let sums = unsafe mean + 4 * channels
    let (offsets, dots) = unsafe (sums, sums + channels)
    let (rests, centredDots) = unsafe (sums + 2 * channels, sums + 3 * channels)
    for image in part.images {
      let x = unsafe frame.floats(x, part, image: image)
      let dy = unsafe frame.floats(dy, part, image: image)
      unsafe statistics.find(of: x, mean: mean, inverse: inverse, sums: slopes)
      unsafe slopes.update(repeating: 0, count: channels)
      unsafe functions.column_sum(dy, Int64(pixels), Int64(channels), Int32(channels), slopes)
      statistics.forEachGroup { members in
        var sum = 0.0
        for channel in members { unsafe sum += Double(gamma?[channel] ?? 1) * Double(slopes[channel]) }
        for channel in members { unsafe centre[channel] = Float(sum / Double(pixels * members.count)) }
      }
      unsafe sums.update(repeating: 0, count: CK_CENTRED_SUMS * channels)
      unsafe functions.centred_dots(x, dy, Int64(pixels), Int32(channels), mean, inverse, gamma, centre, sums)
      statistics.forEachGroup { members in
        let count = Double(pixels * members.count)
        var (offset, rest, dot) = (0.0, 0.0, 0.0)
        for channel in members {
          unsafe offset += Double(offsets[channel])
          unsafe rest += Double(rests[channel])
          unsafe dot += Double(centredDots[channel])
        }
        let slope = Float(dot / count)
        for channel in members {
          unsafe dots[channel] -= Float(offset / count) * slopes[channel]
          unsafe rests[channel] = Float(rest / count - offset / count * Double(slope))
          unsafe centredDots[channel] = slope
        }
      }
      if let dGamma = unsafe dGamma { unsafe functions.accumulate(dots, Int64(channels), dGamma) }
      if let dBeta = unsafe dBeta { unsafe functions.accumulate(slopes, Int64(channels), dBeta) }
      guard let target = dx else { continue }
      unsafe functions.centred_gradient(
        x, dy, Int64(pixels), Int32(channels), mean, inverse, gamma, centre, centredDots, rests,
        frame.floats(target, part, image: image))
    }
  }
}

/// Mean and inverse deviation of a sample's groups.
private struct GroupStatistics {
  let table: KernelTable
  let pixels, channels, groups: Int
  let epsilon: Float

  func forEachGroup(_ body: (Range<Int>) -> Void) {
    let width = channels / groups
    for group in 0..<groups { body(group * width..<(group + 1) * width) }
  }

  /// Channel by channel; `sums` is scratch of as many floats.
  func find(
    of x: UnsafePointer<Float>, mean: UnsafeMutablePointer<Float>, inverse: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>
  ) {
    func share(_ members: Range<Int>) -> Double {
      var sum = 0.0
      for channel in members { unsafe sum += Double(sums[channel]) }
      return sum / Double(pixels * members.count)
    }
    unsafe sums.update(repeating: 0, count: channels)
    unsafe table.functions.column_sum(x, Int64(pixels), Int64(channels), Int32(channels), sums)
    forEachGroup { members in
      let value = Float(share(members))
      for channel in members { unsafe mean[channel] = value }
    }
    unsafe sums.update(repeating: 0, count: channels)
    unsafe table.functions.channel_squares(x, Int64(pixels), Int32(channels), mean, sums)
    forEachGroup { members in
      let value = 1 / (Float(share(members)) + epsilon).squareRoot()
      for channel in members { unsafe inverse[channel] = value }
    }
  }
}

/// (x - centre) * scale + offset with numbers that the spec gives, repeated over a sample.
package struct ConstantAffineCall: KernelCall {
  package let table: KernelTable
  /// Floats of one sample; a multiple of the numbers given.
  package let count: Int
  package let scale: [Float]
  /// As many as `scale`, or none: 0.
  package let centre, offset: [Float]
  package let x, y: Slot

  package init(
    table: KernelTable, count: Int, centre: [Float], scale: [Float], offset: [Float], x: Slot, y: Slot
  ) {
    precondition(centre.isEmpty || centre.count == scale.count)
    precondition(offset.isEmpty || offset.count == scale.count)
    precondition(!scale.isEmpty && count % scale.count == 0)
    self.table = table
    self.count = count
    self.centre = centre
    self.scale = scale
    self.offset = offset
    self.x = x
    self.y = y
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let rows = count / scale.count * part.images.count
    unsafe centre.withUnsafeBufferPointer { centre in
      unsafe scale.withUnsafeBufferPointer { scale in
        unsafe offset.withUnsafeBufferPointer { offset in
          unsafe table.functions.channel_normalize(
            frame.floats(x, part, image: first), Int64(rows), Int32(scale.count),
            centre.isEmpty ? nil : centre.baseAddress, scale.baseAddress, offset.isEmpty ? nil : offset.baseAddress,
            frame.floats(y, part, image: first))
        }
      }
    }
  }
}

/// Each of a sample's `blocks` matrices `[rows][columns]`, transposed.
package struct AxisSwapCall: KernelCall {
  package let table: KernelTable
  package let blocks, rows, columns: Int
  package let x, y: Slot

  package init(table: KernelTable, blocks: Int, rows: Int, columns: Int, x: Slot, y: Slot) {
    self.table = table
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
    self.x = x
    self.y = y
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let from = unsafe frame.floats(x, part, image: first)
    let to = unsafe frame.floats(y, part, image: first)
    for block in 0..<blocks * part.images.count {
      let start = block * rows * columns
      unsafe table.functions.transpose(from + start, Int32(rows), Int32(columns), to + start)
    }
  }
}
