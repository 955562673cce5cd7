import CNNFiles

/// A data set that the program knows by name, and the folders that it is looked for in.
///
/// A spec cannot change those folders: they are what the person says (`--data-dir`, then the
/// environment variable `CNNRUN_DATA_DIR`), where Keras keeps its downloads, and where Debian's
/// packages put data sets. Nothing is downloaded.
package struct BuiltInSource: Sendable, Equatable {
  package let name: String
  package let title: String
  /// Name of the folder, here and at Keras's and Debian's.
  package let folder: String
  package let classNames: [String]
  /// Samples in each split, by the split's name.
  package let counts: [String: Int]
  package let debianPackage: String?

  package static let fashionMNIST = BuiltInSource(
    name: "fashion_mnist", title: "Fashion-MNIST", folder: "fashion-mnist",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ],
    counts: ["train": 60_000, "test": 10_000], debianPackage: "dataset-fashion-mnist")

  package static let mnist = BuiltInSource(
    name: "mnist", title: "MNIST", folder: "mnist", classNames: (0...9).map(String.init),
    counts: ["train": 60_000, "test": 10_000], debianPackage: nil)

  package static let all = [fashionMNIST, mnist]

  /// Images and labels of a split, as the files have been called since 1998.
  static func fileNames(split: String) -> (images: String, labels: String) {
    let stem = split == "test" ? "t10k" : split
    return ("\(stem)-images-idx3-ubyte", "\(stem)-labels-idx1-ubyte")
  }

  /// The folders to look in, best first. One that the person named leaves no other: a typing error
  /// there must not silently lead to other data.
  func directories(for request: DataRequest, systemDirectory: String) -> [String] {
    if let directory = request.dataDirectory { return [directory, Path.join(directory, folder)] }
    var directories: [String] = []
    if let directory = request.environment["CNNRUN_DATA_DIR"], !directory.isEmpty {
      directories += [directory, Path.join(directory, folder)]
    }
    if let home = request.environment["HOME"], !home.isEmpty {
      directories.append(Path.join(home, ".keras/datasets/\(folder)"))
    }
    directories.append(Path.join(systemDirectory, folder))
    return directories
  }

  /// How to get the full set.
  var remedy: String {
    let manual = "name the folder that holds `train-images-idx3-ubyte.gz` and the rest with --data-dir"
    return debianPackage.map { "run .ci/setup or `apt-get install \($0)`, or \(manual)" } ?? manual
  }
}
