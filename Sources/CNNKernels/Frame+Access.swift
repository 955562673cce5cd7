extension Frame {
  /// Calls `body` while the frame's kernels can read these samples: `bytes` or `floats`, whichever is not empty.
  ///
  /// - Parameters:
  ///   - indices: of the batch's samples among the stored ones; `batch` is the stretch of them that is meant.
  ///   - classes: a class index for each stored sample, or `targets`, values for each.
  package mutating func withSamples<Result>(
    bytes: borrowing [UInt8], floats: borrowing [Float], classes: borrowing [Int32], targets: borrowing [Float],
    indices: borrowing [Int32], batch: Range<Int>, _ body: (Frame) -> Result
  ) -> Result {
    precondition(batch.lowerBound >= 0 && batch.upperBound <= indices.count, "batch \(batch) of \(indices.count)")
    scalars.batchCount = batch.count
    return unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe floats.withUnsafeBufferPointer { floats in
        unsafe classes.withUnsafeBufferPointer { classes in
          unsafe targets.withUnsafeBufferPointer { targets in
            unsafe indices.withUnsafeBufferPointer { indices in
              unsafe samples.storage = Self.storage(bytes, floats)
              unsafe samples.labels = Self.labels(classes, targets)
              unsafe samples.indices = indices.baseAddress.map { unsafe $0 + batch.lowerBound }
              return body(self)
            }
          }
        }
      }
    }
  }

  @unsafe private static func storage(
    _ bytes: UnsafeBufferPointer<UInt8>, _ floats: UnsafeBufferPointer<Float>
  ) -> SampleSource.Storage {
    if let base = bytes.baseAddress, !bytes.isEmpty { return unsafe .bytes(base) }
    if let base = floats.baseAddress, !floats.isEmpty { return unsafe .floats(base) }
    return unsafe .none
  }

  @unsafe private static func labels(
    _ classes: UnsafeBufferPointer<Int32>, _ targets: UnsafeBufferPointer<Float>
  ) -> SampleSource.Labels {
    if let base = targets.baseAddress, !targets.isEmpty { return unsafe .targets(base) }
    if let base = classes.baseAddress, !classes.isEmpty { return unsafe .classes(base) }
    return unsafe .none
  }

  /// The values of an unbatched slot, or of the first `samples` of an output.
  package func values(of slot: Slot, samples: Int = 1) -> [Float] {
    let count = slot.floatCount * (slot.isBatched ? samples : 1)
    let from = unsafe floats(slot, Self.whole)
    return unsafe Array(unsafeUninitializedCapacity: count) { buffer, initialized in
      unsafe buffer.baseAddress?.initialize(from: from, count: count)
      initialized = count
    }
  }

  /// Fills an array of the slot's size; allocates nothing.
  package func copy(_ slot: Slot, into values: inout [Float]) {
    precondition(values.count == slot.floatCount, "\(values.count) values for \(slot.floatCount)")
    let from = unsafe floats(slot, Self.whole)
    for index in values.indices { values[index] = unsafe from[index] }
  }

  /// Fills the beginning of an array with the first `samples` of an output; allocates nothing.
  package func copy(_ slot: Slot, samples: Int, into values: inout [Float]) {
    let count = slot.floatCount * samples
    precondition(count <= values.count, "\(count) values for \(values.count)")
    let from = unsafe floats(slot, Self.whole)
    for index in 0..<count { values[index] = unsafe from[index] }
  }

  package func fill(_ slot: Slot, with value: Float) {
    unsafe floats(slot, Self.whole).update(repeating: value, count: slot.floatCount)
  }

  package func isFinite(_ slot: Slot) -> Bool {
    let from = unsafe floats(slot, Self.whole)
    for index in 0..<slot.floatCount where !(unsafe from[index].isFinite) { return false }
    return true
  }

  /// Whether the values that a part of a step sees there are finite; of batched ones, those of its first sample.
  package func isFinite(_ slot: Slot, _ part: Part) -> Bool {
    let from = unsafe floats(slot, part, image: part.images.lowerBound)
    for index in 0..<slot.floatCount where !(unsafe from[index].isFinite) { return false }
    return true
  }

  /// Samples of a part with a value there that is not finite; none where the values are not the samples'.
  package func nonFiniteImages(_ slot: Slot, _ part: Part) -> [Int] {
    guard slot.isBatched else { return [] }
    return part.images.filter { image in
      let from = unsafe floats(slot, part, image: image)
      for index in 0..<slot.floatCount where !(unsafe from[index].isFinite) { return true }
      return false
    }
  }

  /// Samples of the batch, by their place in it, whose values in an output are not finite.
  package func nonFiniteSamples(of slot: Slot, samples: Int) -> [Int] {
    nonFiniteImages(slot, Part(images: 0..<samples, piece: 0, block: 0, worker: 0))
  }

  package func set(_ slot: Slot, to values: [Float]) {
    precondition(values.count == slot.floatCount, "\(values.count) values for \(slot.floatCount)")
    let to = unsafe floats(slot, Self.whole)
    for (index, value) in values.enumerated() { unsafe to[index] = value }
  }

  /// The sum of an output of one value a sample, in the order of the batch, in double.
  package func sum(of slot: Slot, samples: Int) -> Double {
    let from = unsafe floats(slot, Self.whole)
    var sum = 0.0
    for index in 0..<samples { sum += Double(unsafe from[index]) }
    return sum
  }

  /// Whether any flag of a slot of integers is set.
  package func hasFlag(_ slot: Slot) -> Bool {
    let flags = unsafe integers(slot, Self.whole)
    for index in 0..<slot.byteCount / 4 where unsafe flags[index] != 0 { return true }
    return false
  }

  /// Sets a whole region to zero bytes.
  package func clear(_ region: Region, byteCount: Int) {
    let slot = Slot(region: region, offset: 0, byteCount: byteCount, isBatched: false)
    unsafe raw(slot, Self.whole, image: 0).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  private static let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
}
