internal import CNNDiagnostics

/// Rows and columns of an image.
package struct PixelSize: Sendable, Hashable {
  package var height: Int
  package var width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// `480x640`, rows first, as everywhere in a spec.
  package var text: String { "\(height)x\(width)" }
}

/// What the channels of an image are.
package enum ColorMode: String, Sendable, CaseIterable {
  case rgb, grayscale

  package var channels: Int { self == .rgb ? 3 : 1 }
}

/// A decoded image: bytes of 0 to 255, row-major `[height, width, channels]`.
struct Picture: Sendable, Equatable {
  var size: PixelSize
  var channels: Int
  var pixels: [UInt8]
}

/// What an image may ask of memory and time. The number of pixels is where Pillow begins to warn.
enum ImageLimits {
  static let fileByteCount = 64 << 20
  static let side = 16_384
  static let pixelCount = 89_478_485

  static func check(_ size: PixelSize, _ window: ByteWindow) throws(DataError) {
    guard size.height > 0, size.width > 0 else { throw window.fault("declares \(size.text) pixels") }
    guard max(size.height, size.width) <= side, size.height * size.width <= pixelCount else {
      throw window.fault(
        "declares \(size.text) pixels; at most \(side.grouped) along a side and \(pixelCount.grouped) in all are read")
    }
  }
}

extension ByteWindow {
  /// - Parameter message: completes "'cat/1.png' …".
  func fault(_ message: String) -> DataError { .image(bytes.path, message) }
}

extension DataError {
  /// An image that cannot be read.
  static func image(_ path: String, _ message: String) -> DataError {
    DataError(
      .unreadableImage, .source, "'\(path)' \(message)",
      help: "take the file out of the folder, or save the image again as PNG or JPEG")
  }
}
