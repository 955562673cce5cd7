/// How a stored image is turned to stand upright: the eight values of EXIF's tag 0x0112 (Exif 2.32, §4.6.4).
///
/// Each says where the first row and the first column of what is stored belong: `.right` of a camera held upright has
/// the first row at the right side.
enum Orientation: UInt8, Sendable, CaseIterable {
  case up = 1
  case upMirrored, down, downMirrored, leftMirrored, right, rightMirrored, left

  /// Rows of the stored image are columns of the upright one.
  var swapsAxes: Bool { rawValue >= 5 }

  /// - Parameter exif: a TIFF header with its directory; anything that cannot be read leaves the image as it is.
  init(exif bytes: [UInt8]) { self = Self.find(in: bytes) ?? .up }

  private static func find(in bytes: [UInt8]) -> Orientation? {
    let isLittle: Bool
    if bytes.starts(with: [0x49, 0x49, 0x2a, 0x00]) {
      isLittle = true
    } else if bytes.starts(with: [0x4d, 0x4d, 0x00, 0x2a]) {
      isLittle = false
    } else {
      return nil
    }
    func number(at offset: Int, count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      let field = bytes[offset..<(offset + count)]
      return isLittle ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, count: 4), let count = number(at: directory, count: 2) else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = number(at: entry, count: 2) else { return nil }
      // A SHORT stands in the first two bytes of the value field.
      guard tag == 0x0112 else { continue }
      guard number(at: entry + 2, count: 2) == 3, let value = number(at: entry + 8, count: 2) else { return nil }
      return UInt8(exactly: value).flatMap(Orientation.init)
    }
    return nil
  }
}

extension Picture {
  /// The image turned upright.
  func turned(_ orientation: Orientation) -> Picture {
    if orientation == .up { return self }
    let (height, width) = (size.height, size.width)
    let result = orientation.swapsAxes ? PixelSize(height: width, width: height) : size
    var turned = [UInt8]()
    turned.reserveCapacity(pixels.count)
    for row in 0..<result.height {
      for column in 0..<result.width {
        let (y, x) =
          switch orientation {
          case .up: (row, column)
          case .upMirrored: (row, width - 1 - column)
          case .down: (height - 1 - row, width - 1 - column)
          case .downMirrored: (height - 1 - row, column)
          case .leftMirrored: (column, row)
          case .right: (height - 1 - column, row)
          case .rightMirrored: (height - 1 - column, width - 1 - row)
          case .left: (column, width - 1 - row)
          }
        let start = (y * width + x) * channels
        for channel in 0..<channels { turned.append(pixels[start + channel]) }
      }
    }
    return Picture(size: result, channels: channels, pixels: turned)
  }
}
