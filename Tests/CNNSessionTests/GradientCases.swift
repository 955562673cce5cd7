import CNNGraph
import CNNLayers
import CNNTestSupport

/// Networks whose gradients are compared: every operation in each of the forms that it may be fused into.
enum GradientCases {
  static let all = convolutions + depthwise + transposed + resized + others
  static var others: [NetworkCase] {
    pools + activations + axisSoftmaxes + shapedRectifiers + normalizations + sampleNormalizations + augmentations
      + merges + losses + [
        NetworkCase("dense", input: [5]) {
          $0.probe()
          $0.dense(4)
        },
        NetworkCase("dense on the last axis of an image, rectified", input: [3, 2, 4]) {
          $0.probe()
          $0.dense(3)
          $0.activation(.relu)
        },
        NetworkCase("dense without bias, twice", input: [3, 2, 2]) {
          $0.probe()
          $0.flatten()
          $0.dense(7, hasBias: false)
          $0.activation(.relu)
          $0.dense(2)
        },
        NetworkCase("dropout between dense layers", input: [3, 3, 2]) {
          $0.probe()
          $0.dropout(0.4)
          $0.flatten()
          $0.dense(6)
          $0.dropout(0.25)
          $0.dense(3)
        },
        NetworkCase("rescaling and reshape", input: [4, 3, 2]) {
          $0.probe()
          $0.rescaling(scale: 1.75, offset: -0.5)
          $0.reshape([2, 6, 2])
          $0.convolution($0.window([2, 3]), filters: 2)
        },
      ]
  }

  /// The forward graph and its loss, as they were written: nothing fused, no gradient.
  static func lossGraph(_ network: NetworkCase, _ forward: Graph) -> Graph {
    var builder = GraphBuilder(extending: forward, purpose: .training)
    builder.layer = "loss"
    let labels = builder.input(.labels, type: network.labelType(forward))
    let results = builder.appendAll(
      LossOperation(network.loss, network.settings, withGradient: false), [forward.outputs[0], labels])
    builder.setOutputs(results)
    return builder.graph
  }

  /// The gradient of the input: what the probe, a bias added to it, sums into its own.
  static func inputGradient(of graph: Graph) -> ValueID? {
    graph.nodes.last { $0.layer == "probe" && $0.operation.name == "bias_gradient" }?.operands.first
  }
}
