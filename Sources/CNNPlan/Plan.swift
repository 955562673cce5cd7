package import CNNGraph
package import CNNKernels

/// A graph bound to kernels and memory: what a session runs, step by step.
package struct Plan: Sendable {
  /// One kernel call and where it comes from.
  package struct Step: Sendable {
    package let kernel: String
    package let domain: StepDomain
    package let call: any KernelCall
    /// The node in `graph`; `nil` for what only the plan knows: fetching samples, clearing sums.
    package let node: NodeID?
    package let layer: String
    /// What its results belong to, for who looks for the first one that is not finite.
    package let origin: Origin
    /// Floats that are complete behind this step: of a node's calls the last one has them.
    package let checkedResults: [Slot]
    /// Whether it only prepares weights for the step that does its node's work.
    package let isPreparation: Bool

    package enum Origin: Sendable, Hashable { case input, forward, loss, backward }
  }

  /// Steps that run with one fork of the workers.
  package enum Group: Sendable, Hashable {
    /// Each piece of the batch goes through all of these steps.
    case images(Range<Int>)
    /// Independent of each other: each step is one task.
    case parallel(Range<Int>)
    /// One step in tiles.
    case tiles(Int, count: Int)

    package var steps: Range<Int> {
      switch self {
      case .images(let range), .parallel(let range): range
      case .tiles(let step, _): step..<step + 1
      }
    }
  }

  /// A buffer of the plan, for the dump and the verifier.
  package struct Buffer: Sendable, Hashable {
    package let name: String
    package let type: String
    package let slot: Slot
    /// Bytes it takes in its region: of a batched one, for all images of a piece (or of the batch, in `outputs`).
    package let byteCount: Int
    /// First and last step that touch it.
    package let lifetime: ClosedRange<Int>

    package init(name: String, type: String, slot: Slot, byteCount: Int, lifetime: ClosedRange<Int>) {
      self.name = name
      self.type = type
      self.slot = slot
      self.byteCount = byteCount
      self.lifetime = lifetime
    }
  }

  package let graph: Graph
  package let purpose: Purpose
  package let instructionSet: InstructionSet
  package let decomposition: Decomposition
  package let steps: [Step]
  package let groups: [Group]
  package let buffers: [Buffer]
  package let parameters: ParameterLayout
  package let sizes: RegionSizes
  /// Whether blocks belong to workers: so where no value outlives a group, to pieces otherwise.
  package let blocksArePerWorker: Bool
  /// The graph's outputs, in its order.
  package let outputs: [Slot]
  /// Index of the first group that changes weights; what is before it can be judged first.
  package let firstUpdateGroup: Int
  /// Leading groups that depend on weights alone, and need not run again while these stay as they are.
  package let keptPreparationGroups: Int
  /// How weights are updated, if they are.
  package let update: UpdateRule?
  package let nonFiniteFlags: Slot?
  /// One float a tile of the trainable weights, to be added up: the penalties that the loss includes.
  package let penaltySums: Slot?
}

/// Bytes of each region; of those that are repeated, of one.
package struct RegionSizes: Sendable, Hashable {
  package var parameters = 0
  package var optimizer = 0
  /// One piece's gradients.
  package var gradients = 0
  package var shared = 0
  package var outputs = 0
  /// One block.
  package var block = 0
  /// One worker's workspace.
  package var workspace = 0
  /// The block, and the shared values, if no two buffers shared a place.
  package var blockWithoutReuse = 0
  package var sharedWithoutReuse = 0

  package init() {}
}

extension Plan {
  /// Bytes of the arena for this plan alone with so many workers.
  package func byteCount(workers: Int) -> Int {
    sizes.parameters + sizes.optimizer + scratchByteCount(workers: workers)
  }

  /// What is not kept from step to step.
  package func scratchByteCount(workers: Int) -> Int {
    sizes.gradients * decomposition.pieces + sizes.shared + sizes.outputs
      + sizes.block * (blocksArePerWorker ? workers : decomposition.pieces) + sizes.workspace * workers
  }
}
