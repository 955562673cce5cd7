/// A place in a source text.
///
/// Lines and columns count from 1, columns in Unicode scalars; bytes count from 0 in UTF-8.
///
/// Stored in 32 bits each: a tree of 1 MiB of text has hundreds of thousands of places.
package struct SourcePosition: Sendable, Hashable, Comparable {
  private var storedLine: Int32
  private var storedColumn: Int32
  private var storedByte: Int32

  package var line: Int {
    get { Int(storedLine) }
    set { storedLine = Int32(clamping: newValue) }
  }

  package var column: Int {
    get { Int(storedColumn) }
    set { storedColumn = Int32(clamping: newValue) }
  }

  package var byte: Int {
    get { Int(storedByte) }
    set { storedByte = Int32(clamping: newValue) }
  }

  package init(line: Int, column: Int, byte: Int) {
    storedLine = Int32(clamping: line)
    storedColumn = Int32(clamping: column)
    storedByte = Int32(clamping: byte)
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
  private let stored: Int32
  package var index: Int { Int(stored) }
  package init(index: Int) { stored = Int32(clamping: index) }
}
