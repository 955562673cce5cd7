internal import CNNDiagnostics
internal import CNNSession

extension ONNXModel {
  /// A `ModelProto` longer than this cannot be read by protocol buffers' own library.
  static let byteLimit = Int(Int32.max)

  /// The model's bytes, the same for the same model; field numbers are those of `onnx/onnx.proto`.
  /// - Throws: if they were more than `limit`.
  func encoded(limit: Int = byteLimit) throws(ExportError) -> [UInt8] {
    var head = ProtobufWriter()
    head.add(1, irVersion)
    head.add(2, "cnnrun")
    head.add(3, cnnrunVersion)

    var opset = ProtobufWriter()
    opset.add(1, "")
    opset.add(2, self.opset)
    var tail = ProtobufWriter()
    tail.add(8, message: opset)
    for property in metadata {
      var entry = ProtobufWriter()
      entry.add(1, property.key)
      entry.add(2, property.value)
      tail.add(14, message: entry)
    }

    let parts = graph.parts
    var length = parts.byteCount
    let (all, overflows) = length.addingReportingOverflow(head.bytes.count + tail.bytes.count + 32)
    guard !overflows, all <= limit else {
      throw ExportError(
        "the model takes \(all.grouped) bytes as ONNX, and a file of that format holds at most 2 GiB",
        help: "`--to safetensors` has no such limit")
    }
    var model = ProtobufWriter()
    model.reserve(all)
    model.append(head.bytes)
    model.begin(7, byteCount: length)
    length = model.bytes.count + length
    parts.write(to: &model)
    precondition(model.bytes.count == length, "a graph of another length than it was measured to have")
    model.append(tail.bytes)
    return model.bytes
  }
}

extension ONNXGraph {
  /// What the graph's message consists of, without the values of its constants.
  fileprivate struct Parts {
    var nodes = ProtobufWriter()
    /// Name, shape and type of each constant, and its values.
    var initializers: [(head: ProtobufWriter, values: ONNXTensor.Values)] = []
    var infos = ProtobufWriter()

    /// Bytes of a length-delimited field of this content.
    private static func framed(_ byteCount: Int) -> Int {
      var writer = ProtobufWriter()
      writer.begin(5, byteCount: byteCount)
      return writer.bytes.count + byteCount
    }

    private static func rawByteCount(_ values: ONNXTensor.Values) -> Int {
      switch values {
      case .floats(let floats): floats.count * 4
      case .ints(let ints): ints.count * 8
      }
    }

    private static func tensorByteCount(_ head: ProtobufWriter, _ values: ONNXTensor.Values) -> Int {
      head.bytes.count + framed(rawByteCount(values))
    }

    var byteCount: Int {
      initializers.reduce(nodes.bytes.count + infos.bytes.count) {
        $0 + Self.framed(Self.tensorByteCount($1.head, $1.values))
      }
    }

    func write(to writer: inout ProtobufWriter) {
      writer.append(nodes.bytes)
      for (head, values) in initializers {
        writer.begin(5, byteCount: Self.tensorByteCount(head, values))
        writer.append(head.bytes)
        writer.begin(9, byteCount: Self.rawByteCount(values))
        switch values {
        case .floats(let floats): writer.append(floats)
        case .ints(let ints):
          writer.append(
            ints.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
        }
      }
      writer.append(infos.bytes)
    }
  }

  fileprivate var parts: Parts {
    var parts = Parts()
    for node in nodes { parts.nodes.add(1, message: node.message) }
    parts.nodes.add(2, name)
    for tensor in initializers {
      var head = ProtobufWriter()
      for extent in tensor.extents { head.add(1, extent) }
      switch tensor.values {
      case .floats: head.add(2, ONNXElement.float.rawValue)
      case .ints: head.add(2, ONNXElement.int64.rawValue)
      }
      head.add(8, tensor.name)
      parts.initializers.append((head, tensor.values))
    }
    for input in inputs { parts.infos.add(11, message: input.message) }
    for output in outputs { parts.infos.add(12, message: output.message) }
    return parts
  }
}

/// `TensorProto.DataType`
enum ONNXElement: Int {
  case float = 1
  case int64 = 7
}

extension ONNXNode {
  fileprivate var message: ProtobufWriter {
    var writer = ProtobufWriter()
    for input in inputs { writer.add(1, input) }
    for output in outputs { writer.add(2, output) }
    writer.add(3, name)
    writer.add(4, op)
    for attribute in attributes { writer.add(5, message: attribute.message) }
    return writer
  }
}

extension ONNXAttribute {
  /// `AttributeProto.AttributeType`
  enum Kind: Int {
    case float = 1
    case int = 2
    case string = 3
    case ints = 7
  }

  fileprivate var message: ProtobufWriter {
    var writer = ProtobufWriter()
    writer.add(1, name)
    switch value {
    case .float(let value):
      writer.add(2, value)
      writer.add(20, Kind.float.rawValue)
    case .int(let value):
      writer.add(3, value)
      writer.add(20, Kind.int.rawValue)
    case .string(let text):
      writer.add(4, text)
      writer.add(20, Kind.string.rawValue)
    case .ints(let values):
      for value in values { writer.add(8, value) }
      writer.add(20, Kind.ints.rawValue)
    }
    return writer
  }
}

extension ONNXValueInfo {
  fileprivate var message: ProtobufWriter {
    var shape = ProtobufWriter()
    var batch = ProtobufWriter()
    batch.add(2, Self.batchName)
    shape.add(1, message: batch)
    for extent in extents {
      var dimension = ProtobufWriter()
      dimension.add(1, extent)
      shape.add(1, message: dimension)
    }
    var tensor = ProtobufWriter()
    tensor.add(1, ONNXElement.float.rawValue)
    tensor.add(2, message: shape)
    var type = ProtobufWriter()
    type.add(1, message: tensor)
    var info = ProtobufWriter()
    info.add(1, name)
    info.add(2, message: type)
    return info
  }
}
