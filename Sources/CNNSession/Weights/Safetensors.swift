internal import CNNDiagnostics

/// A named array of float32 values, row-major.
package struct NamedTensor: Sendable, Equatable {
  package var name: String
  package var extents: [Int]
  package var values: [Float]

  package init(name: String, extents: [Int], values: [Float]) {
    self.name = name
    self.extents = extents
    self.values = values
  }
}

/// The safetensors format (`huggingface/safetensors`, README), float32 only: bytes to tensors and back.
///
///     let bytes = Safetensors.encode([NamedTensor(name: "dense/bias", extents: [2], values: [0.5, 1])], metadata: [:])
///
/// It opens no file (`WeightsFile` does) and knows no model (`WeightsMatch` does).
package enum Safetensors {
  package typealias Contents = (tensors: [NamedTensor], metadata: [String: String])

  /// The same bytes for the same tensors, whatever order they come in: sorted by name, as the format's library does,
  /// values at a multiple of eight bytes.
  /// - Precondition: names are unique, and every tensor has the values of its shape.
  package static func encode(_ tensors: [NamedTensor], metadata: [String: String] = [:]) -> [UInt8] {
    let sorted = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of one name")
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
      members.append("\"\(SafetensorsHeader.metadataKey)\":{\(pairs.joined(separator: ","))}")
    }
    var end = 0
    for tensor in sorted {
      precondition(
        tensor.values.count == tensor.extents.reduce(1, *),
        "\(tensor.values.count) values of `\(tensor.name)` for \(tensor.extents)")
      let start = end
      end += tensor.values.count * 4
      let shape = tensor.extents.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONText.quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while !header.count.isMultiple(of: 8) { header.append(0x20) }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + end)
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
    bytes += header
    for tensor in sorted { FloatBytes.append(tensor.values, to: &bytes) }
    return bytes
  }

  /// The tensors, in the order of their bytes in the file.
  /// - Throws: whatever is wrong with the file, before any value is copied; then `.nonFinite` for values that are
  ///   infinite or not a number, unless they are allowed.
  package static func decode(
    _ bytes: [UInt8], path: String, allowsNonFinite: Bool = false
  ) throws(WeightsError) -> Contents {
    let header = try SafetensorsHeader(bytes, fileByteCount: bytes.count, path: path)
    let tensors = try tensors(
      header, in: bytes, from: header.dataStart, path: path, allowsNonFinite: allowsNonFinite)
    return (tensors, header.metadata)
  }

  /// The tensors of a proven header, whose values start at `start` in `bytes`.
  static func tensors(
    _ header: SafetensorsHeader, in bytes: [UInt8], from start: Int, path: String, allowsNonFinite: Bool
  ) throws(WeightsError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    tensors.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let values = FloatBytes.floats(bytes, start + entry.bytes.lowerBound..<start + entry.bytes.upperBound)
      if !allowsNonFinite, let index = FloatBytes.firstNonFinite(values) {
        throw WeightsError(
          .nonFinite, path, "holds \(values[index]) as value \(index) of `\(WeightsError.shown(entry.name))`",
          help: "the training that wrote it diverged")
      }
      tensors.append(NamedTensor(name: entry.name, extents: entry.extents, values: values))
    }
    return tensors
  }
}
