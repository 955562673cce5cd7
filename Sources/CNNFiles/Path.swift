/// Text of paths, taken apart and put together; looks at no file.
package enum Path {
  /// `directory/name`, or `name` where the directory is empty or `.`.
  package static func join(_ directory: String, _ name: String) -> String {
    if directory.isEmpty || directory == "." { return name }
    return directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  /// Everything before the last component: `.` for a bare name, `/` for one in the root.
  package static func directory(of path: String) -> String {
    let parts = split(path)
    if parts.directory.isEmpty { return path.hasPrefix("/") ? "/" : "." }
    return parts.directory
  }

  /// The last component, without slashes.
  package static func name(of path: String) -> String { split(path).name }

  private static func split(_ path: String) -> (directory: String, name: String) {
    var trimmed = path[...]
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return ("", String(trimmed)) }
    var directory = trimmed[..<slash]
    while directory.hasSuffix("/") { directory.removeLast() }
    return (String(directory), String(trimmed[trimmed.index(after: slash)...]))
  }
}
