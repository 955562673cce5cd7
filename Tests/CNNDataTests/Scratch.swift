import CNNFiles
import Foundation

/// A folder for one test, removed when its owner lets go of it.
final class Scratch {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "cnnrun-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, and the folders above it; returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let path = path(name)
    let folder = Path.directory(of: path)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// The folder of the package.
let packageRoot = Path.directory(of: Path.directory(of: Path.directory(of: #filePath)))

/// Where Debian's package puts the full set; tests that need it are skipped without.
let fullSet = "/usr/share/datasets/fashion-mnist"
let hasFullSet = FileAccess().exists("\(fullSet)/train-images-idx3-ubyte.gz")

/// An IDX file, put together by the description of the format.
func idx(_ extents: [Int], type: UInt8 = 0x08, _ elements: [UInt8]) -> [UInt8] {
  [0, 0, type, UInt8(extents.count)] + extents.flatMap { bigEndian(UInt32($0)) } + elements
}

func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
}

/// A gzip member of stored blocks (RFC 1951 §3.2.4, RFC 1952), made without zlib.
func gzip(_ content: [UInt8]) -> [UInt8] {
  var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]
  var rest = content[...]
  repeat {
    let block = rest.prefix(65_535)
    rest = rest.dropFirst(65_535)
    let length = UInt16(block.count)
    bytes += [rest.isEmpty ? 1 : 0]
    bytes += [length, ~length].flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    bytes += block
  } while !rest.isEmpty
  return bytes + bigEndian(crc32(content)).reversed() + bigEndian(UInt32(content.count)).reversed()
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
  }
  return ~crc
}
