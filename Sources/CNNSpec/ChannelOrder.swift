/// Whether channels come first or last.
enum ChannelOrder {
  /// The extents as they are written here, if they look like PyTorch's `[C, H, W]`: one to four of something before two
  /// equal and larger extents.
  static func channelsLast(_ extents: [Int]) -> [Int]? {
    guard extents.count == 3, extents[0] <= 4, extents[1] == extents[2], extents[1] >= 8 else { return nil }
    return [extents[1], extents[2], extents[0]]
  }
}
