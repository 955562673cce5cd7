package import CNNGraph
package import CNNKernels
package import CNNPlan

/// From a model's forward graph to the plans that a session runs: which passes, in which order.
package struct Compiler: Sendable {
  package let kernels: KernelTable
  /// Off only to compare: predictions and losses have equal bits then; gradients too, but behind max pooling, where the
  /// fused form sums the same terms in the order of the winners.
  package let fuses: Bool

  package init(kernels: KernelTable = KernelTable(), fuses: Bool = true) {
    self.kernels = kernels
    self.fuses = fuses
  }

  /// Loss, hits and the gradients of all trainable parameters; outputs loss and hits.
  ///
  /// - Parameter labels: a class index a sample, or the values aimed at.
  package func trainingGraph(_ forward: Graph, loss: LossKind, labels: TensorType) -> Graph {
    let graph = Self.withLoss(forward, LossOperation(loss, withGradient: true), labels: labels)
    return PassPipeline(
      [FuseLoss(), EliminateDeadNodes()] + (fuses ? [FuseEpilogues(keepsWinners: true)] : [])
        + [BuildGradient(sum: AddOperation()), EliminateDeadNodes()]
    ).run(graph)
  }

  /// Loss and hits of given weights.
  package func evaluationGraph(_ forward: Graph, loss: LossKind, labels: TensorType) -> Graph {
    let graph = Self.withLoss(forward, LossOperation(loss, withGradient: false), labels: labels)
    return inferenceGraph(graph)
  }

  /// The model's own output.
  package func inferenceGraph(_ forward: Graph) -> Graph {
    PassPipeline(
      [FuseLoss(), EliminateDeadNodes()] + (fuses ? [FuseEpilogues(keepsWinners: false)] : [])
        + [EliminateDeadNodes()]
    ).run(forward)
  }

  /// - Parameter separatesPieces: so that its steps can be timed one by one.
  package func plan(
    _ graph: Graph, purpose: Purpose, batch: Int, update: OptimizerSweep.Rule? = nil, separatesPieces: Bool = false
  ) -> Plan {
    // Training keeps a copy of the gradients for each piece: few. Inference keeps none: pieces of eight images.
    let pieces = purpose == .training ? 8 : (batch + 7) / 8
    return Planner(
      graph: graph, purpose: purpose, decomposition: Decomposition(batch: batch, pieces: pieces), kernels: kernels,
      update: update, separatesPieces: separatesPieces
    ).plan()
  }

  private static func withLoss(_ forward: Graph, _ loss: LossOperation, labels: TensorType) -> Graph {
    var builder = GraphBuilder(extending: forward, purpose: .training)
    builder.layer = "loss"
    let labels = builder.input(.labels, type: labels)
    let results = builder.appendAll(loss, [forward.outputs[0], labels])
    builder.setOutputs(Array(results.prefix(2)))
    return builder.graph
  }
}
