/// What a spec may ask of its reader: with these, no text of any kind takes more than a blink.
package struct YAMLLimits: Sendable, Equatable {
  package var byteCount: Int
  /// Collections inside each other.
  package var depth: Int
  /// Parse events: each scalar and alias is one, each collection two.
  package var eventCount: Int
  /// Nodes after every alias is replaced by what it stands for.
  package var nodeCount: Int
  package var scalarByteCount: Int
  package var keyByteCount: Int
  /// Faults after which reading stops; far more than are shown.
  package var faultCount: Int

  package init(
    byteCount: Int = 1 << 20, depth: Int = 32, eventCount: Int = 100_000, nodeCount: Int = 100_000,
    scalarByteCount: Int = 64 << 10, keyByteCount: Int = 128, faultCount: Int = 200
  ) {
    self.byteCount = byteCount
    self.depth = depth
    self.eventCount = eventCount
    self.nodeCount = nodeCount
    self.scalarByteCount = scalarByteCount
    self.keyByteCount = keyByteCount
    self.faultCount = faultCount
  }

  package static let standard = YAMLLimits()
}
