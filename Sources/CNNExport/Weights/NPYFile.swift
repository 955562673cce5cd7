internal import CNNSession

/// An array in NumPy's format, version 1.0 (`numpy/lib/format.py`): float32, little-endian, in C order.
///
///     93 "NUMPY" 01 00 | length of the header, UInt16 | dictionary, spaces, line break | values
enum NPYFile {
  /// The values start at a multiple of 64 bytes, as NumPy has them.
  static func bytes(of tensor: NamedTensor) -> [UInt8] {
    let items = tensor.extents.map(String.init)
    let shape = items.count == 1 ? "(\(items[0]),)" : "(\(items.joined(separator: ", ")))"
    var dictionary = Array("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }".utf8)
    while (10 + dictionary.count + 1) % 64 != 0 { dictionary.append(0x20) }
    dictionary.append(0x0a)
    var bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]
    bytes += [UInt8(truncatingIfNeeded: dictionary.count), UInt8(truncatingIfNeeded: dictionary.count >> 8)]
    bytes += dictionary
    FloatBytes.append(tensor.values, to: &bytes)
    return bytes
  }
}
