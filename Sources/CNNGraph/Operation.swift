/// What a node computes: one small struct an operation, with its attributes.
///
/// Drivers know this protocol and its refinements alone, never a particular operation: a pass asks
/// `as? any FusionAnchor`, the gradient `as? any GradientRule`, the planner `as? any KernelBinding`.
package protocol Operation: Sendable {
  /// In dumps: `conv2d`.
  var name: String { get }
  /// In dumps, in this order: `strides: 1x1`.
  var attributes: [(name: String, value: String)] { get }
  /// Which results operands of these types give; `nil` where they do not fit.
  func resultTypes(of operands: [TensorType]) -> [TensorType]?
  /// Work for one sample (once a step where nothing is batched).
  func cost(operands: [TensorType], results: [TensorType]) -> Cost
  /// Operands whose storage this operation changes (moving statistics, updated weights).
  var updatedOperands: [Int] { get }
  /// What one row and column of the result reads of an operand; receptive fields are computed from it.
  ///
  /// Unless said otherwise: the pixel at the same place where rows and columns stay as they are, and everything where
  /// they do not. Windows, and whatever else moves, drops or repeats pixels, say so.
  func reach(of operand: TensorType, in result: TensorType) -> Reach
}

extension Operation {
  package var attributes: [(name: String, value: String)] { [] }
  package var updatedOperands: [Int] { [] }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    operand.rank == 3 && result.rank == 3 && operand.extents.prefix(2) == result.extents.prefix(2)
      ? .pixel : .everything
  }
}

/// Arithmetic and traffic of one operation.
///
/// `flops` counts an addition and a multiplication as one each, of the dense algorithm: taps in the
/// padding count, as everyone who quotes FLOPs does.
package struct Cost: Sendable, Hashable {
  package var flops: Int
  package init(flops: Int) { self.flops = flops }
  package static let none = Cost(flops: 0)

  /// So many operations as the product of these counts; `Int.max` where that is more than a number can say.
  package static func product(_ counts: Int...) -> Cost {
    Cost(
      flops: counts.reduce(1) { product, count in
        let (next, overflow) = product.multipliedReportingOverflow(by: count)
        return overflow ? Int.max : next
      })
  }

  /// Both together; no more than `Int.max`.
  package static func + (left: Cost, right: Cost) -> Cost {
    let (sum, overflow) = left.flops.addingReportingOverflow(right.flops)
    return Cost(flops: overflow ? Int.max : sum)
  }
}

extension Graph {
  /// Work for one sample of a node.
  package func cost(of node: Node) -> Cost {
    node.operation.cost(operands: node.operands.map { self[$0].type }, results: node.results.map { self[$0].type })
  }

  /// Work for one sample of all nodes.
  package var cost: Cost { nodes.reduce(.none) { $0 + cost(of: $1) } }
}

/// An activation that a fused epilogue can apply while a tile is in registers.
package enum FusedActivation: String, Sendable, Hashable {
  case relu
}

/// Work that may ride along at the end of the operation before it.
package enum Epilogue: Sendable, Hashable {
  /// Adds a vector of one value a channel: the second operand of the fused node.
  case bias
  case activation(FusedActivation)
  case maxPool(Window2D)
}

/// An operation that can be the end of another one.
package protocol EpilogueProvider: Operation {
  var epilogue: Epilogue? { get }
}

/// An operation that can take others into its epilogue.
package protocol FusionAnchor: Operation {
  /// Self with `epilogue` appended, or `nil` where it does not come next in what this operation can do.
  ///
  /// - Parameter keepsWinners: whether a gradient will need to know what pooling chose.
  func absorbing(_ epilogue: Epilogue, keepsWinners: Bool) -> (any Operation)?
}

/// An operation with a derivative, written as operations.
package protocol GradientRule: Operation {
  /// Appends what computes the gradients that `context` wants; `nil` for an operand that has none.
  func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?]
}

/// What a gradient rule may read.
package struct GradientContext: Sendable {
  package let operands: [ValueID]
  package let results: [ValueID]
  /// The gradient of the first result.
  package let resultGradient: ValueID
  /// For each operand whether its gradient is needed.
  package let wanted: [Bool]

  package init(operands: [ValueID], results: [ValueID], resultGradient: ValueID, wanted: [Bool]) {
    self.operands = operands
    self.results = results
    self.resultGradient = resultGradient
    self.wanted = wanted
  }
}

/// An operation whose result is its first operand under another type: no work, no memory of its own.
package protocol AliasOperation: Operation {}

/// A loss over predictions that may be fused with the activation before it.
package protocol LossFusion: Operation {
  /// The loss of what `producer` was applied to, if the two have a common form: softmax and cross-entropy do.
  func fused(with producer: any Operation) -> (any Operation)?
}
