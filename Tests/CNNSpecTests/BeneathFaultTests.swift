import CNNDiagnostics
import CNNSpec
import CNNTestSupport
import Testing

/// What stands beneath a name that is not right is checked all the same: a file is mended in one round.
@Suite struct BeneathFaultTests {
  @Test(
    "beneath a misspelt name its values are checked",
    arguments: [
      ("- conv2d: {filtres: -8, kernel_size: 3}", ["CN2103", "CN2207"]),
      ("- conv2d: {out_channels: 0, kernel_size: 3}", ["CN2103", "CN2207"]),
      ("- maxpool2d: {kernel_size: 0}", ["CN2104", "CN2103", "CN2207"]),
      ("- linear: {in_features: 3, out_features: 10, activation: rleu}", ["CN2104", "CN2103", "CN2103", "CN2206"]),
      ("- drpout: 1.5", ["CN2104", "CN2207"]),
      // Of another form elsewhere: the name alone is at fault.
      ("- conv2d: {input: [8, 8, 1], filters: 2, kernel_size: 3}", ["CN2103"]),
      // Nothing stands beneath it.
      ("- conv_b", ["CN2104"]),
    ])
  func layers(written: String, codes: [String]) {
    let loaded = Loaded("model:\n  input: [8, 8, 1]\n  layers:\n    \(written)\n")
    #expect(loaded.diagnostics.map(\.code.id) == codes)
  }

  @Test(
    "beneath a misspelt setting its values are checked",
    arguments: [
      ("criterion: cross_entropy", ["CN2103", "CN2206"]),
      ("optimizr: {adam: {learning_rate: -1}}", ["CN2103", "CN2207"]),
      ("callbacks: [{EarlyStopping: {patience: -1}}]", ["CN2206", "CN2207"]),
      ("optimizer: {Adam: {learning_rate: -1}}", ["CN2206", "CN2207"]),
    ])
  func settings(written: String, codes: [String]) {
    let loss = written.hasPrefix("criterion") ? "" : "  loss: categorical_crossentropy\n"
    let optimizer = written.hasPrefix("optimiz") ? "" : "  optimizer: adam\n"
    let loaded = Loaded(
      "model: {input: [8, 8, 1], layers: [flatten, {dense: 10}, softmax]}\n"
        + "trainig:\n\(loss)\(optimizer)  epochs: 3\n  \(written)\n")
    #expect(loaded.diagnostics.map(\.code.id) == ["CN2103"] + codes)
  }

  @Test("a name of define without its sign is offered with it")
  func bareName() {
    let loaded = Loaded(
      "define: {n: 8}\nmodel:\n  input: [8, 8, 1]\n  layers:\n    - conv2d: {filters: n, kernel_size: $n}\n")
    let fault = loaded.diagnostics.first { $0.code == SpecCode.wrongType }
    #expect(fault?.label == "did you mean `$n`?")
    #expect(fault?.fix?.edits.map(\.text) == ["$n"])
  }

  @Test("a no-break space in a value is named")
  func space() {
    let loaded = Loaded("model:\n  input: [8, 8, 1]\n  layers:\n    - dense: 1\u{A0}0\n")
    #expect(loaded.diagnostics.first?.message.contains("[a no-break space U+00A0]") == true)
  }
}
