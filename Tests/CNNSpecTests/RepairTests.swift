import CNNDiagnostics
import CNNSpec
import Testing

/// Repairs are edits of the text; what they give is read again here.
@Suite struct RepairTests {
  /// The text after a diagnostic's fix.
  private func mended(_ text: String, _ diagnostic: Diagnostic) -> String {
    var bytes = Array(text.utf8)
    for edit in (diagnostic.fix?.edits ?? []).sorted(by: { $0.span.start.byte > $1.span.start.byte }) {
      bytes.replaceSubrange(edit.span.start.byte..<edit.span.end.byte, with: Array(edit.text.utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func model(_ layers: String, input: String = "[2, 2, 1]") -> String {
    "model:\n  input: \(input)\n  layers:\n\(layers)"
  }

  @Test(
    "a window that does not fit is mended in every form of writing, comments and all",
    arguments: [
      ("    - max_pooling2d: 3  # why\n", "    - max_pooling2d: {pool_size: 3, padding: same}  # why\n"),
      ("    - max_pooling2d: [3, 3]\n", "    - max_pooling2d: {pool_size: [3, 3], padding: same}\n"),
      ("    - max_pooling2d: {pool_size: 3}\n", "    - max_pooling2d: {pool_size: 3, padding: same}\n"),
      (
        "    - max_pooling2d: {pool_size: 3, padding: valid}\n",
        "    - max_pooling2d: {pool_size: 3, padding: same}\n"
      ),
      (
        "    - conv2d:\n        filters: 2   # two\n        kernel_size: 3\n",
        "    - conv2d:\n        padding: same\n        filters: 2   # two\n        kernel_size: 3\n"
      ),
      (
        "    - {max_pooling2d: {pool_size: 3, name: a}}\n",
        "    - {max_pooling2d: {pool_size: 3, name: a, padding: same}}\n"
      ),
    ])
  func forms(written: String, expected: String) {
    let loaded = Loaded(model(written))
    #expect(loaded.codes == ["CN3104"])
    guard let fault = loaded.diagnostics.first else { return }
    #expect(mended(model(written), fault) == model(expected))
    #expect(fault.fix?.isSafe == false)
    #expect(Loaded(mended(model(written), fault)).spec != nil)
  }

  @Test("a kind alone gets arguments, in a list of dashes and in one of brackets")
  func alone() {
    let dashes = model("    - max_pooling2d\n    - flatten\n", input: "[1, 1, 1]")
    let brackets = "model: {input: [1, 1, 1], layers: [max_pooling2d, flatten]}\n"
    for text in [dashes, brackets] {
      let loaded = Loaded(text)
      #expect(loaded.codes == ["CN3104"])
      guard let fault = loaded.diagnostics.first else { return }
      #expect(
        mended(text, fault) == text.replacing("max_pooling2d", with: "max_pooling2d: {padding: same}"))
      #expect(Loaded(mended(text, fault)).rendered == "")
    }
  }

  @Test("only repairs that hold are offered")
  func proved() {
    // With `same` the pool keeps 1x1, and the convolution behind it still does not fit: no single change does.
    let both = model("    - max_pooling2d: {pool_size: 3, strides: 3}\n    - conv2d: {filters: 2, kernel_size: 3}\n")
    let loaded = Loaded(both)
    #expect(loaded.codes == ["CN3104"])
    #expect(loaded.diagnostics.first?.fix == nil)
    #expect(loaded.diagnostics.first?.help?.contains("larger `input`") == true)
    // An expectation that only one of the repairs keeps decides for it: 3x3x1x2 + 2 = 20, 2x2x1x2 + 2 = 10.
    let held = model("    - conv2d: {filters: 2, kernel_size: 3}\n") + "expect: {total_params: 10}\n"
    #expect(Loaded(held).diagnostics.first?.help == "use a `kernel_size` of at most 2")
  }

  @Test("groups become those that divide, or filters those that are divided")
  func groups() {
    let text = model("    - conv2d: {filters: 9, kernel_size: 1, groups: 2}\n", input: "[4, 4, 6]")
    let fault = Loaded(text).diagnostics.first
    // The next below 2 that divides 6 and 9 is 1; the next multiple of 2 above 9 is 10.
    #expect(fault?.help == "use `groups: 1`, or `filters: 10`")
  }

  @Test("a merge is mended where its inputs are made")
  func merge() {
    let text = """
      model:
        input: [8, 8, 1]
        layers:
          - conv2d: {filters: 4, kernel_size: 3, name: a}
          - conv2d: {filters: 2, kernel_size: 3, padding: same, inputs: [input], name: b}
          - add: {inputs: [a, b]}

      """
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN3107"])
    guard let fault = loaded.diagnostics.first else { return }
    #expect(Loaded(mended(text, fault)).rendered == "")
  }

  @Test("cross-section faults are mended: softmax, classes, input, flatten")
  func settings() {
    let training = "training: {optimizer: adam, loss: categorical_crossentropy}\n"
    let data = "data: {source: mnist, rescale: 1/255}\n"
    let texts = [
      ("    - flatten\n    - dense: 10\n", "[28, 28, 1]"),
      ("    - flatten\n    - dense: 9\n    - softmax\n", "[28, 28, 1]"),
      ("    - flatten\n    - dense: 10\n    - softmax\n", "[28, 28, 3]"),
      ("    - dense: 10\n    - softmax\n", "[28, 28, 1]"),
      ("    - flatten\n    - dense: 10\n    - softmax\n    - softmax\n", "[28, 28, 1]"),
    ]
    for (layers, input) in texts {
      let text = model(layers, input: input) + data + training
      let loaded = Loaded(text)
      #expect(loaded.codes.count == 1, "\(loaded.rendered)")
      guard let fault = loaded.diagnostics.first else { continue }
      #expect(fault.fix != nil, "\(loaded.rendered)")
      #expect(Loaded(mended(text, fault)).rendered == "", "\(mended(text, fault))")
    }
  }

  @Test("a layer that is removed takes its line, or its comma, with it")
  func removal() {
    let text = "model:\n  input: [4]\n  layers:\n    - dense: 3\n    - dropout: 0.5   # here\n"
    let flow = "model: {input: [4], layers: [dense: 3, dropout: 0.5]}\n"
    for (text, expected) in [
      (text, "model:\n  input: [4]\n  layers:\n    - dense: 3\n"), (flow, "model: {input: [4], layers: [dense: 3]}\n"),
    ] {
      let loaded = Loaded(text)
      #expect(loaded.codes == ["CN9105"])
      guard let advice = loaded.diagnostics.first else { continue }
      #expect(mended(text, advice) == expected)
    }
  }

  @Test("another letter case is a safe fix, another word is not")
  func safety() {
    func fix(_ layer: String) -> Diagnostic.Fix? { Loaded(layers: "flatten", layer).diagnostics.first?.fix }
    #expect(fix("dense: {units: 3, activation: ReLU}")?.isSafe == true)
    #expect(fix("dense: {units: 3, activation: rellu}")?.isSafe == false)
    #expect(fix("dense: \"3\"")?.isSafe == true)
    #expect(fix("dense: {unit: 3}")?.isSafe == false)
  }

  /// Sizes by hand: a window of one cell with stride s has floor((n - 1) / s) + 1 places.
  @Test(
    "a residual sum that does not fit gets a shortcut with the channels and strides of its branch",
    arguments: [
      ("[8, 8, 4]", "conv2d: {filters: 6, kernel_size: 3, padding: same}", "conv2d: {filters: 6, kernel_size: 1}"),
      (
        "[8, 8, 4]", "conv2d: {filters: 6, kernel_size: 3, padding: same, strides: 2}",
        "conv2d: {filters: 6, kernel_size: 1, strides: 2}"
      ),
      (
        "[9, 8, 4]", "conv2d: {filters: 4, kernel_size: 1, strides: [3, 1]}",
        "conv2d: {filters: 4, kernel_size: 1, strides: [3, 1]}"
      ),
      ("[8]", "dense: 5", "dense: 5"),
    ])
  func shortcut(input: String, branch: String, projection: String) throws {
    for text in [
      model("    - residual:\n        layers: [{\(branch)}]   # kept\n    - relu\n", input: input),
      model("    - residual: {layers: [{\(branch)}]}\n    - relu\n", input: input),
    ] {
      let loaded = Loaded(text)
      #expect(loaded.codes == ["CN3107"], "\(loaded.rendered)")
      let fault = try #require(loaded.diagnostics.first)
      #expect(fault.help?.hasPrefix("use `shortcut: [{\(projection)}]`") == true, "\(loaded.rendered)")
      let repaired = mended(text, fault)
      #expect(repaired.contains("shortcut: [{\(projection)}]"))
      #expect(Loaded(repaired).errors == "", "\(repaired)")
    }
  }

  @Test("a branch that no projection reaches, or a shortcut that is there, gets none")
  func noShortcut() {
    // 8 - 3 + 1 = 6, and no stride takes 8 cells to 6.
    let shrunk = Loaded(
      model("    - residual: {layers: [{conv2d: {filters: 4, kernel_size: 3}}]}\n", input: "[8, 8, 4]"))
    #expect(shrunk.diagnostics.first?.help?.contains("shortcut") == false)
    let given = Loaded(
      model(
        "    - residual: {layers: [{conv2d: {filters: 6, kernel_size: 1}}], shortcut: [relu]}\n", input: "[8, 8, 4]"))
    #expect(given.codes == ["CN3107"])
    #expect(given.diagnostics.first?.help?.contains("shortcut") == false)
  }
}
