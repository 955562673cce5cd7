package import CNNBuiltIn
package import CNNDiagnostics
package import CNNYAML

/// The section `data`: where samples come from, and which play which part.
package struct DataSpec: Sendable {
  package enum Source: Sendable, Equatable {
    case builtIn(BuiltInData)
    case idx(images: String, labels: String)
    case npy(images: String, labels: String)
    case npz(NPZSource)
    case csv(CSVSource)
    case imageFolder(String)
  }

  /// An archive of arrays, with their names where they are not the usual ones.
  package struct NPZSource: Sendable, Equatable {
    package var path: String
    package var images: String?
    package var labels: String?

    package init(path: String, images: String? = nil, labels: String? = nil) {
      self.path = path
      self.images = images
      self.labels = labels
    }
  }

  package struct CSVSource: Sendable, Equatable {
    package var path: String
    /// Names of the columns of labels, of which only values can have several; numbers from 0 where there is no header.
    package var labels: [String]
    /// The column of image files; `nil` if the other columns are the pixels.
    package var image: String?
    package var hasHeader: Bool

    package init(path: String, labels: [String], image: String? = nil, hasHeader: Bool = true) {
      self.path = path
      self.labels = labels
      self.image = image
      self.hasHeader = hasHeader
    }
  }

  package enum Order: String, Sendable, CaseIterable {
    /// As stored.
    case file
    /// As TensorFlow Datasets serves the same split.
    case tfds
  }

  package enum ColorMode: String, Sendable, CaseIterable {
    case rgb, grayscale

    package var channels: Int { self == .rgb ? 3 : 1 }
  }

  /// Slices as they are written; who knows the data's size reads them.
  package struct Split: Sendable, Equatable {
    package enum Part: Sendable, Equatable {
      case slice(String)
      /// The last part of the training samples, as the decimal that is written: `0.2`.
      case fraction(String)
      /// All samples of files of its own.
      case source(Source)
    }

    /// `nil` for all of `train`.
    package var train: Located<String>?
    package var validation: Located<Part>?
    package var test: Located<Part>?
    /// Whether shares are taken of every class for itself.
    package var stratifies = false
    /// Whether what a sample holds decides on which side it is.
    package var hashes = false
    /// The key that says so, or the default's place.
    package var divisionSpan: SourceSpan?
  }

  package var source: Located<Source>
  package var order: Located<Order>
  package var split: Split
  /// Factor on every value; `nil` for none.
  package var rescale: Located<Double>?
  package var classNames: Located<[String]>?
  /// Rows and columns that image files are brought to, and their channels.
  package var imageSize: Located<IntegerPair>
  package var colorMode: Located<ColorMode>
  package var keySpan: SourceSpan

  /// How many classes there are, as far as the spec alone says.
  package var classCount: Int? { source.value.builtIn?.classCount ?? classNames?.value.count }

  /// Height, width, channels of a sample, as far as the spec alone says.
  package var extents: [Int]? {
    Self.extents(of: source.value, size: imageSize.value, mode: colorMode.value)
  }

  /// The same of a section that may have faults.
  static func extents(of source: Source, size: IntegerPair?, mode: ColorMode?) -> [Int]? {
    if let data = source.builtIn { return data.extents }
    guard source.hasImageFiles, let size, let mode else { return nil }
    return [size.rows, size.columns, mode.channels]
  }
}

extension DataSpec.Source {
  package var builtIn: BuiltInData? {
    if case .builtIn(let data) = self { return data }
    return nil
  }

  /// Whether its samples are image files, which have a size and channels only once they are told.
  package var hasImageFiles: Bool {
    switch self {
    case .imageFolder: true
    case .csv(let csv): csv.image != nil
    default: false
    }
  }

  /// What the source is called in a spec.
  package var word: String {
    switch self {
    case .builtIn(let data): data.rawValue
    case .idx: "idx"
    case .npy: "npy"
    case .npz: "npz"
    case .csv: "csv"
    case .imageFolder: "image_folder"
    }
  }
}
