import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("loading what a spec asks for")
struct LoaderTests {
  let scratch: Scratch
  let specs = "\(packageRoot)/Specs"

  init() throws { scratch = try Scratch() }

  func request(
    _ source: DataRequest.Source = .builtIn("fashion_mnist"), _ order: DataRequest.Order = .tfds,
    train: String? = "train[:1000]", validation: DataRequest.Part? = .slice("train[1000:2000]"),
    test: DataRequest.Part? = nil, classNames: [String]? = nil, specDirectory: String? = nil,
    dataDirectory: String? = nil,
    environment: [String: String] = [:]
  ) -> DataRequest {
    DataRequest(
      source: source, order: order, train: train, validation: validation, test: test, classNames: classNames,
      specDirectory: specDirectory ?? specs, dataDirectory: dataDirectory, environment: environment)
  }

  /// A loader for which nothing is installed.
  var bare: DataLoader { DataLoader(systemDirectory: scratch.path("system")) }

  func bytes(_ dataset: Dataset?) -> [UInt8]? {
    guard case .bytes(let bytes) = dataset?.storage else { return nil }
    return bytes
  }

  // MARK: The subset

  /// The labels are those that TensorFlow Datasets serves first.
  @Test("the subset beside the spec serves the reference without anything installed")
  func subset() throws {
    let data = try bare.load(request())
    #expect(data.train.sampleShape == [28, 28, 1])
    #expect(data.train.labels.prefix(10) == [2, 1, 8, 4, 1, 9, 2, 2, 0, 2])
    #expect(data.train.sourceIndices.prefix(3) == [16399, 1680, 47917])
    #expect(data.validation?.sourceIndices.prefix(3) == [41861, 57941, 19445])
    #expect([data.train.count, data.validation?.count] == [1000, 1000])
    #expect(data.test == nil)
    #expect(data.train.classNames.first == "T-shirt/top")
    #expect(data.description == "Fashion-MNIST subset in \(specs)/fashion-mnist-subset (2,000 images)")
    #expect(data.notes == [])
  }

  @Test("the subset is the same bytes as the full set", .enabled(if: hasFullSet))
  func subsetEqualsFull() throws {
    let subset = try bare.load(request())
    let full = try DataLoader.load(request(dataDirectory: fullSet))
    #expect(full.description == "Fashion-MNIST in \(fullSet)")
    for (one, other) in [(subset.train, full.train), (subset.validation, full.validation)] {
      let other = try #require(other)
      #expect(bytes(one) == bytes(other))
      #expect(one?.labels == other.labels)
      #expect(one?.sourceIndices == other.sourceIndices)
    }
  }

  @Test("images that the subset holds are served in any arrangement")
  func rearranged() throws {
    let whole = try bare.load(request())
    let part = try bare.load(request(train: "train[500:510]", validation: .slice("train[7:8]")))
    let pixels = try #require(bytes(whole.train))
    #expect(bytes(part.train) == Array(pixels[(500 * 784)..<(510 * 784)]))
    #expect(bytes(part.validation) == Array(pixels[(7 * 784)..<(8 * 784)]))
    #expect(part.validation?.labels == [whole.train.labels[7]])
  }

  @Test("what the subset lacks is said, with what to install")
  func beyondSubset() throws {
    let cases: [(DataRequest, String)] = [
      (
        request(train: "train[:5000]", validation: nil),
        "lacks 3,000 of the 5,000 of `train[:5000]`: `train[2000:5000]`,"
      ),
      (
        request(.builtIn("fashion_mnist"), .file, train: "train[:3]", validation: nil),
        "lacks 3 of the 3 of `train[:3]`: `train[0:3]`,"
      ),
      (request(test: .slice("test")), "lacks all 10,000 of `test`, as it holds training images only,"),
    ]
    for (request, text) in cases {
      let error = #expect(throws: DataError.self) { try bare.load(request) }
      #expect(error?.code == .samplesMissing)
      #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
      #expect(error?.help?.contains("apt-get install dataset-fashion-mnist") == true)
      #expect(error?.help?.contains("--data-dir") == true)
    }
  }

  // MARK: The full set

  @Test("the first labels in file order are those of the file", .enabled(if: hasFullSet))
  func fileOrder() throws {
    let data = try DataLoader.load(
      request(.builtIn("fashion_mnist"), .file, train: "train[:10]", validation: nil, test: .slice("test[:3]")))
    // Read off the decompressed files with Python.
    #expect(data.train.labels == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    #expect(data.test?.labels == [9, 2, 1])
    #expect(data.train.sourceIndices == Array(0..<10))
  }

  @Test("a folder that the person names is the only one looked in")
  func namedFolder() throws {
    let error = #expect(throws: DataError.self) { try DataLoader.load(request(dataDirectory: scratch.path)) }
    #expect(error?.code == .notFound)
    #expect(error?.message.hasSuffix("is not in \(scratch.path), \(scratch.path)/fashion-mnist") == true)
  }

  @Test("folders are looked in from the nearest to the farthest")
  func directories() {
    let found = BuiltInSource.fashionMNIST.directories(
      for: request(environment: ["CNNRUN_DATA_DIR": "/data", "HOME": "/home/me"]),
      systemDirectory: "/usr/share/datasets")
    #expect(
      found == [
        "/data", "/data/fashion-mnist", "/home/me/.keras/datasets/fashion-mnist", "/usr/share/datasets/fashion-mnist",
      ])
  }

  @Test("a file of another size than the set has is refused")
  func wrongSize() throws {
    try scratch.write(idx([2, 1, 1], [1, 2]), "train-images-idx3-ubyte")
    try scratch.write(idx([2], [1, 2]), "train-labels-idx1-ubyte")
    let error = #expect(throws: DataError.self) { try DataLoader.load(request(dataDirectory: scratch.path)) }
    #expect(error?.code == .countMismatch)
    #expect(error?.message.hasSuffix("holds 2 images, and the set has 60,000") == true)
  }

  @Test("a source that nobody knows is an error with those that are known")
  func unknownSource() {
    let error = #expect(throws: DataError.self) { try bare.load(request(.builtIn("fashion"))) }
    #expect(error?.code == .unknownSource)
    #expect(error?.help?.hasPrefix("known by name are `fashion_mnist`, `mnist`, ") == true)
  }

  // MARK: Pairs of IDX files

  /// Five images of 1 x 2, of pixels 10 i and 10 i + 1.
  func pair(labels: [UInt8] = [0, 1, 2, 1, 0]) throws {
    try scratch.write(gzip(idx([5, 1, 2], (0..<5).flatMap { [10 * $0, 10 * $0 + 1] })), "data/images.gz")
    try scratch.write(idx([labels.count], labels), "data/labels")
  }

  func pairRequest(
    _ order: DataRequest.Order = .file, train: String? = nil, validation: DataRequest.Part? = nil,
    test: DataRequest.Part? = nil, classNames: [String]? = nil
  ) -> DataRequest {
    request(
      .idx(images: "data/images.gz", labels: "data/labels"), order, train: train, validation: validation, test: test,
      classNames: classNames, specDirectory: scratch.path)
  }

  @Test("a pair of files is divided as the spec says")
  func divided() throws {
    try pair()
    let data = try bare.load(
      pairRequest(train: "train[1:4]", validation: .slice("train[:1]"), test: .slice("train[4:]")))
    #expect(bytes(data.train) == [10, 11, 20, 21, 30, 31])
    #expect(data.train.labels == [1, 2, 1])
    #expect(data.train.sampleShape == [1, 2, 1])
    #expect(data.train.classNames == ["0", "1", "2"])
    #expect(bytes(data.validation) == [0, 1])
    #expect(data.test?.sourceIndices == [4])
    #expect(data.description == "data/images.gz (5 samples)")
  }

  /// From Python: sorted(range(5), key=lambda i: hashlib.md5(b"train%d" % i).digest()) is 4 0 3 1 2.
  @Test("a pair of files can be taken in the order of TensorFlow Datasets")
  func shuffled() throws {
    try pair()
    let data = try bare.load(pairRequest(.tfds, validation: .fraction("0.4"), classNames: ["a", "b", "c"]))
    #expect(data.train.sourceIndices == [4, 0, 3])
    #expect(bytes(data.train) == [40, 41, 0, 1, 30, 31])
    #expect(data.validation?.sourceIndices == [1, 2])
    #expect(data.validation?.labels == [1, 2])
    #expect(data.train.classNames == ["a", "b", "c"])
  }

  @Test("images and labels that are not equally many are refused")
  func mismatch() throws {
    try pair(labels: [0, 1, 2, 1])
    let error = #expect(throws: DataError.self) { try bare.load(pairRequest()) }
    #expect(error?.code == .countMismatch)
    #expect(
      error?.message.hasSuffix("data/images.gz' holds 5 images, and '\(scratch.path("data/labels"))' 4 labels") == true)
  }

  @Test("a label out of range names its record, and labels from 1 are recognised")
  func labelRange() throws {
    try pair(labels: [0, 1, 3, 1, 2])
    let error = #expect(throws: DataError.self) { try bare.load(pairRequest(classNames: ["a", "b", "c"])) }
    #expect(error?.code == .labelOutOfRange)
    #expect(error?.message == "label 3 at record 2 of '\(scratch.path("data/labels"))' is outside 0 to 2")
    try pair(labels: [1, 2, 3, 1, 2])
    let oneBased = #expect(throws: DataError.self) { try bare.load(pairRequest(classNames: ["a", "b", "c"])) }
    #expect(oneBased?.message.hasSuffix("and no label is 0, so they seem to count from 1") == true)
  }

  @Test("swapped files are recognised")
  func swapped() throws {
    try pair()
    let swapped = request(
      .idx(images: "data/labels", labels: "data/images.gz"), .file, train: nil, validation: nil,
      specDirectory: scratch.path)
    let error = #expect(throws: DataError.self) { try bare.load(swapped) }
    #expect(error?.code == .wrongRank)
  }

  @Test("paths that lead out of the spec's folder are refused")
  func escapes() throws {
    try pair()
    for path in ["../images", "/etc/passwd", "http://127.0.0.1:9/x", "~/x"] {
      let escaping = request(
        .idx(images: path, labels: "data/labels"), train: nil, validation: nil, specDirectory: scratch.path)
      let error = #expect(throws: DataError.self) { try bare.load(escaping) }
      #expect(error?.code == .badPath, "\(path)")
      #expect(error?.field == .source)
    }
  }
}
