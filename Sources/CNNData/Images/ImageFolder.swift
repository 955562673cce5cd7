internal import CNNDiagnostics
import CNNFiles

/// A folder with a folder a class, as Keras's `image_dataset_from_directory` takes: classes in the order of their names,
/// then files in the order of theirs, those of folders below after a folder's own.
struct ImageFolder: Sendable {
  private(set) var files: ImageFiles
  private(set) var classes: [String] = []
  private(set) var labels: [Int32] = []
  /// What was left out, and does no harm.
  private(set) var notes: [String] = []

  private var others: [String] = []
  private static let suffixes = [".png", ".jpg", ".jpeg", ".jpe", ".jfif"]
  /// Images that are not read, which nobody would want to be left out in silence.
  private static let foreign = [
    ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".pgm", ".ppm",
  ]
  private static let mostLevels = 32

  /// - Throws: for a folder without classes, links, and images of other kinds.
  init(_ path: ContainedPath, below root: String, _ access: FileAccess) throws(DataError) {
    files = ImageFiles(access, root: root)
    let entries = try list(path)
    let folders = entries.filter { $0.status.kind == .directory }
    let images = entries.filter { $0.status.kind == .regular && Self.hasSuffix($0.name, Self.suffixes + Self.foreign) }
    if folders.isEmpty {
      throw DataError(
        .emptyFolder, .source,
        "'\(path.text)' has no folders" + (images.isEmpty ? "" : ", but \(images.count.grouped) images")
          + "; an image folder has a folder a class",
        help: "move the images into folders called like their classes")
    }
    if let first = images.first {
      notes.append(
        "\(images.count.grouped) \(images.count == 1 ? "image lies" : "images lie") beside the class folders of "
          + "'\(path.text)' and \(images.count == 1 ? "belongs" : "belong") to none: \(first.name)")
    }
    for folder in folders {
      let before = files.count
      try walk(path.appending(folder.name), level: 0)
      let found = files.count - before
      if found == 0 { notes.append("the class folder '\(path.appending(folder.name).text)' has no image") }
      labels += repeatElement(Int32(truncatingIfNeeded: classes.count), count: found)
      classes.append(folder.name)
    }
    if files.count == 0 {
      throw DataError(
        .emptyFolder, .source, "the folders in '\(path.text)' have no PNG and no JPEG",
        help: "files are known by their names: .png, .jpg or .jpeg")
    }
    guard classes.count <= SampleLabels.mostClasses else {
      throw DataError(.tooLarge, .source, "'\(path.text)' has \(classes.count.grouped) folders")
    }
    if let first = others.first {
      notes.append(
        "\(others.count.grouped) \(others.count == 1 ? "file that is no image was" : "files that are no images were") "
          + "left out: \(first)")
    }
  }

  private func list(_ path: ContainedPath) throws(DataError) -> [FileAccess.Entry] {
    let entries: [FileAccess.Entry]
    do throws(FileError) {
      entries = try files.access.list(path, below: files.root)
    } catch {
      throw DataError(error)
    }
    let visible = entries.filter { !$0.name.hasPrefix(".") }
    if let link = visible.first(where: { $0.status.kind == .link }) {
      throw DataError(
        .badPath, .source, "'\(path.appending(link.name).text)' is a symbolic link",
        help: "put the files themselves there")
    }
    return visible
  }

  private mutating func walk(_ path: ContainedPath, level: Int) throws(DataError) {
    guard level < Self.mostLevels else {
      throw DataError(.badPath, .source, "'\(path.text)' lies \(level) folders deep, and no deeper is looked")
    }
    let entries = try list(path)
    var names: [String] = []
    for entry in entries where entry.status.kind == .regular {
      if Self.hasSuffix(entry.name, Self.suffixes) {
        names.append(entry.name)
      } else if Self.hasSuffix(entry.name, Self.foreign) {
        throw DataError(
          .unreadableImage, .source, "'\(path.appending(entry.name).text)' is an image of a kind that is not read",
          help: "save it as PNG or JPEG, with a name that ends in .png or .jpg, or take it out of the folder")
      } else {
        others.append(path.appending(entry.name).text)
      }
    }
    files.append(path, names)
    guard files.count <= ImageFiles.mostFiles else {
      throw DataError(.tooLarge, .source, "there are more than \(ImageFiles.mostFiles.grouped) images")
    }
    for entry in entries where entry.status.kind == .directory {
      try walk(path.appending(entry.name), level: level + 1)
    }
  }

  private static func hasSuffix(_ name: String, _ suffixes: [String]) -> Bool {
    let lower = name.lowercased()
    return suffixes.contains { lower.hasSuffix($0) }
  }
}
