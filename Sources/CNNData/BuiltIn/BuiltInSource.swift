internal import CNNBuiltIn
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
    .fashionMNIST, title: "Fashion-MNIST", folder: "fashion-mnist", form: .idx,
    debianPackage: "dataset-fashion-mnist")

  package static let mnist = BuiltInSource(
    .mnist, title: "MNIST", folder: "mnist", form: .idx, kerasArchive: "mnist.npz",
    download: "the four files of MNIST, or Keras's `mnist.npz`")

  package static let cifar10 = BuiltInSource(
    .cifar10, title: "CIFAR-10", folder: "cifar-10-batches-bin",
    form: .cifar(
      train: (1...5).map { "data_batch_\($0).bin" }, test: ["test_batch.bin"], labelCount: 1, label: 0),
    download: cifarDownload("cifar-10-binary.tar.gz"))

  package static let cifar100 = cifar100(.cifar100, title: "CIFAR-100", label: 1)

  /// The same images with the labels of the twenty groups.
  package static let cifar100Coarse = cifar100(.cifar100Coarse, title: "CIFAR-100 (coarse labels)", label: 0)

  private static func cifar100(_ data: BuiltInData, title: String, label: Int) -> BuiltInSource {
    BuiltInSource(
      data, title: title, folder: "cifar-100-binary",
      form: .cifar(train: ["train.bin"], test: ["test.bin"], labelCount: 2, label: label),
      download: cifarDownload("cifar-100-binary.tar.gz"))
  }

  private static func cifarDownload(_ archive: String) -> String {
    "`\(archive)` from https://www.cs.toronto.edu/~kriz/cifar.html, and unpack it (Keras keeps the Python version, which "
      + "is not read)"
  }

  package static let digits = BuiltInSource(
    .digits, title: "Handwritten digits", folder: "digits", form: .embedded)

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
  /// What the spec language knows of a set, and where its files come from.
  private init(
    _ data: BuiltInData, title: String, folder: String, form: Form, kerasArchive: String? = nil,
    debianPackage: String? = nil, download: String? = nil
  ) {
    self.init(
      name: data.rawValue, title: title, folder: folder, classNames: data.classNames, shape: data.extents,
      counts: data.counts, form: form, kerasArchive: kerasArchive, debianPackage: debianPackage, download: download,
      hasTFDSOrder: data.hasTFDSOrder)
  }

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
