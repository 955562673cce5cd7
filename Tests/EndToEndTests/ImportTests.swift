import Foundation
import Testing

/// What `import --spec` calls the classes: as the spec does, or the file, or the data set that the spec names.
@Suite("import") struct ImportTests {
  private static let names = ["ant", "bee", "cat"]

  /// A run whose spec names its classes, with files of its weights, and a spec of its model alone.
  private func trained() throws -> TinySpec {
    let tiny = try TinySpec(epochs: 1)
    let text = try tiny.text("tiny.yaml")
    _ = try tiny.folder.file("named.yaml", named(text, Self.names))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let model = try #require(lines.firstIndex(of: "model:"))
    let training = try #require(lines.firstIndex(of: "training:"))
    _ = try tiny.folder.file("model.yaml", lines[model..<training].joined(separator: "\n") + "\n")
    for arguments in [
      ["named.yaml", "--out", "run", "-q", "--no-report"], ["export", "run", "--to", "keras,keras_weights", "-q"],
    ] {
      let outcome = try Command.run(arguments, directory: tiny.folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
    return tiny
  }

  private func named(_ text: String, _ names: [String]) -> String {
    text.replacingOccurrences(
      of: "  rescale: 1/255\n", with: "  rescale: 1/255\n  class_names: [\(names.joined(separator: ", "))]\n")
  }

  /// What `predict` calls the classes.
  private func classes(_ weights: String, _ tiny: TinySpec) throws -> [String] {
    let outcome = try tiny.run("predict", weights, "images", "--json")
    #expect(outcome.status == 0, "\(outcome.error)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    return try #require(object?["classes"] as? [String])
  }

  @Test("classes are called as the spec says, else as the file does") func names() throws {
    let tiny = try trained()
    _ = try tiny.folder.file("renamed.yaml", named(tiny.text("tiny.yaml"), ["x", "y", "z"]))
    let unnamed = ["class 0", "class 1", "class 2"]
    for (file, spec, expected) in [
      ("run/weights/best.safetensors", "renamed.yaml", ["x", "y", "z"]),
      ("run/export/model.keras", "renamed.yaml", ["x", "y", "z"]),
      ("run/export/model.weights.h5", "renamed.yaml", ["x", "y", "z"]),
      ("run/weights/best.safetensors", "model.yaml", Self.names), ("run/export/model.keras", "model.yaml", Self.names),
      ("run/export/model.weights.h5", "model.yaml", unnamed), ("run/weights/best.safetensors", "tiny.yaml", Self.names),
    ] {
      let outcome = try tiny.run("import", file, "--spec", spec, "--out", "f.safetensors", "--force")
      #expect(outcome.status == 0, "\(file): \(outcome.error)")
      #expect(try classes("f.safetensors", tiny) == expected, "\(file) for \(spec)")
    }
    #expect(try tiny.run("import", "run/export/model.keras", "--out", "whole.yaml").status == 0)
    #expect(try classes("whole.safetensors", tiny) == Self.names)
  }

  /// The digits are called by themselves.
  @Test("where neither names them, classes are called as the named data set has them") func dataSet() throws {
    let folder = try TemporaryFolder()
    let model = "model: {input: [8, 8, 1], layers: [flatten, {dense: {units: 10, activation: softmax}}]}"
    let training = "training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 1}"
    _ = try folder.file("digits.yaml", "\(model)\ndata: {source: digits, rescale: 1/16}\n\(training)\n")
    for arguments in [
      ["digits.yaml", "--out", "run", "-q", "--no-report"], ["export", "run", "--to", "keras_weights", "-q"],
      ["import", "run/export/model.weights.h5", "--spec", "digits.yaml", "--out", "f.safetensors"],
    ] {
      let outcome = try Command.run(arguments, directory: folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
    let data = try Data(contentsOf: folder.url.appendingPathComponent("f.safetensors"))
    let size = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONSerialization.jsonObject(with: data[8..<(8 + size)]) as? [String: Any]
    let metadata = try #require(header?["__metadata__"] as? [String: String])
    let classes = try JSONSerialization.jsonObject(with: Data((metadata["classes"] ?? "").utf8)) as? [String]
    #expect(classes == (0..<10).map(String.init))
  }
}
