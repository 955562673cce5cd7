internal import CNNDiagnostics
import CNNFiles
import CNNSession

/// Finds, reads and divides the data that a spec asks for.
///
/// In: a `DataRequest`. Out: one `Dataset` a role, or one `DataError`. Must not know of layers,
/// training or the YAML that the request came from.
///
/// A built-in source is taken from the subset beside the spec if that holds every sample asked for
/// and no `dataDirectory` is given, since it is there sooner and holds the same bytes; else from the
/// first folder of `BuiltInSource.directories` that holds the files.
package struct DataLoader: Sendable {
  private let access: FileAccess
  private let systemDirectory: String

  /// - Parameter systemDirectory: where packages of the distribution put data sets.
  package init(_ access: FileAccess = FileAccess(), systemDirectory: String = "/usr/share/datasets") {
    self.access = access
    self.systemDirectory = systemDirectory
  }

  package static func load(_ request: DataRequest) throws(DataError) -> LoadedData {
    try DataLoader().load(request)
  }

  package func load(_ request: DataRequest) throws(DataError) -> LoadedData {
    switch request.source {
    case .builtIn(let name):
      guard let source = BuiltInSource.all.first(where: { $0.name == name }) else {
        let known = BuiltInSource.all.map { "`\($0.name)`" }.joined(separator: " and ")
        throw DataError(
          .unknownSource, .source, "there is no source `\(name)`", help: "\(known) are known by name")
      }
      return try load(source, request)
    case .idx(let images, let labels):
      return try loadIDX(images: images, labels: labels, request)
    }
  }

  /// Checks what a request asks of a data set whose size is known, without opening a file: slices that cannot be read,
  /// are empty, lie beyond the end or overlap.
  package static func check(_ request: DataRequest) throws(DataError) {
    guard case .builtIn(let name) = request.source,
      let source = BuiltInSource.all.first(where: { $0.name == name })
    else { return }
    _ = try SplitPlan(request, counts: source.counts)
  }

  // MARK: Built-in sources

  /// A part of the plan, and the records of the split's file that it takes, in order.
  typealias Selection = (part: SplitPlan.Part, records: [Int])

  private func load(_ source: BuiltInSource, _ request: DataRequest) throws(DataError) -> LoadedData {
    let classNames = request.classNames ?? source.classNames
    if classNames.count != source.classNames.count {
      throw DataError(
        .classNames, .classNames,
        "\(classNames.count) class names for the \(source.classNames.count) classes of `\(source.name)`",
        help: "give one name a class, or leave `class_names` out")
    }
    let plan = try SplitPlan(request, counts: source.counts)
    let selections = Self.select(plan, request.order, counts: source.counts)

    var lack: String?
    if request.dataDirectory == nil,
      let subset = try DataSubset(of: source, beside: request.specDirectory, access)
    {
      if let missing = subset.missing(selections) {
        lack = "the subset in \(subset.directory) lacks \(missing)"
      } else {
        let records = selections.map { $0.records.compactMap { subset.position(of: $0) } }
        let result = try subset.gatherer(classCount: classNames.count).gather(records)
        return Self.assemble(
          selections, [result.parts], [selections.indices.map { $0 }], result.sampleShape, classNames,
          "\(source.title) subset in \(subset.directory) (\(subset.count.grouped) images)", result.notes)
      }
    }

    let directories = source.directories(for: request, systemDirectory: systemDirectory)
    let splits = source.counts.keys.sorted().filter { split in plan.parts.contains { $0.split == split } }
    guard let directory = directories.first(where: { holds($0, splits) }) else {
      throw DataError(
        lack == nil ? .notFound : .samplesMissing, .source,
        (lack.map { "\($0), and the full" } ?? "the") + " data set \(source.title) is not in "
          + directories.joined(separator: ", "),
        help: source.remedy)
    }
    return try load(source, from: directory, splits, selections, classNames)
  }

  /// Reads each split that the plan touches in one pass.
  private func load(
    _ source: BuiltInSource, from directory: String, _ splits: [String], _ selections: [Selection],
    _ classNames: [String]
  ) throws(DataError) -> LoadedData {
    var samples: [[SampleGatherer.Samples]] = []
    var places: [[Int]] = []
    var shape: [Int] = []
    var notes: [String] = []
    for split in splits {
      let indices = selections.indices.filter { selections[$0].part.split == split }
      let names = BuiltInSource.fileNames(split: split)
      let gatherer = SampleGatherer(
        images: { () throws(DataError) in try open(names.images, in: directory) },
        labels: { () throws(DataError) in try open(names.labels, in: directory) },
        expectedCount: source.counts[split], classCount: classNames.count)
      let result = try gatherer.gather(indices.map { selections[$0].records })
      if !shape.isEmpty && shape != result.sampleShape {
        throw DataError(
          .countMismatch, .source, "the images in \(directory) differ in size: \(shape) and \(result.sampleShape)",
          help: "take all files from the same set")
      }
      shape = result.sampleShape
      samples.append(result.parts)
      places.append(indices)
      notes += result.notes
    }
    return Self.assemble(
      selections, samples, places, shape, classNames, "\(source.title) in \(directory)", notes)
  }

  /// The file with this name, or with `.gz` after it.
  private func open(_ name: String, in directory: String) throws(DataError) -> IDXFile {
    let file: OpenFile
    do throws(FileError) {
      let plain = Path.join(directory, name)
      file = try access.openFile(access.exists(plain) ? plain : plain + ".gz")
    } catch {
      throw DataError(error)
    }
    return try IDXFile(file)
  }

  private func holds(_ directory: String, _ splits: [String]) -> Bool {
    splits.allSatisfy { split in
      let names = BuiltInSource.fileNames(split: split)
      return [names.images, names.labels].allSatisfy { name in
        let plain = Path.join(directory, name)
        return access.exists(plain) || access.exists(plain + ".gz")
      }
    }
  }

  // MARK: A pair of IDX files

  private func loadIDX(images: String, labels: String, _ request: DataRequest) throws(DataError) -> LoadedData {
    let imagesPath = try contained(images)
    let labelsPath = try contained(labels)
    let count = try openContained(imagesPath, request).header.recordCount
    let counts = ["train": count]
    let plan = try SplitPlan(request, counts: counts)
    let selections = Self.select(plan, request.order, counts: counts)
    if let names = request.classNames, names.isEmpty {
      throw DataError(.classNames, .classNames, "no class has a name", help: "give one name a class")
    }
    let gatherer = SampleGatherer(
      images: { () throws(DataError) in try openContained(imagesPath, request) },
      labels: { () throws(DataError) in try openContained(labelsPath, request) },
      expectedCount: count, classCount: request.classNames?.count)
    let result = try gatherer.gather(selections.map(\.records))
    let classNames = request.classNames ?? (0..<result.labelBound).map(String.init)
    return Self.assemble(
      selections, [result.parts], [selections.indices.map { $0 }], result.sampleShape, classNames,
      "\(images) (\(count.grouped) images)", result.notes)
  }

  private func contained(_ path: String) throws(DataError) -> ContainedPath {
    do throws(FileError) {
      return try ContainedPath(path)
    } catch {
      throw DataError(error)
    }
  }

  /// Below the folder of the spec, or else below the one that the person named.
  private func openContained(_ path: ContainedPath, _ request: DataRequest) throws(DataError) -> IDXFile {
    let file: OpenFile
    do throws(FileError) {
      do throws(FileError) {
        file = try access.openFile(path, below: request.specDirectory)
      } catch {
        guard error.code == .notFound, let directory = request.dataDirectory else { throw error }
        file = try access.openFile(path, below: directory)
      }
    } catch {
      throw DataError(error)
    }
    return try IDXFile(file)
  }

  // MARK: Common to all

  private static func select(
    _ plan: SplitPlan, _ order: DataRequest.Order, counts: [String: Int]
  ) -> [Selection] {
    switch order {
    case .file: return plan.parts.map { ($0, Array($0.range)) }
    case .tfds:
      var orders: [String: [Int]] = [:]
      return plan.parts.map { part in
        let order = orders[part.split] ?? TFDSOrder.indices(split: part.split, count: counts[part.split] ?? 0)
        orders[part.split] = order
        return (part, Array(order[part.range]))
      }
    }
  }

  /// - Parameters:
  ///   - samples: the samples read, a list for each pair of files.
  ///   - places: for each of those, which selection it is.
  private static func assemble(
    _ selections: [Selection], _ samples: [[SampleGatherer.Samples]], _ places: [[Int]], _ shape: [Int],
    _ classNames: [String], _ description: String, _ notes: [String]
  ) -> LoadedData {
    var datasets: [DataError.Field: Dataset] = [:]
    for (place, part) in zip(places.joined(), samples.joined()) {
      datasets[selections[place].part.role] = Dataset(
        sampleShape: shape, storage: .bytes(part.pixels), labels: part.labels, classNames: classNames,
        sourceIndices: selections[place].records)
    }
    guard let train = datasets[.train] else { preconditionFailure("every plan has a training part") }
    return LoadedData(
      train: train, validation: datasets[.validation], test: datasets[.test], description: description,
      notes: notes)
  }
}
