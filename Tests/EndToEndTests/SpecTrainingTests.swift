import Foundation
import Testing

/// Specs that say what a model is and no more, trained all the same: on a few images of noise of the model's own shape.
@Suite("training of models without data") struct SpecTrainingTests {
  /// Images for the networks of ImageNet have 224 rows; a step of VGG-16 on those takes gigabytes, so they are trained on
  /// the least image that each accepts, on which every layer of it is there.
  private static let smallImages = [
    "squeezenet": 35, "densenet121": 32, "efficientnet-b0": 32, "mobilenet": 32, "mobilenet-v2": 32, "resnet50": 32,
    "vgg16": 32,
  ]

  static let specs: [String] = {
    let root = "\(Command.projectRoot.path)/Specs"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      guard name.hasSuffix(".yaml") else { return false }
      return (try? String(contentsOfFile: "\(root)/\(name)", encoding: .utf8))?.contains("\ndata:\n") == false
    }.sorted()
  }()

  @Test("every spec is trained, here or on its own data") func allSpecs() {
    let all =
      FileManager.default.enumerator(atPath: "\(Command.projectRoot.path)/Specs")?
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") } ?? []
    #expect(Set(all) == Set(Self.specs).union(RunTests.trainableSpecs))
    #expect(Self.specs.count >= 10)
  }

  @Test("two epochs of noise give finite losses and weights of every layer", arguments: specs)
  func trains(_ name: String) throws {
    let path = "\(Command.projectRoot.path)/Specs/\(name)"
    var text = try String(contentsOfFile: path, encoding: .utf8)
    let stem = String(try #require(name.split(separator: "/").last?.dropLast(5)))
    if let size = Self.smallImages[stem] {
      text = text.replacing("input: [224, 224, 3]", with: "input: [\(size), \(size), 3]")
      // Of another image other numbers hold.
      text = text.components(separatedBy: "\nexpect:\n")[0] + "\n"
    }
    let match = try #require(text.firstMatch(of: /\n  input: \[(\d+), (\d+), (\d+)\]/))
    let shape = try [match.1, match.2, match.3].map { try #require(Int($0)) }
    let folder = try TemporaryFolder()
    try folder.randomImages(8, shape, classes: 2)
    let spec = try folder.file(
      "spec.yaml",
      text + """

        data:
          source: {idx: {images: images, labels: labels}}
          split: {train: "train[:4]", validation: "train[4:]"}
          rescale: 1/255
        training:
          optimizer: {sgd: {learning_rate: 0.001}}
          loss: sparse_categorical_crossentropy
          batch_size: 4
          epochs: 2

        """)
    let run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run([spec.path, "--out", run, "-q"])
    #expect(outcome.status == 0, "\(outcome.error)")
    let lines = try String(contentsOfFile: "\(run)/history.csv", encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines.dropFirst() {
      #expect(line.split(separator: ",").allSatisfy { Double($0)?.isFinite == true }, "\(line)")
    }
    // 4 bytes a parameter and a header.
    let summary = try Command.run(["summary", spec.path, "--format", "json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(summary.output.utf8)) as? [String: Any])
    let count = try #require((object["model"] as? [String: Any])?["total_params"] as? Int)
    let size = try FileManager.default.attributesOfItem(atPath: "\(run)/weights/last.safetensors")[.size] as? Int
    #expect(try #require(size) >= 4 * count)
  }
}
