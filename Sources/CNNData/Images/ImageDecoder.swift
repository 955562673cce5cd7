/// Decodes one image after the other, PNG or JPEG, into upright pixels of one color mode.
///
/// Gray of a color image is its luma, (299 R + 587 G + 114 B) / 1000, in the 16-bit fixed point of libjpeg and Pillow; a
/// JPEG's is the one it stores.
struct ImageDecoder: Sendable {
  let mode: ColorMode

  /// - Parameters:
  ///   - file: all bytes of the file.
  ///   - path: for messages.
  func decode(_ file: [UInt8], path: String) throws(DataError) -> Picture {
    let header = try ImageHeader.read(.memory(file, path: path))
    var pixels: [UInt8] = []
    let fault: String?
    var isCMYK = false
    var channels = 3
    switch header.format {
    case .png: fault = PNGBridge.decode(file, size: header.size, into: &pixels)
    case .jpeg:
      isCMYK = header.components == 4
      let layout: JPEGBridge.Layout = isCMYK ? .cmyk : mode == .rgb ? .rgb : .gray
      fault = JPEGBridge.decode(file, size: header.size, layout: layout, into: &pixels)
      channels = layout.channels
    }
    if let fault { throw .image(path, "cannot be decoded: \(fault)") }
    var picture = Picture(size: header.size, channels: channels, pixels: pixels)
    if isCMYK { picture = picture.rgbOfCMYK(isInverted: header.isInverted) }
    if mode == .grayscale, picture.channels == 3 {
      picture = picture.gray(isGray: header.format == .png && header.pngColor.isGray)
    }
    return picture.turned(header.orientation)
  }
}

extension Picture {
  /// - Parameter isGray: whether all three channels are the same.
  fileprivate func gray(isGray: Bool) -> Picture {
    var result = [UInt8](repeating: 0, count: size.height * size.width)
    for index in result.indices {
      let red = UInt32(pixels[3 * index])
      if isGray {
        result[index] = UInt8(truncatingIfNeeded: red)
        continue
      }
      let luma = 19_595 &* red &+ 38_470 &* UInt32(pixels[3 * index + 1]) &+ 7_471 &* UInt32(pixels[3 * index + 2])
      result[index] = UInt8(truncatingIfNeeded: (luma &+ 0x8000) &>> 16)
    }
    return Picture(size: size, channels: 1, pixels: result)
  }

  /// Inks to light, without color profiles: what is left of white by an ink and by black (tensorflow:
  /// `core/lib/jpeg/jpeg_mem.cc`).
  ///
  /// - Parameter isInverted: whether 255 stands for no ink, as Adobe writes it.
  fileprivate func rgbOfCMYK(isInverted: Bool) -> Picture {
    var result = [UInt8](repeating: 0, count: size.height * size.width * 3)
    for index in 0..<(size.height * size.width) {
      let flip: UInt8 = isInverted ? 0 : 255
      let black = UInt32(pixels[4 * index + 3] ^ flip)
      for channel in 0..<3 {
        result[3 * index + channel] = UInt8(
          truncatingIfNeeded: UInt32(pixels[4 * index + channel] ^ flip) &* black / 255)
      }
    }
    return Picture(size: size, channels: 3, pixels: result)
  }
}
