internal import CNNDiagnostics

/// The chunks of a PNG in front of its pixels (PNG specification, third edition, §5 and §11).
enum PNGHeader {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  /// More chunks in front of the pixels are not looked through.
  private static let mostChunks = 1000

  static func read(_ window: inout ByteWindow) throws(DataError) -> ImageHeader {
    let head = Array(try window.slice(at: signature.count, count: 25))
    guard head.count == 25 else { throw window.fault("ends within its first chunk") }
    guard number(head[0..<4]) == 13, head[4..<8].elementsEqual("IHDR".utf8) else {
      throw window.fault("does not begin with its IHDR chunk")
    }
    let (width, height) = (number(head[8..<12]), number(head[12..<16]))
    let depth = Int(head[16])
    guard let color = PNGColor(rawValue: head[17]) else { throw window.fault("has the unknown color type \(head[17])") }
    var header = ImageHeader(format: .png, size: PixelSize(height: height, width: width), pngColor: color)
    try ImageLimits.check(header.size, window)
    // DEFLATE makes 1,032 bytes of one at most, and every row has one for its filter.
    let rows = height * (1 + (width * depth * color.channels + 7) / 8)
    if window.bytes.byteCount < rows / Inflate.largestRatio {
      throw window.fault(
        "declares \(header.size.text) pixels, which \(window.bytes.byteCount.grouped) bytes cannot hold")
    }
    header.orientation = try orientation(&window)
    return header
  }

  /// What an eXIf chunk in front of the pixels says.
  private static func orientation(_ window: inout ByteWindow) throws(DataError) -> Orientation {
    var offset = signature.count + 25
    for _ in 0..<mostChunks {
      let head = try window.slice(at: offset, count: 8)
      guard head.count == 8 else { return .up }
      let length = number(head.prefix(4))
      if head.dropFirst(4).elementsEqual("IDAT".utf8) { return .up }
      if head.dropFirst(4).elementsEqual("eXIf".utf8), length <= 1 << 16 {
        return Orientation(exif: Array(try window.slice(at: offset + 8, count: length)))
      }
      offset += 12 + length
    }
    return .up
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
