import Testing

/// Arguments of initializers. Keras 3.15: `RandomNormal(0.02)` is a mean, `RandomUniform(-0.1)` a lower bound.
@Suite("Initializers") struct InitializerTests {
  @Test(
    "a lone number of a distribution is refused, and its arguments are named",
    arguments: [
      ("random_normal", "mean: …, stddev: …"), ("truncated_normal", "mean: …, stddev: …"),
      ("random_uniform", "minval: …, maxval: …"),
    ])
  func loneNumber(name: String, arguments: String) {
    let loaded = Loaded(layers: "dense: {units: 2, kernel_initializer: {\(name): -0.02}}", input: "[4]")
    #expect(loaded.codes == ["CN2201"], "\(loaded.rendered)")
    #expect(loaded.underlined(0) == "-0.02")
    #expect(loaded.rendered.contains("or `{\(name): {\(arguments)}}`"), "\(loaded.rendered)")
  }

  @Test("one without arguments is offered alone")
  func noArguments() {
    let loaded = Loaded(layers: "dense: {units: 2, kernel_initializer: {he_normal: 2}}", input: "[4]")
    #expect(loaded.codes == ["CN2201"], "\(loaded.rendered)")
    #expect(loaded.rendered.contains("write `he_normal` alone"), "\(loaded.rendered)")
    #expect(!loaded.rendered.contains("alone, or"), "\(loaded.rendered)")
  }

  @Test("a constant's value stands alone")
  func constant() throws {
    let short = try #require(
      Loaded(layers: "dense: {units: 2, kernel_initializer: {constant: 0.5}}", input: "[4]").spec)
    let long = try #require(
      Loaded(layers: "dense: {units: 2, kernel_initializer: {constant: {value: 0.5}}}", input: "[4]").spec)
    #expect(short.model.layers[0].parameters == long.model.layers[0].parameters)
  }
}
