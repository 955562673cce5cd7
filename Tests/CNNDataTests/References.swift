import CNNFiles
import Foundation
import Testing

@testable import CNNData

/// Files that other programs wrote, and what they read from them (`Tests/References/make_data_references.py`).
enum References {
  static let images = "\(packageRoot)/Tests/References/images"
  static let arrays = "\(packageRoot)/Tests/References/arrays"

  static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

  static func decode<Value: Decodable>(_ path: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: path)))
  }

  /// Little-endian numbers from a byte of a file on.
  static func numbers<Number>(_ bytes: [UInt8], at offset: Int, count: Int, as type: Number.Type) -> [Number] {
    unsafe bytes.withUnsafeBytes { bytes in
      (0..<count).map {
        unsafe bytes.loadUnaligned(fromByteOffset: offset + $0 * MemoryLayout<Number>.size, as: Number.self)
      }
    }
  }

  struct ImageCase: Decodable, CustomTestStringConvertible {
    let file, source: String
    let height, width: Int
    /// Places of the pixels in `expected.bin`, `[height, width, 3]` and `[height, width]`.
    let rgb, grayscale: Int
    var testDescription: String { file }
  }

  static func imageCases() -> [ImageCase] { (try? decode("\(images)/cases.json")) ?? [] }

  struct ArrayCase: Decodable, CustomTestStringConvertible {
    let file: String
    let shape: [Int]
    let offset: Int
    var testDescription: String { file }
  }

  static func arrayCases() -> [ArrayCase] { (try? decode("\(arrays)/cases.json")) ?? [] }
}
