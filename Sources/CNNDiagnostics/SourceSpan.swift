/// A place in a source text.
///
/// Lines and columns count from 1, columns in Unicode scalars; bytes count from 0 in UTF-8.
package struct SourcePosition: Sendable, Hashable, Comparable {
  package var line: Int
  package var column: Int
  package var byte: Int

  package init(line: Int, column: Int, byte: Int) {
    self.line = line
    self.column = column
    self.byte = byte
  }

  package static func < (left: SourcePosition, right: SourcePosition) -> Bool { left.byte < right.byte }
}

/// A stretch of one source text, its end exclusive.
package struct SourceSpan: Sendable, Hashable {
  package var source: SourceID
  package var start: SourcePosition
  package var end: SourcePosition

  package init(source: SourceID, start: SourcePosition, end: SourcePosition) {
    self.source = source
    self.start = start
    self.end = end
  }
}

/// Which text of a `SourceMap` a span lies in: the spec itself, or one `--set` of the command line.
package struct SourceID: Sendable, Hashable {
  package let index: Int
  package init(index: Int) { self.index = index }
}
