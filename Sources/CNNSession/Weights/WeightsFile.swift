package import CNNFiles
package import CNNGraph

/// Files of weights: the safetensors format, read and written through `CNNFiles`.
///
/// A header is read and proven first; values only after that, so that no allocation follows from what a file claims.
package enum WeightsFile {
  /// Files longer than this are read only for a model that needs so much.
  package static let byteLimit = 1 << 32

  /// Everything in a file, whatever model it belongs to.
  package static func read(
    _ path: String, allowsNonFinite: Bool = false, limit: Int = byteLimit, _ access: FileAccess = FileAccess()
  ) throws(WeightsError) -> Safetensors.Contents {
    let file = try reading { () throws(FileError) in try access.openFile(path) }
    return try read(file, allowsNonFinite: allowsNonFinite, limit: limit)
  }

  /// The values of each parameter of a model, in the model's order, from a path that a person typed.
  package static func load(
    _ path: String, for parameters: [Parameter], allowsNonFinite: Bool = false, _ access: FileAccess = FileAccess()
  ) throws(WeightsError) -> [[Float]] {
    let file = try reading { () throws(FileError) in try access.openFile(path) }
    return try load(file, for: parameters, allowsNonFinite: allowsNonFinite)
  }

  /// The same from a path that a spec holds, below `root`.
  package static func load(
    _ contained: ContainedPath, below root: String, for parameters: [Parameter], allowsNonFinite: Bool = false,
    _ access: FileAccess = FileAccess()
  ) throws(WeightsError) -> [[Float]] {
    let file = try reading { () throws(FileError) in try access.openFile(contained, below: root) }
    return try load(file, for: parameters, allowsNonFinite: allowsNonFinite)
  }

  /// What of a file fits a model, whatever else it holds, from a path that a person typed.
  package static func loadFitting(
    _ path: String, for parameters: [Parameter], _ access: FileAccess = FileAccess()
  ) throws(WeightsError) -> FittingWeights {
    let file = try reading { () throws(FileError) in try access.openFile(path) }
    return FittingWeights(try read(file, allowsNonFinite: false, limit: byteLimit).tensors, for: parameters)
  }

  /// The same from a path that a spec holds, below `root`.
  package static func loadFitting(
    _ contained: ContainedPath, below root: String, for parameters: [Parameter], _ access: FileAccess = FileAccess()
  ) throws(WeightsError) -> FittingWeights {
    let file = try reading { () throws(FileError) in try access.openFile(contained, below: root) }
    return FittingWeights(try read(file, allowsNonFinite: false, limit: byteLimit).tensors, for: parameters)
  }

  /// Replaces the file as a whole: it holds the old weights or the new ones, whenever the process dies.
  package static func write(
    _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String,
    _ fileSystem: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    try AtomicWrite.write(Safetensors.encode(tensors, metadata: metadata), to: path, fileSystem)
  }

  // MARK: -

  private static func read(
    _ file: borrowing OpenFile, allowsNonFinite: Bool, limit: Int
  ) throws(WeightsError) -> Safetensors.Contents {
    let byteCount = file.status.byteCount
    if byteCount > limit {
      let message = "'\(file.path)' has \(byteCount) bytes, and \(limit) are read at most"
      throw WeightsError(FileError(.tooLarge, path: file.path, message, help: "check that this is the file you mean"))
    }
    let header = try header(of: file)
    return (try tensors(of: file, header, allowsNonFinite: allowsNonFinite), header.metadata)
  }

  private static func load(
    _ file: borrowing OpenFile, for parameters: [Parameter], allowsNonFinite: Bool
  ) throws(WeightsError) -> [[Float]] {
    let header = try header(of: file)
    // Names and shapes first: they bound how much is read by what the model needs.
    let places = try WeightsMatch.places(
      of: header.entries.map { ($0.name, $0.extents) }, for: parameters, path: file.path)
    let tensors = try tensors(of: file, header, allowsNonFinite: allowsNonFinite)
    return places.map { tensors[$0].values }
  }

  private static func header(of file: borrowing OpenFile) throws(WeightsError) -> SafetensorsHeader {
    let fileByteCount = file.status.byteCount
    var bytes = try read(SafetensorsHeader.lengthByteCount, of: file)
    let length = try SafetensorsHeader.length(bytes, fileByteCount: fileByteCount, path: file.path)
    bytes += try read(length, of: file)
    return try SafetensorsHeader(bytes, fileByteCount: fileByteCount, path: file.path)
  }

  private static func tensors(
    of file: borrowing OpenFile, _ header: SafetensorsHeader, allowsNonFinite: Bool
  ) throws(WeightsError) -> [NamedTensor] {
    let byteCount = file.status.byteCount - header.dataStart
    let bytes = try read(byteCount, of: file)
    if bytes.count < byteCount {
      throw WeightsError(.tooShort, file.path, "became shorter while it was read")
    }
    return try Safetensors.tensors(header, in: bytes, from: 0, path: file.path, allowsNonFinite: allowsNonFinite)
  }

  /// The next `byteCount` bytes, or fewer where the file ends.
  private static func read(_ byteCount: Int, of file: borrowing OpenFile) throws(WeightsError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    do throws(FileError) {
      let count = try file.read(into: &bytes, 0..<byteCount)
      bytes.removeLast(byteCount - count)
    } catch { throw WeightsError(error) }
    return bytes
  }

  private static func reading<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(WeightsError) -> Result {
    do throws(FileError) { return try body() } catch { throw WeightsError(error) }
  }
}
