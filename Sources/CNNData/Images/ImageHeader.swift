internal import CNNDiagnostics

/// What the head of an image file says, before anything is decoded.
struct ImageHeader: Sendable, Equatable {
  enum Format: Sendable { case png, jpeg }

  let format: Format
  /// As stored, before it is turned.
  let size: PixelSize
  /// How the stored image is turned to stand upright, by its EXIF data; `.up` where it has none.
  var orientation = Orientation.up
  /// Of a JPEG: its components, 1, 3 or 4.
  var components = 0
  /// Of a JPEG: whether Adobe's marker says that CMYK values are inverted.
  var isInverted = false
  /// Of a PNG: what its channels are.
  var pngColor = PNGColor.rgb

  /// Rows and columns of the upright image.
  var uprightSize: PixelSize {
    orientation.swapsAxes ? PixelSize(height: size.width, width: size.height) : size
  }

  /// Reads as much of the file as its head takes.
  /// - Throws: what the file is instead, what is wrong with its head, or why it cannot be read.
  static func read(_ bytes: RandomBytes) throws(DataError) -> ImageHeader {
    var window = ByteWindow(bytes)
    let magic = Array(try window.slice(at: 0, count: 16))
    let header: ImageHeader
    if magic.starts(with: PNGHeader.signature) {
      header = try PNGHeader.read(&window)
    } else if magic.starts(with: [0xff, 0xd8, 0xff]) {
      header = try JPEGHeader.read(&window)
    } else {
      try LFSPointer.refuse(bytes)
      throw window.fault(foreign(magic))
    }
    try ImageLimits.check(header.size, window)
    return header
  }

  /// What a file is that is neither PNG nor JPEG.
  private static func foreign(_ magic: [UInt8]) -> String {
    func begins(_ text: String, at offset: Int = 0) -> Bool { magic.dropFirst(offset).starts(with: text.utf8) }
    if magic.isEmpty { return "is empty" }
    let name: String? =
      if begins("GIF8") { "a GIF" } else if begins("BM") { "a BMP" } else if begins("RIFF"), begins("WEBP", at: 8) {
        "a WebP"
      } else if begins("II*\0") || begins("MM\0*") { "a TIFF" } else if begins("ftyp", at: 4) {
        "a HEIF, AVIF or video"
      } else if IDXHeader.looksLikeMarkup(magic) {
        "HTML or XML, a page saved in place of an image"
      } else if magic
        .starts(with: [0x1f, 0x8b])
      { "gzipped" } else { nil }
    if let name { return "is \(name), and PNG and JPEG are read" }
    let found = magic.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    return "begins with the bytes \(found), and is neither PNG nor JPEG"
  }
}

/// The color types of PNG.
enum PNGColor: UInt8, Sendable {
  case gray = 0
  case rgb = 2
  case palette = 3
  case grayAlpha = 4
  case rgbAlpha = 6

  var isGray: Bool { self == .gray || self == .grayAlpha }

  var channels: Int {
    switch self {
    case .gray, .palette: 1
    case .grayAlpha: 2
    case .rgb: 3
    case .rgbAlpha: 4
    }
  }
}
