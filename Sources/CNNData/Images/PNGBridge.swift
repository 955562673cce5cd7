internal import CSpng

/// Decodes PNG: the one file that talks to libspng.
///
/// Every color type and depth becomes three bytes a pixel, gray ones three times the same: 16 bits a channel lose
/// their lower eight, fewer than eight are spread over 0 to 255, palettes are looked up, transparency is dropped, gamma
/// is left alone; which is what TensorFlow's `decode_image` does (tensorflow: `core/lib/png/png_io.cc`).
enum PNGBridge {
  /// - Parameters:
  ///   - file: all bytes of the file.
  ///   - size: as its header says, within `ImageLimits`.
  ///   - pixels: becomes `size.height * size.width * 3` bytes.
  /// - Returns: libspng's words for what is wrong, or `nil`.
  static func decode(_ file: borrowing [UInt8], size: PixelSize, into pixels: inout [UInt8]) -> String? {
    guard let context = unsafe spng_ctx_new(0) else { return "no memory is left to decode it" }
    defer { unsafe spng_ctx_free(context) }
    pixels.resize(to: size.height * size.width * 3)
    let status = unsafe file.withUnsafeBytes { file in
      unsafe pixels.withUnsafeMutableBytes { pixels in
        unsafe decode(context, file, pixels)
      }
    }
    return status == 0 ? nil : unsafe String(cString: spng_strerror(status))
  }

  /// - Returns: 0, or an error number of libspng.
  @unsafe private static func decode(
    _ context: OpaquePointer, _ file: UnsafeRawBufferPointer, _ pixels: UnsafeMutableRawBufferPointer
  ) -> Int32 {
    let side = UInt32(ImageLimits.side)
    var status = unsafe spng_set_image_limits(context, side, side)
    if status != 0 { return status }
    // Memory for what stands beside the pixels: profiles, text.
    status = unsafe spng_set_chunk_limits(context, ImageLimits.fileByteCount, 2 * ImageLimits.fileByteCount)
    if status != 0 { return status }
    status = unsafe spng_set_png_buffer(context, file.baseAddress, file.count)
    if status != 0 { return status }
    let format = Int32(SPNG_FMT_RGB8.rawValue)
    var needed = 0
    status = unsafe spng_decoded_image_size(context, format, &needed)
    if status != 0 { return status }
    guard needed == pixels.count else { return Int32(SPNG_EBUFSIZ.rawValue) }
    status = unsafe spng_decode_image(context, pixels.baseAddress, pixels.count, format, 0)
    if status != 0 { return status }
    // What follows the pixels, to the last chunk: a file that is cut off there was not copied whole.
    return unsafe spng_decode_chunks(context)
  }
}
