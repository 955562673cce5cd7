internal import CNNData
internal import CNNDiagnostics

/// A `.keras` archive taken apart: `metadata.json`, `config.json`, `model.weights.h5`.
struct KerasFile: Sendable {
  let path: String
  /// `3.15.0`; `nil` if the file does not say.
  let version: String?
  /// As cnnrun writes them; empty in others' files.
  let classNames: [String]
  let config: JSONText
  let weights: KerasWeights

  /// Models of this length and less are read.
  static let byteLimit = 1 << 32
  private static let textLimit = 1 << 26

  /// - Throws: what is wrong with the archive or one of its members.
  init(_ bytes: [UInt8], path: String) throws(ExportError) {
    self.path = path
    let archive: ZIPArchive
    let members: [String: [UInt8]]
    do throws(DataError) {
      archive = try ZIPArchive(
        .memory(bytes, path: path), as: "a model of Keras", remedy: "save the model with `model.save(\"model.keras\")`")
      var contents: [String: [UInt8]] = [:]
      for member in archive.members {
        switch member.name {
        case "metadata.json", "config.json":
          contents[member.name] = try archive.content(of: member, limit: Self.textLimit)
        case "model.weights.h5":
          // Keras stores it as it is; four times the archive is more than deflate makes of weights.
          contents[member.name] = try archive.content(of: member, limit: 4 * bytes.count)
        default: break
        }
      }
      members = contents
    } catch { throw ExportError(error.message, help: error.help) }
    func member(_ name: String) throws(ExportError) -> [UInt8] {
      if let bytes = members[name] { return bytes }
      let names = archive.members.prefix(5).map { "'\(KerasFindings.shown($0.name))'" }.joined(separator: ", ")
      throw ExportError(
        "'\(path)' has no '\(name)'" + (names.isEmpty ? "" : "; it has \(names)"),
        help: "save the model with `model.save(\"model.keras\")` in Keras 3")
    }
    let metadata =
      try members["metadata.json"].map { (bytes) throws(ExportError) in
        try JSONReader.read(bytes, name: "'metadata.json' in '\(path)'")
      }
    version = metadata?["keras_version"]?.string
    classNames = metadata?["classes"]?.string.flatMap(Self.names) ?? []
    config = try JSONReader.read(member("config.json"), name: "'config.json' in '\(path)'")
    if let version, version.hasPrefix("2.") {
      throw ExportError(
        "'\(path)' was written by Keras \(KerasFindings.shown(version)), whose files have another order",
        help: "load it with Keras 3 and save it again")
    }
    let name = "'model.weights.h5' in '\(path)'"
    weights = try KerasWeights(
      HDF5.read(member("model.weights.h5"), skipping: "optimizer", name: name), file: name)
  }

  private static func names(_ text: String) -> [String]? {
    guard let value = try? JSONReader.read(Array(text.utf8), name: "classes"), let items = value.items else {
      return nil
    }
    let names = items.compactMap(\.string)
    return names.count == items.count ? names : nil
  }
}
