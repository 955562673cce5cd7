import CNNGraph
import CNNSpec
import Testing

/// Sizes by hand: valid floor((n - k) / s) + 1, same ceil(n / s), the odd cell of padding last.
@Suite struct ShapeTests {
  @Test("a map that shrinks to nothing is reported with the chain of its sizes")
  func shrinks() {
    let loaded = Loaded(
      layers: "conv2d: {filters: 4, kernel_size: 3}", "max_pooling2d: 2", "conv2d: {filters: 4, kernel_size: 3}",
      "max_pooling2d: 2", "conv2d: {filters: 4, kernel_size: 3}", "max_pooling2d: 2", "flatten", "dense: 10",
      input: "[20, 20, 1]")
    #expect(loaded.codes == ["CN3104"])
    #expect(loaded.messages == ["a 2x2 window does not fit the 1x1 input of `max_pooling2d_2`"])
    #expect(loaded.rendered.contains("20→18→9→7→3→1"))
    #expect(loaded.diagnostics[0].path == "$.model.layers[5].pool_size")
    #expect(loaded.underlined(0) == "2")
  }

  @Test(
    "same padding with strides keeps Keras's sizes and pads",
    arguments: [(27, 3, 2, 14, 1), (28, 3, 2, 14, 0), (224, 7, 2, 112, 2), (28, 4, 1, 28, 1), (4, 3, 2, 2, 0)])
  func same(size: Int, kernel: Int, stride: Int, output: Int, before: Int) throws {
    let loaded = Loaded(
      layers: "conv2d: {filters: 1, kernel_size: \(kernel), strides: \(stride), padding: same}",
      input: "[\(size), \(size), 1]")
    #expect(loaded.shapes == [[output, output, 1]])
    let window = try #require(
      WindowArguments(
        size: IntegerPair(kernel), strides: IntegerPair(stride), padding: .same
      ).window(on: TensorType([size, size, 1])))
    #expect(window.rows.paddingBefore == before)
  }

  @Test("pooling that does not divide rounds down")
  func roundsDown() {
    #expect(Loaded(layers: "max_pooling2d: {pool_size: 3, strides: 2}", input: "[14, 14, 1]").shapes == [[6, 6, 1]])
    #expect(Loaded(layers: "average_pooling2d", input: "[75, 75, 1]").shapes == [[37, 37, 1]])
  }

  @Test("sizes are exact beyond 32 bits")
  func large() {
    let dense = Loaded(layers: "flatten", "dense: 65536", input: "[256, 256, 1]")
    #expect(dense.model?.parameterCount == 4_295_032_832)
    let flat = Loaded(layers: "flatten", input: "[65536, 65536, 1]")
    #expect(flat.shapes == [[4_294_967_296]])
    let huge = Loaded(layers: "flatten", input: "[1048576, 1048576, 1048576]")
    #expect(huge.codes == ["CN3103"])
    #expect(huge.rendered.contains("exceeds the limit"))
  }

  @Test(
    "no size that a spec may state makes a trap",
    arguments: [
      "conv2d: {filters: 1048576, kernel_size: 1048576, padding: same, dilation_rate: 1048576}",
      "conv2d: {filters: 1048576, kernel_size: 1}", "max_pooling2d: {pool_size: 1048576, padding: same}",
      "max_pooling2d: {pool_size: 1048576, strides: 1048576, padding: same}", "dense: 1048576",
    ])
  func limits(layer: String) {
    let loaded = Loaded(layers: layer, "flatten", "dense: 1048576", input: "[1048576, 1024, 1024]")
    #expect(!loaded.codes.isEmpty)
    #expect(loaded.codes.allSatisfy { $0 == "CN3103" })
  }

  @Test("dense works on the last axis of an image")
  func denseOnImage() {
    let loaded = Loaded(layers: "dense: 4", input: "[5, 6, 3]")
    #expect(loaded.shapes == [[5, 6, 4]])
    #expect(loaded.counts == [16])
  }

  @Test("groups divide the kernel's input channels, not its outputs")
  func groups() throws {
    let loaded = Loaded(layers: "conv2d: {filters: 8, kernel_size: 3, groups: 2, use_bias: false}", input: "[9, 9, 4]")
    #expect(loaded.model?.layers.first?.parameters.first?.extents == [3, 3, 2, 8])
    #expect(loaded.counts == [144])
  }

  @Test("dilation widens the window")
  func dilation() {
    #expect(
      Loaded(layers: "conv2d: {filters: 1, kernel_size: 3, dilation_rate: 2}", input: "[9, 9, 1]").shapes == [
        [5, 5, 1]
      ])
    let tooWide = Loaded(layers: "conv2d: {filters: 1, kernel_size: 3, dilation_rate: 4}", input: "[8, 8, 1]")
    #expect(tooWide.codes == ["CN3104"])
    #expect(tooWide.rendered.contains("3x3, dilated to 9x9"))
  }

  @Test("rows and columns may differ")
  func rectangles() {
    #expect(
      Loaded(layers: "conv2d: {filters: 2, kernel_size: [3, 1], strides: [2, 1]}", input: "[9, 5, 1]").shapes
        == [[4, 5, 2]])
  }

  @Test("merges and global pools have Keras's shapes")
  func merges() {
    let loaded = Loaded(
      layers: "conv2d: {filters: 3, kernel_size: 3, padding: same, name: a}",
      "conv2d: {filters: 3, kernel_size: 3, padding: same, name: b, inputs: input}", "add: {inputs: [a, b]}",
      "concatenate: {inputs: [a, b, add]}", "global_average_pooling2d: {keepdims: true}", "global_average_pooling2d",
      input: "[4, 4, 2]")
    #expect(loaded.rendered == "")
    #expect(loaded.shapes.suffix(4) == [[4, 4, 3], [4, 4, 9], [1, 1, 9], [9]])
    #expect(loaded.model?.isSequential == false)
    let rows = Loaded(
      layers: "conv2d: {filters: 3, kernel_size: 1, name: a}", "concatenate: {inputs: [a, a], axis: 1}",
      input: "[4, 5, 2]")
    #expect(rows.shapes.last == [8, 5, 3])
  }

  @Test("a frozen layer has no trainable weights, and its batch normalization uses moving statistics")
  func frozen() throws {
    let loaded = Loaded(
      layers: "batch_normalization: {trainable: false}", "dense: {units: 2, trainable: false}", "dense: 3", input: "[4]"
    )
    let model = try #require(loaded.model)
    #expect(model.parameterCount == 16 + 10 + 9)
    #expect(model.trainableParameterCount == 9)
    let graph = model.graph(purpose: .training).graph
    let normalization = try #require(graph.nodes.first)
    #expect(normalization.operation.attributes.first?.value == "moving")
  }
}
