import CNNFiles
import CNNGraph
import CNNSession
import Foundation
import Testing

@Suite("Files of weights")
struct WeightsFileTests {
  private let parameters = [
    parameter("dense", "kernel", [2, 3]), parameter("dense", "bias", [3]), parameter("output", "kernel", [3, 1]),
  ]
  private let values: [[Float]] = [[1, 2, 3, 4, 5, 6], [7, 8, 9], [10, 11, 12]]

  private static func parameter(_ layer: String, _ name: String, _ extents: [Int]) -> Parameter {
    Parameter(layer: layer, declaration: ParameterDeclaration(name, extents, initializer: .zeros))
  }

  private func fault(_ body: () throws -> Void) -> WeightsError? {
    do { try body() } catch { return error as? WeightsError }
    return nil
  }

  @Test("weights come back in the model's order")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("w.safetensors")
    try WeightsFile.write(
      WeightsMatch.tensors(of: values, for: parameters), metadata: ["format": "cnnrun"], to: path)
    #expect(try WeightsFile.load(path, for: parameters) == values)
    #expect(try WeightsFile.load(ContainedPath("w.safetensors"), below: folder.path, for: parameters) == values)
    #expect(try WeightsFile.read(path).metadata == ["format": "cnnrun"])
    #expect(try folder.names() == ["w.safetensors"])
  }

  /// Files that TensorFlow's values were written into by the format's library.
  @Test(
    "every reference file reads, and is written again byte for byte", arguments: ["reference", "residual", "strided"])
  func references(name: String) throws {
    let root = Path.directory(of: Path.directory(of: #filePath))
    let path = "\(root)/References/\(name)/weights.safetensors"
    let (tensors, metadata) = try WeightsFile.read(path)
    #expect(tensors.contains { $0.name.hasSuffix("/kernel") })
    #expect(try Safetensors.encode(tensors, metadata: metadata) == FileAccess().readFile(path, limit: 1 << 24))
  }

  @Test("a missing tensor is named, and the one that may have been meant")
  func missing() throws {
    var tensors = WeightsMatch.tensors(of: values, for: parameters)
    tensors[2].name = "ouptut/kernel"
    let error = fault { _ = try WeightsMatch.values(of: tensors, for: parameters, path: "w") }
    #expect(error?.code == .missingTensor)
    #expect(error?.message == "'w' has no `output/kernel`, and the model no `ouptut/kernel`")
    #expect(error?.help == "is `ouptut/kernel` meant to be `output/kernel`?")
    let none = fault { _ = try WeightsMatch.values(of: [], for: parameters, path: "w") }
    #expect(none?.message == "'w' has no `dense/kernel`, `dense/bias`, `output/kernel`")
  }

  @Test("a tensor too many is named")
  func unknown() throws {
    let tensors = WeightsMatch.tensors(of: values, for: parameters)
    let error = fault { _ = try WeightsMatch.values(of: tensors, for: Array(parameters.dropLast()), path: "w") }
    #expect(error?.code == .unknownTensor)
    #expect(error?.message == "'w' has `output/kernel`, which the model has not")
  }

  @Test("two shapes that differ are both shown, though they have as many elements")
  func shapes() throws {
    var tensors = WeightsMatch.tensors(of: values, for: parameters)
    tensors[0].extents = [3, 2]
    let error = fault { _ = try WeightsMatch.values(of: tensors, for: parameters, path: "w") }
    #expect(error?.code == .shape)
    #expect(error?.message == "'w' has `dense/kernel` with the shape [3, 2], and the model needs [2, 3]")
  }

  @Test("a file that is missing, too long, or cut is a fault of its own")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("w.safetensors")
    #expect(fault { _ = try WeightsFile.read(path) }?.cause?.code == .notFound)
    let bytes = Safetensors.encode(WeightsMatch.tensors(of: values, for: parameters))
    try folder.write(bytes, "w.safetensors")
    #expect(fault { _ = try WeightsFile.read(path, limit: bytes.count - 1) }?.cause?.code == .tooLarge)
    for count in bytes.indices {
      try folder.write(Array(bytes.prefix(count)), "w.safetensors")
      #expect(fault { _ = try WeightsFile.load(path, for: parameters) } != nil)
    }
  }

  /// A terabyte of holes, and a header that describes it: neither its size nor its header is believed.
  @Test("what a file claims is not allocated")
  func claims() throws {
    let folder = try TemporaryFolder()
    let size = 1 << 40
    let header = #"{"dense/kernel":{"dtype":"F32","shape":[\#(size / 4)],"data_offsets":[0,\#(size)]}}"#
    let bytes = safetensors(header)
    try folder.write(bytes, "w.safetensors")
    let file = try FileHandle(forWritingTo: URL(filePath: folder.path("w.safetensors")))
    try file.truncate(atOffset: UInt64(bytes.count + size))
    try file.close()
    let path = folder.path("w.safetensors")
    #expect(fault { _ = try WeightsFile.read(path) }?.cause?.code == .tooLarge)
    let model = [Self.parameter("dense", "kernel", [2, 3])]
    #expect(fault { _ = try WeightsFile.load(path, for: model) }?.code == .shape)
  }
}
