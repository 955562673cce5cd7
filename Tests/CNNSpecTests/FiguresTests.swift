import CNNGraph
import CNNSpec
import Testing

/// FLOPs and receptive fields against arithmetic by hand and published numbers.
@Suite("what layers cost and see")
struct FiguresTests {
  private func figures(_ loaded: Loaded) throws -> [LayerFigures] {
    try #require(loaded.model, "\(loaded.rendered)").figures
  }

  @Test("a small network, by hand") func small() throws {
    let figures = try figures(
      Loaded(
        layers: "conv2d: {filters: 32, kernel_size: 5, activation: relu}", "max_pooling2d",
        "conv2d: {filters: 8, kernel_size: 3, padding: same, use_bias: false}", "flatten", "dense: 10"))
    // 24 * 24 pixels * 32 filters, each 25 multiply-adds as two, the bias and the rectifier.
    #expect(figures[0].flops == 576 * 32 * (2 * 25 + 1 + 1))
    // Four values a window.
    #expect(figures[1].flops == 144 * 32 * 4)
    #expect(figures[2].flops == 144 * 8 * 2 * 9 * 32)
    #expect(figures[3].flops == 0)
    #expect(figures[4].flops == 10 * (2 * 12 * 12 * 8 + 1))
    // 5; the pool adds one pixel and doubles the distance; 3x3 then adds 2 * 2; flatten reads all: 11 more steps of 2.
    #expect(figures.map { $0.receptiveField?.description } == ["5x5", "6x6", "10x10", "32x32", "32x32"])
    #expect(figures.map { $0.kernel?.text } == ["5x5", "2x2", "3x3", nil, nil])
    // Four bytes a value.
    #expect(figures[0].outputByteCount == 24 * 24 * 32 * 4)
  }

  @Test("dilation and unequal axes, by hand") func axes() throws {
    let figures = try figures(
      Loaded(
        layers: "conv2d: {filters: 1, kernel_size: [3, 1], dilation_rate: [2, 1]}",
        "conv2d: {filters: 1, kernel_size: [1, 3], strides: [1, 2]}", "conv2d: {filters: 1, kernel_size: 2}"))
    // Rows: 1 + 2 * 2 = 5, 5, 6. Columns: 1, 3, 3 + 2.
    #expect(figures.map { $0.receptiveField?.description } == ["5x1", "5x3", "6x5"])
  }

  /// One pixel of a result reads ceil(k / s) of a transposed convolution's pixels at most: 1 of 2 / 2, 2 of 3 / 2. Three
  /// neighbours lie on two pixels of the half resolution. A mean over 8 x 8 sees them all; its product with the features
  /// moves on with these alone, so that 3x3 behind it adds nothing to 8.
  @Test("upsampling, transposition and gates, by hand") func upsampling() throws {
    func fields(_ layers: [String], input: String = "[8, 8, 2]") throws -> [String?] {
      try figures(Loaded("model:\n  input: \(input)\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()))
        .map { $0.receptiveField?.description }
    }
    let convolution = "conv2d: {filters: 2, kernel_size: 3, padding: same}"
    #expect(try fields(["conv2d_transpose: {filters: 1, kernel_size: 2, strides: 2}", convolution]) == ["1x1", "2x2"])
    #expect(try fields(["conv2d_transpose: {filters: 1, kernel_size: 3, strides: 2}"]) == ["2x2"])
    #expect(try fields(["up_sampling2d: {size: [2, 1]}", convolution]) == ["1x1", "2x3"])
    // Down and up again: 2 pixels a step, of which three neighbours read two.
    #expect(try fields(["max_pooling2d", "up_sampling2d", convolution]) == ["2x2", "2x2", "4x4"])
    #expect(try fields(["up_sampling2d: {size: [2, 1], interpolation: bilinear}"]) == ["2x1"])
    #expect(try fields(["zero_padding2d: 1", "cropping2d: 1", convolution]) == ["1x1", "1x1", "3x3"])
    let tall = "conv2d: {filters: 2, kernel_size: [3, 1], padding: same}"
    #expect(try fields([tall, "permute: [2, 1, 3]", tall], input: "[8, 7, 2]") == ["3x1", "3x1", "3x3"])
    #expect(
      try fields([
        "relu: {name: a}", "global_average_pooling2d: {keepdims: true}", "dense: {units: 2, activation: sigmoid}",
        "multiply: {inputs: [a, dense]}", convolution,
      ]) == ["1x1", "8x8", "8x8", "8x8", "8x8"])
    #expect(try fields(["layer_normalization"]) == ["1x1"])
    #expect(try fields(["group_normalization: {groups: 1}"]) == ["8x8"])
    #expect(try fields(["softmax: {axis: 2}"]) == ["1x8"])
  }

  @Test("the convolution family, by hand") func family() throws {
    let figures = try figures(
      Loaded(
        layers: "depthwise_conv2d: {kernel_size: 3, depth_multiplier: 2}",
        "separable_conv2d: {filters: 5, kernel_size: [3, 1], padding: same}",
        "conv2d_transpose: {filters: 3, kernel_size: 4, strides: 2, padding: same}", input: "[10, 10, 4]"))
    // 8 * 8 pixels of 8 channels, each nine multiply-adds and a bias.
    #expect(figures[0].flops == 512 * (2 * 9 + 1))
    // Three multiply-adds for each of these channels, then eight for each of five filters, and a bias.
    #expect(figures[1].flops == 64 * (8 * 2 * 3 + 5 * (2 * 8 + 1)))
    // Each of 64 * 5 values meets 16 taps of three filters; 16 * 16 * 3 results have a bias.
    #expect(figures[2].flops == 64 * 5 * 2 * 16 * 3 + 768)
    #expect(figures.map { $0.kernel?.text } == ["3x3", "3x1", "4x4"])
  }

  @Test("of several paths the largest field counts") func paths() throws {
    let figures = try figures(
      Loaded(
        layers: "conv2d: {filters: 4, kernel_size: 1, name: a}",
        "conv2d: {filters: 4, kernel_size: 5, padding: same, inputs: [input], name: b}",
        "conv2d: {filters: 4, kernel_size: 3, padding: same}", "add: {inputs: [a, conv2d]}",
        "conv2d: {filters: 4, kernel_size: 3}"))
    #expect(figures.map { $0.receptiveField?.rows.pixels } == [1, 5, 7, 7, 9])
    // Each of the 28 * 28 * 4 sums is one addition.
    #expect(figures[3].flops == 3136)
  }

  @Test("features have no rows and columns to see") func features() throws {
    let figures = try figures(Loaded(layers: "dense: 3", input: "[8]"))
    #expect(figures[0].receptiveField == nil)
    #expect(figures[0].flops == 3 * 17)
  }

  /// Araujo, Norris & Sim (Distill 2019) give 212 pixels for the last pool of VGG-16, and Simonyan & Zisserman 2014
  /// 138 million weights; the 15.5 thousand million multiply-adds at 224 x 224 are quoted everywhere, of which
  /// convolutions and dense layers have 15,346,630,656 + 123,633,664.
  @Test("VGG-16") func vgg16() throws {
    var layers: [String] = []
    for (filters, count) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
      layers += Array(
        repeating: "conv2d: {filters: \(filters), kernel_size: 3, padding: same, activation: relu}", count: count)
      layers.append("max_pooling2d")
    }
    layers += ["flatten", "dense: {units: 4096, activation: relu}", "dense: {units: 4096, activation: relu}"]
    layers += ["dense: 1000", "softmax"]
    let loaded = Loaded(
      "model:\n  input: [224, 224, 3]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined())
    let figures = try figures(loaded)
    #expect(loaded.model?.parameterCount == 138_357_544)
    #expect(figures[17].receptiveField?.description == "212x212")
    // Without what is not a multiply-add: a bias and a rectifier for each output, four values a pooled one, softmax.
    let outputs = loaded.shapes.map { $0.reduce(1, *) }
    var products = 0
    for index in layers.indices {
      if layers[index].hasPrefix("conv2d") || layers[index].contains("activation") {
        products += figures[index].flops - 2 * outputs[index]
      } else if layers[index] == "dense: 1000" {
        products += figures[index].flops - outputs[index]
      }
    }
    #expect(products == 2 * (15_346_630_656 + 123_633_664))
  }

  /// The fields of a residual network of 50 layers (He et al. 2015) as Araujo et al. list them for ResNet-v1: 35, 99, 291
  /// and 483 at the ends of the four stages where the stride is in the first unit's 3x3 convolution or shortcut; here it
  /// is in the first 1x1, so each stage's first 3x3 steps at the new distance:
  /// 11 + 3 * 8 = 35; 35 + 4 * 16 = 99; 99 + 6 * 32 = 291; 291 + 3 * 64 = 483.
  @Test("a residual network of fifty layers") func residual() throws {
    var layers = [
      "conv2d: {filters: 4, kernel_size: 7, strides: 2, padding: same}",
      "max_pooling2d: {pool_size: 3, strides: 2, padding: same, name: pool}",
    ]
    var last = "pool"
    var ends: [Int] = []
    for (stage, units) in [3, 4, 6, 3].enumerated() {
      for unit in 0..<units {
        let name = "s\(stage)u\(unit)"
        let strides = unit == 0 && stage > 0 ? 2 : 1
        layers += [
          "conv2d: {filters: 8, kernel_size: 1, strides: \(strides), inputs: [\(last)], name: \(name)s}",
          "conv2d: {filters: 2, kernel_size: 1, strides: \(strides), inputs: [\(last)]}",
          "conv2d: {filters: 2, kernel_size: 3, padding: same}", "conv2d: {filters: 8, kernel_size: 1, name: \(name)c}",
          "add: {inputs: [\(name)s, \(name)c], name: \(name)}",
        ]
        last = name
      }
      ends.append(layers.count - 1)
    }
    let loaded = Loaded("model:\n  input: [224, 224, 3]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined())
    let figures = try figures(loaded)
    #expect(ends.map { figures[$0].receptiveField?.rows.pixels } == [35, 99, 291, 483])
  }

  @Test("a convolution too large to count says so instead of trapping") func overflow() {
    #expect(Cost.product(1 << 40, 1 << 40).flops == Int.max)
    #expect((Cost(flops: .max) + Cost(flops: 1)).flops == Int.max)
    #expect(Cost.product(3, 4).flops == 12)
  }
}
