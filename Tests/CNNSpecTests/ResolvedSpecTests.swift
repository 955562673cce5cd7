import CNNSpec
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

  @Test("every default is written out")
  func defaults() throws {
    let spec = try #require(
      Loaded(layers: "dense: {units: 2, kernel_regularizer: l2}", "dropout: 0.5", input: "[4]").spec)
    #expect(
      spec.resolvedText == """
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
                trainable: true
                name: dense
            - dropout:
                rate: 0.5
                noise_shape: none
                seed: none
                trainable: true
                name: dropout

        """)
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
}
