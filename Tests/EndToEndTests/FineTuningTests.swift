import Foundation
import Testing

/// Weights of another model: which are taken, which are drawn, which training changes.
///
/// Keras's `load_weights(…, skip_mismatch=True)`; that the same layers are taken as there is held to Keras itself by
/// `KerasImportTests`.
@Suite("fine-tuning") struct FineTuningTests {
  /// A frozen backbone and a head of five classes in the place of three.
  private func tiny() throws -> TinySpec {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "--out", "base", "-q").status == 0)
    let text = try tiny.text("tiny.yaml").replacingOccurrences(of: "conv2d: {", with: "conv2d: {trainable: false, ")
      .replacingOccurrences(of: "- batch_normalization\n", with: "- batch_normalization: {trainable: false}\n")
      .replacingOccurrences(of: "dense: 3", with: "dense: 5")
    _ = try tiny.folder.file("tuned.yaml", text)
    return tiny
  }

  private func weights(_ tiny: TinySpec, _ run: String, _ name: String = "last") throws -> [String: Data] {
    try weightTensors(tiny.data("\(run)/weights/\(name).safetensors"))
  }

  private static let backbone =
    ["conv2d/kernel"] + ["gamma", "beta", "moving_mean", "moving_variance"].map { "batch_normalization/\($0)" }
  /// Takes steps too small to change a float.
  private static let still = ["--set", "training.optimizer={sgd: {learning_rate: 1e-30}}"]

  @Test("a frozen backbone stays what the file says, the new head starts as drawn, and training changes it alone")
  func frozenBackbone() throws {
    let tiny = try tiny()
    let base = try weights(tiny, "base", "best")
    let fresh = try Command.run(["tuned.yaml", "--out", "fresh", "-q"] + Self.still, directory: tiny.folder.url)
    #expect(fresh.status == 0, "\(fresh.error)")
    let started = try Command.run(
      ["tuned.yaml", "--initial-weights", "base", "--skip-mismatch", "--out", "started"] + Self.still,
      directory: tiny.folder.url)
    #expect(started.status == 0, "\(started.error)")
    // 4 * 4 places of 4 filters, by hand.
    #expect(
      started.error.contains(
        """
        weights of 'base/weights/best.safetensors': 2 of 3 layers, `conv2d`, `batch_normalization`
          skipped: `dense` has its kernel as [64, 3] in the file, and needs [64, 5]

        """), "\(started.error)")
    let trained = try tiny.run(
      "tuned.yaml", "--initial-weights", "base", "--skip-mismatch", "--out", "trained", "-q")
    #expect(trained.status == 0 && trained.error.isEmpty, "\(trained.error)")
    let runs = try (fresh: weights(tiny, "fresh"), started: weights(tiny, "started"), trained: weights(tiny, "trained"))
    for name in Self.backbone {
      #expect(runs.started[name] == base[name] && runs.trained[name] == base[name], "\(name)")
      if name == "conv2d/kernel" { #expect(runs.fresh[name] != base[name]) }
    }
    // A bias of zero takes even such steps.
    #expect(runs.started["dense/kernel"] == runs.fresh["dense/kernel"])
    for name in ["dense/kernel", "dense/bias"] { #expect(runs.trained[name] != runs.fresh[name], "\(name)") }
  }

  @Test("from a spec and from Keras's files the same, with the same end; a resumed run reads no file") func forms()
    throws
  {
    let tiny = try tiny()
    #expect(try tiny.run("export", "base", "--to", "keras,keras_weights").status == 0)
    let text = try tiny.text("tuned.yaml").replacingOccurrences(
      of: "  seed: 3\n",
      with: "  seed: 3\n  initial_weights: {from: base/weights/best.safetensors, skip_mismatch: true}\n")
    _ = try tiny.folder.file("written.yaml", text)
    let written = try tiny.run("written.yaml", "--out", "written")
    #expect(written.status == 0 && written.error.contains("2 of 3 layers"), "\(written.error)")
    let expected = try weights(tiny, "written")
    for file in ["model.keras", "model.weights.h5"] {
      let outcome = try tiny.run(
        "tuned.yaml", "--initial-weights", "base/export/\(file)", "--skip-mismatch", "--out", file)
      #expect(outcome.status == 0 && outcome.error.contains("[64, 3] in the file"), "\(outcome.error)")
      #expect(try weights(tiny, file) == expected, "\(file)")
    }
    let resolved = try tiny.text("written/resolved.yaml")
    #expect(
      resolved.contains("  initial_weights:\n    from: base/weights/best.safetensors\n    skip_mismatch: true\n"))
    try FileManager.default.removeItem(atPath: tiny.path("base"))
    let resumed = try tiny.run("run", "--resume", "written", "--epochs", "3", "-q")
    #expect(resumed.status == 0, "\(resumed.error)")
  }

  @Test("a resumed run takes other initial weights, or none, and ends as if nothing were said of them") func resumed()
    throws
  {
    let tiny = try tiny()
    let line = "  initial_weights: {from: base/weights/best.safetensors, skip_mismatch: true}\n"
    let text = try tiny.text("tuned.yaml").replacingOccurrences(of: "  seed: 3\n", with: "  seed: 3\n" + line)
    _ = try tiny.folder.file("written.yaml", text)
    #expect(try tiny.run("written.yaml", "--out", "whole", "--epochs", "4", "-q").status == 0)
    let expected = try weights(tiny, "whole")
    let edits = [
      ("none", ""), ("same", line), ("word", "  initial_weights: nowhere.safetensors\n"),
      ("whole", line.replacingOccurrences(of: "true", with: "false")),
    ]
    for (name, edit) in edits {
      let run = "run-" + name
      #expect(try tiny.run("written.yaml", "--out", run, "--epochs", "2", "-q").status == 0)
      let other = try tiny.folder.file(name + ".yaml", text.replacingOccurrences(of: line, with: edit))
      let outcome = try tiny.run("run", other.path, "--resume", run, "--epochs", "4")
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(
        outcome.error.contains("`training.initial_weights` is not read") == (name != "same"), "\(outcome.error)")
      #expect(try weights(tiny, run) == expected, "\(name)")
    }
    // What a sweep tells is of the spec as it is.
    let sweep = ["sweep", "written.yaml", "--set", "training.seed=3", "--out", "sweep", "-q"]
    #expect(try Command.run(sweep, directory: tiny.folder.url).status == 0)
    _ = try tiny.folder.file("written.yaml", text.replacingOccurrences(of: line, with: ""))
    let again = try Command.run(sweep, directory: tiny.folder.url)
    #expect(again.status == 1 && again.error.contains("training.initial_weights"), "\(again.error)")
  }

  @Test("a file that does not fit as a whole says what takes the rest; one that does not fit at all is refused")
  func refusals() throws {
    let tiny = try tiny()
    let whole = try tiny.run("tuned.yaml", "--initial-weights", "base", "--out", "a")
    #expect(whole.status == 3 && whole.error.contains("`--skip-mismatch` takes the layers that fit"), "\(whole.error)")
    let text = try tiny.text("tuned.yaml")
    let spec = try tiny.folder.file(
      "spec.yaml",
      text.replacingOccurrences(
        of: "  seed: 3\n", with: "  seed: 3\n  initial_weights: base/weights/best.safetensors\n"))
    let inSpec = try tiny.run(spec.path, "--out", "b")
    #expect(inSpec.status == 3, "\(inSpec.error)")
    #expect(
      inSpec.error.contains(
        "`initial_weights: {from: \"base/weights/best.safetensors\", skip_mismatch: true}` takes the layers that fit"),
      "\(inSpec.error)")
    let foreign = try tiny.folder.file(
      "foreign.yaml",
      text.replacingOccurrences(of: "filters: 4", with: "name: x, filters: 4")
        .replacingOccurrences(of: "{trainable: false}\n", with: "{trainable: false, name: y}\n"))
    let none = try tiny.run(foreign.path, "--initial-weights", "base", "--skip-mismatch", "--out", "c")
    #expect(
      none.status == 3
        && none.error.contains(
          "no layer that fits one of the model's: `x` is not in the file; `y` is not in the file; `dense` has its kernel"
        ),
      "\(none.error)")
    #expect(try tiny.run("tuned.yaml", "--skip-mismatch", "--out", "d").status == 2)
    // A damaged file is none, whatever may be skipped.
    var bytes = try tiny.data("base/weights/best.safetensors")
    bytes.removeLast(4)
    try bytes.write(to: URL(fileURLWithPath: tiny.path("cut.safetensors")))
    let cut = try tiny.run("tuned.yaml", "--initial-weights", "cut.safetensors", "--skip-mismatch", "--out", "e")
    #expect(cut.status == 3 && !cut.error.contains("takes the layers that fit"), "\(cut.error)")
  }

  @Test("a frozen layer that is not in the file is told of as such") func frozenAndDrawn() throws {
    let tiny = try tiny()
    let text = try tiny.text("tuned.yaml").replacingOccurrences(of: "filters: 4", with: "filters: 3")
      .replacingOccurrences(of: "dense: 5", with: "dense: 3").replacingOccurrences(
        of: "- flatten", with: "- conv2d: {filters: 4, kernel_size: 1, name: wide}\n    - flatten")
    _ = try tiny.folder.file("narrow.yaml", text)
    let outcome = try tiny.run("narrow.yaml", "--initial-weights", "base", "--skip-mismatch", "--out", "narrow")
    #expect(outcome.status == 0, "\(outcome.error)")
    for line in [
      "1 of 4 layers, `dense`\n",
      "skipped: `conv2d` has its kernel as [3, 3, 1, 4] in the file, and needs [3, 3, 1, 3]; it is frozen, and stays as it "
        + "was drawn\n", "skipped: `wide` is not in the file\n",
    ] { #expect(outcome.error.contains(line), "\(line) in \(outcome.error)") }
  }
}
