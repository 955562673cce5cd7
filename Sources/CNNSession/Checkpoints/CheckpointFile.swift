package import CNNFiles
internal import CNNKernels

/// The file of a checkpoint: written in one go, and proven whole before anything of it is used.
///
///     magic, 8 bytes | version, UInt32 | header's bytes, UInt32 | values' bytes, UInt64
///     header | CRC-32C of all before it, UInt32
///     values, float32: weights as now, the optimiser's, weights of each kept epoch | CRC-32C of them, UInt32
///
/// Everything is little-endian. The sums find what accidents do: torn and lost blocks, bits that turned. They are no
/// signature, since whoever can change the file can change its sums.
package enum CheckpointFile {
  static let magic = Array("CNNRUNCK".utf8)
  /// Of the layout of this file and of its header. What the optimiser's numbers mean is part of it.
  static let version: UInt32 = 2
  static let fixedByteCount = 24
  /// A header is a spec and a history: far below this.
  static let headerLimit = 1 << 28
  private static let chunkByteCount = 1 << 20

  // MARK: Writing

  /// Writes a checkpoint into a staged file, which is then to be finished and placed.
  ///
  /// - Parameter kept: weights of the epochs that the header names, in its order.
  package static func write(
    _ checkpoint: Checkpoint, session: borrowing Session, kept: [[[Float]]], to file: borrowing StagedFile
  ) throws(FileError) {
    precondition(kept.count == checkpoint.keptEpochs.count, "weights of \(kept.count) epochs")
    let header = checkpoint.encode()
    guard header.count <= headerLimit, let floatCount = checkpoint.floatCount else {
      throw FileError(.tooLarge, path: file.destination, "a checkpoint with so long a history cannot be written")
    }
    var start = StateWriter()
    for byte in magic { start.add(byte: byte) }
    start.add(version)
    start.add(UInt32(header.count))
    start.add(UInt64(4 * floatCount))
    var chunk = start.bytes + header
    appendSum(of: chunk, to: &chunk)
    try file.write(chunk)

    var values = ChunkedValues()
    var buffer: [Float] = []
    try session.forEachWeightStretch(&buffer) { stretch throws(FileError) in try values.add(stretch, to: file) }
    try session.forEachOptimizerStretch(&buffer) { stretch throws(FileError) in try values.add(stretch, to: file) }
    for weights in kept {
      for tensor in weights { try values.add(tensor, to: file) }
    }
    try values.finish(file)
    precondition(values.floatCount == floatCount, "\(values.floatCount) values of \(floatCount)")
  }

  private static func appendSum(of bytes: [UInt8], to chunk: inout [UInt8]) {
    let sum = CRC32C.of(bytes)
    for shift in stride(from: 0, to: 32, by: 8) { chunk.append(UInt8(truncatingIfNeeded: sum >> UInt32(shift))) }
  }

  /// Values gathered to writes of a megabyte.
  private struct ChunkedValues {
    private var sum = CRC32C()
    private var chunk: [UInt8] = []
    private(set) var floatCount = 0

    mutating func add(_ values: [Float], to file: borrowing StagedFile) throws(FileError) {
      FloatBytes.append(values, to: &chunk)
      floatCount += values.count
      if chunk.count >= CheckpointFile.chunkByteCount { try flush(file) }
    }

    mutating func finish(_ file: borrowing StagedFile) throws(FileError) {
      sum.add(chunk)
      for shift in stride(from: 0, to: 32, by: 8) {
        chunk.append(UInt8(truncatingIfNeeded: sum.value >> UInt32(shift)))
      }
      try file.write(chunk)
    }

    private mutating func flush(_ file: borrowing StagedFile) throws(FileError) {
      sum.add(chunk)
      try file.write(chunk)
      chunk.removeAll(keepingCapacity: true)
    }
  }

  // MARK: Reading

  /// The header alone, proven by its own sum: what a list of runs shows.
  package static func header(
    _ path: String, _ access: FileAccess = FileAccess()
  ) throws(CheckpointError) -> Checkpoint {
    let file = try opening(path) { () throws(FileError) in try access.openFile(path) }
    return try header(of: file, path)
  }

  private static func header(of file: borrowing OpenFile, _ path: String) throws(CheckpointError) -> Checkpoint {
    let start = try read(fixedByteCount, of: file, path)
    guard Array(start.prefix(magic.count)) == magic else {
      throw CheckpointError(.damaged, path, "is no checkpoint: it does not begin with `CNNRUNCK`")
    }
    var reader = StateReader(Array(start.dropFirst(magic.count)))
    let found: (version: UInt32, headerByteCount: Int, valuesByteCount: UInt64)
    do throws(StateReader.Fault) {
      found = (try reader.uint32(), Int(try reader.uint32()), try reader.uint64())
    } catch { throw CheckpointError(.damaged, path, error.message) }
    guard found.version == version else {
      throw CheckpointError(
        .otherVersion, path, "has the format \(found.version), and this program reads \(version)",
        help: "go on with the version of cnnrun that wrote it")
    }
    let end = UInt64(fixedByteCount + found.headerByteCount + 8).addingReportingOverflow(found.valuesByteCount)
    guard found.headerByteCount <= headerLimit, !end.overflow, end.partialValue == UInt64(file.status.byteCount) else {
      throw CheckpointError(
        .damaged, path, "has \(file.status.byteCount) bytes, and says that it has \(end.partialValue)")
    }
    let header = try read(found.headerByteCount, of: file, path)
    var sum = CRC32C()
    sum.add(start)
    sum.add(header)
    guard try readSum(of: file, path) == sum.value else {
      throw CheckpointError(.damaged, path, "has a damaged header: its checksum is another one")
    }
    let checkpoint: Checkpoint
    do throws(StateReader.Fault) { checkpoint = try Checkpoint(decoding: header) } catch {
      throw CheckpointError(.damaged, path, "has a header that cannot be read: \(error.message)")
    }
    guard let floatCount = checkpoint.floatCount, UInt64(4 * floatCount) == found.valuesByteCount else {
      throw CheckpointError(.damaged, path, "holds another number of values than its header says")
    }
    return checkpoint
  }

  /// Proves that every byte is as it was written.
  package static func verify(
    _ path: String, _ access: FileAccess = FileAccess()
  ) throws(CheckpointError) -> Checkpoint {
    let file = try opening(path) { () throws(FileError) in try access.openFile(path) }
    let checkpoint = try header(of: file, path)
    var left = 4 * (checkpoint.floatCount ?? 0)
    var sum = CRC32C()
    while left > 0 {
      let chunk = try read(min(left, chunkByteCount), of: file, path)
      sum.add(chunk)
      left -= chunk.count
    }
    guard try readSum(of: file, path) == sum.value else {
      throw CheckpointError(.damaged, path, "holds damaged values: their checksum is another one")
    }
    return checkpoint
  }

  /// Reads the values of a checkpoint that was verified into a session, and gives the weights of the kept epochs.
  ///
  /// - Throws: `.mismatch` if they are those of another model or optimiser.
  package static func restore(
    _ path: String, into session: inout Session, _ access: FileAccess = FileAccess()
  ) throws(CheckpointError) -> (checkpoint: Checkpoint, kept: [Int: [[Float]]]) {
    let file = try opening(path) { () throws(FileError) in try access.openFile(path) }
    let checkpoint = try header(of: file, path)
    guard checkpoint.tensors == session.tensors, checkpoint.optimizerFloatCount == session.optimizerStateCount else {
      throw CheckpointError(.mismatch, path, "holds the weights of another model, or of another optimiser")
    }
    func floats(_ count: Int) throws(CheckpointError) -> [Float] {
      FloatBytes.floats(try read(4 * count, of: file, path), 0..<4 * count)
    }
    try session.fillWeights { count throws(CheckpointError) in try floats(count) }
    try session.fillOptimizer { count throws(CheckpointError) in try floats(count) }
    var kept: [Int: [[Float]]] = [:]
    for epoch in checkpoint.keptEpochs {
      var weights: [[Float]] = []
      for tensor in checkpoint.tensors { weights.append(try floats(tensor.extents.reduce(1, *))) }
      kept[epoch] = weights
    }
    session.step = checkpoint.step
    return (checkpoint, kept)
  }

  private static func readSum(of file: borrowing OpenFile, _ path: String) throws(CheckpointError) -> UInt32 {
    try read(4, of: file, path).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The next `count` bytes, all of them.
  private static func read(
    _ count: Int, of file: borrowing OpenFile, _ path: String
  ) throws(CheckpointError) -> [UInt8] {
    guard count <= file.status.byteCount else { throw CheckpointError(.damaged, path, "ends too early") }
    var bytes = [UInt8](repeating: 0, count: count)
    let found: Int
    do throws(FileError) { found = try file.read(into: &bytes, 0..<count) } catch { throw CheckpointError(error) }
    guard found == count else { throw CheckpointError(.damaged, path, "ends too early") }
    return bytes
  }

  private static func opening<Result: ~Copyable>(
    _ path: String, _ body: () throws(FileError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(FileError) { return try body() } catch { throw CheckpointError(error) }
  }
}
