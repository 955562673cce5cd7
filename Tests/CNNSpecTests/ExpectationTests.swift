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

  @Test("a number alone that is a most is shown as one")
  func most() throws {
    let loaded = Loaded("model: {input: [6], layers: [{dense: 4}]}\nexpect: {max_seconds: 60, flops: \"< 2k\"}\n")
    let items = try #require(loaded.spec).expectations.items
    #expect(
      items.flatMap { $0.check(4000).sorted.map(\.message) }.sorted() == [
        "`flops` is 4000, and was expected to be < 2k", "`max_seconds` is 4000, and was expected to be <= 60",
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

  /// The bound in the text, with its key, and what to write; by hand.
  @Test(
    "a bound that is written otherwise is repaired with its own numbers",
    arguments: [
      ("max_seconds: 5 s", "5"), ("max_seconds: 2 min", "120"), ("max_seconds: 0.5h", "1800"),
      ("max_seconds: \"<= 1500 ms\"", "\"<= 1.5\""), ("layers: \"=> 3\"", "\">= 3\""), ("layers: 3 layers", "3"),
      ("layers: \"at least 3\"", "\">= 3\""), ("layers: ≥ 3", "\">= 3\""), ("flops: 3 MFLOP", "3 MFLOPs"),
      ("flops: 1.5 gflops", "1.5 GFLOPs"), ("flops: 3 GFLOP/s", "3 GFLOPs"), ("flops: 300 MMACs", "600 MFLOPs"),
      ("flops: 4 billion", "4 G"), ("max_memory: 20 mb", "20 MB"), ("max_memory: < 1 tb", "\"< 1 TB\""),
      ("max_memory: 64 mebibytes", "64 MiB"), ("max_memory: 64M", "64 MB"), ("total_params: 7_850", "7850"),
      ("total_params: 7.8K", "7.8 k"), ("total_params: 25 million", "25 M"), ("total_params: 25M params", "25 M"),
      ("total_params: 007850", "7850"), ("total_params: \"= 1,234\"", "\"== 1,234\""), ("receptive_field: 32x32", "32"),
      ("receptive_field: 32 px", "32"), ("val_accuracy: 80%", "\">= 0.8\""),
      ("val_accuracy: \">= 99.5 %\"", "\">= 0.995\""),
      ("loss: \"=< 0.3\"", "\"<= 0.3\""), ("loss: ~0.3", "\"<= 0.3\""),
    ])
  func repairs(text: String, repaired: String) throws {
    let key = text.prefix { $0 != ":" }
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(loaded.codes.filter { !$0.hasPrefix("CN9") } == ["CN2214"], "\(loaded.rendered)")
    let fault = try #require(loaded.diagnostics.first { $0.code == SpecCode.comparison })
    #expect(fault.help == "write `\(key): \(repaired)`")
    #expect(fault.fix?.edits.map(\.text) == [repaired])
    let again = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(key): \(repaired)\n")
    #expect(again.errors == "", "\(again.rendered)")
  }

  @Test("a unit in another letter case is beyond doubt, another unit is not")
  func safety() {
    func isSafe(_ text: String) -> Bool? {
      Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n").diagnostics.first {
        $0.code.id == "CN2214"
      }?.fix?
      .isSafe
    }
    #expect(isSafe("max_memory: 20 mb") == true)
    #expect(isSafe("max_memory: 20M") == false)
    #expect(isSafe("flops: 300 MMACs") == false)
    #expect(isSafe("total_params: 4b") == false)
    #expect(isSafe("loss: ~3") == false)
  }

  @Test(
    "what nobody can tell has an example of its key",
    arguments: [
      ("layers: three", "12"), ("max_seconds: soon", "60"), ("accuracy: 0.5..0.6", "\">= 0.80\""),
      ("loss: low", "\"<= 0.5\""),
      ("max_memory: MiB", "64 MiB"), ("flops: x", "4.1 GFLOPs"), ("total_params: many", "\"<= 26 M\""),
    ])
  func examples(text: String, example: String) {
    let key = text.prefix { $0 != ":" }
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(
      loaded.diagnostics.first { $0.code.id == "CN2214" }?.help == "a bound is written as in `\(key): \(example)`")
    #expect(Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(key): \(example)\n").errors == "")
  }

  @Test(
    "what nothing can meet is an error",
    arguments: [
      "accuracy: 1.5", "val_accuracy: \"> 1\"", "val_accuracy: \">= 80\"", "loss: -3", "loss: \"< 0\"",
      "max_seconds: 0",
      "max_memory: 0 MiB", "layers: \"< 1\"", "layers: 2.5", "total_params: -1", "receptive_field: 0", "flops: \"< 0\"",
    ])
  func impossible(text: String) {
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(loaded.codes == ["CN5103"], "\(loaded.rendered)")
  }

  @Test("an accuracy in percent is told as a fraction")
  func percent() {
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  val_accuracy: \">= 92.5\"\n")
    #expect(loaded.diagnostics.first?.label == "did you mean `\">= 0.925\"`?")
    #expect(loaded.diagnostics.first?.fix?.edits.first?.text == "\">= 0.925\"")
  }

  @Test(
    "what always holds is advice, and what is possible is none",
    arguments: [
      ("total_params: \">= 0\"", true), ("flops: \">= 0\"", true), ("layers: \">= 1\"", true),
      ("layers: \"> 0\"", true),
      ("max_memory: \">= 64 MiB\"", true), ("total_params: \"> 0\"", false), ("layers: \">= 2\"", false),
      ("layers: 1", false), ("total_params: \"<= 1 M\"", false), ("max_memory: 64 MiB", false),
    ])
  func hollow(text: String, isHollow: Bool) {
    let loaded = Loaded(layers: "dense: 4", input: "[6]", more: "expect:\n  \(text)\n")
    #expect(loaded.codes == (isHollow ? ["CN9113"] : []), "\(loaded.rendered)")
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
