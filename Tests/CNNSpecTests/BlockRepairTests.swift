import CNNDiagnostics
import CNNSpec
import Testing

/// Repairs of what blocks make: edits of the text that it is written in, each read again here.
@Suite struct BlockRepairTests {
  private func mended(_ text: String, _ diagnostic: Diagnostic) -> String {
    var bytes = Array(text.utf8)
    for edit in (diagnostic.fix?.edits ?? []).sorted(by: { $0.span.start.byte > $1.span.start.byte }) {
      bytes.replaceSubrange(edit.span.start.byte..<edit.span.end.byte, with: Array(edit.text.utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func model(_ layers: String, input: String, define: String = "") -> String {
    "\(define)model:\n  input: \(input)\n  layers:\n\(layers)"
  }

  /// The only fault, and that its fix leaves none.
  private func fault(_ text: String) throws -> Diagnostic {
    let loaded = Loaded(text)
    #expect(loaded.diagnostics.count == 1, "\(loaded.rendered)")
    let fault = try #require(loaded.diagnostics.first)
    #expect(fault.fix != nil, "\(loaded.rendered)")
    #expect(Loaded(mended(text, fault)).errors == "", "\(mended(text, fault))")
    return fault
  }

  /// A window of one cell at stride s gives ceil(n / s) rows: of 9, 5 at stride 2 and 3 at stride 3.
  @Test(
    "a sum of unlike shapes gets the shortcut that makes them alike",
    arguments: [
      ("[9, 9, 4]", "conv2d: {filters: 8, kernel_size: 3, padding: same}", "conv2d: {filters: 8, kernel_size: 1}"),
      (
        "[9, 9, 8]", "conv2d: {filters: 8, kernel_size: 3, padding: same, strides: 2}",
        "conv2d: {filters: 8, kernel_size: 1, strides: 2}"
      ),
      ("[9, 9, 4]", "max_pooling2d: 3", "conv2d: {filters: 4, kernel_size: 1, strides: 3}"),
      ("[6]", "dense: 5", "dense: 5"),
    ])
  func shortcut(input: String, branch: String, shortcut: String) throws {
    for written in ["{layers: [{\(branch)}]}", "{layers: [{\(branch)}], shortcut: []}"] {
      let text = model("    - residual: \(written)\n", input: input)
      let fault = try fault(text)
      #expect(fault.help?.hasPrefix("use `shortcut: [{\(shortcut)}]`") == true, "\(fault.help ?? "")")
      #expect(
        mended(text, fault)
          == model("    - residual: {layers: [{\(branch)}], shortcut: [{\(shortcut)}]}\n", input: input))
    }
  }

  /// In every use of the block the projection is to be as wide as the branch.
  @Test("a shortcut in a block that is used more than once goes by the block's parameters")
  func shortcutOfBlock() throws {
    func text(_ shortcut: String) -> String {
      model(
        """
            - unit: {filters: 4}
            - unit
            - unit: {filters: 16, strides: 2}
            - unit: {filters: 16}

        """, input: "[9, 9, 4]",
        define: """
          define:
            blocks:
              unit:
                parameters: {filters: 8, strides: 1}
                layers:
                  - residual:\(shortcut)
                      layers:
                        - conv2d: {filters: $filters, kernel_size: 3, strides: $strides, padding: same}
                        - batch_normalization
                        - relu

          """)
    }
    let fault = try fault(text(""))
    #expect(
      fault.help?.hasPrefix("use `shortcut: [{conv2d: {filters: $filters, kernel_size: 1, strides: $strides}}]`")
        == true)
    let layer = "[{conv2d: {filters: $filters, kernel_size: 1, strides: $strides}}]"
    #expect(mended(text(""), fault) == text("\n            shortcut: \(layer)"), "\(mended(text(""), fault))")
  }

  @Test("a shortcut that no stride can be for is not offered")
  func noShortcut() {
    // 9 rows become 7; of 9 there are 9, 5, 3, 3, 2, … at strides 1, 2, 3, ….
    let text = model(
      "    - residual: {layers: [{conv2d: {filters: 4, kernel_size: 3}}]}\n", input: "[9, 9, 4]")
    #expect(Loaded(text).diagnostics.first?.help == "use `padding: same` in `conv2d`")
  }

  @Test("paths of unlike rows are mended by padding and strides, where one alone does not do")
  func paths() throws {
    let text = model(
      """
          - branches:
              merge: add
              paths:
                - [{conv2d: {filters: 8, kernel_size: 3, strides: 2, name: a}}]
                - [{conv2d: {filters: 8, kernel_size: 3, padding: same, name: b}}]

      """, input: "[9, 9, 4]")
    let fault = try fault(text)
    #expect(fault.help == "use `padding: same` in `a` with `strides: 1` in `a`")
    #expect(mended(text, fault).contains("{filters: 8, kernel_size: 3, strides: 1, name: a, padding: same}"))
  }

  @Test("what shrinks too far in a repetition may be repeated less")
  func repetitions() throws {
    let text = model(
      "    - repeat: {times: 5, layers: [{conv2d: {filters: 2, kernel_size: 3}}, {max_pooling2d: {strides: 2}}]}\n",
      input: "[20, 20, 1]")
    // 20→18→9→7→3→1: the third pool does not fit, so two repetitions are left.
    let fault = try fault(text)
    #expect(fault.code == SpecCode.windowExceedsInput)
    #expect(fault.help?.contains("`times: 2`") == true, "\(fault.help ?? "")")
  }

  private static let unit = """
    define:
      blocks:
        unit:
          parameters: {filters: 8, size: 3}
          layers:
            - conv2d: {filters: $filters, kernel_size: $size, groups: 2}
            - max_pooling2d: {strides: 2}

    """

  @Test("a block that is used once too often may be used less")
  func uses() throws {
    let uses = Array(repeating: "    - unit\n", count: 3).joined()
    let fault = try fault(model(uses, input: "[20, 20, 2]", define: Self.unit))
    #expect(fault.code == SpecCode.windowExceedsInput)
    #expect(fault.help?.contains("one `unit` less: drop line 13") == true, "\(fault.help ?? "")")
  }

  @Test("a parameter's value is mended where it is given, or where its default is")
  func parameters() throws {
    // The next multiple of 2 above 9 is 10.
    let given = model("    - unit: {filters: 9}\n", input: "[20, 20, 2]", define: Self.unit)
    let fault = try fault(given)
    #expect(fault.help == "use `groups: 1`, or `filters: 10` at line 11, or `filters: 10`")
    let held = given + "expect: {total_params: 100}\n"
    // Only 3 * 3 * 1 * 10 weights and 10 biases are 100, so the other repairs are not said.
    let exact = try self.fault(held)
    #expect(exact.help == "use `filters: 10` at line 11, or `filters: 10`")
    #expect(mended(held, exact) == held.replacing("filters: 9", with: "filters: 10"))

    let standard = model(
      "    - unit\n", input: "[20, 20, 2]", define: Self.unit.replacing("filters: 8", with: "filters: 9"))
    #expect(
      try self.fault(standard).help == "use `groups: 1`, or `filters: 10` at line 4, or `filters: 10`")
  }

  @Test("`model.input` is the model's own input, in blocks too, and no layer's name")
  func modelInput() {
    let block = "{repeat: {times: 2, layers: [{dense: {units: 4, name: a}}, {add: {inputs: [a, INPUT]}}]}}"
    func inputs(_ name: String) -> [[String]] {
      let loaded = Loaded(layers: block.replacing("INPUT", with: name), input: "[4]")
      #expect(loaded.rendered == "")
      return loaded.model.map { model in model.layers.map { $0.inputs.map(model.name(of:)) } } ?? []
    }
    #expect(inputs("input") == [["input"], ["a_1", "input"], ["add"], ["a_2", "add"]])
    #expect(inputs("model.input") == [["input"], ["a_1", "input"], ["add"], ["a_2", "input"]])
    #expect(Loaded(layers: "dense: {units: 4, name: model.input}", input: "[4]").codes == ["CN2210"])
    #expect(Loaded(layers: "dense: 4", "add: {inputs: [dense, modl.input]}", input: "[4]").codes == ["CN3201"])
  }
}
