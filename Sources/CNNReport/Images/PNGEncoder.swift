/// Writes PNG (ISO/IEC 15948): eight bits a channel, not interlaced, each row with the filter that makes it smallest by the
/// sum of magnitudes, as the standard advises (section 12.8). The same picture gives the same bytes.
enum PNGEncoder {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func encode(_ image: Thumbnail) -> [UInt8] {
    var header = bigEndian(UInt32(image.width)) + bigEndian(UInt32(image.height))
    // Depth, colour type, compression, filtering, interlacing.
    header += [8, image.channels == 3 ? 2 : 0, 0, 0, 0]
    return signature + chunk("IHDR", header) + chunk("IDAT", Deflate.zlib(filtered(image))) + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndian(UInt32(data.count)) + body + bigEndian(Deflate.crc32(body))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// Rows with the byte of their filter in front: 0 for none, 1 for the difference from the left, 2 from above.
  private static func filtered(_ image: Thumbnail) -> [UInt8] {
    let size = image.width * image.channels
    var result: [UInt8] = []
    result.reserveCapacity(image.height * (size + 1))
    for row in 0..<image.height {
      let start = row * size
      var best: (filter: UInt8, bytes: [UInt8], cost: Int)?
      for filter in UInt8(0)...2 {
        let bytes = (0..<size).map { index -> UInt8 in
          let value = image.pixels[start + index]
          switch filter {
          case 1: return value &- (index >= image.channels ? image.pixels[start + index - image.channels] : 0)
          case 2: return value &- (row > 0 ? image.pixels[start - size + index] : 0)
          default: return value
          }
        }
        let cost = bytes.reduce(0) { $0 + Int(Int8(bitPattern: $1).magnitude) }
        if best.map({ cost < $0.cost }) ?? true { best = (filter, bytes, cost) }
      }
      if let best { result += [best.filter] + best.bytes }
    }
    return result
  }
}
