import Foundation

/// The files of one network under `Tests/References`, read without any of the project's own readers.
struct ReferenceFiles {
  static let networks = ["reference", "residual", "strided", "concat", "binary", "regression"]

  let folder: URL

  init(_ network: String) {
    folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("References/\(network)")
  }

  /// Names of the folder's files with an extension, without it.
  func names(withExtension type: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == type }.map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }

  /// A list of records.
  func records(_ name: String) throws -> [[String: Any]] {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    return try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
  }

  var spec: [UInt8] { get throws { Array(try Data(contentsOf: folder.appendingPathComponent("spec.yaml"))) } }

  func json(_ name: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  func numbers(_ key: String, in name: String) throws -> [Double] {
    (try json(name)[key] as? [NSNumber])?.map(\.doubleValue) ?? []
  }

  /// How far TensorFlow lies from itself for a tensor, relative to its largest magnitude.
  func spread(_ tensor: String) throws -> Double {
    let entry = try json("spread.json")[tensor] as? [String: NSNumber] ?? [:]
    return max(entry["runs"]?.doubleValue ?? 0, entry["float64"]?.doubleValue ?? 0)
  }

  /// Tensors of a safetensors file as floats; integers are converted.
  func tensors(_ name: String) throws -> [String: (shape: [Int], values: [Float])] {
    let data = try Data(contentsOf: folder.appendingPathComponent(name))
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length)) as? [String: Any] ?? [:]
    let body = Array(data.dropFirst(8 + length))
    var tensors: [String: (shape: [Int], values: [Float])] = [:]
    for (name, entry) in header where name != "__metadata__" {
      guard let entry = entry as? [String: Any], let shape = entry["shape"] as? [Int],
        let offsets = entry["data_offsets"] as? [Int], let type = entry["dtype"] as? String
      else { continue }
      if type == "I8" {
        tensors[name] = (shape, body[offsets[0]..<offsets[1]].map { Float(Int8(bitPattern: $0)) })
        continue
      }
      let words = stride(from: offsets[0], to: offsets[1], by: 4).map { offset in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(body[offset + $1]) << (8 * $1) }
      }
      tensors[name] = (
        shape, words.map { type == "I32" ? Float(Int32(bitPattern: $0)) : Float(bitPattern: $0) }
      )
    }
    return tensors
  }
}
