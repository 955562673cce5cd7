internal import CKernels

/// Inverted dropout, or its gradient: the mask is drawn again from the same counters, so none is stored.
package struct DropoutCall: KernelCall {
  package let table: KernelTable
  package let rate: Double
  package let stream: RandomStream
  package let count: Int
  package let source, target: Slot

  package init(table: KernelTable, rate: Double, stream: RandomStream, count: Int, source: Slot, target: Slot) {
    self.table = table
    self.rate = rate
    self.stream = stream
    self.count = count
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let (scale, threshold) = Self.scale(rate)
    for image in part.images {
      unsafe table.functions.dropout(
        frame.floats(source, part, image: image), Int64(count), stream.key(frame), stream.number, frame.scalars.step,
        UInt32(truncatingIfNeeded: image), threshold, scale, frame.floats(target, part, image: image))
    }
  }

  /// What is kept grows by `scale`; a draw below `threshold`, rate * 2^32, drops. A rate of 1 drops all.
  static func scale(_ rate: Double) -> (scale: Float, threshold: UInt32) {
    (rate < 1 ? Float(1 / (1 - rate)) : 0, UInt32(min(max(rate, 0) * 4_294_967_296, 4_294_967_295)))
  }
}

/// x + deviation * z, z standard normal: a function of seed, step, sample and place.
package struct GaussianNoiseCall: KernelCall {
  package let table: KernelTable
  package let deviation: Double
  package let stream: RandomStream
  /// Floats of one sample.
  package let count: Int
  package let source, target: Slot

  package init(
    table: KernelTable, deviation: Double, stream: RandomStream, count: Int, source: Slot, target: Slot
  ) {
    self.table = table
    self.deviation = deviation
    self.stream = stream
    self.count = count
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      unsafe table.functions.gaussian_noise(
        frame.floats(source, part, image: image), Int64(count), stream.key(frame), stream.number, frame.scalars.step,
        UInt32(truncatingIfNeeded: image), Float(deviation), frame.floats(target, part, image: image))
    }
  }
}

/// How a smaller array repeats in a larger one: axes on which it has one extent stand for all places.
///
///     [1, 1, C] in [H, W, C]: C values, H * W times      [H, 1, 1]: H * W * C values, each W * C times, once
package struct BroadcastPattern: Sendable, Hashable {
  /// Values given.
  package let count: Int
  /// For each place of a period, the values from the first axis that has more than one on, which value stands there.
  private let places: [Int32]

  /// What is repeated as a whole.
  package var period: Int { places.count }

  /// - Precondition: `given` has the rank of `extents`, each of its extents that of `extents`, or 1.
  package init(_ given: [Int], in extents: [Int]) {
    precondition(given.count == extents.count && zip(given, extents).allSatisfy { $0 == $1 || $0 == 1 })
    let first = given.firstIndex { $0 > 1 } ?? max(0, extents.count - 1)
    count = given.reduce(1, *)
    // Axis by axis, outermost first: every place so far becomes as many as the axis has.
    var places: [Int32] = [0]
    for (own, extent) in zip(given, extents).dropFirst(first) {
      places = places.flatMap { place in
        (0..<Int32(extent)).map { own == extent ? place * Int32(own) + $0 : place }
      }
    }
    self.places = places
  }

  /// For each place of a period the value that stands there.
  package func expanded(_ values: [Double]) -> [Double] { places.map { values[Int($0)] } }

  /// The same without an allocation.
  func expand(_ from: UnsafePointer<Float>, into to: UnsafeMutablePointer<Float>) {
    for place in places.indices { unsafe to[place] = from[Int(places[place])] }
  }
}

/// Inverted dropout of whole stretches: a mask of fewer values than the sample has, each for many places.
package struct SharedDropoutCall: KernelCall {
  package let table: KernelTable
  package let rate: Double
  package let stream: RandomStream
  /// Whether all samples share one mask.
  package let isOneForAll: Bool
  package let pattern: BroadcastPattern
  /// Floats of one sample.
  package let count: Int
  /// Of `mask.count` floats, and of a period of them.
  package let mask, factors: Slot
  package let source, target: Slot

  package init(
    table: KernelTable, rate: Double, stream: RandomStream, isOneForAll: Bool, pattern: BroadcastPattern, count: Int,
    mask: Slot, factors: Slot, source: Slot, target: Slot
  ) {
    self.table = table
    self.rate = rate
    self.stream = stream
    self.isOneForAll = isOneForAll
    self.pattern = pattern
    self.count = count
    self.mask = mask
    self.factors = factors
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let functions = table.functions
    let (scale, threshold) = DropoutCall.scale(rate)
    let mask = unsafe frame.floats(mask, part)
    let factors = unsafe frame.floats(factors, part)
    for image in part.images {
      unsafe mask.update(repeating: 1, count: pattern.count)
      unsafe functions.dropout(
        mask, Int64(pattern.count), stream.key(frame), stream.number, frame.scalars.step,
        isOneForAll ? 0 : UInt32(truncatingIfNeeded: image), threshold, scale, mask)
      unsafe pattern.expand(mask, into: factors)
      unsafe functions.channel_normalize(
        frame.floats(source, part, image: image), Int64(count / pattern.period), Int32(pattern.period), nil, factors,
        nil,
        frame.floats(target, part, image: image))
    }
  }
}
