package import CNNDiagnostics

/// A node with what the limits need to know of it.
struct ComposedNode {
  var node: YAMLNode
  /// Nodes in it, itself included, aliases expanded.
  var count = 1
  /// Collections on the way to its deepest node, itself included.
  var height = 0
  /// Whether it is a scalar without quotes, written here.
  var isPlain = false
}

/// An anchor seen so far. One whose node is still being read may not be referred to.
enum YAMLAnchor {
  case open(serial: Int)
  case complete(ComposedNode)
}

/// A collection that has begun and not ended.
struct YAMLFrame {
  enum PendingKey {
    case key(String, SourceSpan, isPlain: Bool)
    case merge(SourceSpan)
    /// Reported already; its value is read and dropped.
    case dropped
  }

  let isMapping: Bool
  let isFlow: Bool
  /// Byte of its first character.
  let start: Int
  let anchor: (name: String, serial: Int)?

  var items: [YAMLNode] = []
  var entries: [YAMLEntry] = []
  var keySpans: [String: SourceSpan] = [:]
  var pendingKey: PendingKey?
  var mergeSpan: SourceSpan?
  var merged: [YAMLNode] = []

  var count = 1
  var height = 1
  /// Byte behind the last item.
  var end: Int

  init(isMapping: Bool, isFlow: Bool, start: Int, anchor: (name: String, serial: Int)?) {
    self.isMapping = isMapping
    self.isFlow = isFlow
    self.start = start
    self.anchor = anchor
    end = start
  }

  var expectsKey: Bool { isMapping && pendingKey == nil }

  mutating func note(_ child: ComposedNode) {
    count += child.count
    height = max(height, child.height + 1)
  }

  /// Entries of `<<` behind the explicit ones, which win; of several maps the earlier wins.
  mutating func merge() {
    for case .mapping(let entries) in merged.map(\.content) {
      for entry in entries where keySpans[entry.key] == nil {
        keySpans[entry.key] = entry.keySpan
        self.entries.append(entry)
      }
    }
  }
}

extension YAMLNode {
  /// The node and all in it, used once more at an alias.
  package func used(at span: SourceSpan) -> YAMLNode {
    var copy = self
    copy.usedAt.append(span)
    switch content {
    case .scalar: break
    case .sequence(let items): copy.content = .sequence(items.map { $0.used(at: span) })
    case .mapping(let entries):
      copy.content = .mapping(
        entries.map { YAMLEntry(key: $0.key, keySpan: $0.keySpan, value: $0.value.used(at: span)) })
    }
    return copy
  }
}
