import Testing

@testable import CNNReport

/// Two small networks whose differences were counted by hand.
@Suite("what changes between two specs")
struct SpecDiffTests {
  typealias Layer = SpecFacts.Layer
  typealias Setting = SpecFacts.Setting

  static func layer(
    _ name: String, _ kind: String, _ arguments: [Setting] = [], isNamed: Bool = false, inputs: [String]? = nil,
    shape: [Int] = [4], weights: [SpecFacts.Weight] = [], flops: Int = 0
  ) -> Layer {
    Layer(
      name: name, isNamed: isNamed, kind: kind, className: kind.capitalized, arguments: arguments, inputs: inputs,
      outputShape: shape, weights: weights,
      parameterCount: weights.reduce(0) { $0 + $1.extents.reduce(1, *) }, flops: flops)
  }

  static func dense(_ name: String, _ units: Int, from inputs: Int, isNamed: Bool = false) -> Layer {
    layer(
      name, "dense", [Setting("units", "\(units)")], isNamed: isNamed, shape: [units],
      weights: [.init("kernel", [inputs, units]), .init("bias", [units])], flops: units * (2 * inputs + 1))
  }

  static func facts(_ title: String, _ layers: [Layer], _ settings: [Setting] = []) -> SpecFacts {
    let parameters = layers.reduce(0) { $0 + $1.parameterCount }
    return SpecFacts(
      title: title, layers: layers, settings: settings, parameters: parameters, trainableParameters: parameters,
      flops: layers.reduce(0) { $0 + ($1.flops ?? 0) }, trainingMemory: nil, inferenceMemory: 2048)
  }

  static let before = facts(
    "a.yaml",
    [dense("dense", 8, from: 4), layer("dropout", "dropout", [Setting("rate", "0.5")]), dense("dense_1", 3, from: 8)],
    [Setting("training.epochs", "5"), Setting("training.seed", "1")])

  @Test("a spec is the same as itself") func same() {
    let diff = SpecDiff(Self.before, Self.before)
    #expect(diff.isEmpty)
    #expect(diff.text == "a.yaml and a.yaml are the same network, trained in the same way")
    #expect(diff.json(toolVersion: "1").text.contains("\"same\":true"))
  }

  @Test("an inserted layer is one addition, and those behind it keep what they were") func insertion() {
    let after = Self.facts(
      "b.yaml",
      [
        Self.dense("dense", 8, from: 4), Self.dense("dense_1", 8, from: 8),
        Self.layer("dropout", "dropout", [Setting("rate", "0.5")]), Self.dense("dense_2", 3, from: 8),
      ], [Setting("training.epochs", "9"), Setting("training.seed", "1"), Setting("training.shuffle", "false")])
    // Kept: dense, dropout. dense_1 is now called dense_2, and what is called dense_1 is new: of the tensors only those
    // of `dense` have name and shape in common, 4 * 8 + 8 = 40 of 40 + 72 + 27 = 139.
    #expect(
      SpecDiff(Self.before, after).text == """
        a.yaml → b.yaml

        Layers: 1 changed, 1 added, 0 removed, 2 as before
          + dense_1 (Dense)  8, 72 params
          ~ dense_2 (Dense)
              name dense_1 → dense_2

                                       before     after   change
          -------------------------  --------  --------  -------
          layers                            3         4   +33.3%
          parameters                       67       139  +107.5%
          trainable parameters             67       139  +107.5%
          FLOPs of one image              123       259  +110.6%
          memory of a training step         -         -
          memory of a prediction     2.00 KiB  2.00 KiB

        Settings:
          ~ training.epochs 5 → 9
          ~ training.shuffle false, new

        Weights that carry over, by name and shape: 2 of 6 tensors, 40 of 139 parameters
        """)
  }

  @Test("what an author named is found wherever it went; the rest keeps its order") func names() {
    let first = Self.facts(
      "a",
      [Self.dense("head", 3, from: 4, isNamed: true), Self.layer("flatten", "flatten"), Self.layer("relu", "relu")])
    let second = Self.facts(
      "b",
      [Self.layer("flatten", "flatten"), Self.layer("relu", "relu"), Self.dense("head", 5, from: 4, isNamed: true)])
    let text = SpecDiff(first, second).text
    #expect(text.contains("Layers: 1 changed, 0 added, 0 removed, 2 as before"))
    #expect(text.contains("      units 3 → 5\n      output 3 → 5\n      params 15 → 25\n      FLOPs 27 → 45\n"))
    #expect(text.contains("0 of 2 tensors"))
  }

  @Test("a removed layer stands where it was") func removal() {
    let after = Self.facts(
      "b", [Self.dense("dense", 8, from: 4), Self.dense("dense_1", 3, from: 8)], Self.before.settings)
    let diff = SpecDiff(Self.before, after)
    #expect(diff.text.contains("Layers: 0 changed, 0 added, 1 removed, 2 as before\n  - dropout (Dropout)  4\n"))
    #expect(diff.markdown.contains("| dropout (Dropout) | removed | 4 |"))
    #expect(diff.text.contains("4 of 4 tensors, 67 of 67 parameters"))
  }

  @Test("metrics and callbacks are known by what they are called, not by their place") func namedLists() {
    func settings(_ lists: [(String, String)]) -> SpecFacts {
      Self.facts("a", [], lists.map { Setting("training." + $0.0, $0.1) })
    }
    func text(_ before: [(String, String)], _ after: [(String, String)]) -> [String] {
      SpecDiff(settings(before), settings(after)).settings.map(\.text)
    }
    let f1 = [("metrics[0]", "accuracy"), ("metrics[1].f1.average", "macro"), ("metrics[1].f1.threshold", "none")]
    #expect(
      text([("metrics", "[accuracy]")], f1) == ["training.metrics: f1 (average macro, threshold none) added"])
    #expect(text([("metrics", "[]")], [("metrics", "[accuracy]")]) == ["training.metrics: accuracy added"])
    #expect(
      text([("metrics", "[accuracy, auc]")], [("metrics", "[auc, recall]")]) == [
        "training.metrics: recall added", "training.metrics: accuracy removed",
      ])
    let turned = [("metrics[0].f1.average", "macro"), ("metrics[0].f1.threshold", "none"), ("metrics[1]", "accuracy")]
    #expect(SpecDiff(settings(f1), settings(turned)).isEmpty, "the order of metrics means nothing")
    let micro = [("metrics[0].f1.average", "micro"), ("metrics[0].f1.threshold", "none")]
    #expect(
      text(f1, micro) == ["training.metrics[0].f1.average macro → micro", "training.metrics: accuracy removed"])
    // Callbacks hear of an epoch one after the other.
    let stop = [("callbacks[0].early_stopping.patience", "3"), ("callbacks[1]", "terminate_on_nan")]
    let later = [("callbacks[0]", "terminate_on_nan"), ("callbacks[1].early_stopping.patience", "3")]
    #expect(
      text(stop, later) == [
        "training.callbacks [early_stopping, terminate_on_nan] → [terminate_on_nan, early_stopping]"
      ])
    #expect(
      text(stop, [("callbacks[0]", "terminate_on_nan"), ("callbacks[1].early_stopping.patience", "5")]) == [
        "training.callbacks[1].early_stopping.patience 3 → 5"
      ])
  }

  @Test("Markdown means what it says, whatever the names") func markdown() {
    let after = Self.facts(
      "b|c.yaml", Self.before.layers, [Setting("training.epochs", "*6*"), Setting("training.seed", "1")])
    #expect(SpecDiff(Self.before, after).markdown.hasPrefix("### a.yaml → b\\|c.yaml\n"))
    #expect(SpecDiff(Self.before, after).markdown.contains("| training.epochs | 5 | \\*6\\* |"))
  }

  @Test("the object has every change") func json() {
    let after = Self.facts("b", [Self.dense("dense", 9, from: 4), Self.before.layers[1]], Self.before.settings)
    let text = SpecDiff(Self.before, after).json(toolVersion: "1.2.3").text
    for part in [
      "\"format_version\":\"1.0\"", "\"tool\":{\"name\":\"cnnrun\",\"version\":\"1.2.3\"}", "\"same\":false",
      "{\"after\":\"9\",\"before\":\"8\",\"path\":\"units\"}", "\"change\":\"removed\"", "\"unchanged_layers\":1",
      "\"total_params\":{\"after\":45,\"before\":67}", "\"carried\":{\"params\":0,\"tensors\":0}",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }
}
