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

  /// Links, pipes, images of other kinds, names that are no text or one text: what would be left out in silence, or taken
  /// for something else.
  private(set) var faults: [DataError] = []
  private var others: [String] = []
  private static let mostLevels = 32

  /// - Throws: for a folder without classes.
  init(_ path: ContainedPath, below root: String, _ access: FileAccess) throws(DataError) {
    files = ImageFiles(access, root: root)
    let entries = try list(path)
    let folders = entries.filter { $0.status.kind == .directory }
    let images = entries.filter { $0.status.kind == .regular && ImageName.isAny($0.name) }
    if folders.isEmpty, let fault = DataError.joined(faults, of: entries.count + faults.count) { throw fault }
    if folders.isEmpty {
      throw DataError(
        .emptyFolder, .source,
        "'\(files.shown(path))' has no folders"
          + (images.isEmpty ? "" : ", but \(images.count.grouped) \(images.count == 1 ? "image" : "images")")
          + "; an image folder has a folder a class",
        help: "move the images into folders called like their classes")
    }
    if let first = images.first {
      notes.append(
        "\(images.count.grouped) \(images.count == 1 ? "image lies" : "images lie") beside the class folders of "
          + "'\(files.shown(path))' and \(images.count == 1 ? "belongs" : "belong") to none: \(first.name)")
    }
    var names: Set<String> = []
    for folder in folders {
      // To a file system these are two names, to everyone else one.
      if !names.insert(folder.name).inserted {
        faults.append(
          DataError(
            .unreadableImage, .source,
            "'\(files.shown(path.appending(folder.name)))' is called like another class folder, with its accents put "
              + "together otherwise",
            help: "move the images of both into one"))
      }
      let before = files.count
      try walk(path.appending(folder.name), level: 0)
      let found = files.count - before
      if found == 0 {
        notes.append(
          "the class folder '\(files.shown(path.appending(folder.name)))' has no image: `\(folder.name)` is one of the "
            + "\(folders.count.grouped) classes all the same; put images into it, or take the folder away")
      }
      labels += repeatElement(Int32(truncatingIfNeeded: classes.count), count: found)
      classes.append(folder.name)
    }
    if files.count == 0, faults.isEmpty {
      throw DataError(
        .emptyFolder, .source, "the folders in '\(files.shown(path))' have no PNG and no JPEG",
        help: "files are known by their names: .png, .jpg or .jpeg")
    }
    guard classes.count <= SampleLabels.mostClasses else {
      throw DataError(.tooLarge, .source, "'\(files.shown(path))' has \(classes.count.grouped) folders")
    }
    if let first = others.first {
      notes.append(
        "\(others.count.grouped) \(others.count == 1 ? "file that is no image was" : "files that are no images were") "
          + "left out: \(first)")
    }
  }

  private mutating func list(_ path: ContainedPath) throws(DataError) -> [FileAccess.Entry] {
    let entries: [FileAccess.Entry]
    do throws(FileError) {
      entries = try files.access.list(path, below: files.root)
    } catch {
      throw DataError(error)
    }
    return entries.filter { entry in
      if entry.name.hasPrefix(".") { return false }
      let shown = files.shown(path.appending(entry.name))
      if !entry.isNamed {
        faults.append(
          DataError(
            .unreadableImage, .source, "'\(shown)' has a name that is not UTF-8", help: "give the file a name in UTF-8")
        )
      } else if entry.status.kind == .link {
        faults.append(
          DataError(
            .unreadableImage, .source, "'\(shown)' is a symbolic link", help: "put the files themselves there"))
      } else if entry.status.kind == .other {
        faults.append(
          DataError(
            .unreadableImage, .source, "'\(shown)' is a pipe, a socket or a device, not a file",
            help: "take it out of the folder"))
      } else {
        return true
      }
      return false
    }
  }

  private mutating func walk(_ path: ContainedPath, level: Int) throws(DataError) {
    guard level < Self.mostLevels else {
      throw DataError(.badPath, .source, "'\(files.shown(path))' lies \(level) folders deep, and no deeper is looked")
    }
    let entries = try list(path)
    var names: [String] = []
    for entry in entries where entry.status.kind == .regular {
      if ImageName.isRead(entry.name) {
        names.append(entry.name)
      } else if ImageName.isForeign(entry.name) {
        faults.append(
          DataError(
            .unreadableImage, .source,
            "'\(files.shown(path.appending(entry.name)))' is an image of a kind that is not read",
            help: "save it as PNG or JPEG, with a name that ends in .png or .jpg, or take it out of the folder"))
      } else {
        others.append(files.shown(path.appending(entry.name)))
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
}
