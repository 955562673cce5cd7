import CNNModel
import CNNSession
import CNNSpec
import CNNTestSupport
import Foundation

/// A folder in which a Python process and a test put files for each other; removed when the test lets go of it.
final class KerasFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-keras-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Runs a script beside the tests with this folder as its argument.
  /// - Returns: what it printed; `nil` if there is no Keras here.
  func run(_ script: String) throws -> String? {
    let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(script)")
    return try PeerPython.run(String(contentsOf: place, encoding: .utf8), arguments: [url.path])
  }

  /// Names of the files that end so, without that end.
  func names(_ end: String, in folder: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.appendingPathComponent(folder).path)
      .filter { $0.hasSuffix(end) }.map { String($0.dropLast(end.count)) }.sorted()
  }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appendingPathComponent(name))) }

  func text(_ name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }

  func floats(_ name: String) throws -> [Float] {
    let bytes = try bytes(name)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
    }
  }

  func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: url.appendingPathComponent(name)) }

  func write(_ floats: [Float], _ name: String) throws {
    try write(
      floats.flatMap { value in [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value.bitPattern >> $0) } }, name)
  }
}

extension TrainedModel {
  /// What it predicts of samples that lie one behind the other.
  func predictions(of samples: [Float]) throws -> [Float] {
    let count = samples.count / spec.model.inputType.elementCount
    var predictor = try Predictor(self, batchSize: 4, threads: 2)
    return try predictor.predict(
      Dataset(
        sampleShape: spec.model.inputType.extents, storage: .floats(samples), labels: Array(repeating: 0, count: count),
        classNames: [], sourceIndices: Array(0..<count)))
  }
}

/// The largest difference, and the largest value that it is to be seen against.
func difference(_ one: [Float], _ other: [Float]) -> (difference: Float, scale: Float) {
  guard one.count == other.count else { return (.infinity, 1) }
  return (
    zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }, max(1, other.reduce(0) { max($0, abs($1)) })
  )
}
