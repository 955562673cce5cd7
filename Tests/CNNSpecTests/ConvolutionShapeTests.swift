import CNNGraph
import CNNSpec
import Testing

/// Sizes by hand from Keras's formulas, as the doc comments of the layers have them.
@Suite("shapes of convolutions and of what changes the shape alone") struct ConvolutionShapeTests {
  @Test(
    "transposed convolutions",
    arguments: [
      // same: n s; valid: (n - 1) s + max(k, s); output padding: (n - 1) s + k + p, same less 2 (k / 2).
      ("{filters: 2, kernel_size: 3, strides: 2, padding: same}", 10),
      ("{filters: 2, kernel_size: 3, strides: 2}", 11), ("{filters: 2, kernel_size: 2, strides: 3}", 15),
      ("{filters: 2, kernel_size: 3, strides: 2, output_padding: 1}", 12),
      ("{filters: 2, kernel_size: 5, strides: 3, output_padding: 2, padding: same}", 15),
      ("{filters: 2, kernel_size: 3, dilation_rate: 2}", 9),
    ])
  func transposed(arguments: String, size: Int) {
    let loaded = Loaded(layers: "conv2d_transpose: \(arguments)", input: "[5, 5, 3]")
    #expect(loaded.shapes == [[size, size, 2]])
    #expect(
      loaded.model?.parameterCount == (arguments.contains("size: 3") ? 9 : arguments.contains("5") ? 25 : 4) * 6 + 2)
  }

  @Test("weights of depthwise and separable convolutions have Keras's names, shapes and counts")
  func weights() throws {
    let loaded = Loaded(
      layers: "depthwise_conv2d: {kernel_size: [3, 2], depth_multiplier: 2}",
      "separable_conv2d: {filters: 5, kernel_size: 3, depth_multiplier: 3, use_bias: false}", input: "[8, 8, 4]")
    let model = try #require(loaded.model)
    #expect(model.layers.map(\.outputType.extents) == [[6, 7, 8], [4, 5, 5]])
    #expect(model.layers[0].parameters.map(\.name) == ["kernel", "bias"])
    #expect(model.layers[0].parameters.map(\.extents) == [[3, 2, 4, 2], [8]])
    #expect(model.layers[1].parameters.map(\.name) == ["depthwise_kernel", "pointwise_kernel"])
    #expect(model.layers[1].parameters.map(\.extents) == [[3, 3, 8, 3], [1, 1, 24, 5]])
    #expect(model.parameterCount == 48 + 8 + 216 + 120)
  }

  @Test("the main argument, and defaults")
  func mainArguments() {
    let loaded = Loaded(
      layers: "zero_padding2d", "zero_padding2d: [[0, 1], [2, 3]]", "cropping2d: [1, 2]", "up_sampling2d",
      "up_sampling2d: 3",
      "permute: [3, 1, 2]", "depthwise_conv2d: 1", "reshape: [-1, 6]", input: "[4, 4, 1]")
    let images = [[6, 6, 1], [7, 11, 1], [5, 7, 1], [10, 14, 1], [30, 42, 1], [1, 30, 42], [1, 30, 42]]
    #expect(loaded.shapes == images + [[210, 6]])
  }

  @Test(
    "no size that a spec may state makes a trap",
    arguments: [
      "conv2d_transpose: {filters: 1048576, kernel_size: 1048576, strides: 1048576}",
      "conv2d_transpose: {filters: 1048576, kernel_size: 1048576, dilation_rate: 1048576, padding: same}",
      "depthwise_conv2d: {kernel_size: 1, depth_multiplier: 1048576}",
      "separable_conv2d: {filters: 1, kernel_size: 1, depth_multiplier: 1048576}", "up_sampling2d: 1048576",
      "zero_padding2d: 1048576", "reshape: [1048576, 1048576, 1048576]", "reshape: [-1]", "reshape: [1024, -1]",
    ])
  func limits(layer: String) {
    let loaded = Loaded(layers: layer, "flatten", input: "[1048576, 1024, 1024]")
    #expect(loaded.codes.allSatisfy { ["CN3103", "CN3104", "CN3109"].contains($0) }, "\(loaded.codes)")
    let wide = Loaded(layers: layer, "flatten", input: "[1048576]")
    #expect(wide.codes.allSatisfy { ["CN3101", "CN3103", "CN3109"].contains($0) }, "\(wide.codes)")
  }
}
