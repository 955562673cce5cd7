import CNNSession

/// What the `data` section of a spec asks for, with where the spec is and what the command adds.
///
/// Texts are as they were written; `DataLoader` reads them, so that the spec's own module need not
/// know of slices.
package struct DataRequest: Sendable, Equatable {
  package enum Source: Sendable, Equatable {
    /// A data set that the program knows: `fashion_mnist`, `mnist`.
    case builtIn(String)
    /// A pair of IDX files at paths that the spec holds. They are one split, `train`.
    case idx(images: String, labels: String)
  }

  package enum Order: String, Sendable, CaseIterable {
    /// As the samples are stored.
    case file
    /// As TensorFlow Datasets serves them.
    case tfds
  }

  package enum Validation: Sendable, Equatable {
    case slice(String)
    /// The last part of the training samples, by a decimal such as `0.2`.
    case fraction(String)
  }

  package var source: Source
  package var order: Order
  /// `nil` for all of `train`.
  package var train: String?
  package var validation: Validation?
  package var test: String?
  /// Names to use in place of the source's own, one a class.
  package var classNames: [String]?
  package var specDirectory: String
  /// Where the person said that the data is.
  package var dataDirectory: String?
  package var environment: [String: String]

  package init(
    source: Source, order: Order = .file, train: String? = nil, validation: Validation? = nil,
    test: String? = nil, classNames: [String]? = nil, specDirectory: String, dataDirectory: String? = nil,
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
