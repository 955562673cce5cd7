import CNNFiles

/// A data set that the program knows by name: its classes, how many samples it has, and how to come by it.
///
/// Nothing is downloaded.
package struct BuiltInSource: Sendable, Equatable {
  /// The form that its files have.
  enum Form: Sendable, Equatable {
    /// Four IDX files, called as MNIST's have been since 1998.
    case idx
    /// Binary files of records; label number `label` of `labelCount`.
    case cifar(train: [String], test: [String], labelCount: Int, label: Int)
    /// In the program.
    case embedded
  }

  package let name: String
  package let title: String
  /// Name of the folder, here and at Keras's and Debian's; a second one is what the download unpacks to.
  package let folder: String
  package let classNames: [String]
  /// `[H, W, C]` of a sample.
  package let shape: [Int]
  /// Samples in each split, by the split's name.
  package let counts: [String: Int]
  let form: Form
  /// What Keras downloads where that is one archive, `mnist.npz`.
  var kerasArchive: String?
  package var debianPackage: String?
  /// What to download, and from where.
  var download: String?
  /// Whether TensorFlow Datasets has it, and so an order for it.
  package var hasTFDSOrder = true

  /// Samples of all splits.
  package var count: Int { counts.values.reduce(0, +) }

  /// The splits, `train` first.
  package var splits: [String] { counts.keys.sorted { $0 == "train" || ($1 != "train" && $0 < $1) } }

  package static let all = [fashionMNIST, mnist, cifar10, cifar100, cifar100Coarse, digits]

  package static func named(_ name: String) -> BuiltInSource? { all.first { $0.name == name } }

  package static let fashionMNIST = BuiltInSource(
    name: "fashion_mnist", title: "Fashion-MNIST", folder: "fashion-mnist",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ],
    shape: [28, 28, 1], counts: ["train": 60_000, "test": 10_000], form: .idx, debianPackage: "dataset-fashion-mnist")

  package static let mnist = BuiltInSource(
    name: "mnist", title: "MNIST", folder: "mnist", classNames: (0...9).map(String.init),
    shape: [28, 28, 1], counts: ["train": 60_000, "test": 10_000], form: .idx, kerasArchive: "mnist.npz",
    download: "the four files of MNIST, or Keras's `mnist.npz`")

  package static let cifar10 = BuiltInSource(
    name: "cifar10", title: "CIFAR-10", folder: "cifar-10-batches-bin",
    classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    shape: [32, 32, 3], counts: ["train": 50_000, "test": 10_000],
    form: .cifar(
      train: (1...5).map { "data_batch_\($0).bin" }, test: ["test_batch.bin"], labelCount: 1, label: 0),
    download:
      "`cifar-10-binary.tar.gz` from https://www.cs.toronto.edu/~kriz/cifar.html, and unpack it (Keras keeps the Python version, which is not read)"
  )

  package static let cifar100 = cifar100(
    name: "cifar100", title: "CIFAR-100", label: 1, classNames: CIFAR100Names.fine)

  /// The same images with the labels of the twenty groups.
  package static let cifar100Coarse = cifar100(
    name: "cifar100_coarse", title: "CIFAR-100 (coarse labels)", label: 0, classNames: CIFAR100Names.coarse)

  private static func cifar100(name: String, title: String, label: Int, classNames: [String]) -> BuiltInSource {
    BuiltInSource(
      name: name, title: title, folder: "cifar-100-binary", classNames: classNames, shape: [32, 32, 3],
      counts: ["train": 50_000, "test": 10_000],
      form: .cifar(train: ["train.bin"], test: ["test.bin"], labelCount: 2, label: label),
      download:
        "`cifar-100-binary.tar.gz` from https://www.cs.toronto.edu/~kriz/cifar.html, and unpack it (Keras keeps the Python version, which is not read)"
    )
  }

  package static let digits = BuiltInSource(
    name: "digits", title: "Handwritten digits", folder: "digits", classNames: (0...9).map(String.init),
    shape: [8, 8, 1], counts: ["train": 1797], form: .embedded, hasTFDSOrder: false)

  /// How to get the full set.
  package var remedy: String {
    let files: String =
      switch form {
      case .idx: "`train-images-idx3-ubyte.gz` and the rest"
      case .cifar(let train, _, _, _): "`\(train[0])` and the rest"
      case .embedded: ""
      }
    let manual = "name the folder that holds \(files) with --data-dir"
    if let debianPackage { return "run .ci/setup or `apt-get install \(debianPackage)`, or \(manual)" }
    return (download.map { "download \($0); then " } ?? "") + manual
  }
}

extension BuiltInSource {
  /// The folders to look in, best first.
  ///
  /// A spec cannot change them: they are what the person says (`--data-dir`, then the environment variable
  /// `CNNRUN_DATA_DIR`), where Keras keeps its downloads, and where Debian's packages put data sets. One that the
  /// person named leaves no other: a typing error there must not silently lead to other data.
  package func directories(for request: DataRequest, systemDirectory: String) -> [String] {
    if let directory = request.dataDirectory { return [directory, Path.join(directory, folder)] }
    var directories: [String] = []
    if let directory = request.environment["CNNRUN_DATA_DIR"], !directory.isEmpty {
      directories += [directory, Path.join(directory, folder)]
    }
    if let home = request.environment["HOME"], !home.isEmpty {
      directories.append(Path.join(home, ".keras/datasets/\(folder)"))
      if kerasArchive != nil { directories.append(Path.join(home, ".keras/datasets")) }
    }
    directories.append(Path.join(systemDirectory, folder))
    return directories
  }
}
