extension Diagnostic {
  /// A repair in terms of the text's structure, not proved yet.
  ///
  /// Whoever finds a fault knows what would mend it, and not how the text is laid out; whoever holds the tree
  /// makes edits of it, checks the text that they give, and keeps the proposal as a `Fix` only if that holds.
  package struct Proposal: Sendable, Hashable {
    /// Spans are those of words: a layer's kind, a section's key.
    package enum Change: Sendable, Hashable {
      /// `key: value` among the arguments of a word. A lone argument that stands there is the `main` one.
      case set(key: String, value: String, of: SourceSpan, main: String? = nil)
      /// Another text for a value.
      case replace(SourceSpan, with: String)
      /// The item of a list that begins with a word goes.
      case remove(SourceSpan)
      /// A key goes, with its value.
      case removeKey(SourceSpan, value: SourceSpan)
      /// An item before, or behind, the one that begins with a word.
      case insertBefore(SourceSpan, item: String)
      case insertAfter(SourceSpan, item: String)
    }

    /// Completes "use …": `` `padding: same` ``.
    package var title: String
    package var changes: [Change]

    package init(_ title: String, _ changes: Change...) {
      self.title = title
      self.changes = changes
    }

    /// Both at once.
    package func and(_ other: Proposal, title: String? = nil) -> Proposal {
      var both = self
      both.title = title ?? "\(both.title) with \(other.title)"
      both.changes += other.changes
      return both
    }
  }
}
