internal import CNNSession

extension ONNXModel {
  /// Reads what `encoded` wrote, by the field numbers of `onnx/onnx.proto`; fields that are not known are passed over.
  init(decoding bytes: [UInt8]) throws(ExportError) {
    do throws(ProtobufReader.Fault) {
      self = try ONNXDecoding(bytes: bytes).model(0..<bytes.count)
    } catch {
      throw ExportError("the ONNX model cannot be read at byte \(error.offset): \(error.message)")
    }
  }
}

private struct ONNXDecoding {
  typealias Fault = ProtobufReader.Fault
  let bytes: [UInt8]

  func model(_ range: Range<Int>) throws(Fault) -> ONNXModel {
    var model = ONNXModel(
      graph: ONNXGraph(name: "", nodes: [], initializers: [], inputs: [], outputs: []), opset: 0, metadata: [])
    var irVersion = 0
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .varint(let word)): irVersion = int(word)
      case (7, .bytes(let range)): model.graph = try graph(range)
      case (8, .bytes(let range)):
        var inner = ProtobufReader(bytes, range)
        while let (field, value) = try inner.next() {
          if field == 2, case .varint(let word) = value { model.opset = int(word) }
        }
      case (14, .bytes(let range)):
        var property = ONNXProperty(key: "", value: "")
        var inner = ProtobufReader(bytes, range)
        while let (field, value) = try inner.next() {
          if case .bytes(let range) = value {
            if field == 1 { property.key = try text(range) }
            if field == 2 { property.value = try text(range) }
          }
        }
        model.metadata.append(property)
      default: break
      }
    }
    guard irVersion == model.irVersion else {
      throw Fault(message: "version \(irVersion) of the format with operators \(model.opset)", offset: 0)
    }
    return model
  }

  private func graph(_ range: Range<Int>) throws(Fault) -> ONNXGraph {
    var graph = ONNXGraph(name: "", nodes: [], initializers: [], inputs: [], outputs: [])
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: graph.nodes.append(try node(range))
      case 2: graph.name = try text(range)
      case 5: graph.initializers.append(try tensor(range))
      case 11: graph.inputs.append(try info(range))
      case 12: graph.outputs.append(try info(range))
      default: break
      }
    }
    return graph
  }

  private func node(_ range: Range<Int>) throws(Fault) -> ONNXNode {
    var node = ONNXNode(name: "", op: "", inputs: [], outputs: [], attributes: [])
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: node.inputs.append(try text(range))
      case 2: node.outputs.append(try text(range))
      case 3: node.name = try text(range)
      case 4: node.op = try text(range)
      case 5: node.attributes.append(try attribute(range))
      default: break
      }
    }
    return node
  }

  private func attribute(_ range: Range<Int>) throws(Fault) -> ONNXAttribute {
    var name = ""
    var kind = 0
    var float: Float = 0
    var integer = 0
    var string = ""
    var integers: [Int] = []
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): name = try text(range)
      case (2, .fixed32(let word)): float = Float(bitPattern: word)
      case (3, .varint(let word)): integer = int(word)
      case (4, .bytes(let range)): string = try text(range)
      case (8, .varint(let word)): integers.append(int(word))
      case (8, .bytes(let range)): integers += try ProtobufReader.varints(bytes, range).map(int)
      case (20, .varint(let word)): kind = int(word)
      default: break
      }
    }
    switch ONNXAttribute.Kind(rawValue: kind) {
    case .float: return ONNXAttribute(name: name, value: .float(float))
    case .int: return ONNXAttribute(name: name, value: .int(integer))
    case .string: return ONNXAttribute(name: name, value: .string(string))
    case .ints: return ONNXAttribute(name: name, value: .ints(integers))
    case nil: throw Fault(message: "attribute `\(name)` of a type that is not read", offset: range.lowerBound)
    }
  }

  private func tensor(_ range: Range<Int>) throws(Fault) -> ONNXTensor {
    var tensor = ONNXTensor(name: "", extents: [], values: .floats([]))
    var kind = 0
    var raw = range.lowerBound..<range.lowerBound
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .varint(let word)): tensor.extents.append(int(word))
      case (1, .bytes(let range)): tensor.extents += try ProtobufReader.varints(bytes, range).map(int)
      case (2, .varint(let word)): kind = int(word)
      case (8, .bytes(let range)): tensor.name = try text(range)
      case (9, .bytes(let range)): raw = range
      default: break
      }
    }
    switch ONNXElement(rawValue: kind) {
    case .float where raw.count.isMultiple(of: 4): tensor.values = .floats(FloatBytes.floats(bytes, raw))
    case .int64 where raw.count.isMultiple(of: 8):
      tensor.values = .ints(
        stride(from: raw.lowerBound, to: raw.upperBound, by: 8).map { start in
          int((0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) })
        })
    default: throw Fault(message: "constant `\(tensor.name)` of a type that is not read", offset: range.lowerBound)
    }
    var count = 1
    for extent in tensor.extents {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else {
        throw Fault(message: "constant `\(tensor.name)` has a shape that cannot be", offset: range.lowerBound)
      }
      count = product
    }
    guard count == tensor.values.count else {
      throw Fault(message: "constant `\(tensor.name)` has \(tensor.values.count) values", offset: range.lowerBound)
    }
    return tensor
  }

  private func info(_ range: Range<Int>) throws(Fault) -> ONNXValueInfo {
    var info = ONNXValueInfo(name: "", extents: [])
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      if field == 1 { info.name = try text(range) }
      // TypeProto > Tensor > TensorShapeProto > Dimension
      if field == 2 {
        for tensor in try messages(1, in: range) {
          for shape in try messages(2, in: tensor) {
            let dimensions = try messages(1, in: shape)
            for dimension in dimensions.dropFirst() { info.extents.append(try extent(dimension)) }
          }
        }
      }
    }
    return info
  }

  private func extent(_ range: Range<Int>) throws(Fault) -> Int {
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      if field == 1, case .varint(let word) = value { return int(word) }
    }
    throw Fault(message: "an axis beside the batch has no extent", offset: range.lowerBound)
  }

  private func messages(_ wanted: UInt64, in range: Range<Int>) throws(Fault) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var reader = ProtobufReader(bytes, range)
    while let (field, value) = try reader.next() {
      if field == wanted, case .bytes(let range) = value { found.append(range) }
    }
    return found
  }

  private func int(_ word: UInt64) -> Int { Int(Int64(bitPattern: word)) }

  private func text(_ range: Range<Int>) throws(Fault) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw Fault(message: "a text is not UTF-8", offset: range.lowerBound)
    }
    return text
  }
}
