internal import CZlib

/// Compresses bytes: the one file here that talks to zlib.
enum Deflate {
  /// A zlib stream (RFC 1950).
  static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(uLong(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(size))
    let status = unsafe bytes.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        unsafe compress2(target.baseAddress, &size, source.baseAddress, uLong(source.count), 6)
      }
    }
    // The room is what zlib itself asks for; the rest is memory.
    precondition(status == Z_OK, "zlib cannot compress \(bytes.count) bytes: \(status)")
    return Array(result.prefix(Int(size)))
  }

  /// The check sum of PNG's chunks (ISO 3309).
  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe UInt32(truncatingIfNeeded: CZlib.crc32(0, buffer.baseAddress, uInt(buffer.count)))
    }
  }
}
