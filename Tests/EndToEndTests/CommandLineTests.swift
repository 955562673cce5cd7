import Foundation
import Testing

@Suite("command line") struct CommandLineTests {
  /// TensorFlow's own classic table of this model (its frozen copy of Keras 2.5), trailing spaces included.
  static let classic = """
    Model: "fashion-mnist"
    _________________________________________________________________
    Layer (type)                 Output Shape              Param #   
    =================================================================
    conv2d (Conv2D)              (None, 24, 24, 32)        832       
    _________________________________________________________________
    max_pooling2d (MaxPooling2D) (None, 12, 12, 32)        0         
    _________________________________________________________________
    conv2d_1 (Conv2D)            (None, 12, 12, 32)        16416     
    _________________________________________________________________
    max_pooling2d_1 (MaxPooling2 (None, 6, 6, 32)          0         
    _________________________________________________________________
    conv2d_2 (Conv2D)            (None, 4, 4, 32)          9248      
    _________________________________________________________________
    flatten (Flatten)            (None, 512)               0         
    _________________________________________________________________
    dropout (Dropout)            (None, 512)               0         
    _________________________________________________________________
    dense (Dense)                (None, 10)                5130      
    _________________________________________________________________
    activation (Activation)      (None, 10)                0         
    =================================================================
    Total params: 31,626
    Trainable params: 31,626
    Non-trainable params: 0
    _________________________________________________________________

    """

  @Test("the summary of the reference is Keras's, byte for byte") func summaryIsKeras() throws {
    let outcome = try Command.run(["summary", "Specs/fashion-mnist.yaml"])
    #expect(outcome.status == 0)
    #expect(outcome.output == Self.classic)
    #expect(outcome.error.isEmpty)
  }

  @Test("a summary needs the model alone") func summaryNeedsModelAlone() throws {
    let text = "model:\n  input: [8, 8, 1]\n  layers:\n    - flatten\n    - dense: 3\n"
    let outcome = try Command.run(["summary", "-"], input: text)
    #expect(outcome.status == 0, "\(outcome.error)")
    // 64 * 3 + 3
    #expect(outcome.output.contains("Total params: 195"))
    #expect(outcome.output.contains("Model: \"sequential\""))
  }

  @Test("the boxed table is there too") func boxedSummary() throws {
    let outcome = try Command.run(
      ["summary", "--style", "keras3", "Specs/fashion-mnist.yaml"], environment: ["COLUMNS": "80"])
    #expect(outcome.output.contains("│ conv2d (Conv2D)                 │ (None, 24, 24, 32)     │           832 │"))
    #expect(outcome.output.contains(" Total params: 31,626 (123.54 KB)"))
  }

  @Test("all faults of all files are reported in one go, and the status says whose fault it is")
  func validateReportsEverything() throws {
    let folder = try TemporaryFolder()
    let bad = try folder.file(
      "bad.yaml",
      """
      model:
        input: [28, 28, 1]
        layers:
          - conv2d: {filters: 8, kernal_size: 3}
          - dens: 10
          - dropout: "0.5"

      """)
    let worse = try folder.file("worse.yaml", "model:\n  input: [4, 4, 1]\n  layers:\n    - max_pooling2d: 5\n")
    let outcome = try Command.run(["validate", bad.path, worse.path, "Specs/fashion-mnist.yaml"])
    #expect(outcome.status == 1)
    for part in [
      "kernal_size", "did you mean `kernel_size`", "dens", "did you mean `dense`", "dropout", "bad.yaml:4:",
      "bad.yaml:5:",
      "bad.yaml:6:", "worse.yaml:4:", "^^^",
    ] {
      #expect(outcome.error.contains(part), "\(part) in:\n\(outcome.error)")
    }
  }

  @Test("advice is no fault unless it is to be one, and a comment silences it") func strict() throws {
    let advised = "model:\n  input: [7, 7, 1]\n  layers:\n    - max_pooling2d\n    - flatten\n"
    let meant = advised.replacingOccurrences(of: "max_pooling2d", with: "max_pooling2d  # cnnrun: ignore[CN9104]")
    let shown = try Command.run(["validate", "-"], input: advised)
    #expect(shown.status == 0)
    #expect(shown.error.contains("warning[CN9104]") && shown.error.hasSuffix("1 warning in 1 file\n"))
    #expect(try Command.run(["validate", "--strict", "-"], input: advised).status == 1)
    let silent = try Command.run(["validate", "--strict", "-"], input: meant)
    #expect(silent.status == 0 && !silent.error.contains("CN9"), "\(silent.error)")
  }

  @Test("a fix in JSON is an edit of bytes") func fixInJSON() throws {
    let text = "model:\n  input: [2, 2, 1]\n  layers:\n    - max_pooling2d: 3\n"
    let outcome = try Command.run(["validate", "--format", "json", "-"], input: text)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("{pool_size: 3, padding: same}"), "\(outcome.output)")
    #expect(outcome.output.contains("\"applicability\":\"unsafe\"") || outcome.output.contains("\"unsafe\""))
  }

  @Test("good specs are silent on stderr") func goodSpecsAreValid() throws {
    let outcome = try Command.run(["validate", "Specs/fashion-mnist.yaml", "Specs/residual.yaml"])
    #expect(outcome.status == 0, "\(outcome.error)")
  }

  @Test("a missing file, an unknown option and a near miss of a command are usage errors")
  func usageErrors() throws {
    #expect(try Command.run(["validate", "no-such.yaml"]).status == 2)
    #expect(try Command.run(["summary", "Specs/fashion-mnist.yaml", "--stile", "keras3"]).status == 2)
    let nearMiss = try Command.run(["sumary", "Specs/fashion-mnist.yaml"])
    #expect(nearMiss.status == 2)
    #expect(nearMiss.error.contains("summary"))
    #expect(try Command.run([]).status == 2)
    #expect(try Command.run(["--help"]).status == 0)
    #expect(try Command.run(["--version"]).status == 0)
  }

  @Test("options may come before or after the operands") func optionOrder() throws {
    let before = try Command.run(["summary", "--set", "model.layers[0].conv2d.filters=16", "Specs/fashion-mnist.yaml"])
    let after = try Command.run(["summary", "Specs/fashion-mnist.yaml", "--set", "model.layers[0].conv2d.filters=16"])
    #expect(before.output == after.output)
    // 5 * 5 * 1 * 16 + 16 = 416 and 4 * 4 * 16 * 32 + 32 = 8,224
    #expect(before.output.contains("8224"), "\(before.error)")
  }

  @Test("an override is checked like the file, at its own place") func badOverride() throws {
    let outcome = try Command.run(["validate", "Specs/fashion-mnist.yaml", "--set", "training.epochs=many"])
    #expect(outcome.status == 1)
    #expect(outcome.error.contains("--set"))
    #expect(outcome.error.contains("many"))
  }

  @Test("the plan is stable text for both purposes") func planIsStable() throws {
    for purpose in ["training", "inference"] {
      let first = try Command.run(["plan", "Specs/fashion-mnist.yaml", "--for", purpose])
      let second = try Command.run(["plan", "Specs/fashion-mnist.yaml", "--for", purpose])
      #expect(first.status == 0, "\(first.error)")
      #expect(first.output == second.output)
      #expect(first.output.contains("fused: bias + relu + max_pool 2x2"))
      // 2 * 576 * 25 * 32 operations in the first convolution, 576 * 32 each for bias and ReLU, 144 * 32 * 4 in its pooling.
      #expect(first.output.contains("976,896 FLOPs"))
    }
  }

  @Test("a resolved spec is a spec of the same plan, byte for byte", arguments: ["resnet20", "squeezenet", "residual"])
  func resolvedIsStable(name: String) throws {
    let path = "Specs/\(name).yaml"
    let resolved = try Command.run(["plan", "--resolved", path])
    #expect(resolved.status == 0, "\(resolved.error)")
    #expect(try Command.run(["validate", "-"], input: resolved.output).status == 0)
    #expect(try Command.run(["plan", "--resolved", "-"], input: resolved.output).output == resolved.output)
    for target in name == "residual" ? ["inference", "training"] : ["inference"] {
      let plan = try Command.run(["plan", "--for", target, path])
      #expect(try Command.run(["plan", "--for", target, "-"], input: resolved.output).output == plan.output)
      #expect(plan.output.count > 1000)
    }
  }

  @Test("a resolved spec passes fmt, and one that could not be read again is refused")
  func resolvedForm() throws {
    let resolved = try Command.run(["plan", "--resolved", "Specs/residual.yaml"])
    let check = try Command.run(["fmt", "--check", "-"], input: resolved.output)
    #expect(check.status == 0, "\(check.error)")
    let folder = try TemporaryFolder()
    // 3,000 layers with 16 keys each are more than a spec may hold.
    let deep = try folder.file(
      "deep.yaml",
      "model: {input: [4, 4, 1], layers: [{repeat: {times: 3000, layers: [{conv2d: {filters: 1, kernel_size: 1}}]}}]}\n"
    )
    let refused = try Command.run(["plan", "--resolved", deep.path])
    #expect(refused.status == 1)
    #expect(refused.output.isEmpty)
    #expect(
      refused.error.hasPrefix("error: with every default written out the spec would be too long to be read again"))
    for options in [["--for", "training"], ["--batch-size", "3"]] {
      #expect(try Command.run(["plan", "--resolved", "Specs/residual.yaml"] + options).status == 2)
    }
  }

  @Test("a broken contract alone is status 4, and with another fault status 1, before anything is trained")
  func brokenContracts() throws {
    let model = "model: {input: [4], layers: [{dense: 3}]}\n"
    let broken = "expect:\n  total_params: 16\n  flops: 3\n  max_memory: 100 B\n"
    let alone = try Command.run(["validate", "-"], input: model + broken)
    #expect(alone.status == 4)
    // 4 * 3 + 3 weights.
    #expect(alone.error.contains("`total_params` is 15, and was expected to be 16"))
    #expect(alone.error.contains("<stdin>:3:17"))
    #expect(alone.error.contains("`flops` is "))
    #expect(alone.error.contains("`max_memory` is "))
    #expect(alone.error.contains("3 errors in 1 file"))
    #expect(try Command.run(["validate", "-"], input: model + broken + "nam: x\n").status == 1)
    let training =
      "data: {source: fashion_mnist}\ntraining: {optimizer: adam, loss: categorical_crossentropy}\n"
      + "model: {input: [28, 28, 1], layers: [flatten, {dense: 10}, softmax]}\nexpect: {total_params: 3}\n"
    let run = try Command.run(["run", "-"], input: training)
    #expect(run.status == 4)
    // 784 * 10 + 10.
    #expect(run.error.contains("`total_params` is 7850, and was expected to be 3"))
    #expect(!run.output.contains("Model:"))
  }

  @Test("an option that a shell cut at a blank is shown in quotes") func cutOption() throws {
    let cut = try Command.run(["run", "a.yaml", "--set", "data.source.csv.label=[16,", "17]"])
    #expect(cut.status == 2)
    #expect(cut.error.contains("'17]' is too much; write --set 'data.source.csv.label=[16, 17]'"), "\(cut.error)")
    let two = try Command.run(["run", "a.yaml", "--set", "training.epochs=1", "b.yaml"])
    #expect(two.error.contains("'b.yaml' is too much\n"), "\(two.error)")
  }
}
