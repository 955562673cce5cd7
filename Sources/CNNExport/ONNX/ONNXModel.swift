/// An ONNX model as values (`onnx/onnx.proto`), as far as networks of ours need it.
///
/// `ONNXEncoding` makes bytes of it, `ONNXDecoding` makes it of bytes, `ONNXInterpreter` computes with it.
struct ONNXModel: Sendable, Equatable {
  var graph: ONNXGraph
  var opset: Int
  /// Text by name, in this order.
  var metadata: [ONNXProperty]

  /// The format that a set of operators came with (`onnx.helper.VERSION_TABLE`).
  var irVersion: Int { opset < 15 ? 7 : opset < 19 ? 8 : opset < 21 ? 9 : 10 }
}

struct ONNXProperty: Sendable, Equatable {
  var key, value: String
}

struct ONNXGraph: Sendable, Equatable {
  var name: String
  /// Each behind what it reads.
  var nodes: [ONNXNode]
  var initializers: [ONNXTensor]
  var inputs, outputs: [ONNXValueInfo]
}

struct ONNXNode: Sendable, Equatable {
  var name, op: String
  /// Names of values; an empty one is an input left out.
  var inputs, outputs: [String]
  var attributes: [ONNXAttribute]
}

struct ONNXAttribute: Sendable, Equatable {
  enum Value: Sendable, Equatable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
  }

  var name: String
  var value: Value
}

/// A named constant, row-major.
struct ONNXTensor: Sendable, Equatable {
  enum Values: Sendable, Equatable {
    case floats([Float])
    case ints([Int])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .ints(let values): values.count
      }
    }
  }

  var name: String
  var extents: [Int]
  var values: Values
}

/// Name and shape of an input or output: float32, the batch first.
struct ONNXValueInfo: Sendable, Equatable {
  var name: String
  /// Without the batch.
  var extents: [Int]

  static let batchName = "batch"
}
