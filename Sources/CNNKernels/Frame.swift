/// What kernels see of a session while a step runs: where each region starts, and this step's numbers.
///
/// The only way from a `Slot` to a pointer. Pointers stay inside this module.
@safe package struct Frame: @unchecked Sendable {
  // @unchecked: pointers into an arena that outlives the frame; parts given to workers at the same
  // time name disjoint images, pieces and blocks.
  var regions: RegionPointers
  /// Bytes from one worker's or piece's block to the next.
  package let blockStride: Int
  package let workspaceStride: Int
  /// Bytes from one piece's gradients to the next's.
  package let gradientStride: Int
  package var scalars = StepScalars()
  var samples: SampleSource

  /// - Parameter bases: for each region its offset in the arena.
  package init(
    arena: borrowing Arena, bases: [Region: Int], blockStride: Int, workspaceStride: Int, gradientStride: Int
  ) {
    unsafe regions = RegionPointers(base: arena.base, bases: bases)
    self.blockStride = blockStride
    self.workspaceStride = workspaceStride
    self.gradientStride = gradientStride
    unsafe samples = SampleSource()
  }

  func raw(_ slot: Slot, _ part: Part, image: Int) -> UnsafeMutableRawPointer {
    switch slot.region {
    case .block:
      let local = slot.isBatched ? (image - part.images.lowerBound) * slot.byteCount : 0
      return unsafe regions.block + (part.block * blockStride + slot.offset + local)
    case .parameters: return unsafe regions.parameters + slot.offset
    case .gradients: return unsafe regions.gradients + (part.piece * gradientStride + slot.offset)
    case .optimizer: return unsafe regions.optimizer + slot.offset
    case .shared: return unsafe regions.shared + slot.offset
    case .outputs: return unsafe regions.outputs + (slot.offset + (slot.isBatched ? image * slot.byteCount : 0))
    case .workspace: return unsafe regions.workspace + (part.worker * workspaceStride + slot.offset)
    }
  }

  func floats(_ slot: Slot, _ part: Part, image: Int = 0) -> UnsafeMutablePointer<Float> {
    unsafe raw(slot, part, image: image).assumingMemoryBound(to: Float.self)
  }

  func doubles(_ slot: Slot, _ part: Part) -> UnsafeMutablePointer<Double> {
    unsafe raw(slot, part, image: 0).assumingMemoryBound(to: Double.self)
  }

  func bytes(_ slot: Slot, _ part: Part, image: Int = 0) -> UnsafeMutablePointer<UInt8> {
    unsafe raw(slot, part, image: image).assumingMemoryBound(to: UInt8.self)
  }

  func integers(_ slot: Slot, _ part: Part, image: Int = 0) -> UnsafeMutablePointer<Int32> {
    unsafe raw(slot, part, image: image).assumingMemoryBound(to: Int32.self)
  }
}

@unsafe struct RegionPointers {
  let parameters, gradients, optimizer, shared, block, outputs, workspace: UnsafeMutableRawPointer

  init(base: UnsafeMutableRawPointer, bases: [Region: Int]) {
    func start(_ region: Region) -> UnsafeMutableRawPointer { unsafe base + (bases[region] ?? 0) }
    unsafe parameters = start(.parameters)
    unsafe gradients = start(.gradients)
    unsafe optimizer = start(.optimizer)
    unsafe shared = start(.shared)
    unsafe block = start(.block)
    unsafe outputs = start(.outputs)
    unsafe workspace = start(.workspace)
  }
}

/// Where a step's samples come from: stored values, and which of them make up the batch.
@unsafe struct SampleSource {
  @unsafe enum Storage {
    case none
    case bytes(UnsafePointer<UInt8>)
    case floats(UnsafePointer<Float>)
  }
  @unsafe enum Labels {
    case none
    case classes(UnsafePointer<Int32>)
    case targets(UnsafePointer<Float>)
  }
  var storage = unsafe Storage.none
  var labels = unsafe Labels.none
  /// Index of each sample of the batch in `storage`.
  var indices: UnsafePointer<Int32>?

  init() {}
}
