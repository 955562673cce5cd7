internal import CNNDiagnostics

extension SpecExplanations {
  private static func defining(_ definition: String, _ layers: String...) -> String {
    "define:\n  \(definition)\nmodel:\n  input: [28]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()
  }

  static let definitions = [
    CodeExplanation(
      SpecCode.unknownDefinition, summary: "a `$name` that stands for nothing",
      explanation:
        "`$name`, as a whole value without quotes, stands for a value of `define`, or inside of a block for one of its parameters.",
      wrong: defining("units: 10", "dense: $unit"), right: defining("units: 10", "dense: $units")),
    CodeExplanation(
      SpecCode.badDefinition, summary: "a block or a parameter with a name that is taken",
      explanation:
        "Blocks are used like layers, so none may be called as a layer is; `name` and `inputs` are keys of every block.",
      wrong: defining("blocks: {dense: {layers: [relu]}}", "dense: 10"),
      right: defining("blocks: {head: {layers: [{dense: 10}]}}", "head")),
    CodeExplanation(
      SpecCode.recursiveDefinition, summary: "a block or a value that is made of itself",
      explanation: "A block may use other blocks, and a value other values, but none of them in a circle.",
      wrong: defining("blocks: {head: {layers: [head]}}", "head"),
      right: defining("blocks: {head: {layers: [{dense: 10}]}}", "repeat: {times: 3, layers: [head]}")),
    CodeExplanation(
      SpecCode.expansionLimit, summary: "blocks that make more than a spec may hold",
      explanation:
        "A short text can stand for a very long one. Blocks and values may come to 100,000 keys, values and lists, 10,000 layers and 32 levels.",
      wrong: defining(
        "blocks: {a: {layers: [{dense: {units: 1, use_bias: false, activation: relu}}]}}",
        "repeat: {times: 9000, layers: [a]}"),
      right: defining("blocks: {a: {layers: [{dense: 1}]}}", "repeat: {times: 10, layers: [a]}")),
  ]
}
