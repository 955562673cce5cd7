/// Data sets that the program knows by name.
package enum BuiltInData: String, Sendable, CaseIterable {
  case fashionMNIST = "fashion_mnist"
  case mnist, cifar10, cifar100, digits
  /// `{cifar100: {label_mode: coarse}}`
  case cifar100Coarse = "cifar100_coarse"

  /// Those that a word alone names.
  package static let named: [BuiltInData] = [.fashionMNIST, .mnist, .cifar10, .cifar100, .digits]

  package var classCount: Int {
    switch self {
    case .cifar100: 100
    case .cifar100Coarse: 20
    default: 10
    }
  }

  /// Height, width, channels of a sample.
  package var extents: [Int] {
    switch self {
    case .fashionMNIST, .mnist: [28, 28, 1]
    case .cifar10, .cifar100, .cifar100Coarse: [32, 32, 3]
    case .digits: [8, 8, 1]
    }
  }

  /// Samples in each split as published, by the split's name.
  package var counts: [String: Int] {
    switch self {
    case .fashionMNIST, .mnist: ["train": 60_000, "test": 10_000]
    case .cifar10, .cifar100, .cifar100Coarse: ["train": 50_000, "test": 10_000]
    case .digits: ["train": 1_797]
    }
  }

  /// The largest value of a pixel.
  package var largestValue: Int { self == .digits ? 16 : 255 }

  /// Whether TensorFlow Datasets has it, and so an order for it.
  package var hasTFDSOrder: Bool { self != .digits }
}
