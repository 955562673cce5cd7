import CNNDiagnostics
import CNNSpec
import Testing

/// Contracts on what the model alone decides. The model: 6*4+4 = 28 and 4 batch-normalization vectors of 4.
@Suite struct ExpectationTests {
  private func check(_ expectations: String) throws -> [String] {
    let loaded = Loaded(
      layers: "dense: 4", "batch_normalization", input: "[6]", more: "expect: {\(expectations)}\n")
    #expect(loaded.errors == "")
    let spec = try #require(loaded.spec)
    return spec.expectations.broken(by: spec.model).sorted.map(\.message)
  }

  @Test("counts hold, as numbers and as comparisons")
  func counts() throws {
    #expect(
      try check("total_params: 44, trainable_params: 36, non_trainable_params: 8, layers: 2, output_shape: [4]") == [])
    #expect(try check("total_params: \"<= 44\", trainable_params: \"> 35\", layers: \"== 2\"") == [])
    #expect(
      try check("total_params: 45, non_trainable_params: \"< 8\", output_shape: [5]") == [
        "`total_params` is 44, and was expected to be 45",
        "`non_trainable_params` is 8, and was expected to be < 8",
        "the output of `batch_normalization` is [4], not [5]",
      ])
  }

  @Test("a broken contract is shown at its own line, with what is so")
  func place() throws {
    let text = "model: {input: [6], layers: [{dense: 4000}]}\nexpect:\n  layers: 1\n  total_params: \"<= 27,000\"\n"
    let loaded = Loaded(text)
    let spec = try #require(loaded.spec)
    let broken = spec.expectations.broken(by: spec.model).sorted
    #expect(broken.map(\.code) == [SpecCode.brokenExpectation])
    #expect(broken.first?.span.start.line == 4)
    #expect(broken.first?.message == "`total_params` is 28,000, and was expected to be <= 27,000")
  }

  @Test(
    "separators and units",
    arguments: [
      ("total_params: 31,626", 31_626.0), ("total_params: \"<= 25.6 M\"", 25.6e6), ("total_params: 4k", 4000),
      ("total_params: 1,234,567", 1_234_567), ("flops: \"< 4.1 GFLOPs\"", 4.1e9), ("flops: 300 M", 3e8),
      ("flops: 1e9", 1e9), ("max_memory: 64 MiB", 67_108_864), ("max_memory: \"<= 1.5GiB\"", 1_610_612_736),
      ("max_memory: 512 kB", 512_000), ("max_memory: 4096", 4096), ("val_accuracy: \">= 0.80\"", 0.8),
      ("receptive_field: 3", 3),
    ])
  func units(text: String, bound: Double) throws {
    // Flow style splits at commas, so a value with separators stands in block style.
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(loaded.errors == "")
    #expect(loaded.spec?.expectations.items.first?.bound == bound)
  }

  @Test(
    "what is no bound",
    arguments: [
      "total_params: 31,62", "total_params: 3162,626", "total_params: 4 MiB", "layers: 4 k",
      "max_memory: 64 MiBs", "max_memory: MiB", "flops: 3 GFLOP/s", "total_params: \"=> 3\"", "total_params: \">= \"",
      "val_accuracy: high", "total_params: 1,000.5.5",
    ])
  func faults(text: String) {
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(loaded.codes == ["CN2214"], "\(loaded.rendered)")
  }

  /// r = 1 + sum (k - 1) d j, by hand.
  @Test(
    "the receptive field of the last feature map",
    arguments: [
      (["conv2d: {filters: 2, kernel_size: 3}"], 3),
      // VGG-16's five stages: Araujo, Norris, Sim 2019, table 1, give 212.
      (
        [
          "repeat: {times: 2, layers: [{conv2d: {filters: 1, kernel_size: 3, padding: same}}]}", "max_pooling2d",
          "repeat: {times: 2, layers: [{conv2d: {filters: 1, kernel_size: 3, padding: same}}]}", "max_pooling2d",
          "repeat: {times: 3, layers: [{conv2d: {filters: 1, kernel_size: 3, padding: same}}]}", "max_pooling2d",
          "repeat: {times: 3, layers: [{conv2d: {filters: 1, kernel_size: 3, padding: same}}]}", "max_pooling2d",
          "repeat: {times: 3, layers: [{conv2d: {filters: 1, kernel_size: 3, padding: same}}]}", "max_pooling2d",
          "flatten", "dense: 3",
        ], 212
      ),
      // 1 + 2 * 2, then (2 - 1) * 1 of the pool, then 2 * 2.
      (
        [
          "conv2d: {filters: 2, kernel_size: 3, dilation_rate: 2}", "max_pooling2d",
          "conv2d: {filters: 2, kernel_size: 3}",
          "global_average_pooling2d",
        ], 10
      ),
      // The wider of two paths: 5.
      (
        [
          """
          branches: {merge: concatenate, paths: [[{conv2d: {filters: 2, kernel_size: 5, padding: same}}],
                [{conv2d: {filters: 2, kernel_size: 3, padding: same}}]]}
          """
        ], 5
      ),
      (["conv2d: {filters: 2, kernel_size: [1, 7]}", "relu"], 7),
    ])
  func receptiveField(layers: [String], field: Int) throws {
    let items = layers.map { "    - \($0)\n" }.joined()
    let loaded = Loaded("model:\n  input: [32, 32, 3]\n  layers:\n\(items)expect: {receptive_field: \(field)}\n")
    let spec = try #require(loaded.spec, "\(loaded.rendered)")
    #expect(spec.expectations.broken(by: spec.model).sorted.map(\.message) == [])
  }
}
