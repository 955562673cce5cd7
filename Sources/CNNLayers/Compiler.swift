package import CNNGraph
package import CNNKernels
package import CNNPlan

/// From a model's forward graph to the plans that a session runs: which passes, in which order.
package struct Compiler: Sendable {
  package let kernels: KernelTable
  /// Off only to compare: predictions and losses have equal bits then. Gradients have the same terms, but a fused
  /// convolution sums them in the order of the winners behind max pooling, and elsewhere over the images and rows that it
  /// has at hand: in another order where a piece has several images, or one that is made in bands.
  package let fuses: Bool

  package init(kernels: KernelTable = KernelTable(), fuses: Bool = true) {
    self.kernels = kernels
    self.fuses = fuses
  }

  /// Loss, hits and the gradients of all trainable parameters; outputs loss and hits.
  ///
  /// - Parameters:
  ///   - labels: a class index a sample, or the values aimed at.
  ///   - givesPredictions: whether the model's output is a third output, for metrics.
  package func trainingGraph(
    _ forward: Graph, loss: LossKind, settings: LossSettings = LossSettings(), labels: TensorType,
    givesPredictions: Bool = false
  ) -> Graph {
    let graph = Self.withLoss(
      forward, LossOperation(loss, settings, withGradient: true), labels: labels, givesPredictions: givesPredictions)
    return PassPipeline(
      [FuseLoss(), EliminateDeadNodes()] + (fuses ? [FuseEpilogues(keepsWinners: true)] : [])
        + [BuildGradient(sum: AddOperation()), EliminateDeadNodes()]
    ).run(graph)
  }

  /// Loss and hits of given weights.
  package func evaluationGraph(
    _ forward: Graph, loss: LossKind, settings: LossSettings = LossSettings(), labels: TensorType,
    givesPredictions: Bool = false
  ) -> Graph {
    inferenceGraph(
      Self.withLoss(
        forward, LossOperation(loss, settings, withGradient: false), labels: labels, givesPredictions: givesPredictions)
    )
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
    _ graph: Graph, purpose: Purpose, batch: Int, update: UpdateRule? = nil, separatesPieces: Bool = false
  ) -> Plan {
    // Training keeps a copy of the gradients for each piece: few. Inference keeps none: pieces of eight images.
    let pieces = purpose == .training ? 8 : (batch + 7) / 8
    return Planner(
      graph: graph, purpose: purpose, decomposition: Decomposition(batch: batch, pieces: pieces), kernels: kernels,
      update: update, separatesPieces: separatesPieces
    ).plan()
  }

  private static func withLoss(
    _ forward: Graph, _ loss: LossOperation, labels: TensorType, givesPredictions: Bool
  ) -> Graph {
    var builder = GraphBuilder(extending: forward, purpose: .training)
    builder.layer = "loss"
    let labels = builder.input(.labels, type: labels)
    let results = builder.appendAll(loss, [forward.outputs[0], labels])
    builder.setOutputs(results.prefix(2) + (givesPredictions ? [forward.outputs[0]] : []))
    return builder.graph
  }
}
