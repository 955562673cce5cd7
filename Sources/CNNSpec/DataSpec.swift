package import CNNDiagnostics
package import CNNYAML

/// The section `data`: where samples come from, and which play which part.
package struct DataSpec: Sendable {
  package enum Source: Sendable, Equatable {
    case builtIn(BuiltInData)
    case idx(images: String, labels: String)
    case imageFolder(String)
    case csv(path: String, label: String)
    case npz(String)
  }

  package enum Order: String, Sendable, CaseIterable {
    /// As stored.
    case file
    /// As TensorFlow Datasets serves the same split.
    case tfds
  }

  /// Slices as they are written; who knows the data's size reads them.
  package struct Split: Sendable, Equatable {
    package enum Validation: Sendable, Equatable {
      case slice(String)
      /// The last part of the training samples, as the decimal that is written: `0.2`.
      case fraction(String)
    }

    /// `nil` for all of `train`.
    package var train: Located<String>?
    package var validation: Located<Validation>?
    package var test: Located<String>?
  }

  package var source: Located<Source>
  package var order: Order
  package var split: Split
  /// Factor on every value; `nil` for none.
  package var rescale: Located<Double>?
  package var classNames: Located<[String]>?
  package var keySpan: SourceSpan

  /// How many classes there are, as far as the spec alone says.
  package var classCount: Int? {
    if let classNames { return classNames.value.count }
    if case .builtIn(let data) = source.value { return data.classCount }
    return nil
  }
}

/// Data sets that the program knows by name.
package enum BuiltInData: String, Sendable, CaseIterable {
  case fashionMNIST = "fashion_mnist"
  case mnist, cifar10, cifar100, digits

  package var classCount: Int { self == .cifar100 ? 100 : 10 }

  /// Height, width, channels of a sample.
  package var extents: [Int] {
    switch self {
    case .fashionMNIST, .mnist: [28, 28, 1]
    case .cifar10, .cifar100: [32, 32, 3]
    case .digits: [8, 8, 1]
    }
  }
}
