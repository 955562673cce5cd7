import Foundation
import Testing

/// The built command at work: to be signalled, or killed, and waited for.
final class RunningCommand {
  private let process = Process()
  private let scratch: TemporaryFolder
  private let errorFile: URL

  /// - Parameter limits: what a shell sets before it starts the command: `ulimit -f 10`.
  init(_ arguments: [String], directory: URL? = nil, limits: String? = nil) throws {
    scratch = try TemporaryFolder()
    errorFile = scratch.url.appendingPathComponent("stderr")
    try Data().write(to: errorFile)
    if let limits {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "\(limits); exec \"$@\"", "sh", Command.executable.path] + arguments
    } else {
      process.executableURL = Command.executable
      process.arguments = arguments
    }
    process.currentDirectoryURL = directory ?? Command.projectRoot
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errorFile)
    // A process inherits what its parent ignores, as a shell's background job does.
    for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] { Foundation.signal(number, SIG_DFL) }
    try process.run()
  }

  var isRunning: Bool { process.isRunning }
  var error: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

  func send(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits until `condition` holds or the command has ended.
  func wait(until condition: () -> Bool) {
    while process.isRunning, !condition() { usleep(500) }
  }

  /// The exit status, or 128 and the number of the signal that ended it.
  @discardableResult
  func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
  }
}

/// A spec of a network that trains in a moment, with its data, in a folder of its own.
struct TinySpec {
  let folder: TemporaryFolder
  let spec: URL

  /// - Parameters:
  ///   - more: lines of the section `training`.
  ///   - inMemory: on a file system in memory, if there is one, where waiting for the disk takes no time.
  init(epochs: Int = 6, batchSize: Int = 8, more: String = "", inMemory: Bool = false) throws {
    folder = try TemporaryFolder(inMemory: inMemory)
    let count = 96
    func bigEndian(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    let pixels = (0..<count * 36).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
    let labels = (0..<count).map { UInt8($0 * 5 % 3) }
    try Data([0, 0, 8, 3] + bigEndian(count) + bigEndian(6) + bigEndian(6) + pixels)
      .write(to: folder.url.appendingPathComponent("images"))
    try Data([0, 0, 8, 1] + bigEndian(count) + labels).write(to: folder.url.appendingPathComponent("labels"))
    spec = try folder.file(
      "tiny.yaml",
      """
      name: tiny
      data:
        source: {idx: {images: images, labels: labels}}
        split: {train: "train[:64]", validation: "train[64:80]", test: "train[80:]"}
        rescale: 1/255
      model:
        input: [6, 6, 1]
        layers:
          - conv2d: {filters: 4, kernel_size: 3, use_bias: false}
          - batch_normalization
          - relu
          - flatten
          - dropout: 0.3
          - dense: 3
          - softmax
      training:
        optimizer: adam
        loss: sparse_categorical_crossentropy
        metrics: [accuracy]
        batch_size: \(batchSize)
        epochs: \(epochs)
        seed: 3
      \(more)
      """)
  }

  func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

  func data(_ name: String) throws -> Data { try Data(contentsOf: folder.url.appendingPathComponent(name)) }

  /// The values in a file of weights, without its header, which names the spec.
  func values(_ name: String) throws -> Data { try weightValues(data(name)) }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Command.Outcome {
    try Command.run(arguments, directory: folder.url, environment: environment)
  }

  /// What of a run does not depend on how fast it was: weights, history without its times.
  func result(_ run: String) throws -> [String] {
    let history = try text("\(run)/history.csv").split(separator: "\n").map { line in
      line.split(separator: ",").enumerated().filter { $0.offset != 1 }.map { String($0.element) }
        .joined(separator: ",")
    }
    return try [
      data("\(run)/weights/last.safetensors").base64EncodedString(),
      data("\(run)/weights/best.safetensors").base64EncodedString(),
    ] + history
  }
}

/// What of a safetensors file follows its header: eight bytes of length, little-endian, and as many of JSON.
func weightValues(_ file: Data) throws -> Data { try weightParts(file).values }

/// The bytes of each tensor of a file of weights, by its name.
func weightTensors(_ file: Data) throws -> [String: Data] {
  let (header, values) = try weightParts(file)
  let entries = try #require(try JSONSerialization.jsonObject(with: header) as? [String: Any])
  return try entries.filter { $0.key != "__metadata__" }.mapValues { entry in
    let offsets = try #require((entry as? [String: Any])?["data_offsets"] as? [Int])
    return values.subdata(in: offsets[0]..<offsets[1])
  }
}

private func weightParts(_ file: Data) throws -> (header: Data, values: Data) {
  let bytes = Array(file)
  try #require(bytes.count > 8)
  let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
  try #require(length <= bytes.count - 8)
  return (Data(bytes[8..<8 + length]), Data(bytes[(8 + length)...]))
}
