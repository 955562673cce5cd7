import CNNSession

/// All arrays of an NPZ archive that is held in memory, as weights are kept in one.
package enum NPZArrays {
  /// Each array under its name, row-major, in the order of the archive.
  ///
  /// - Parameter path: what the archive is called in messages.
  /// - Throws: for a damaged archive, and for arrays of another type than float32.
  package static func read(_ bytes: [UInt8], path: String) throws(DataError) -> [NamedTensor] {
    let archive = try ZIPArchive(.memory(bytes, path: path))
    var tensors: [NamedTensor] = []
    for member in archive.members {
      let array = try NPYArray(member, of: archive)
      guard array.header.element == NPYElement(descr: "<f4") else {
        throw DataError(
          .unsupportedElement, .source, "'\(array.path)' holds \(array.header.text), and weights are float32",
          help: "save it with `array.astype(\"float32\")`")
      }
      let values = try array.elements(mostBytes: bytes.count)
      let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
      tensors.append(
        NamedTensor(
          name: name, extents: array.header.extents, values: FloatBytes.floats(values, 0..<values.count)))
    }
    return tensors
  }
}
