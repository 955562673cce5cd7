internal import CNNDiagnostics

/// Samples ready to be gathered into batches by index: held in memory, or fetched while training goes on.
///
/// Pixels stay in the form they were stored in (bytes stay bytes, a quarter of the memory of
/// floats); they become `Float` only when a batch is gathered, unscaled: 0…255 stays 0…255 unless
/// the spec rescales.
package struct Dataset: Sendable {
  /// Where the values of the samples are kept, sample after sample, each row-major `[H, W, C]`.
  package enum Storage: Sendable {
    case bytes([UInt8])
    case floats([Float])
    /// Not in memory: read batch by batch.
    case streamed(any SampleStream)
  }

  /// Extents of one sample, without the batch: `[H, W, C]`.
  package let sampleShape: [Int]
  package let storage: Storage
  /// One class index a sample, in `0 ..< classNames.count`.
  package let labels: [Int32]
  /// Values that a regression aims at, row after row; empty where labels are classes.
  package let targets: [Float]
  package let classNames: [String]
  /// What the samples are called in reports: their indices in the source they were taken from.
  package let sourceIndices: [Int]
  /// What the samples of a source are called, by their indices there, where they have names: those of files.
  package let sourceNames: (@Sendable (Int) -> String)?

  package var count: Int { labels.count }
  package var isStreamed: Bool {
    if case .streamed = storage { return true }
    return false
  }
  package var elementsPerSample: Int { sampleShape.reduce(1, *) }

  /// - Precondition: `storage` holds exactly `labels.count` samples; the readers prove it first.
  package init(
    sampleShape: [Int], storage: Storage, labels: [Int32], targets: [Float] = [], classNames: [String],
    sourceIndices: [Int], sourceNames: (@Sendable (Int) -> String)? = nil
  ) {
    let elements: Int? =
      switch storage {
      case .bytes(let bytes): bytes.count
      case .floats(let floats): floats.count
      case .streamed: nil
      }
    precondition(
      elements == nil || elements == labels.count * sampleShape.reduce(1, *),
      "\(elements ?? 0) values for \(labels.count) samples of shape \(sampleShape)")
    precondition(sourceIndices.count == labels.count, "one source index a sample")
    self.sampleShape = sampleShape
    self.storage = storage
    self.labels = labels
    self.targets = targets
    self.classNames = classNames
    self.sourceIndices = sourceIndices
    self.sourceNames = sourceNames
  }

  /// How a report calls sample `index` of this data set: `images/cat/7.png`, or `sample 16,399` of its source.
  package func name(of index: Int) -> String {
    let source = sourceIndices[index]
    return sourceNames?(source) ?? "sample \(source.grouped)"
  }
}
