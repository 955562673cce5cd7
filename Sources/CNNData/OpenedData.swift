internal import CNNDiagnostics
import CNNSession

/// Samples that were found and divided among the roles, of which none has been read.
package struct OpenedData: Sendable {
  /// The samples of one role.
  struct Part: Sendable {
    var role: DataError.Field
    /// As the spec says it: a slice, or what a fraction comes to.
    let text: String
    let samples: SourceSplit
    /// Records of `samples`, in the order in which they are served.
    let records: [Int]
    /// What the samples are called in reports: their places in the source.
    let sourceIndices: [Int]
    /// The key that names its files.
    let ownField: DataError.Field
    /// A class a sample, once the classes are settled.
    var labels: [Int32] = []
    /// Where labels are no classes: the values aimed at, row after row.
    var targets: [Float] = []

    init(
      _ selection: Selection, _ samples: SourceSplit, records: [Int]? = nil, ownField: DataError.Field = .source
    ) {
      self.ownField = ownField
      role = selection.role
      text = selection.text
      self.samples = samples
      self.records = records ?? selection.records
      sourceIndices = selection.records
    }

    var byteCount: Int { records.count * samples.records.sampleByteCount }
  }

  var parts: [Part] = []
  /// Everything that labels were read from, also of samples that nobody asked for, with the key that named it.
  var classSources: [(role: DataError.Field, labels: SampleLabels)] = []
  /// Of a source that the program knows.
  var knownClasses: [String]?
  package private(set) var classNames: [String] = []
  /// Where the data was found.
  package internal(set) var description: String
  /// What is odd and does no harm.
  package internal(set) var notes: [String]

  init(description: String, notes: [String]) {
    self.description = description
    self.notes = notes
  }

  /// Whether the labels are values that a model is brought near, and no classes.
  package var areValues: Bool { parts.contains { !$0.targets.isEmpty } }

  // MARK: Classes

  /// Finds out what the classes are, and gives each sample its index among them.
  mutating func settleClasses(_ request: DataRequest) throws(DataError) {
    if let names = request.classNames, names.isEmpty {
      throw DataError(.classNames, .classNames, "no class has a name", help: "give one name a class")
    }
    if case .values(let outputs, _) = request.target, classSources.contains(where: { !$0.labels.areClasses }) {
      return try settleValues(outputs, request)
    }
    let given = request.classNames ?? knownClasses
    if let own = classSources.first(where: { $0.role == .source })?.labels.names {
      classNames = given ?? own
      if let given {
        try Self.checkSame(given, own, classSources[0].labels.path, allowsAbsent: request.allowsAbsentClasses)
      }
    } else {
      classNames = given ?? []
    }
    for (role, labels) in classSources {
      do throws(DataError) {
        try labels.check(
          classCount: classNames.isEmpty ? nil : classNames.count, outputs: request.target.classCount,
          isKnownSet: knownClasses != nil && role == .source)
      } catch {
        throw error.at(role)
      }
    }
    if classNames.isEmpty {
      classNames = (0..<(classSources.map(\.labels.bound).max() ?? 0)).map(String.init)
    }
    for index in parts.indices {
      let all: [Int32]
      do throws(DataError) {
        all = try parts[index].samples.labels.indices(in: classNames)
      } catch {
        throw error.at(parts[index].role == .train ? .source : parts[index].role)
      }
      parts[index].labels = parts[index].records.map { all[$0] }
    }
    noteUnseenClasses()
  }

  /// Labels that are values: each sample gets those that the model is to be brought near.
  private mutating func settleValues(_ outputs: Int, _ request: DataRequest) throws(DataError) {
    guard let values = classSources.first(where: { !$0.labels.areClasses })?.labels else { return }
    if request.classNames != nil, !request.allowsAbsentClasses {
      throw DataError(
        .classNames, .classNames, "`class_names` names classes, and '\(values.path)' holds values that are none",
        help: "leave `class_names` out: the model learns the values themselves")
    }
    for (role, labels) in classSources {
      let width = labels.areClasses && labels.width > 1 ? labels.width : labels.areClasses ? outputs : labels.width
      if labels.names != nil {
        throw DataError(
          .labelOutOfRange, role,
          "'\(labels.path)' has names for labels, and '\(values.path)' has values", help: "give all samples values")
      }
      guard width == outputs else {
        throw DataError(
          .countMismatch, role,
          "'\(labels.path)' has \(width == 1 ? "one value" : "\(width) values") a sample to aim at, and the model gives "
            + (outputs == 1 ? "one" : "\(outputs)"),
          help:
            "give the last layer \(width) \(width == 1 ? "unit" : "units"), or each sample as many values as there are units"
        )
      }
    }
    classNames = []
    for index in parts.indices {
      parts[index].labels = [Int32](repeating: 0, count: parts[index].records.count)
      parts[index].targets = parts[index].samples.labels.targets(of: parts[index].records, width: outputs)
    }
  }

  /// Names that the spec gives for classes that have names: the same, in an order of choice.
  private static func checkSame(
    _ given: [String], _ own: [String], _ path: String, allowsAbsent: Bool
  ) throws(DataError) {
    let (wanted, found) = (Set(given), Set(own))
    if wanted == found { return }
    if allowsAbsent {
      let unknown = own.filter { name in
        !wanted.contains(name) && !given.contains { SampleLabels.isFolder(name, of: $0) }
      }
      if unknown.isEmpty { return }
      throw DataError(
        .classNames, .source,
        "'\(path)' has the \(unknown.count == 1 ? "class" : "classes") \(SampleLabels.list(unknown)), which the model "
          + "does not know",
        help: "it knows \(SampleLabels.list(given)); call the folders like these, with `_` for a `/`")
    }
    let missing = given.filter { !found.contains($0) }
    let unnamed = own.filter { !wanted.contains($0) }
    throw DataError(
      .classNames, .classNames,
      "'\(path)' has the classes \(SampleLabels.list(own))"
        + (missing.isEmpty ? "" : ", and not \(SampleLabels.list(missing))")
        + (unnamed.isEmpty ? "" : "; `class_names` leaves out \(SampleLabels.list(unnamed))"),
      help: "name the same classes, in the order you want them, or leave `class_names` out")
  }

  /// A class that is only measured is one that nothing was learned of.
  private mutating func noteUnseenClasses() {
    guard let train = parts.first(where: { $0.role == .train }) else { return }
    let seen = Set(train.labels)
    for part in parts where part.role != .train {
      let unseen = Set(part.labels).subtracting(seen).sorted()
      guard let first = unseen.first else { continue }
      let count = part.labels.count { !seen.contains($0) }
      let others = unseen.count > 1 ? " and \(unseen.count - 1) more" : ""
      notes.append(
        "no training sample is of class `\(classNames[Int(first)])`\(others), and \(count.grouped) of "
          + "\(part.role.rawValue) \(count == 1 ? "is" : "are"): `split: {stratify: true}` shares out every class")
    }
  }

  // MARK: Reading

  /// The samples of one role alone, as those of `train`; `nil` if there are none.
  package func only(_ role: DataError.Field) -> OpenedData? {
    guard var part = parts.first(where: { $0.role == role }) else { return nil }
    part.role = .train
    var data = self
    data.parts = [part]
    return data
  }

  /// Bytes that all samples take in memory.
  package var byteCount: Int {
    parts.reduce(0) { $0.addingReportingOverflow($1.byteCount).partialValue }
  }

  /// The samples of each role: in memory if all of them fit `settings.memoryLimit`, else streamed.
  ///
  /// What can only be read from its beginning to its end is kept in memory in any case, if it fits.
  package func load(_ settings: LoadSettings) throws(DataError) -> LoadedData {
    let streams = byteCount > settings.memoryLimit
    if streams { try checkFits(settings) }
    var datasets: [DataError.Field: Dataset] = [:]
    // The parts of one file are read in one pass over it.
    for indices in groups {
      let group = indices.map { parts[$0] }
      let records = group[0].samples.records
      let storages: [Dataset.Storage]
      if streams, records.isSequentialSince == nil {
        storages = group.map { part in
          .streamed(
            SampleRing(
              records, part.records, labels: part.labels, targets: part.targets, batchSize: settings.batchSize,
              threads: settings.threads))
        }
      } else {
        do throws(DataError) {
          storages = try records.gather(group.map(\.records), threads: settings.threads)
        } catch {
          throw group[0].ownError(error)
        }
      }
      for (part, storage) in zip(group, storages) { datasets[part.role] = dataset(part, storage) }
    }
    guard let train = datasets[.train] else { preconditionFailure("every plan has a training part") }
    let size = Self.sizeText(byteCount)
    return LoadedData(
      train: train, validation: datasets[.validation], test: datasets[.test],
      description: description + (streams ? ", streamed, as \(size) exceed the memory for samples" : ""), notes: notes)
  }

  private func dataset(_ part: Part, _ storage: Dataset.Storage) -> Dataset {
    let records = part.samples.records
    let names: (@Sendable (Int) -> String)? = records.isNamed ? { @Sendable in records.name(of: $0) } : nil
    return Dataset(
      sampleShape: records.shape, storage: storage, labels: part.labels, targets: part.targets, classNames: classNames,
      sourceIndices: part.sourceIndices, sourceNames: names)
  }

  /// Parts that are of the same file, by the place of the first.
  private var groups: [[Int]] {
    var groups: [[Int]] = []
    for index in parts.indices {
      if let place = groups.firstIndex(where: { parts[$0[0]].samples === parts[index].samples }) {
        groups[place].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  /// Refuses what has to be in memory and does not fit.
  private func checkFits(_ settings: LoadSettings) throws(DataError) {
    let kept = parts.filter { $0.samples.records.isSequentialSince != nil }
    let needed = kept.reduce(0) { $0.addingReportingOverflow($1.byteCount).partialValue }
    if needed > settings.memoryLimit, let part = kept.first, let reason = part.samples.records.isSequentialSince {
      throw DataError(
        .tooLarge, part.ownField,
        "the samples take \(Self.sizeText(needed)) of memory, and \(Self.sizeText(settings.memoryLimit)) may be used; "
          + "they cannot be streamed, since \(reason)",
        help: part.samples.records.isUnpackable
          ? "unpack the file (`gunzip`, or `numpy.savez` in place of `savez_compressed`), or take fewer samples"
          : "allow more (`CNNRUN_DATA_MEMORY`), or take fewer samples")
    }
    let rings = parts.filter { $0.samples.records.isSequentialSince == nil }.reduce(needed) { sum, part in
      let ring = SampleRing.byteCount(part.samples.records, batchSize: min(settings.batchSize, part.records.count))
      return sum > Int.max - ring ? Int.max : sum + ring
    }
    guard rings <= settings.memoryLimit else {
      throw DataError(
        .tooLarge, .source,
        "the batches in preparation take \(Self.sizeText(rings)) of memory, and "
          + "\(Self.sizeText(settings.memoryLimit)) may be used",
        help: "a smaller `batch_size` needs less")
    }
  }

  private static func sizeText(_ byteCount: Int) -> String {
    if byteCount < 1024 { return "\(byteCount) \(byteCount == 1 ? "byte" : "bytes")" }
    var size = Double(byteCount) / 1024
    var units = ["KiB", "MiB", "GiB", "TiB", "PiB"][...]
    while size >= 1024, units.count > 1 {
      size /= 1024
      units.removeFirst()
    }
    return "\((size * 10).rounded() / 10) \(units.first ?? "")"
  }
}

extension OpenedData.Part {
  /// An error of its files, at the key that names them.
  func ownError(_ error: DataError) -> DataError { error.at(ownField) }
}
