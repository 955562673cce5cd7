import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("decoding images")
struct ImageTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("there are cases of every kind")
  func cases() {
    let files = References.imageCases().map(\.file)
    #expect(files.count == 58)
    #expect(files.count { $0.hasSuffix(".png") } == 37)
  }

  @Test("images are bit for bit what Pillow and TensorFlow decode", arguments: References.imageCases())
  func decoded(reference: References.ImageCase) throws {
    let bytes = try References.bytes("\(References.images)/\(reference.file)")
    let expected = try References.bytes("\(References.images)/expected.bin")
    for mode in ColorMode.allCases {
      let picture = try ImageDecoder(mode: mode).decode(bytes, path: reference.file)
      #expect(picture.size == PixelSize(height: reference.height, width: reference.width))
      #expect(picture.channels == mode.channels)
      let start = mode == .rgb ? reference.rgb : reference.grayscale
      let count = reference.height * reference.width * mode.channels
      #expect(picture.pixels == Array(expected[start..<(start + count)]), "\(mode)")
    }
  }

  private struct FolderReference: Decodable {
    struct Set: Decodable {
      let mode: String
      let offset: Int
      let labels: [Int32]
      let files, classes: [String]
    }
    let height, width: Int
    let sets: [Set]
  }

  /// The same float32 operations, so the same bits, unless TensorFlow was built to fuse some of them.
  @Test("a folder is what Keras's image_dataset_from_directory makes of it")
  func folder() throws {
    let reference: FolderReference = try References.decode("\(References.images)/folder.json")
    let expected = try References.bytes("\(References.images)/folder.bin")
    #expect(reference.sets.count == 2)
    for set in reference.sets {
      var request = DataRequest(source: .imageFolder("folder"), specDirectory: References.images)
      request.imageSize = PixelSize(height: reference.height, width: reference.width)
      request.colorMode = try #require(ColorMode(rawValue: set.mode))
      let data = try DataLoader().load(request, LoadSettings(threads: 2))
      #expect(data.train.classNames == set.classes)
      #expect(data.train.labels == set.labels)
      #expect((0..<data.train.count).map { data.train.name(of: $0) } == set.files.map { "folder/\($0)" })
      guard case .floats(let values) = data.train.storage else {
        Issue.record("resized images are floats")
        return
      }
      let floats = References.numbers(expected, at: set.offset, count: values.count, as: Float.self)
      let worst = zip(values, floats).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 255 * 0x1p-22, "\(worst)")
    }
  }

  @Test("images that have the size asked for stay bytes")
  func sameSize() throws {
    for (place, name) in ["a/1.png", "b/1.png"].enumerated() {
      let bytes = try References.bytes("\(References.images)/gray-8.png")
      try scratch.write(bytes, "set/\(name)")
      #expect(place < 2)
    }
    var request = DataRequest(source: .imageFolder("set"), specDirectory: scratch.path)
    request.imageSize = PixelSize(height: 5, width: 7)
    let data = try DataLoader().load(request)
    guard case .bytes(let bytes) = data.train.storage else {
      Issue.record("nothing lies between two pixels")
      return
    }
    #expect(bytes.count == 2 * 5 * 7 * 3)
    #expect(Array(bytes[..<105]) == Array(bytes[105...]))
  }

  // MARK: What is refused

  func fault(_ bytes: [UInt8], mode: ColorMode = .rgb) -> DataError? {
    do throws(DataError) {
      _ = try ImageDecoder(mode: mode).decode(bytes, path: "x")
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "what is neither PNG nor JPEG is named",
    arguments: [
      ("GIF89a..........", "'x' is a GIF, and PNG and JPEG are read"),
      ("BM..............", "'x' is a BMP, and PNG and JPEG are read"),
      ("RIFF....WEBPVP8 ", "'x' is a WebP, and PNG and JPEG are read"),
      ("\u{0}\u{0}\u{0}\u{18}ftypheic", "'x' is a HEIF, AVIF or video, and PNG and JPEG are read"),
      ("<!DOCTYPE html>", "'x' is HTML or XML, a page saved in place of an image, and PNG and JPEG are read"),
      ("hello", "'x' begins with the bytes 68 65 6c 6c, and is neither PNG nor JPEG"),
      ("", "'x' is empty"),
    ])
  func foreign(text: String, message: String) {
    let fault = fault(Array(text.utf8))
    #expect(fault?.code == .unreadableImage)
    #expect(fault?.message == message)
  }

  /// A PNG's head, by the specification; the checksum is not looked at before the size is.
  func png(width: UInt32, height: UInt32, depth: UInt8 = 8, color: UInt8 = 2) -> [UInt8] {
    PNGHeader.signature + bigEndian(13) + Array("IHDR".utf8) + bigEndian(width) + bigEndian(height)
      + [depth, color, 0, 0, 0] + bigEndian(0)
  }

  @Test("sizes beyond the limits are refused before anything is allocated")
  func limits() {
    #expect(
      fault(png(width: 16_385, height: 1))?.message
        == "'x' declares 1x16385 pixels; at most 16,384 along a side and 89,478,485 in all are read")
    #expect(fault(png(width: 16_000, height: 16_000))?.message.contains("declares 16000x16000 pixels;") == true)
    #expect(fault(png(width: 0, height: 5))?.message == "'x' declares 5x0 pixels")
    #expect(fault(png(width: .max, height: .max)) != nil)
    // 9,000 x 9,000 x 3 bytes of at most 1,032 to one.
    #expect(
      fault(png(width: 9000, height: 9000))?.message
        == "'x' declares 9000x9000 pixels, which 33 bytes cannot hold")
  }

  @Test("a file that is cut off is an error, wherever it is cut")
  func truncated() throws {
    for name in ["rgb-8.png", "palette-4-interlaced.png", "420.jpg", "gray-progressive.jpg", "444-progressive.jpg"] {
      let bytes = try References.bytes("\(References.images)/\(name)")
      // The end marker of a JPEG, and the checksum of the end of a PNG, have no part in the pixels.
      let shortest = name.hasSuffix(".jpg") ? 3 : 5
      for count in 0...(bytes.count - shortest) where fault(Array(bytes.prefix(count))) == nil {
        Issue.record("\(name) is accepted with \(count) of \(bytes.count) bytes")
      }
    }
  }

  @Test("a changed byte of a PNG's pixels is an error: its checksum tells")
  func flipped() throws {
    let bytes = try References.bytes("\(References.images)/rgb-16.png")
    for index in 8..<bytes.count {
      var changed = bytes
      changed[index] ^= 0x10
      if fault(changed) == nil { Issue.record("byte \(index) can be another") }
    }
  }

  /// Cameras write such bytes, and the pixels are those of the file without them.
  @Test("bytes that belong to nothing in front of the end of a JPEG do no harm")
  func extraneous() throws {
    let bytes = try References.bytes("\(References.images)/420.jpg")
    let odd = Array(bytes.dropLast(2)) + [0, 0, 0, 0] + Array(bytes.suffix(2))
    let decoder = ImageDecoder(mode: .rgb)
    #expect(try decoder.decode(odd, path: "x").pixels == decoder.decode(bytes, path: "x").pixels)
  }

  @Test("a JPEG of twelve bits, and one of two components, are told so")
  func unusualJPEG() throws {
    let bytes = try References.bytes("\(References.images)/444.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xc0]) })
    var twelve = bytes
    twelve[frame + 4] = 12
    #expect(fault(twelve)?.message == "'x' has 12 bits a sample, and 8 are read")
    var two = bytes
    two[frame + 9] = 2
    #expect(fault(two)?.message == "'x' has 2 components, and 1, 3 and 4 are read")
  }
}
