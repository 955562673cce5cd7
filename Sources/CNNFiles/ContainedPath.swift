/// A path that a spec holds: relative, and proven to stay below a root that the spec cannot choose.
///
/// Two steps, since a path that was checked as text and then opened as text has been escaped from
/// before (ONNX CVE-2022-25882, CVE-2024-27318): the text is taken apart into plain names here,
/// and each name is opened on its own, in the directory opened before it, refusing links.
package struct ContainedPath: Sendable, Equatable {
  /// As it was written.
  package let text: String
  /// The names to descend through, none of them empty, `.` or `..`.
  package let components: [String]

  /// Longest path that Linux takes.
  static let lengthLimit = 4096

  /// - Throws: `.escapesRoot` for whatever is not plain names with `/` between them.
  package init(_ text: String) throws(FileError) {
    if let fault = Self.fault(of: text) {
      throw FileError(
        .escapesRoot, path: text, fault,
        help: "write a path relative to the folder of the spec, with `/` between names")
    }
    let components = text.split(separator: "/").map(String.init).filter { $0 != "." }
    if components.isEmpty {
      throw FileError(.escapesRoot, path: text, "the path '\(text)' names no file", help: "name a file")
    }
    self.text = text
    self.components = components
  }

  private init(text: String, components: [String]) {
    self.text = text
    self.components = components
  }

  /// The entry `name` of the folder that this path names; names come from `FileAccess.list`.
  /// - Precondition: `name` is one name, as a folder lists it.
  package func appending(_ name: String) -> ContainedPath {
    precondition(!name.isEmpty && name != "." && name != ".." && !name.contains("/"), "'\(name)' is not a name")
    return ContainedPath(text: Path.join(text, name), components: components + [name])
  }

  private static func fault(of text: String) -> String? {
    // Checked first: a message never shows a character that a terminal would obey.
    for scalar in text.unicodeScalars where isInvisible(scalar) {
      let number = String(scalar.value, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: max(0, 4 - number.count)) + number
      return "a path holds the invisible character U+\(padded)"
    }
    if text.utf8.count > lengthLimit { return "a path of \(text.utf8.count) bytes is longer than \(lengthLimit)" }
    if text.contains("\\") { return "the path '\(text)' holds a backslash" }
    if text.contains("://") || text.lowercased().hasPrefix("file:") {
      return "'\(text)' is a URL, and nothing is fetched"
    }
    if text.hasPrefix("/") { return "the path '\(text)' is absolute" }
    if text.hasPrefix("~") { return "the path '\(text)' starts with `~`, which is not expanded" }
    if text.split(separator: "/").contains("..") { return "the path '\(text)' leads upwards with `..`" }
    return nil
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// The path from where the person is, as messages have it.
  package func shown(below root: String) -> String { Path.join(root, text) }

  /// Opens the file below `root`, following links in `root` itself but none below it.
  /// - Throws: `.escapesRoot` where a component is a link.
  func open(
    below root: String, _ fileSystem: any FileSystem, for purpose: OpenPurpose = .readingNoLinks
  ) throws(FileError) -> OpenFile {
    let shown = shown(below: root)
    var directory = try descend(root.isEmpty ? "." : root, from: nil, .directory, shown, fileSystem)
    for name in components.dropLast() {
      directory = try descend(name, from: directory.descriptor, .directoryNoLinks, shown, fileSystem)
    }
    // Never empty, `init` has seen to it.
    return try descend(components.last ?? ".", from: directory.descriptor, purpose, shown, fileSystem)
  }

  private func descend(
    _ name: String, from directory: Int32?, _ purpose: OpenPurpose, _ shown: String, _ fileSystem: any FileSystem
  ) throws(FileError) -> OpenFile {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try fileSystem.open(name, below: directory, for: purpose)
    } catch {
      // A link to a directory is refused with the number of "not a directory" on Linux.
      let status = try? fileSystem.status(of: name, below: directory, followingLinks: false)
      if directory != nil && status?.kind == .link {
        throw FileError(
          .escapesRoot, path: shown, "'\(name)' in the path '\(shown)' is a symbolic link",
          help: "put the files themselves there", errno: error.errno)
      }
      throw FileError(error, "open", path: directory == nil ? name : shown)
    }
    return try OpenFile(taking: descriptor, path: shown, fileSystem)
  }
}
