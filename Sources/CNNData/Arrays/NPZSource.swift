internal import CNNDiagnostics

/// The splits of an NPZ archive, found by the names of its arrays.
enum NPZSource {
  /// What each split's images and labels are called: as in Keras's `mnist.npz`, alone, and with the words the other way
  /// round.
  private static let names: [(split: String, images: String, labels: String)] =
    [("train", "train"), ("validation", "val"), ("validation", "validation"), ("test", "test")].flatMap { split, word in
      [(split, "x_\(word)", "y_\(word)"), (split, "\(word)_images", "\(word)_labels")]
    } + [("train", "x", "y"), ("train", "images", "labels")]

  /// - Parameters:
  ///   - images: name of the array of images, where the spec gives it; `labels` likewise.
  ///   - inputShape: what a flat sample is, if it has as many values.
  static func open(
    _ bytes: RandomBytes, images: String?, labels: String?, inputShape: [Int]?,
    target: DataRequest.Target = .classes(nil)
  ) throws(DataError) -> [String: SourceSplit] {
    let archive = try ZIPArchive(bytes)
    let members = Dictionary(
      archive.members.map { (key(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    var splits: [String: SourceSplit] = [:]
    let wanted = images == nil && labels == nil ? names : [("train", images ?? "x", labels ?? "y")]
    for (split, images, labels) in wanted where splits[split] == nil {
      guard let imageMember = members[images] else { continue }
      guard let labelMember = members[labels] else {
        throw missing(
          labels, archive,
          "`\(images)` needs labels: call them `\(labels)`, or name both arrays: "
            + "`npz: {path: F, images: \(images), labels: NAME}`")
      }
      let records = try ArrayRecords(try NPYArray(imageMember, of: archive), inputShape: inputShape)
      splits[split] = try SourceSplit(records, try SampleLabels(try NPYArray(labelMember, of: archive), for: target))
    }
    if splits.isEmpty {
      throw missing(
        images ?? "x_train", archive,
        "call the arrays `x_train` and `y_train`, or name them: `npz: {path: F, images: NAME, labels: NAME}`")
    }
    return splits
  }

  private static func key(of member: ZIPArchive.Member) -> String {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
  }

  private static func missing(_ name: String, _ archive: ZIPArchive, _ help: String) -> DataError {
    DataError(
      .badArchive, .source,
      "'\(archive.bytes.path)' has no array `\(name)`; it has "
        + (archive.members.isEmpty ? "none" : SampleLabels.list(archive.members.map(key))),
      help: help)
  }
}

extension SourceSplit {
  /// Images and labels that are equally many.
  convenience init(_ records: ArrayRecords, _ labels: SampleLabels) throws(DataError) {
    if records.count != labels.values.count {
      throw DataError(
        .countMismatch, .source,
        "'\(records.path)' holds \(records.count.grouped) images, and '\(labels.path)' \(labels.values.count.grouped) labels",
        help: "take both from the same set")
    }
    self.init(records: records, labels: labels)
  }
}
