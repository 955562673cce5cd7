import CNNSpec
import CNNYAML
import Testing

@Suite struct ResolvedSpecTests {
  @Test("the resolved spec, read again, resolves to itself")
  func stable() throws {
    let spec = try #require(Loaded(ReferenceModelTests.reference, sections: .training).spec)
    let again = Loaded(spec.resolvedText, sections: .training)
    // The comment that silences this is not part of the tree.
    #expect(again.codes == ["CN9101"])
    #expect(again.spec?.resolvedText == spec.resolvedText)
    #expect(again.spec?.model.parameterCount == 31_626)
    #expect(again.spec?.training?.optimizer.value == spec.training?.optimizer.value)
  }

  @Test("weights to start from are a path, or a path of which layers may be left out; written as short as can be")
  func initialWeights() throws {
    func loaded(_ value: String) -> Loaded {
      Loaded(
        layers: "dense: 2", "softmax", input: "[4]",
        more: "training: {optimizer: adam, loss: categorical_crossentropy, initial_weights: \(value)}")
    }
    for (text, path, skips) in [
      ("a.keras", "a.keras", false), ("{from: b/a.h5}", "b/a.h5", false),
      ("{from: a.h5, skip_mismatch: true}", "a.h5", true), ("{skip_mismatch: false, from: a.h5}", "a.h5", false),
    ] {
      let spec = try #require(loaded(text).spec, "\(loaded(text).messages)")
      let weights = try #require(spec.training?.initialWeights?.value)
      #expect(weights.path == path && weights.skipsMismatch == skips)
      #expect(
        spec.resolvedText.contains(
          skips ? "  initial_weights:\n    from: \(path)\n    skip_mismatch: true\n" : "  initial_weights: \(path)\n"))
      #expect(Loaded(spec.resolvedText).spec?.training?.initialWeights?.value == spec.training?.initialWeights?.value)
    }
    for (text, codes) in [
      ("{skip_mismatch: true}", ["CN2101"]), ("{from: ../a.h5}", ["CN2212"]), ("[a.h5]", ["CN2201"]),
      ("{path: a.h5}", ["CN2103"]), ("{from: a.h5, skip_mismatch: 1}", ["CN2201"]),
    ] { #expect(loaded(text).codes == codes, "\(text): \(loaded(text).messages)") }
  }

  @Test("every default is written out")
  func defaults() throws {
    let spec = try #require(
      Loaded(layers: "dense: {units: 2, kernel_regularizer: l2}", "dropout: 0.5", input: "[4]").spec)
    #expect(
      spec.resolvedText == """
        name: sequential

        model:
          input: [4]
          layers:
            - dense:
                units: 2
                activation: linear
                use_bias: true
                kernel_initializer: glorot_uniform
                bias_initializer: zeros
                kernel_regularizer:
                  l1_l2:
                    l1: 0
                    l2: 0.01
                bias_regularizer: none
                name: dense
                inputs: [input]
                trainable: true
            - dropout:
                rate: 0.5
                noise_shape: none
                seed: none
                name: dropout
                inputs: [dense]
                trainable: true

        """)
  }

  @Test("blocks are written out as the layers that they make, and values in the place of their names")
  func blocks() throws {
    let text = """
      define:
        width: 4
        blocks:
          unit:
            parameters: {filters: $width}
            layers: [{conv2d: {filters: $filters, kernel_size: 3, padding: same, name: conv}}, batch_normalization]
      data: {source: {idx: {images: a, labels: b}}, split: {validation: 0.5}, class_names: ["$a", "no", "1.10", "007"]}
      model:
        input: [8, 8, 1]
        layers:
          - repeat: {times: 2, name: stage, layers: [{residual: {layers: [{unit: {}}, unit], shortcut: [unit]}}]}
          - branches: {merge: concatenate, paths: [[], [unit], [{unit: {filters: 2}}, relu]]}
          - flatten
          - dense: {units: $width, trainable: false}
          - softmax
      training: {optimizer: {sgd: {nesterov: true, momentum: 0.9}}, loss: categorical_crossentropy}
      expect: {total_params: "< 9,000", flops: 1 GFLOPs, max_memory: 64 MiB, layers: "> 3", receptive_field: ">= 3"}
      """
    let loaded = Loaded(text)
    #expect(loaded.errors == "")
    let spec = try #require(loaded.spec)
    #expect(!spec.resolvedText.contains("define") && !spec.resolvedText.contains("repeat"))
    #expect(spec.resolvedText.contains("class_names: [\"$a\", \"no\", \"1.10\", \"007\"]"))
    #expect(spec.resolvedText.contains("name: stage2_unit_1_conv"))
    try expectResolves(spec)
  }

  @Test("layers in any order keep their plan")
  func anyOrder() throws {
    let spec = try #require(
      Loaded(
        layers: "dense: {units: 3, name: b, inputs: a}", "dense: {units: 3, name: a, inputs: input}",
        "dense: {units: 3, name: c, inputs: a}", "add: {inputs: [c, b]}", input: "[5]"
      ).spec)
    try expectResolves(spec)
  }

  @Test(
    "initializers of every form survive",
    arguments: [
      "he_normal", "{constant: 0.5}", "{random_normal: {stddev: 0.01}}", "{random_uniform: {minval: -1, maxval: 1}}",
      "truncated_normal", "zeros",
    ])
  func initializers(text: String) throws {
    let spec = try #require(Loaded(layers: "dense: {units: 2, kernel_initializer: \(text)}", input: "[4]").spec)
    let again = try #require(Loaded(spec.resolvedText).spec)
    #expect(again.model.layers[0].parameters == spec.model.layers[0].parameters)
  }

  @Test(
    "the resolved spec is in the form of fmt",
    arguments: FieldMutationTests.layers + [FieldMutationTests.settings, ReferenceModelTests.reference])
  func formatted(text: String) throws {
    guard let resolved = Loaded(text).spec?.resolvedText else { return }
    let formatted = try YAMLFormatter.format(Array(resolved.utf8), order: SpecSchema(.standard).keyOrder)
    #expect(String(decoding: formatted, as: UTF8.self) == resolved)
  }
}
