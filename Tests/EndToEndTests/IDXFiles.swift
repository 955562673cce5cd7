import Foundation

extension TemporaryFolder {
  /// A file as MNIST has them: its extents, then bytes.
  func idx(_ name: String, _ extents: [Int], _ bytes: [UInt8]) throws {
    let sizes = extents.flatMap { extent in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: extent >> $0) }
    }
    try Data([0, 0, 8, UInt8(extents.count)] + sizes + bytes).write(to: url.appendingPathComponent(name))
  }

  /// Images of random bytes and labels of `classes` classes in turn, as `images` and `labels`.
  func randomImages(_ count: Int, _ shape: [Int], classes: Int) throws {
    var state: UInt64 = 1
    let pixels = (0..<count * shape.reduce(1, *)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    try idx("images", [count] + shape, pixels)
    try idx("labels", [count], (0..<count).map { UInt8($0 % classes) })
  }
}
