import CNNSession

/// What the `data` section of a spec asks for, with where the spec is and what the command adds.
///
/// Texts are as they were written; `DataLoader` reads them, so that the spec's own module need not
/// know of slices.
package struct DataRequest: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    /// A data set that the program knows: `fashion_mnist`, `mnist`.
    case builtIn(String)
    // Paths that the spec holds. Each is one split, `train`, but for archives, whose arrays' names say.
    case idx(images: String, labels: String)
    case npy(images: String, labels: String)
    /// - Parameters:
    ///   - images: name of the array; `nil` for the names that are usual. `labels` likewise.
    case npz(path: String, images: String?, labels: String?)
    case csv(CSVRequest)
    case imageFolder(String)
  }

  package enum Order: String, Sendable, CaseIterable {
    /// As the samples are stored.
    case file
    /// As TensorFlow Datasets serves them.
    case tfds
  }

  /// The samples of one role beside training.
  package enum Part: Sendable, Equatable {
    case slice(String)
    /// The last part of the training samples, by a decimal such as `0.2`.
    case fraction(String)
    /// All samples of a source of its own.
    case source(Source)
  }

  /// What decides which samples a fraction or a percentage takes.
  package enum Division: Sendable, Equatable {
    /// Their places in the order.
    case byPlace
    /// Their places among those of their class.
    case byClass
    /// What they hold: a sample stays on its side whatever is added or removed, and twins stay together.
    case byContent
  }

  /// What the labels are for, as far as the model and its loss say.
  package enum Target: Sendable, Equatable {
    /// Classes: as many as the model's outputs tell apart, where that is known.
    case classes(Int?)
    /// Values that the model's outputs, so many, are brought near; classes where the labels can be taken for such, which
    /// whole numbers of one column cannot where there are more than `mostClasses` of them.
    case values(Int, mostClasses: Int = Self.mostClasses)

    /// Largest number of classes; a limit on what a file can make the program hold.
    package static let mostClasses = 65_536
  }

  package var source: Source
  package var target = Target.classes(nil)
  package var order: Order
  /// `nil` for all of `train`.
  package var train: String?
  package var validation: Part?
  package var test: Part?
  package var division = Division.byPlace
  /// Names to use in place of the source's own, one a class; of classes with names, their order.
  package var classNames: [String]?
  /// Whether the source may lack samples of some of `classNames`, as one to be measured on may.
  package var allowsAbsentClasses = false
  /// What image files become.
  package var imageSize = PixelSize(height: 256, width: 256)
  package var colorMode = ColorMode.rgb
  /// What the model takes, `[H, W, C]`: the shape of samples that are stored flat.
  package var inputShape: [Int]?
  package var specDirectory: String
  /// Where the person said that the data is.
  package var dataDirectory: String?
  package var environment: [String: String]

  package init(
    source: Source, order: Order = .file, train: String? = nil, validation: Part? = nil,
    test: Part? = nil, classNames: [String]? = nil, specDirectory: String, dataDirectory: String? = nil,
    environment: [String: String] = [:]
  ) {
    self.source = source
    self.order = order
    self.train = train
    self.validation = validation
    self.test = test
    self.classNames = classNames
    self.specDirectory = specDirectory
    self.dataDirectory = dataDirectory
    self.environment = environment
  }
}

/// How samples are to be kept: what the machine and the training decide.
package struct LoadSettings: Sendable, Equatable {
  /// Bytes that samples may take in memory; more than that is streamed.
  package var memoryLimit: Int
  /// Samples of a training step.
  package var batchSize: Int
  package var threads: Int

  package init(memoryLimit: Int = .max, batchSize: Int = 32, threads: Int = 1) {
    self.memoryLimit = memoryLimit
    self.batchSize = batchSize
    self.threads = threads
  }
}

/// The samples of each role, in the order asked for, and where they are from.
package struct LoadedData: Sendable {
  package let train: Dataset
  package let validation: Dataset?
  package let test: Dataset?
  /// Where the data was found: `Fashion-MNIST subset in Specs/fashion-mnist-subset (2,000 images)`.
  package let description: String
  /// What is odd and does no harm, as a plain file named `.gz`.
  package let notes: [String]
}
