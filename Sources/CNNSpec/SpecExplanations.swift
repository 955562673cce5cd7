package import CNNDiagnostics

/// What `explain` says of the codes of keys and values; shapes, graphs and settings follow in files of their own.
package enum SpecExplanations {
  package static let all = keys + values + definitions + shapes + graph + settings + advice

  /// A small model around some layers, for examples.
  static func model(_ layers: String..., input written: String? = nil) -> String {
    let isDense = layers.first.map { $0.hasPrefix("dense") || $0.hasPrefix("{dense") } ?? false
    let input = written ?? (isDense ? "[784]" : "[28, 28, 1]")
    return "model:\n  input: \(input)\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()
  }

  private static let keys = [
    CodeExplanation(
      SpecCode.missingKey, summary: "a key that must be there is not",
      explanation:
        "Most keys have Keras's default. Those without one hold what only the author can know, such as how many filters a convolution has.",
      wrong: model("conv2d: {kernel_size: 3}"), right: model("conv2d: {filters: 8, kernel_size: 3}")),
    CodeExplanation(
      SpecCode.missingSection, summary: "a section that the command needs is not there",
      explanation: "Every spec has a `model`. Training needs `data` and `training` as well.",
      wrong: "name: tiny\n", right: "name: tiny\n" + model("flatten", "dense: 10")),
    CodeExplanation(
      SpecCode.unknownKey, summary: "a key that is not part of the language here",
      explanation:
        "A mistyped key would otherwise change nothing and never be noticed. Keys are Keras's names of arguments, in snake case.",
      wrong: model("conv2d: {filters: 8, kernel_size: 4, stride: 2}"),
      right: model("conv2d: {filters: 8, kernel_size: 4, strides: 2}")),
    CodeExplanation(
      SpecCode.unknownKind, summary: "a layer that there is not",
      explanation: "Layers have the names of Keras's classes, in snake case: `MaxPooling2D` is `max_pooling2d`.",
      wrong: model("MaxPooling2D"), right: model("max_pooling2d")),
    CodeExplanation(
      SpecCode.notALayer, summary: "an item of `layers` that is not one layer",
      explanation:
        "An item is a kind alone, a kind with its main argument, or a kind with arguments by name. Arguments belong inside of the kind.",
      wrong: model("{dense: 10, activation: relu}"), right: model("dense: {units: 10, activation: relu}")),
  ]

  private static let values = [
    CodeExplanation(
      SpecCode.wrongType, summary: "a value of another type than its key takes",
      explanation: "The key decides what its value is; text is never taken for a number, or a list for one value.",
      wrong: model("dense: ten"), right: model("dense: 10")),
    CodeExplanation(
      SpecCode.quotedValue, summary: "a number or a boolean in quotes",
      explanation: "In YAML, quotes make text. Without them the value is what it looks like.",
      wrong: model("dense: \"10\""), right: model("dense: 10")),
    CodeExplanation(
      SpecCode.numberForm, summary: "a number in a form that YAML's versions read differently, or that is not finite",
      explanation:
        "Leading zeros, separators, colons and other bases than ten mean one number in YAML 1.1 and another in 1.2, so none of them is taken. Neither are infinities, and what is nearer to zero than a 32-bit float can be.",
      wrong: model("dense: 010"), right: model("dense: 10")),
    CodeExplanation(
      SpecCode.booleanForm, summary: "a boolean other than `true` and `false`",
      explanation: "`yes`, `on` and the like are booleans in YAML 1.1 and text in 1.2.",
      wrong: model("dense: {units: 10, use_bias: no}"), right: model("dense: {units: 10, use_bias: false}")),
    CodeExplanation(
      SpecCode.tuple, summary: "a list without brackets, or in Python's parentheses",
      explanation: "YAML's lists are in brackets; `(3, 3)` and `3x3` are texts.",
      wrong:
        "model:\n  input: [28, 28, 1]\n  layers:\n    - conv2d:\n        filters: 8\n        kernel_size: (3, 3)\n",
      right: "model:\n  input: [28, 28, 1]\n  layers:\n    - conv2d:\n        filters: 8\n        kernel_size: [3, 3]\n"
    ),
    CodeExplanation(
      SpecCode.unknownWord, summary: "a word that is none of those the key takes",
      explanation: "Words are Keras's: paddings, activations, initializers, optimizers, losses.",
      wrong: model("dense: {units: 10, activation: rellu}"), right: model("dense: {units: 10, activation: relu}")),
    CodeExplanation(
      SpecCode.outOfRange, summary: "a number outside of what makes sense, or beyond a limit",
      explanation:
        "A layer has at least one unit, a rate lies from 0 to 1. Limits keep every size that follows from a spec within what can be counted.",
      wrong: model("flatten", "dropout: 1.5", "dense: 10"), right: model("flatten", "dropout: 0.5", "dense: 10")),
    CodeExplanation(
      SpecCode.wrongLength, summary: "a list of another length than its key takes",
      explanation: "A window has rows and columns: one number for both, or two.",
      wrong: model("max_pooling2d: [2, 2, 2]"), right: model("max_pooling2d: [2, 2]")),
    CodeExplanation(
      SpecCode.emptyValue, summary: "a key without a value",
      explanation: "A key whose value is left out, or is `null`, says nothing. Leave the key out for its default.",
      wrong: model("dense: {units: 10, activation: }"), right: model("dense: {units: 10, activation: relu}")),
    CodeExplanation(
      SpecCode.badName, summary: "a name that may not be one",
      explanation:
        "Names become parts of the names of files and of weights, so they have up to 64 letters, digits, `_`, `.` and `-`. `input` is the model's own input.",
      wrong: model("dense: {units: 10, name: ../last}"), right: model("dense: {units: 10, name: last}")),
    CodeExplanation(
      SpecCode.duplicateName, summary: "two layers of one name",
      explanation: "Weights are stored by the names of layers, and `inputs` finds layers by them.",
      wrong: model("dense: {units: 10, name: a}", "dense: {units: 10, name: a}"),
      right: model("dense: {units: 10, name: a}", "dense: {units: 10, name: b}")),
    CodeExplanation(
      SpecCode.badPath, summary: "a path that leaves the folder of the spec",
      explanation:
        "A spec may come from a stranger. It names files beside itself, and reaches neither the rest of the disk nor the network.",
      wrong: model("flatten") + "data:\n  source: {npz: ../secret.npz}\n",
      right: model("flatten") + "data:\n  source: {npz: images.npz}\n"),
    CodeExplanation(
      SpecCode.fraction, summary: "a fraction that is not one number over another",
      explanation: "`1/255` is the one expression that a spec may hold, as it is how everyone writes that factor.",
      wrong: model("rescaling: 1/x"), right: model("rescaling: 1/255")),
    CodeExplanation(
      SpecCode.comparison, summary: "an expectation that is neither a number nor a comparison",
      explanation:
        "An expectation is a number, or `>=`, `<=`, `>`, `<` or `==` and a number, in quotes since `>` is YAML's own. Counts take `k`, `M`, `G` and `T`, `flops` also `FLOPs` behind them, `max_memory` `kB` to `TB` (of 1000) and `KiB` to `TiB` (of 1024); `max_seconds` are seconds.",
      wrong: model("flatten") + "expect:\n  layers: \"=< 1\"\n",
      right: model("flatten") + "expect:\n  layers: \"<= 1\"\n"),
    CodeExplanation(
      SpecCode.overrideForm, summary: "a `--set` that is not a path and a value",
      explanation:
        "The form is `--set training.epochs=5`: keys with dots between, places in lists in brackets, then `=` and a value in YAML.",
      wrong: "", right: ""),
    CodeExplanation(
      SpecCode.overridePath, summary: "a `--set` whose path leads nowhere",
      explanation:
        "Layers are found by name or by place: `--set model.layers.conv2d_1.filters=16`, `--set model.layers[2].filters=16`. Keys that are missing are added; values have no keys.",
      wrong: "", right: ""),
  ]
}
