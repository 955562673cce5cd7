/// The markers of a JPEG in front of its first scan (ITU-T T.81, annex B).
enum JPEGHeader {
  /// More markers in front of the first scan are not looked through.
  private static let mostMarkers = 10_000

  static func read(_ window: inout ByteWindow) throws(DataError) -> ImageHeader {
    var offset = 2
    var header: ImageHeader?
    var orientation = Orientation.up
    var isInverted = false
    for _ in 0..<mostMarkers {
      let head = Array(try window.slice(at: offset, count: 4))
      guard head.count >= 2 else { throw window.fault("ends before its first scan") }
      // Markers may be padded with any number of 0xff; other bytes between them are damage.
      guard head[0] == 0xff else { throw window.fault("has no marker at byte \(offset)") }
      let marker = head[1]
      switch marker {
      case 0xff: offset += 1
      case 0x01, 0xd0...0xd8: offset += 2
      case 0xd9: throw window.fault("ends before its first scan")
      default:
        guard head.count == 4 else { throw window.fault("ends before its first scan") }
        let length = Int(head[2]) << 8 | Int(head[3])
        guard length >= 2 else { throw window.fault("has a segment of \(length) bytes at byte \(offset)") }
        let content = { (window: inout ByteWindow, most: Int) throws(DataError) in
          Array(try window.slice(at: offset + 4, count: min(length - 2, most)))
        }
        switch marker {
        case 0xda:
          guard var header else { throw window.fault("has no frame before its first scan") }
          header.orientation = orientation
          header.isInverted = isInverted
          return header
        case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
          if header != nil { throw window.fault("has two frames") }
          header = try frame(try content(&window, 6), window)
        case 0xe1:
          let bytes = try content(&window, length)
          if bytes.starts(with: "Exif\0\0".utf8) { orientation = Orientation(exif: Array(bytes.dropFirst(6))) }
        case 0xee:
          if try content(&window, 12).starts(with: "Adobe".utf8) { isInverted = true }
        default: break
        }
        offset += 2 + length
      }
    }
    throw window.fault("has no scan among its first \(mostMarkers) markers")
  }

  private static func frame(_ bytes: [UInt8], _ window: ByteWindow) throws(DataError) -> ImageHeader {
    guard bytes.count == 6 else { throw window.fault("ends within its frame header") }
    guard bytes[0] == 8 else { throw window.fault("has \(bytes[0]) bits a sample, and 8 are read") }
    let size = PixelSize(height: Int(bytes[1]) << 8 | Int(bytes[2]), width: Int(bytes[3]) << 8 | Int(bytes[4]))
    let components = Int(bytes[5])
    guard [1, 3, 4].contains(components) else {
      throw window.fault("has \(components) components, and 1, 3 and 4 are read")
    }
    return ImageHeader(format: .jpeg, size: size, components: components)
  }
}
