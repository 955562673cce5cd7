import Foundation
import Testing

@Suite("summary and diff, as commands")
struct SummaryTests {
  @Test("columns in the order asked for, and an unknown one is a usage error") func columns() throws {
    let outcome = try Command.run(
      ["summary", "Specs/fashion-mnist.yaml", "--columns", "kernel,receptive_field,flops"])
    #expect(outcome.status == 0, "\(outcome.error)")
    // 24 * 24 * 32 outputs of 25 multiply-adds as two, a bias and a rectifier each.
    #expect(
      outcome.output.contains(
        "conv2d (Conv2D)                 (None, 24, 24, 32)      832     5x5              5x5    958,464\n"),
      "\(outcome.output)")
    let wrong = try Command.run(["summary", "Specs/fashion-mnist.yaml", "--columns", "flop"])
    #expect(wrong.status == 2)
    #expect(wrong.error.contains("flops, memory, kernel, receptive_field, connected_to"))
  }

  @Test(
    "an option that would have no effect is a usage error",
    arguments: [
      ["--style", "keras3", "--format", "json"], ["--style", "classic", "--format", "svg"],
      ["--columns", "flops", "--format", "dot"], ["--columns", "flops", "--format", "json"],
      ["--memory", "64MiB", "--format", "mermaid"], ["--batch", "3", "--format", "svg"],
      ["--columns", "flops,kernel,flops"],
    ])
  func idleOptions(options: [String]) throws {
    let outcome = try Command.run(["summary", "Specs/fashion-mnist.yaml"] + options)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.error.contains(options.contains("flops,kernel,flops") ? "asked for twice" : "has no effect on --format"))
  }

  @Test("the object is what the table says") func json() throws {
    let outcome = try Command.run(["summary", "Specs/residual.yaml", "--format", "json"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(object["format_version"] as? String == "1.0")
    let model = try #require(object["model"] as? [String: Any])
    #expect(model["total_params"] as? Int == 9914)
    let layers = try #require(model["layers"] as? [[String: Any]])
    #expect(layers.count == 17)
    let add = try #require(layers.first { $0["name"] as? String == "add" })
    #expect(add["connected_to"] as? [String] == ["branch", "pooled"])
    // 14 * 14 * 16 sums.
    #expect(add["flops"] as? Int == 3136)
    #expect(layers.reduce(0) { $0 + ($1["flops"] as? Int ?? 0) } == model["flops"] as? Int)
  }

  @Test("Graphviz takes the DOT file", .enabled(if: Graphviz.executable != nil)) func takesDOT() throws {
    let outcome = try Command.run(["summary", "Specs/residual.yaml", "--format", "dot"])
    let folder = try TemporaryFolder()
    let file = try folder.file("model.dot", outcome.output)
    let process = Process()
    process.executableURL = try #require(Graphviz.executable)
    process.arguments = ["-Tplain", "-o", folder.url.appendingPathComponent("plain").path, file.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let plain = try String(contentsOf: folder.url.appendingPathComponent("plain"), encoding: .utf8)
    // The input and 17 layers; the sum reads two.
    #expect(plain.split(separator: "\n").count { $0.hasPrefix("node ") } == 18)
    #expect(plain.split(separator: "\n").count { $0.hasPrefix("edge ") } == 18)
  }

  @Test("the largest batch that is named fits, and one more image does not") func largestBatch() throws {
    let limit = 16 << 20
    let found = try training(batch: 8, more: ["--memory", "16MiB"])
    let largest = try #require(found["largest_batch_size"] as? Int)
    #expect(try #require(try training(batch: largest)["bytes"] as? Int) <= limit)
    #expect(try #require(try training(batch: largest + 1)["bytes"] as? Int) > limit)
  }

  private func training(batch: Int, more: [String] = []) throws -> [String: Any] {
    let outcome = try Command.run(
      ["summary", "Specs/residual.yaml", "--format", "json", "--batch", "\(batch)", "--threads", "1"] + more)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    return try #require((object["memory"] as? [String: Any])?["training"] as? [String: Any])
  }

  @Test("memory is what `plan` lays out, part by part") func memoryParts() throws {
    let parts = try #require(try training(batch: 64)["parts"] as? [String: Int])
    let plan = try Command.run(["plan", "Specs/residual.yaml", "--for", "training"]).output
    for (name, line) in [("weights", "weights"), ("optimizer", "optimizer"), ("gradients", "gradients")] {
      let text = try #require(plan.split(separator: "\n").last { $0.hasPrefix(line + " ") })
      let bytes = text.split(separator: " ")[1].replacing(",", with: "")
      #expect(parts[name] == Int(bytes), "\(name)")
    }
  }

  /// The third use of the first width is new; those of the second are as before, under other names.
  @Test("diff: a use of a block more leaves the others what they are") func diffOfUses() throws {
    let folder = try TemporaryFolder()
    func spec(_ count: Int) throws -> String {
      let text =
        "define: {blocks: {unit: {parameters: {filters: 8}, layers: "
        + "[{conv2d: {filters: $filters, kernel_size: 3, padding: same, name: conv}}, {relu: {name: act}}]}}}\n"
        + "model:\n  input: [28, 28, 8]\n  layers:\n" + String(repeating: "    - unit\n", count: count)
        + "    - max_pooling2d\n    - unit: {filters: 16}\n    - unit: {filters: 16}\n"
      return try folder.file("\(count).yaml", text).path
    }
    let diff = try Command.run(["diff", try spec(2), try spec(3)])
    #expect(diff.output.contains("Layers: 2 changed, 2 added, 0 removed, 7 as before\n"), "\(diff.output)")
    #expect(diff.output.contains("  + unit_2_conv (Conv2D)  28x28x8, 584 params\n"))
    #expect(diff.output.contains("  ~ unit_3_conv (Conv2D)\n      name unit_2_conv → unit_3_conv\n"))
  }

  /// 26 * 26 * 8 values of 18 operations and a bias, and a comparison each for the ReLU.
  @Test("an activation costs the same in summary and plan") func flopsOfActivation() throws {
    let spec =
      "model: {input: [28, 28, 1], layers: [{conv2d: {filters: 8, kernel_size: 3, activation: relu}}, flatten]}\n"
    let summary = try Command.run(["summary", "-", "--columns", "flops"], input: spec)
    #expect(summary.output.contains("FLOPs of one image: 108,160\n"))
    let plan = try Command.run(["plan", "-"], input: spec)
    #expect(plan.output.contains("fused: bias + relu}  108,160 FLOPs an image"), "\(plan.output)")
  }

  @Test("diff: 0 the same, 1 different, 1 at fault, 2 unreadable") func diffStatus() throws {
    let spec = "Specs/fashion-mnist.yaml"
    let same = try Command.run(["diff", spec, spec])
    #expect(same.status == 0)
    #expect(same.output == "\(spec) and \(spec) are the same network, trained in the same way\n")
    let text = try String(contentsOf: Command.projectRoot.appendingPathComponent(spec), encoding: .utf8)
    let other = text.replacing("dropout: 0.5", with: "dropout: 0.25")
    let different = try Command.run(["diff", spec, "-"], input: other)
    #expect(different.status == 1)
    #expect(different.error.isEmpty)
    #expect(different.output.contains("Layers: 1 changed, 0 added, 0 removed, 8 as before"))
    #expect(different.output.contains("      rate 0.5 → 0.25\n"))
    // Three convolutions and a dense layer, each kernel and bias.
    #expect(different.output.contains("8 of 8 tensors, 31,626 of 31,626 parameters"))
    let faulty = try Command.run(["diff", spec, "-"], input: "model: {input: [4], layers: [dens: 3]}\n")
    #expect(faulty.status == 1)
    #expect(faulty.output.isEmpty)
    #expect(faulty.error.contains("did you mean `dense`?"))
    #expect(faulty.error.contains("nothing to compare: <stdin> has faults"))
    #expect(try Command.run(["diff", spec, "no-such.yaml"]).status == 2)
    #expect(try Command.run(["diff", "-", "-"]).status == 2)
  }

  /// The sum that `residual` makes reads what the block reads, and once the block has a shortcut, that.
  @Test("diff: what a block's merge reads is compared by name") func diffOfBlocks() throws {
    let plain = """
      model:
        input: [8, 8, 2]
        layers:
          - relu: {name: stem}
          - residual: {name: unit, layers: [{conv2d: {filters: 2, kernel_size: 1, name: main}}]}
      """
    let projected = plain.replacing(
      "main}}]}", with: "main}}], shortcut: [{conv2d: {filters: 2, kernel_size: 1, name: way}}]}")
    let folder = try TemporaryFolder()
    let file = try folder.file("projected.yaml", projected)
    let outcome = try Command.run(["diff", "-", file.path], input: plain)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("1 changed, 1 added, 0 removed, 2 as before"), "\(outcome.output)")
    #expect(outcome.output.contains("+ unit_way (Conv2D)"), "\(outcome.output)")
    #expect(outcome.output.contains("inputs unit_main, stem → unit_main, unit_way"), "\(outcome.output)")
  }

  @Test("defaults count as written, and overrides apply to both") func diffDefaults() throws {
    let short = "model:\n  input: [8, 8, 1]\n  layers:\n    - conv2d: {filters: 2, kernel_size: 3}\n"
    let long = short.replacing("kernel_size: 3", with: "kernel_size: [3, 3], strides: 1, use_bias: true")
    let folder = try TemporaryFolder()
    let file = try folder.file("long.yaml", long)
    let outcome = try Command.run(["diff", "-", file.path], input: short)
    #expect(outcome.status == 0, "\(outcome.output)")
    let both = try Command.run(
      ["diff", "-", file.path, "--set", "model.layers[0].conv2d.filters=5"],
      input: short.replacing("filters: 2", with: "filters: 3"))
    #expect(both.status == 0, "\(both.output)")
  }
}

private enum Graphviz {
  static let executable = ["/usr/bin/dot", "/usr/local/bin/dot", "/opt/homebrew/bin/dot"]
    .first(where: FileManager.default.isExecutableFile).map { URL(fileURLWithPath: $0) }
}
