package import CNNGraph
package import CNNKernels

/// An operation that kernels can run: the last phase a layer takes part in.
package protocol KernelBinding: Operation {
  /// Memory that the calls need beside operands and results, in the order in which `bind` finds it.
  func temporaries(_ sizes: BindingSizes) -> [Temporary]
  /// The kernel calls, in order.
  func bind(_ binding: Binding) -> [BoundCall]
}

extension KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] { [] }
}

/// Memory of one node beside its values, in bytes.
package enum Temporary: Sendable, Hashable {
  /// Scratch of one call; every worker has its own, all nodes share it.
  case workspace(Int)
  /// Kept from one call of the node to its next: sums, statistics.
  case node(Int)
  /// Written by preparing calls at the start of the step and read at the node's place.
  case prepared(Int)
}

/// What is known of a node before memory is laid out.
package struct BindingSizes: Sendable {
  package let operands, results: [TensorType]
  package let decomposition: Decomposition
  /// Floats of a vector of the kernels.
  package let lanes: Int

  package init(operands: [TensorType], results: [TensorType], decomposition: Decomposition, lanes: Int) {
    self.operands = operands
    self.results = results
    self.decomposition = decomposition
    self.lanes = lanes
  }

  /// How many images a call should treat at once so that `bytesPerImage` of scratch stay in the second-level cache.
  package func chunk(bytesPerImage: Int) -> Int {
    max(1, min(decomposition.imagesPerPiece, Self.scratchBudget / max(1, bytesPerImage)))
  }

  private static let scratchBudget = 192 << 10
}

/// What a node's kernels are bound to.
package struct Binding: Sendable {
  package let sizes: BindingSizes
  package let operands, results: [Slot]
  package let temporaries: [Slot]
  package let kernels: KernelTable

  package init(sizes: BindingSizes, operands: [Slot], results: [Slot], temporaries: [Slot], kernels: KernelTable) {
    self.sizes = sizes
    self.operands = operands
    self.results = results
    self.temporaries = temporaries
    self.kernels = kernels
  }
}

/// A kernel call with the name that plan and benchmark show for it.
package struct BoundCall: Sendable {
  package let kernel: String
  package let domain: StepDomain
  package let call: any KernelCall
  /// Depends on weights alone, so it can run before anything of the batch does.
  package let isPreparation: Bool

  package init(_ kernel: String, _ domain: StepDomain, _ call: any KernelCall, isPreparation: Bool = false) {
    self.kernel = kernel
    self.domain = domain
    self.call = call
    self.isPreparation = isPreparation
  }
}

/// How a batch is cut into pieces: by its size alone, never by the number of threads, so that every sum has one order.
package struct Decomposition: Sendable, Hashable {
  /// The most samples a step takes.
  package let batch: Int
  /// Pieces of a full batch.
  package let pieces: Int

  package init(batch: Int, pieces: Int) {
    self.batch = max(1, batch)
    self.pieces = max(1, min(pieces, self.batch))
  }

  /// The most images a piece can have.
  package var imagesPerPiece: Int { (batch + pieces - 1) / pieces }

  /// Pieces of a batch of `count`: none is empty.
  package func pieces(of count: Int) -> Int { min(pieces, count) }

  package func images(of piece: Int, in count: Int) -> Range<Int> {
    let pieces = pieces(of: count)
    return piece * count / pieces..<(piece + 1) * count / pieces
  }
}
