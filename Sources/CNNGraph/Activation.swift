/// Keras's activations by name.
package enum Activation: String, Sendable, Hashable, CaseIterable {
  case linear, relu, relu6, elu, selu, gelu, silu, sigmoid, tanh, softplus, softmax
  case leakyReLU = "leaky_relu"
  case hardSigmoid = "hard_sigmoid"
}
