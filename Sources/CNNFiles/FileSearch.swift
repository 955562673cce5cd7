/// The files that the operands of a command stand for: files, folders, patterns.
///
/// A folder stands for all files below it whose name is asked for, a pattern (`*`, `?`, `[a-z]`, `**` for any number of
/// folders) for the files that it matches, where the shell left it as it is. Hidden folders are left out, links to
/// folders are not followed, and the order is that of the bytes of the names, so the same tree gives the same list.
package struct FileSearch: Sendable {
  /// Deeper folders are not looked into.
  private static let mostLevels = 32

  private let access: FileAccess
  private let isWanted: @Sendable (String) -> Bool

  /// - Parameter isWanted: whether a folder's file of this name is meant.
  package init(_ access: FileAccess = FileAccess(), isWanted: @escaping @Sendable (String) -> Bool) {
    self.access = access
    self.isWanted = isWanted
  }

  /// - Returns: the paths, each once; empty if a folder or pattern stands for no file. A name that is neither is
  ///   returned as it is, whether there is such a file or not.
  package func files(_ operand: String) throws(FileError) -> [String] {
    if let status = access.status(operand) {
      return status.kind == .directory ? try walk(operand, level: 0) : [operand]
    }
    return Self.isPattern(operand) ? try match(operand) : [operand]
  }

  package static func isPattern(_ operand: String) -> Bool { operand.contains { "*?[".contains($0) } }

  private func walk(_ folder: String, level: Int) throws(FileError) -> [String] {
    if level > Self.mostLevels { return [] }
    var result: [String] = []
    for name in try access.list(folder) where !name.hasPrefix(".") {
      let path = folder == "." ? name : Path.join(folder, name)
      switch kind(path) {
      case .directory: result += try walk(path, level: level + 1)
      case .regular, .link: if isWanted(name), access.status(path)?.kind == .regular { result.append(path) }
      default: break
      }
    }
    return result
  }

  private func match(_ pattern: String) throws(FileError) -> [String] {
    let parts = pattern.split(separator: "/").map(String.init)
    var seen: Set<String> = []
    return try match(parts[...], in: pattern.hasPrefix("/") ? "/" : ".").filter { seen.insert($0).inserted }
  }

  private func match(_ parts: ArraySlice<String>, in folder: String) throws(FileError) -> [String] {
    guard let part = parts.first else { return [] }
    let rest = parts.dropFirst()
    if part == "." || part == ".." { return try match(rest, in: Path.join(folder, part)) }
    var result: [String] = []
    if part == "**" { result += try match(rest, in: folder) }
    guard access.status(folder)?.kind == .directory else { return [] }
    for name in try access.list(folder) where !name.hasPrefix(".") || part.hasPrefix(".") {
      let path = Path.join(folder, name)
      if part == "**" {
        if kind(path) == .directory { result += try match(parts, in: path) }
      } else if GlobPattern(part).matches(name) {
        if !rest.isEmpty {
          result += try match(rest, in: path)
        } else if access.status(path)?.kind == .regular {
          result.append(path)
        }
      }
    }
    return result
  }

  /// Without following a link at the end.
  private func kind(_ path: String) -> FileStatus.Kind? {
    (try? access.fileSystem.status(of: path, below: nil, followingLinks: false))?.kind
  }
}

/// One name's pattern, as in the shell: `*` any text, `?` a character, `[abc]`, `[a-c]`, `[!a]` one of a set.
package struct GlobPattern: Sendable {
  private enum Piece {
    case any, one
    case literal(Character)
    case set([ClosedRange<Character>], isNegated: Bool)
  }

  private let pieces: [Piece]

  package init(_ text: String) {
    var pieces: [Piece] = []
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "*": pieces.append(.any)
      case "?": pieces.append(.one)
      case "[": pieces.append(Self.set(&rest) ?? .literal("["))
      default: pieces.append(.literal(character))
      }
    }
    self.pieces = pieces
  }

  /// The set that follows a `[`, or `nil` if no `]` closes it.
  private static func set(_ rest: inout Substring) -> Piece? {
    guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
    var body = rest[..<end]
    let isNegated = body.first == "!" || body.first == "^"
    if isNegated { body = body.dropFirst() }
    var ranges: [ClosedRange<Character>] = []
    while let low = body.popFirst() {
      if body.first == "-", let high = body.dropFirst().first, low <= high {
        ranges.append(low...high)
        body = body.dropFirst(2)
      } else {
        ranges.append(low...low)
      }
    }
    rest = rest[rest.index(after: end)...]
    return .set(ranges, isNegated: isNegated)
  }

  package func matches(_ name: String) -> Bool {
    let letters = Array(name)
    // Where matching goes on if what follows the last `*` does not fit: a letter further.
    var retry: (piece: Int, letter: Int)?
    var (piece, letter) = (0, 0)
    while letter < letters.count {
      if piece < pieces.count, case .any = pieces[piece] {
        retry = (piece + 1, letter)
        piece += 1
      } else if piece < pieces.count, Self.fits(pieces[piece], letters[letter]) {
        piece += 1
        letter += 1
      } else if let again = retry {
        retry = (again.piece, again.letter + 1)
        (piece, letter) = (again.piece, again.letter + 1)
      } else {
        return false
      }
    }
    return pieces[piece...].allSatisfy { if case .any = $0 { true } else { false } }
  }

  private static func fits(_ piece: Piece, _ letter: Character) -> Bool {
    switch piece {
    case .any, .one: true
    case .literal(let character): character == letter
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(letter) } != isNegated
    }
  }
}
