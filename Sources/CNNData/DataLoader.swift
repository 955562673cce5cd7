internal import CNNDiagnostics
import CNNFiles

/// Finds, opens and divides the data that a spec asks for.
///
/// In: a `DataRequest`. Out: `OpenedData`, which reads samples or looks them through, or one `DataError`. Must not know
/// of layers, training or the YAML that the request came from.
///
/// A built-in source is taken from the subset beside the spec if that holds every sample asked for
/// and no `dataDirectory` is given, since it is there sooner and holds the same bytes; else from the
/// first folder of `BuiltInSource.directories` that holds the files.
package struct DataLoader: Sendable {
  private let access: FileAccess
  private let systemDirectory: String

  /// Where packages of the distribution put data sets.
  package static let systemDirectory = "/usr/share/datasets"

  /// - Parameter systemDirectory: where packages of the distribution put data sets.
  package init(_ access: FileAccess = FileAccess(), systemDirectory: String = Self.systemDirectory) {
    self.access = access
    self.systemDirectory = systemDirectory
  }

  package static func load(_ request: DataRequest) throws(DataError) -> LoadedData {
    try DataLoader().load(request)
  }

  package func load(_ request: DataRequest, _ settings: LoadSettings = LoadSettings()) throws(DataError) -> LoadedData {
    try open(request, threads: settings.threads).load(settings)
  }

  /// All that is wrong with what a request asks of a data set whose size is known, without opening a file: slices that
  /// cannot be read, are empty, lie beyond the end or overlap.
  package static func faults(of request: DataRequest) -> [DataError] {
    var faults: [DataError] = []
    do throws(DataError) { try checkOwnSources(request) } catch { faults.append(error) }
    guard case .builtIn(let name) = request.source, let source = BuiltInSource.named(name) else { return faults }
    if request.order == .tfds, !source.hasTFDSOrder {
      faults.append(
        DataError(
          .badSplit, .order, "TensorFlow Datasets has no `\(name)`, and so no order of it", help: "write `order: file`")
      )
    }
    return request.division == .byPlace ? faults + SplitPlan.faults(request, counts: source.counts) : faults
  }

  /// A source of its own has other samples than the one to train on.
  private static func checkOwnSources(_ request: DataRequest) throws(DataError) {
    var taken: [(DataError.Field, DataRequest.Source)] = [(.train, request.source)]
    for (role, part) in [(DataError.Field.validation, request.validation), (.test, request.test)] {
      guard case .source(let source)? = part else { continue }
      if let (earlier, _) = taken.first(where: { $0.1 == source }) {
        throw DataError(
          .overlap, role,
          "`\(role.rawValue)` takes the same files as `\(earlier == .train ? "source" : earlier.rawValue)`",
          help: "let each sample have one role, or its score says nothing about new ones")
      }
      taken.append((role, source))
    }
  }

  /// Finds the samples of each role without reading them.
  ///
  /// - Parameter threads: to look at many files with.
  package func open(_ request: DataRequest, threads: Int = 1) throws(DataError) -> OpenedData {
    try Self.checkOwnSources(request)
    let opener = SourceOpener(access: access, request: request, threads: threads)
    var data: OpenedData
    if case .builtIn(let name) = request.source {
      guard let source = BuiltInSource.named(name) else {
        let known = BuiltInSource.all.map { "`\($0.name)`" }.joined(separator: ", ")
        throw DataError(.unknownSource, .source, "there is no source `\(name)`", help: "known by name are \(known)")
      }
      data = try open(source, request, threads)
    } else {
      let opened = try opener.open(request.source)
      data = OpenedData(description: opened.description, notes: opened.notes)
      let selections = try select(opened.splits, request, threads)
      data.parts = selections.compactMap { selection in
        opened.splits[selection.split].map { OpenedData.Part(selection, $0) }
      }
      data.classSources = opened.splits.keys.sorted().compactMap { opened.splits[$0] }.map { (.source, $0.labels) }
    }
    for (role, part) in [(DataError.Field.validation, request.validation), (.test, request.test)] {
      guard case .source(let source)? = part else { continue }
      do throws(DataError) {
        let opened = try opener.open(source)
        let split = try opened.onlySplit(role)
        let all = Selection(role: role, text: role.rawValue, split: "train", records: Array(0..<split.records.count))
        data.parts.append(OpenedData.Part(all, split, ownField: role))
        data.classSources.append((role, split.labels))
        data.description += ", \(opened.description)"
        data.notes += opened.notes
      } catch {
        throw error.at(role)
      }
    }
    try data.settleClasses(request)
    return data
  }

  private func select(
    _ splits: [String: SourceSplit], _ request: DataRequest, _ threads: Int
  ) throws(DataError) -> [Selection] {
    let division = SplitDivision(request: request, counts: splits.mapValues(\.records.count))
    switch request.division {
    case .byPlace: return try division.byPlace()
    case .byClass: return try division.byClass(splits.mapValues(\.labels))
    case .byContent:
      var digests: [String: [MD5]] = [:]
      for (split, samples) in splits {
        digests[split] = try samples.records.digests(Array(0..<samples.records.count), threads: threads)
      }
      return try division.byContent(digests)
    }
  }

  // MARK: Built-in sources

  private func open(_ source: BuiltInSource, _ request: DataRequest, _ threads: Int) throws(DataError) -> OpenedData {
    if let names = request.classNames, names.count != source.classNames.count {
      throw DataError(
        .classNames, .classNames,
        "\(names.count) class names for the \(source.classNames.count) classes of `\(source.name)`",
        help: "give one name a class, or leave `class_names` out")
    }
    if let fault = Self.faults(of: request).first { throw fault }
    let loader = BuiltInLoader(access: access, systemDirectory: systemDirectory, request: request)
    var data: OpenedData
    if request.division == .byPlace {
      let selections = try SplitDivision(request: request, counts: source.counts).byPlace()
      var lack: String?
      if request.dataDirectory == nil,
        let subset = try DataSubset(of: source, beside: request.specDirectory, access)
      {
        if let missing = subset.missing(selections) {
          lack = "the subset in \(subset.directory) lacks \(missing)"
        } else {
          data = OpenedData(
            description: "\(source.title) subset in \(subset.directory) (\(subset.count.grouped) images)",
            notes: subset.notes)
          data.parts = selections.map { selection in
            OpenedData.Part(
              selection, subset.samples, records: selection.records.compactMap { subset.position(of: $0) })
          }
          data.classSources = [(.source, subset.samples.labels)]
          data.knownClasses = source.classNames
          return data
        }
      }
      let splits = source.splits.filter { split in selections.contains { $0.split == split } }
      let opened = try loader.open(source, splits, lack: lack)
      data = OpenedData(description: opened.description, notes: opened.notes)
      data.parts = selections.compactMap { selection in
        opened.splits[selection.split].map { OpenedData.Part(selection, $0) }
      }
      data.classSources = splits.compactMap { opened.splits[$0] }.map { (.source, $0.labels) }
    } else {
      let opened = try loader.open(source, source.splits, lack: nil)
      data = OpenedData(description: opened.description, notes: opened.notes)
      for selection in try select(opened.splits, request, threads) {
        if let split = opened.splits[selection.split] { data.parts.append(OpenedData.Part(selection, split)) }
      }
      data.classSources = source.splits.compactMap { opened.splits[$0] }.map { (.source, $0.labels) }
    }
    data.knownClasses = source.classNames
    return data
  }
}
