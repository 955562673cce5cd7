internal import CNNGraph

/// What Winograd's algorithm multiplies for an image, against what the sums as they are written do.
///
/// In multiply-adds, with what goes to turning values into points and back, and to setting out, as so many more: fitted to
/// times on one core of a Zen 3 and of a server with AVX-512, for 16 to 512 channels.
struct WinogradSizes {
  /// Patches of 2x2 outputs, and of 2x2 inputs.
  private let outputPatches, inputPatches: Double
  /// Pairs of an output and an input that meet, in the padding none.
  private let pairs: Double

  /// - Returns: `nil` for other windows than 3x3 without strides and dilations, and for images of a few patches, which
  ///   would not pay for turning the filter into points.
  init?(_ window: Window2D, groups: Int) {
    let isPossible = { (axis: WindowGeometry) in axis.window == 3 && axis.stride == 1 && axis.dilation == 1 }
    guard groups == 1, isPossible(window.rows), isPossible(window.columns) else { return nil }
    func patches(_ rows: Int, _ columns: Int) -> Int { ((rows + 1) / 2) * ((columns + 1) / 2) }
    let patchCount = patches(window.rows.output, window.columns.output)
    guard patchCount >= Self.fewestPatches else { return nil }
    outputPatches = Double(patchCount)
    inputPatches = Double(patches(window.rows.size, window.columns.size))
    func meetings(_ axis: WindowGeometry) -> Int { (0..<axis.window).reduce(0) { $0 + axis.outputs(for: $1).count } }
    pairs = Double(meetings(window.rows) * meetings(window.columns))
  }

  private static let fewestPatches = 16
  /// Vectors of fewer channels would be half empty, and products of so few values are mostly setting out.
  private static let fewestChannels = 16
  private static let points = 16.0
  /// Sums of a filter's gradient at the points, which every worker has for itself: 32 MiB.
  private static let mostSums = 8.0 * 1024 * 1024
  /// What one sum takes from its sixteen points to the filter, memory for them included.
  private static let turning = 320.0
  /// Outputs after which the filter's gradient at the points is turned into the filter's.
  static let pixelsTogether = 2048.0

  func pays(inputs: Int, outputs: Int) -> Bool { productPays(outputPatches, inputs, outputs) }

  /// Its gradient reads the outputs' and writes the input's.
  func paysForInput(inputs: Int, outputs: Int) -> Bool { productPays(inputPatches, outputs, inputs) }

  /// - Parameters:
  ///   - images: of a piece of the batch. The sums at the points are turned into the filter's after so many, or after
  ///     `pixelsTogether`.
  ///   - lanes: of a vector. Wide ones multiply faster, and turn values that come from the second cache no faster.
  func paysForFilter(inputs: Int, outputs: Int, images: Int, lanes: Int) -> Bool {
    let sums = Double(inputs) * Double(outputs)
    if Self.points * sums > Self.mostSums { return false }
    func rounded(_ channels: Int) -> Double { (Double(channels) / Double(lanes)).rounded(.up) * Double(lanes) }
    let isWide = lanes == 16
    let turning = Self.turning / min(Double(images), max(1, Self.pixelsTogether / (4 * outputPatches)))
    let channels = rounded(inputs) + rounded(outputs)
    let own = outputPatches * (1.15 * Self.points * sums + (isWide ? 200 : 84) * channels) + turning * sums
    // Small images have many corners and edges, each a product of its own.
    let direct = isWide ? 1.1 + 12.5 / outputPatches : 1.2
    return pays(own, direct * pairs * sums, inputs, outputs)
  }

  private func productPays(_ patches: Double, _ inputs: Int, _ outputs: Int) -> Bool {
    let (values, sums) = (Double(inputs), Double(outputs))
    let own = patches * (Self.points * (values + 16) * sums + 84 * values + 60 * sums)
    return pays(own, pairs * values * sums, inputs, outputs)
  }

  private func pays(_ own: Double, _ direct: Double, _ inputs: Int, _ outputs: Int) -> Bool {
    min(inputs, outputs) >= Self.fewestChannels && own < 0.9 * direct
  }
}
