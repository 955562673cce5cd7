internal import CTurboJPEG

/// Decodes JPEG: the one file that talks to libjpeg-turbo, by its TurboJPEG functions, which return their errors.
///
/// The accurate inverse DCT and smooth upsampling, as Pillow and TensorFlow have them, so the pixels are theirs bit for
/// bit. A file of one context each; contexts are not shared between threads.
enum JPEGBridge {
  enum Layout: Sendable {
    case gray, rgb, cmyk

    var channels: Int {
      switch self {
      case .gray: 1
      case .rgb: 3
      case .cmyk: 4
      }
    }
  }

  /// - Parameters:
  ///   - file: all bytes of the file.
  ///   - size: as its header says, within `ImageLimits`.
  ///   - pixels: becomes `size.height * size.width * layout.channels` bytes.
  /// - Returns: the library's words for what is wrong, or `nil`.
  static func decode(
    _ file: borrowing [UInt8], size: PixelSize, layout: Layout, into pixels: inout [UInt8]
  ) -> String? {
    guard let context = unsafe tjInitDecompress() else { return "no memory is left to decode it" }
    defer { unsafe _ = tjDestroy(context) }
    pixels.resize(to: size.height * size.width * layout.channels)
    var flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING
    var fault = unsafe decode(context, file, size, layout, flags, &pixels)
    if let text = fault, isHarmless(text) {
      // The first warning ends the decoding; this one is known to leave the pixels alone.
      flags &= ~TJFLAG_STOPONWARNING
      fault = unsafe decode(context, file, size, layout, flags, &pixels)
      if let text = fault, isHarmless(text) { fault = nil }
    }
    return fault
  }

  @unsafe private static func decode(
    _ context: tjhandle, _ file: borrowing [UInt8], _ size: PixelSize, _ layout: Layout, _ flags: Int32,
    _ pixels: inout [UInt8]
  ) -> String? {
    let format: TJPF =
      switch layout {
      case .gray: TJPF_GRAY
      case .rgb: TJPF_RGB
      case .cmyk: TJPF_CMYK
      }
    let status = unsafe file.withUnsafeBufferPointer { file in
      unsafe pixels.withUnsafeMutableBufferPointer { pixels in
        unsafe tjDecompress2(
          context, file.baseAddress, UInt(file.count), pixels.baseAddress, Int32(size.width),
          Int32(size.width * layout.channels), Int32(size.height), format.rawValue, flags)
      }
    }
    return status == 0 ? nil : unsafe String(cString: tjGetErrorStr2(context))
  }

  /// Bytes between markers that belong to nothing, and odd versions of the frame around the image: cameras and
  /// websites write both.
  private static func isHarmless(_ text: String) -> Bool {
    text.contains("extraneous bytes before marker") || text.contains("unknown JFIF revision")
  }
}
