internal import CNNGraph

/// A function (or type) of C that exported models may need, and those that it needs itself.
///
/// Each is plain C99 over arrays that do not overlap, in the layouts that this program has: images are
/// `[rows][columns][channels]`. A model's file holds those alone that the model calls.
struct CFunction: Sendable {
  let name: String
  let needs: [CFunction]
  let text: String

  init(_ name: String, needs: [CFunction] = [], _ text: String) {
    self.name = name
    self.needs = needs
    self.text = text
  }
}

/// The functions of one file, each once, behind those that it needs.
struct CFunctions: Sendable {
  private(set) var functions: [CFunction] = []
  private var names: Set<String> = []

  mutating func add(_ function: CFunction) {
    guard names.insert(function.name).inserted else { return }
    for needed in function.needs { add(needed) }
    functions.append(function)
  }
}

extension CFunction {
  /// Every name that a file may have of its functions: layers' numbers and places are called otherwise.
  static let names: [String] = {
    var functions = CFunctions()
    for function in all { functions.add(function) }
    return functions.functions.map(\.name) + ["conv2d_store", "find_between", "between"]
  }()

  private static let all: [CFunction] =
    [
      conv2d, depthwiseConv2D, conv2dTranspose, dense, maxPool2D, averagePool2D, globalMaxPool, globalAveragePool,
      shapedReLU, rescale, softmax, channelAffine, placeAffine, rowNormalize, pad2D, copyStretches, copyAxes,
      upsampleNearest, upsampleBilinear, add, subtract, multiply, maximum, accumulate, rectify, addBias,
    ] + Activation.allCases.compactMap(activation)
}
