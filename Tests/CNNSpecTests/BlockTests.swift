import CNNSpec
import Testing

/// What blocks expand to. Expected layers are written out by hand.
@Suite struct BlockTests {
  private static let conv = "conv2d: {filters: 3, kernel_size: 3, padding: same"

  @Test("repeat puts its layers one behind the other, with Keras's automatic names")
  func repeats() {
    let loaded = Loaded(layers: "repeat: {times: 3, layers: [{dense: 4}, relu]}", "dense: 2", input: "[5]")
    #expect(loaded.rendered == "")
    #expect(loaded.names == ["dense", "re_lu", "dense_1", "re_lu_1", "dense_2", "re_lu_2", "dense_3"])
    #expect(loaded.counts == [24, 0, 20, 0, 20, 0, 10])
    #expect(loaded.model?.isSequential == true)
    #expect(loaded.model?.name == "sequential")
  }

  @Test("a residual block adds what it reads, and activates the sum")
  func residual() {
    let loaded = Loaded(layers: "\(Self.conv), name: stem}", "residual: {layers: [{\(Self.conv)}}], activation: relu}")
    #expect(loaded.rendered == "")
    #expect(loaded.names == ["stem", "conv2d", "add", "activation"])
    #expect(loaded.model?.layers.map(\.inputs) == [[.modelInput], [.layer(0)], [.layer(1), .layer(0)], [.layer(2)]])
    #expect(loaded.model?.layers[2].spec.className == "Add")
    #expect(loaded.model?.isSequential == false)
  }

  @Test("a shortcut has layers of its own, which read what the block reads")
  func shortcut() {
    let loaded = Loaded(
      layers: "residual: {layers: [{dense: 4}, {dense: 6}], shortcut: [{dense: 6}], name: res}", input: "[5]")
    #expect(loaded.rendered == "")
    let reads = Dictionary(
      uniqueKeysWithValues: (loaded.model?.layers ?? []).map { layer in
        (layer.spec.name, layer.inputs.map { loaded.model?.name(of: $0) ?? "" })
      })
    #expect(
      reads == [
        "dense": ["input"], "dense_1": ["dense"], "dense_2": ["input"], "res_add": ["dense_1", "dense_2"],
      ])
  }

  @Test("branches merge their paths; an empty one is the input itself")
  func branches() {
    let loaded = Loaded(
      layers: "dense: 4", "branches: {merge: concatenate, paths: [[], [{dense: 3}], [{dense: 2}, relu]]}", "dense: 1",
      input: "[5]")
    #expect(loaded.rendered == "")
    #expect(loaded.model?.layers.first { $0.spec.kind == "concatenate" }?.outputType.extents == [9])
    // 5*4+4, 4*3+3, 4*2+2, 9+1
    #expect(loaded.counts.filter { $0 > 0 }.sorted() == [10, 10, 15, 24])
  }

  @Test("a merge takes arguments, and is any layer of the catalogue that reads several inputs")
  func merges() {
    let loaded = Loaded(
      layers: "branches: {merge: {concatenate: {axis: 1}}, paths: [[], []]}", "flatten", input: "[4, 5, 1]")
    #expect(loaded.rendered == "")
    #expect(loaded.shapes.first == [8, 5, 1])
    for word in ["flatten", "sum", "dense"] {
      #expect(Loaded(layers: "branches: {merge: \(word), paths: [[], []]}").codes == ["CN2206"])
    }
  }

  private static let unit = """
    define:
      width: 4
      blocks:
        unit:
          parameters: {filters: $width, kernel_size: 3, activation: relu}
          layers:
            - conv2d:
                {filters: $filters, kernel_size: $kernel_size, padding: same, activation: $activation, name: conv}

    """

  private static func spec(_ layers: String..., define: String = unit) -> String {
    define + "model:\n  input: [8, 8, 3]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()
  }

  @Test("a block of one's own takes its arguments, or their defaults; values keep their types")
  func parameters() {
    let loaded = Loaded(Self.spec("unit", "unit: {filters: 7, kernel_size: [1, 3]}", "unit: {activation: tanh}"))
    #expect(loaded.rendered == "")
    #expect(loaded.shapes.map(\.last) == [4, 7, 4])
    // 3*3*3*4 + 4, 1*3*4*7 + 7, 3*3*7*4 + 4
    #expect(loaded.counts == [112, 91, 256])
  }

  @Test("lists and mappings are values too")
  func collections() {
    let define = """
      define:
        size: [1, 3]
        start: {random_normal: {stddev: 0.5}}
        body: [{dense: 3}, relu]
        first: $second
        second: 9
        blocks:
          any: {parameters: {layers_of_it: }, layers: [{repeat: {times: 2, layers: $layers_of_it}}]}

      """
    let loaded = Loaded(
      Self.spec(
        "conv2d: {filters: 2, kernel_size: $size, kernel_initializer: $start}", "flatten", "any: {layers_of_it: $body}",
        "dense: $first", define: define))
    #expect(loaded.rendered == "")
    #expect(loaded.names == ["conv2d", "flatten", "dense", "re_lu", "dense_1", "re_lu_1", "dense_2"])
    #expect(loaded.shapes.last == [9])
    #expect(loaded.counts[0] == 1 * 3 * 3 * 2 + 2)
  }

  @Test("only a whole scalar without quotes is a name")
  func quotes() {
    let loaded = Loaded(layers: "dense: {units: \"$width\"}", input: "[5]", more: "define: {width: 3}\n")
    #expect(loaded.codes == ["CN2201"])
    #expect(loaded.diagnostics[0].help?.contains("without quotes, `$width` stands for a value") == true)
    #expect(Loaded(layers: "dense: 1$width", input: "[5]", more: "define: {width: 3}\n").codes == ["CN2201"])
  }

  @Test("values stand in every section")
  func sections() {
    let text = """
      define: {rate: 0.5, rule: {adam: {learning_rate: $rate}}, batch: 7, params: 12}
      model: {input: [5], layers: [{dense: 2}]}
      training: {optimizer: $rule, loss: mean_squared_error, batch_size: $batch}
      expect: {total_params: $params}
      """
    let loaded = Loaded(text)
    #expect(loaded.rendered == "")
    #expect(loaded.spec?.training?.optimizer.value == OptimizerSpec(.adam(), learningRate: .constant(0.5)))
    #expect(loaded.spec?.training?.batchSize.value == 7)
    #expect(loaded.spec.map { $0.expectations.broken(by: $0.model).isEmpty } == true)
  }

  @Test("names inside of blocks follow the written scheme, each of them once")
  func names() {
    let loaded = Loaded(
      Self.spec(
        "unit", "unit", "unit: {name: stem}", "repeat: {times: 2, layers: [unit]}",
        "repeat: {times: 2, name: stage, layers: [{conv2d: {filters: 4, kernel_size: 1, name: a}}, unit]}",
        "repeat: {times: 2, layers: [{conv2d: {filters: 4, kernel_size: 1, name: b}}]}",
        "residual: {name: res, activation: relu, layers: [{conv2d: {filters: 4, kernel_size: 1, name: c}}]}",
        "repeat: {times: 2, layers: [{residual: {name: r, layers: [{conv2d: {filters: 4, kernel_size: 1, name: c}}]}}]}"
      ))
    #expect(loaded.rendered == "")
    #expect(
      loaded.names == [
        "unit_conv", "unit_1_conv", "stem_conv", "unit_1_1_conv", "unit_2_conv", "stage1_a", "stage1_unit_conv",
        "stage2_a", "stage2_unit_conv", "b_1", "b_2", "res_c", "res_add", "res_out", "r_1_c", "r_1_add", "r_2_c",
        "r_2_add",
      ])
    #expect(Set(loaded.names).count == loaded.names.count)
    #expect(loaded.names.allSatisfy(LayerNames.isValid))
  }

  @Test("a name that grows beyond what a name may have is reported where it is written")
  func longNames() {
    let name = String(repeating: "n", count: 60)
    let loaded = Loaded(
      layers: "repeat: {times: 2, name: stage, layers: [{dense: {units: 3, name: \(name)}}]}", input: "[5]")
    #expect(loaded.codes == ["CN2210"])
    #expect(loaded.underlined(0) == name)
  }

  @Test("inputs inside of a block name its own layers first, then those around it; `input` is the block's own")
  func scopes() {
    let loaded = Loaded(
      layers: "dense: {units: 4, name: a}", "dense: {units: 4, name: b, inputs: input}",
      "repeat: {times: 2, layers: [{dense: {units: 4, name: a}}, {add: {inputs: [a, b, input]}}]}",
      "add: {inputs: [add_1, a, a_1]}", input: "[5]")
    #expect(loaded.rendered == "")
    let model = loaded.model
    let reads = Dictionary(
      uniqueKeysWithValues: (model?.layers ?? []).map { ($0.spec.name, $0.inputs.map { model?.name(of: $0) ?? "" }) })
    #expect(reads["a_1"] == ["b"])
    #expect(reads["add"] == ["a_1", "b", "b"])
    #expect(reads["a_2"] == ["add"])
    #expect(reads["add_1"] == ["a_2", "b", "add"])
    #expect(reads["add_2"] == ["add_1", "a", "a_1"])
  }

  @Test("the name of a block stands for its output, and `inputs` says what it reads, ahead in the file too")
  func blockNames() {
    let loaded = Loaded(
      layers: "residual: {name: late, inputs: early, layers: [{dense: 4}]}",
      "dense: {units: 4, name: early, inputs: input}",
      "add: {inputs: [late, early]}", input: "[5]")
    #expect(loaded.rendered == "")
    let model = loaded.model
    let sum = model?.layers.first { $0.spec.name == "add" }
    #expect(sum?.inputs.map { model?.name(of: $0) ?? "" } == ["late_add", "early"])
  }

  @Test("aliases and merge keys work inside of blocks")
  func aliases() {
    let text = """
      define:
        blocks:
          pair:
            parameters: {units: 3}
            layers:
              - dense: &dense {units: $units, activation: tanh}
              - dense: {<<: *dense, use_bias: false}
      model:
        input: [5]
        layers: [pair, &second {pair: {units: 2}}, *second]
      """
    let loaded = Loaded(text)
    #expect(loaded.rendered == "")
    // 5*3+3, 3*3, 3*2+2, 2*2, 2*2+2, 2*2
    #expect(loaded.counts == [18, 9, 8, 4, 6, 4])
  }

  @Test("a fault in a block that is used often is one error, with where it is used")
  func oneFault() {
    let define = "define: {blocks: {bad: {layers: [{dense: {units: 3, unit: 4}}]}}}\n"
    let loaded = Loaded(Self.spec("flatten", "bad", "repeat: {times: 5, layers: [bad]}", define: define))
    #expect(loaded.codes == ["CN2103"])
    #expect(loaded.underlined(0) == "unit")
    #expect(loaded.diagnostics[0].notes.map(\.message) == ["in block `bad`, used here"])
    #expect(loaded.diagnostics[0].notes.first?.span?.start.line == 6)
  }

  @Test("the notes of a long chain of uses are bounded")
  func chain() {
    var define = "define:\n  blocks:\n    b0: {layers: [{dense: ten}]}\n"
    for index in 1..<12 { define += "    b\(index): {layers: [b\(index - 1)]}\n" }
    let loaded = Loaded(Self.spec("flatten", "b11", define: define))
    #expect(loaded.codes == ["CN2201"])
    let notes = loaded.diagnostics[0].notes.map(\.message)
    #expect(notes.count == 5)
    #expect(notes.last == "and 8 more uses around it")
  }

  @Test("blocks that nothing uses are read as well")
  func unused() {
    let define = "define: {blocks: {bad: {layers: [{dense: {units: 3, unit: 4}}]}}}\n"
    let loaded = Loaded(Self.spec("flatten", define: define))
    #expect(loaded.codes == ["CN2103"])
    #expect(loaded.diagnostics[0].notes.isEmpty)
  }

  @Test("a layer that a block makes cannot be overridden alone, and those around it are still found")
  func overrides() {
    let layers = ["repeat: {times: 2, layers: [{dense: 4}]}", "dense: 3"]
    let found = Loaded(layers: layers[0], layers[1], input: "[5]", set: ["model.layers.dense_2.units=7"])
    #expect(found.rendered == "")
    #expect(found.shapes == [[4], [4], [7]])
    let made = Loaded(layers: layers[0], layers[1], input: "[5]", set: ["model.layers.dense_1.units=7"])
    #expect(made.codes == ["CN2302"])
    #expect(made.diagnostics[0].help?.contains("--set model.layers[0].repeat.layers[0].dense.KEY=VALUE") == true)
    let all = Loaded(
      layers: layers[0], layers[1], input: "[5]", set: ["model.layers[0].repeat.layers[0].dense.units=7"])
    #expect(all.shapes == [[7], [7], [3]])
    #expect(Loaded(Self.spec("unit"), set: ["define.width=6"]).shapes == [[8, 8, 6]])
  }
}
