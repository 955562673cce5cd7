internal import CNNDiagnostics
import CNNFiles

/// A source found and opened: its splits, of which no sample has been read.
struct OpenedSource: Sendable {
  var splits: [String: SourceSplit]
  /// Where it was found, and how large it is.
  var description: String
  var notes: [String] = []

  /// Its only split.
  func onlySplit(_ role: DataError.Field) throws(DataError) -> SourceSplit {
    if splits.count == 1, let split = splits.values.first { return split }
    if let split = splits[role.rawValue] { return split }
    let names = splits.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
    throw DataError(
      .badSplit, role, "the source has the splits \(names), and one is taken",
      help: "name it in `source`, and take its splits by slices")
  }
}

/// Opens the sources that a spec names by their files.
struct SourceOpener {
  let access: FileAccess
  let request: DataRequest
  let threads: Int

  func open(_ source: DataRequest.Source) throws(DataError) -> OpenedSource {
    var notes: [String] = []
    switch source {
    case .builtIn: preconditionFailure("built-in sources are opened by their loader")
    case .idx(let images, let labels):
      let split = try SourceSplit.idx(
        images: try bytes(images), labels: try bytes(labels), for: request.target, &notes)
      return OpenedSource(
        splits: ["train": split], description: Self.description(images, split.records.count), notes: notes)
    case .npy(let images, let labels):
      let records = try ArrayRecords(try NPYArray(try bytes(images)), inputShape: request.inputShape)
      let split = try SourceSplit(records, try SampleLabels(try NPYArray(try bytes(labels)), for: request.target))
      return OpenedSource(splits: ["train": split], description: Self.description(images, records.count))
    case .npz(let path, let images, let labels):
      let splits = try NPZSource.open(
        try bytes(path), images: images, labels: labels, inputShape: request.inputShape, target: request.target)
      return OpenedSource(
        splits: splits, description: Self.description(path, splits.values.reduce(0) { $0 + $1.records.count }))
    case .csv(let csv):
      let table = try CSVTable(try bytes(csv.path), csv, for: request.target)
      let records: any SampleRecords =
        csv.image == nil
        ? try CSVRecords(table, inputShape: request.inputShape)
        : imageRecords(try files(of: table, at: csv.path))
      let split = SourceSplit(records: records, labels: table.labels)
      return OpenedSource(splits: ["train": split], description: Self.description(csv.path, records.count))
    case .imageFolder(let path):
      let folder = try openFolder(path)
      let records = imageRecords(folder.files)
      if !folder.faults.isEmpty { throw try allFaults(folder, records) }
      let shown = (folder.files.folders.first.map { Path.directory(of: folder.files.shown($0)) }) ?? path
      let split = SourceSplit(
        records: records, labels: SampleLabels(values: folder.labels, names: folder.classes, path: shown))
      return OpenedSource(
        splits: ["train": split],
        description: "\(path) (\(folder.labels.count.grouped) images in \(folder.classes.count.grouped) folders)",
        notes: folder.notes)
    }
  }

  /// What is wrong with a folder, and with the files in it, so that nobody has to mend them one by one.
  private func allFaults(_ folder: ImageFolder, _ records: ImageFileRecords) throws(DataError) -> DataError {
    let pass = RecordPass(records: records, threads: threads)
    let (_, failures) = try pass.run(Array(0..<records.count), true) { _, _, _ in }
    let faults = folder.faults + failures.map(\.error)
    if faults.count == 1 { return faults[0] }
    let joined = DataError.joined(faults, of: records.count + folder.faults.count, most: 20)
    return DataError(
      .unreadableImage, .source, joined?.message ?? faults[0].message,
      help: "take these out of the folder, or put files in PNG or JPEG there, under names in UTF-8")
  }

  private static func description(_ path: String, _ count: Int) -> String {
    "\(path) (\(count.grouped) \(count == 1 ? "sample" : "samples"))"
  }

  private func imageRecords(_ files: ImageFiles) -> ImageFileRecords {
    ImageFileRecords(files, size: request.imageSize, mode: request.colorMode, threads: threads)
  }

  // MARK: Places

  /// Below the folder of the spec, or else below those that the person named.
  private var roots: [String] {
    [request.specDirectory, request.dataDirectory, request.environment["CNNRUN_DATA_DIR"]]
      .compactMap(\.self).filter { !$0.isEmpty }
  }

  /// Tries one root after the other until the path is found below it.
  private func find<Result: ~Copyable>(
    _ text: String, _ body: (ContainedPath, String) throws(FileError) -> Result
  ) throws(DataError) -> Result {
    do throws(FileError) {
      let path = try ContainedPath(text)
      var first: FileError?
      for root in roots {
        do throws(FileError) {
          return try body(path, root)
        } catch {
          if error.code != .notFound { throw error }
          first = first ?? error
        }
      }
      throw first ?? FileError(.notFound, path: text, "there is no folder to look for '\(text)' in")
    } catch {
      throw DataError(error)
    }
  }

  private func bytes(_ text: String) throws(DataError) -> RandomBytes {
    let bytes = RandomBytes(
      try find(text) { (path, root) throws(FileError) in try access.openFile(path, below: root) })
    try LFSPointer.refuse(bytes)
    return bytes
  }

  private func openFolder(_ text: String) throws(DataError) -> ImageFolder {
    let (path, root) = try find(text) { (path, root) throws(FileError) in
      _ = try access.list(path, below: root)
      return (path, root)
    }
    return try ImageFolder(path, below: root, access)
  }

  /// The image files that a column names, relative to the folder of the CSV file.
  private func files(of table: CSVTable, at csvPath: String) throws(DataError) -> ImageFiles {
    let root = try find(csvPath) { (path, root) throws(FileError) in
      _ = try access.openFile(path, below: root)
      return root
    }
    let folder = Path.directory(of: csvPath)
    var files: [ContainedPath] = []
    for (text, record) in zip(table.images, table.records) {
      do throws(FileError) {
        files.append(try ContainedPath(Path.join(folder, text)))
      } catch {
        throw .csv(
          table.bytes.path, line: record.line, "names a file that cannot be: \(error.message)", help: error.help)
      }
    }
    let (path, lines) = (table.bytes.path, table.records.map(\.line))
    return ImageFiles(access, root: root, files) { "line \(lines[$0].grouped) of '\(path)'" }
  }
}
