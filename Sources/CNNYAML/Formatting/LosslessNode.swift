/// A YAML text as a tree that keeps what the text looks like: raw scalars, style, comments and empty lines.
struct LosslessNode {
  indirect enum Content {
    /// As it stands in the text, quotes and all.
    case scalar(String)
    case alias(String)
    case sequence([LosslessItem])
    case mapping([LosslessItem])
  }

  var content: Content
  /// `&name `, as it stands before the node.
  var anchor: String?
  var isFlow = false
  /// Bytes; of a block collection, from its first item.
  var start: Int
  var end: Int
  /// Whether a comment stands inside of a collection in brackets.
  var hasInnerComment = false
  /// Comments behind the last item of a block collection.
  var tail: [LosslessComment] = []
}

/// An item of a list, or a key with its value.
struct LosslessItem {
  /// As it stands in the text; `nil` in a list.
  var key: String?
  /// The key as YAML reads it.
  var word = ""
  var value: LosslessNode
  /// Where the item begins: its dash or its key.
  var start: Int
  /// Comments in lines of their own before it.
  var comments: [LosslessComment] = []
  /// An empty line before it, or before its comments.
  var hasGap = false
  /// The comment at the end of its first line.
  var trailing: LosslessComment?
}

/// A comment, from its `#` to the end of its line.
struct LosslessComment {
  var text: String
  /// Where its `#` is.
  var start: Int
  /// Cells from the start of the line.
  var column: Int
  /// Blanks before its `#`.
  var gap: Int
  /// Whether nothing else stands in its line.
  var isAlone: Bool
  /// Whether an empty line stands before its own.
  var hasGap: Bool

  var end: Int { start + text.utf8.count }
}

/// Why a text is left as it is.
package struct FormatRefusal: Error, Equatable {
  /// What there is: `a text in block style (`|`)`.
  package let reason: String
  /// Counted from 1.
  package let line: Int
}
