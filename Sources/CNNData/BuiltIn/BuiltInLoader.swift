internal import CNNDiagnostics
import CNNDigits
import CNNFiles

/// Finds and opens the data sets that the program knows by name.
struct BuiltInLoader {
  let access: FileAccess
  let systemDirectory: String
  let request: DataRequest

  /// The first of the source's folders that holds these splits, opened.
  ///
  /// - Parameter lack: what a subset beside the spec was missing, if there was one.
  func open(_ source: BuiltInSource, _ splits: [String], lack: String?) throws(DataError) -> OpenedSource {
    if source.form == .embedded { return try embedded(source) }
    let directories = source.directories(for: request, systemDirectory: systemDirectory)
    guard let place = directories.lazy.compactMap({ place(of: source, in: $0, splits) }).first else {
      throw DataError(
        lack == nil ? .notFound : .samplesMissing, .source,
        (lack.map { "\($0), and the full" } ?? "the") + " data set \(source.title) is not in "
          + directories.joined(separator: ", "),
        help: source.remedy)
    }
    return try open(source, place, splits)
  }

  /// Where a source was found.
  struct Place: Sendable {
    let directory: String
    /// The one archive that Keras keeps it in.
    let archive: String?
  }

  /// Whether a folder holds these splits of a source.
  func place(of source: BuiltInSource, in directory: String, _ splits: [String]) -> Place? {
    if splits.flatMap({ source.files(of: $0) }).allSatisfy({ stored($0, in: directory) != nil }) {
      return Place(directory: directory, archive: nil)
    }
    if let archive = source.kerasArchive, access.exists(Path.join(directory, archive)) {
      return Place(directory: directory, archive: archive)
    }
    return nil
  }

  /// The path of the file with this name, or of the one with `.gz` after it.
  private func stored(_ name: String, in directory: String) -> String? {
    let plain = Path.join(directory, name)
    return [plain, plain + ".gz"].first { access.exists($0) }
  }

  private func open(_ source: BuiltInSource, _ place: Place, _ splits: [String]) throws(DataError) -> OpenedSource {
    var opened = OpenedSource(splits: [:], description: "\(source.title) in \(place.directory)")
    if let archive = place.archive {
      let found = try NPZSource.open(
        try bytes(Path.join(place.directory, archive)), images: nil, labels: nil, inputShape: nil)
      opened.splits = found.filter { splits.contains($0.key) }
      opened.description = "\(source.title) in \(Path.join(place.directory, archive))"
    } else {
      for split in splits { opened.splits[split] = try files(source, split, place.directory, &opened.notes) }
    }
    for split in splits {
      guard let found = opened.splits[split] else {
        throw DataError(.notFound, .source, "\(opened.description) has no split `\(split)`", help: source.remedy)
      }
      try check(source, split, found, place)
    }
    return opened
  }

  private func files(
    _ source: BuiltInSource, _ split: String, _ directory: String, _ notes: inout [String]
  ) throws(DataError) -> SourceSplit {
    var files: [RandomBytes] = []
    for name in source.files(of: split) {
      files.append(try bytes(stored(name, in: directory) ?? Path.join(directory, name)))
    }
    if case .cifar(_, _, let labelCount, let label) = source.form {
      let records = try CIFARRecords(
        files, recordsPerFile: (source.counts[split] ?? 0) / max(1, files.count), labelCount: labelCount)
      return SourceSplit(records: records, labels: try records.labels(label))
    }
    return try .idx(images: files[0], labels: files[1], &notes)
  }

  private func check(
    _ source: BuiltInSource, _ split: String, _ found: SourceSplit, _ place: Place
  ) throws(DataError) {
    if let expected = source.counts[split], found.records.count != expected {
      let file = source.files(of: split)[0]
      let path = stored(file, in: place.directory) ?? Path.join(place.directory, place.archive ?? file)
      throw DataError(
        .countMismatch, .source,
        "'\(path)' holds \(found.records.count.grouped) images, and the set has \(expected.grouped)",
        help: "copy or download the file again")
    }
    if found.records.shape != source.shape {
      throw DataError(
        .countMismatch, .source,
        "the images in \(place.directory) are \(found.records.shape), and those of \(source.title) \(source.shape)",
        help: "take all files from the same set")
    }
  }

  private func bytes(_ path: String) throws(DataError) -> RandomBytes {
    let bytes: RandomBytes
    do throws(FileError) { bytes = RandomBytes(try access.openFile(path)) } catch { throw DataError(error) }
    try LFSPointer.refuse(bytes)
    return bytes
  }

  private func embedded(_ source: BuiltInSource) throws(DataError) -> OpenedSource {
    var notes: [String] = []
    let split = try SourceSplit.idx(
      images: .memory(Digits.images, path: "digits: images"), labels: .memory(Digits.labels, path: "digits: labels"),
      &notes)
    return OpenedSource(
      splits: ["train": split],
      description: "\(source.title), which the program holds (\(split.records.count.grouped) images)")
  }
}

extension BuiltInSource {
  /// Names of the files of a split: of IDX, images before labels.
  func files(of split: String) -> [String] {
    switch form {
    case .idx:
      let stem = split == "test" ? "t10k" : split
      return ["\(stem)-images-idx3-ubyte", "\(stem)-labels-idx1-ubyte"]
    case .cifar(let train, let test, _, _): return split == "test" ? test : train
    case .embedded: return []
    }
  }
}
