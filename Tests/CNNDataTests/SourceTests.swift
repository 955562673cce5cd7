import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("built-in sources and image folders")
struct SourceTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  var bare: DataLoader { DataLoader(systemDirectory: scratch.path("system")) }

  func bytes(_ dataset: Dataset?) -> [UInt8]? {
    guard case .bytes(let bytes)? = dataset?.storage else { return nil }
    return bytes
  }

  // MARK: Digits

  /// From scikit-learn 1.9: sums of `load_digits().images` and `.target`, and the MD5 of the images as bytes.
  @Test("the digits that travel with the program are scikit-learn's")
  func digits() throws {
    let data = try bare.load(DataRequest(source: .builtIn("digits"), specDirectory: scratch.path))
    let pixels = try #require(bytes(data.train))
    #expect(data.train.sampleShape == [8, 8, 1])
    #expect(data.train.count == 1797)
    #expect(pixels.reduce(0) { $0 + Int($1) } == 561_718)
    #expect(data.train.labels.reduce(0, +) == 8070)
    #expect(pixels.max() == 16)
    let digest = MD5(of: pixels)
    #expect(
      String(digest.highHalf, radix: 16) + String(digest.lowHalf, radix: 16) == "fa70cba135d4cdd4cde65da70dbffde2")
    #expect(Array(pixels[..<8]) == [0, 0, 5, 13, 9, 1, 0, 0])
    #expect(data.train.labels.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
  }

  // MARK: CIFAR

  /// A set of four training and two test images in the binary form, whose pixel (row, column, channel) of record i is
  /// (i + 3 row + 5 column + 7 channel) modulo 251.
  static func tiny(labelCount: Int) -> BuiltInSource {
    BuiltInSource(
      name: "tiny", title: "Tiny", folder: "tiny", classNames: ["a", "b", "c"], shape: [32, 32, 3],
      counts: ["train": 4, "test": 2],
      form: .cifar(train: ["one.bin", "two.bin"], test: ["test.bin"], labelCount: labelCount, label: labelCount - 1))
  }

  static func pixel(_ record: Int, _ row: Int, _ column: Int, _ channel: Int) -> UInt8 {
    UInt8((record + 3 * row + 5 * column + 7 * channel) % 251)
  }

  /// Coarse label 9 in front of each where there are two.
  func record(_ record: Int, label: UInt8, labelCount: Int) -> [UInt8] {
    var result: [UInt8] = labelCount == 2 ? [9, label] : [label]
    for channel in 0..<3 {
      for row in 0..<32 { for column in 0..<32 { result.append(Self.pixel(record, row, column, channel)) } }
    }
    return result
  }

  func writeTiny(labelCount: Int, labels: [UInt8] = [0, 1, 2, 1]) throws {
    func file(_ records: Range<Int>, _ labels: ArraySlice<UInt8>) -> [UInt8] {
      zip(records, labels).flatMap { record($0, label: $1, labelCount: labelCount) }
    }
    try scratch.write(file(0..<2, labels[..<2]), "tiny/one.bin")
    try scratch.write(file(2..<4, labels[2...]), "tiny/two.bin")
    try scratch.write(file(4..<6, [0, 2]), "tiny/test.bin")
  }

  func openTiny(labelCount: Int) throws(DataError) -> OpenedSource {
    let request = DataRequest(source: .builtIn("tiny"), specDirectory: "/", dataDirectory: scratch.path)
    return try BuiltInLoader(access: FileAccess(), systemDirectory: "/", request: request)
      .open(Self.tiny(labelCount: labelCount), ["train", "test"], lack: nil)
  }

  @Test("planes of color become pixels, and files follow one another", arguments: [1, 2])
  func cifar(labelCount: Int) throws {
    try writeTiny(labelCount: labelCount)
    let opened = try openTiny(labelCount: labelCount)
    let train = try #require(opened.splits["train"])
    #expect(train.labels.values == [0, 1, 2, 1])
    #expect(opened.splits["test"]?.labels.values == [0, 2])
    guard case .bytes(let pixels)? = try train.records.gather([[3, 0]], threads: 1).first else { return }
    var expected: [UInt8] = []
    for record in [3, 0] {
      for row in 0..<32 {
        for column in 0..<32 { for channel in 0..<3 { expected.append(Self.pixel(record, row, column, channel)) } }
      }
    }
    #expect(pixels == expected)
    #expect(train.records.name(of: 3) == "record 1 of '\(scratch.path)/tiny/two.bin'")
  }

  @Test("a label that a known set has not is damage, which no other names mend")
  func cifarLabel() throws {
    let labels = SampleLabels(values: [3, 200], names: nil, path: "test_batch.bin")
    let error = #expect(throws: DataError.self) { try labels.check(classCount: 10, isKnownSet: true) }
    #expect(error?.message == "label 200 at record 1 of 'test_batch.bin' is outside 0 to 9")
    #expect(error?.help == "the data set has 10 classes, so the file is damaged: fetch it anew")
  }

  @Test("files of another length than so many records are refused")
  func cifarLength() throws {
    try writeTiny(labelCount: 1)
    try scratch.write([UInt8](repeating: 0, count: 2 * 3073 - 1), "tiny/two.bin")
    let short = #expect(throws: DataError.self) { try openTiny(labelCount: 1) }
    #expect(short?.code == .truncated)
    #expect(
      short?.message.hasSuffix("tiny/two.bin' is 6,145 bytes long, and 2 records of 3,073 bytes are 6,146") == true)
    try scratch.write([UInt8](repeating: 0, count: 2 * 3073 + 1), "tiny/two.bin")
    #expect(throws: DataError.self) { try openTiny(labelCount: 1) }
  }

  @Test("sets that are not there say what to download and which folder to name")
  func missing() {
    for name in ["cifar10", "cifar100", "cifar100_coarse", "mnist"] {
      let error = #expect(throws: DataError.self) {
        try bare.load(
          DataRequest(source: .builtIn(name), specDirectory: scratch.path, environment: ["HOME": scratch.path("home")]))
      }
      #expect(error?.code == .notFound)
      #expect(error?.help?.contains("--data-dir") == true)
    }
    #expect(BuiltInSource.cifar10.remedy.contains("`cifar-10-binary.tar.gz`"))
    #expect(BuiltInSource.cifar10.remedy.contains("`data_batch_1.bin` and the rest"))
  }

  @Test("classes and counts are those of the sets' own descriptions")
  func descriptions() {
    #expect(BuiltInSource.cifar10.counts == ["train": 50_000, "test": 10_000])
    #expect(BuiltInSource.cifar100.classNames.count == 100)
    #expect(BuiltInSource.cifar100Coarse.classNames.count == 20)
    // Alphabetical, as the files that name them are.
    #expect(BuiltInSource.cifar100.classNames == BuiltInSource.cifar100.classNames.sorted())
    #expect(BuiltInSource.cifar100Coarse.classNames == BuiltInSource.cifar100Coarse.classNames.sorted())
  }

  @Test("the archive that Keras downloads is found in its folder")
  func kerasArchive() throws {
    // Two samples, where MNIST has 60,000: found, and refused for it.
    let bytes = try References.bytes("\(References.arrays)/stored.npz")
    try scratch.write(bytes, "home/.keras/datasets/mnist.npz")
    let error = #expect(throws: DataError.self) {
      try bare.load(
        DataRequest(
          source: .builtIn("mnist"), specDirectory: scratch.path, environment: ["HOME": scratch.path("home")]))
    }
    #expect(error?.code == .countMismatch)
    #expect(error?.message == "'\(scratch.path)/home/.keras/datasets/mnist.npz' holds 5 images, and the set has 60,000")
  }

  // MARK: Image folders

  func image(_ name: String, _ source: String = "gray-8.png") throws {
    try scratch.write(try References.bytes("\(References.images)/\(source)"), name)
  }

  func folderRequest(_ path: String = "set", classNames: [String]? = nil) -> DataRequest {
    var request = DataRequest(source: .imageFolder(path), classNames: classNames, specDirectory: scratch.path)
    request.imageSize = PixelSize(height: 5, width: 7)
    return request
  }

  @Test("hidden files, folders below and other files are told apart")
  func listing() throws {
    try image("set/cat/2.PNG")
    try image("set/cat/10.png")
    try image("set/cat/more/1.png")
    try image("set/cat/.hidden.png")
    try image("set/.git/1.png")
    try image("set/dog/x.jpg")
    try image("set/beside.png")
    try scratch.write(Array("about".utf8), "set/cat/README.txt")
    try FileManager.default.createDirectory(atPath: scratch.path("set/empty"), withIntermediateDirectories: true)
    let data = try bare.load(folderRequest())
    // A PNG called .jpg is read as what it is.
    #expect(
      (0..<data.train.count).map { data.train.name(of: $0) } == [
        "set/cat/10.png", "set/cat/2.PNG", "set/cat/more/1.png", "set/dog/x.jpg",
      ])
    #expect(data.train.classNames == ["cat", "dog", "empty"])
    #expect(data.train.labels == [0, 0, 0, 1])
    #expect(
      data.notes == [
        "1 image lies beside the class folders of '\(scratch.path)/set' and belongs to none: beside.png",
        "the class folder '\(scratch.path)/set/empty' has no image: `empty` is one of the 3 classes all the same; put images into "
          + "it, or take the folder away",
        "1 file that is no image was left out: \(scratch.path)/set/cat/README.txt",
      ])
    #expect(data.description == "set (4 images in 3 folders)")
  }

  @Test("what would be left out in silence is an error")
  func refused() throws {
    func message(_ path: String = "set") -> String? {
      let error = #expect(throws: DataError.self) { try bare.load(folderRequest(path)) }
      return error?.message
    }
    try image("set/cat/1.png")
    try image("set/cat/anim.gif")
    #expect(message() == "'\(scratch.path)/set/cat/anim.gif' is an image of a kind that is not read")
    try image("flat/1.png")
    #expect(
      message("flat") == "'\(scratch.path)/flat' has no folders, but 1 image; an image folder has a folder a class")
    try FileManager.default.createDirectory(atPath: scratch.path("none/cat"), withIntermediateDirectories: true)
    #expect(message("none") == "the folders in '\(scratch.path)/none' have no PNG and no JPEG")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("flat/link"), withDestinationPath: scratch.path("set"))
    #expect(message("flat") == "'\(scratch.path)/flat/link' is a symbolic link")
    // Would be waited on for ever if it were opened.
    try image("pipes/cat/1.png")
    #expect(mkfifo(scratch.path("pipes/cat/2.png"), 0o600) == 0)
    #expect(message("pipes") == "'\(scratch.path)/pipes/cat/2.png' is a pipe, a socket or a device, not a file")
    // One letter, and a letter with an accent behind it: canonically the same (Unicode, UAX #15).
    try image("accents/caf\u{e9}/1.png")
    try image("accents/cafe\u{301}/1.png")
    if try FileManager.default.contentsOfDirectory(atPath: scratch.path("accents")).count == 2 {
      #expect(message("accents")?.contains("is called like another class folder") == true)
    }
    #expect(message("nowhere")?.contains("no such file or directory") == true)
    #expect(message("set/cat/1.png") != nil)
  }

  @Test("every image that cannot be read is named, with why")
  func unreadable() throws {
    try image("set/a/1.png")
    try scratch.write(Array("GIF89a and more of it".utf8), "set/a/2.png")
    let jpeg = try References.bytes("\(References.images)/420.jpg")
    try scratch.write(Array(jpeg.dropLast(40)), "set/b/3.jpg")
    try scratch.write([], "set/b/4.jpg")
    for threads in [1, 2, 5] {
      let error = #expect(throws: DataError.self) { try bare.load(folderRequest(), LoadSettings(threads: threads)) }
      #expect(error?.code == .unreadableImage)
      #expect(
        error?.message.hasPrefix("3 of 4 samples cannot be read: '\(scratch.path)/set/a/2.png' is a GIF, and") == true)
      #expect(error?.message.contains("; '\(scratch.path)/set/b/3.jpg' cannot be decoded: ") == true)
      #expect(error?.message.hasSuffix("; '\(scratch.path)/set/b/4.jpg' is empty") == true)
    }
    // What is not asked for is not read.
    var request = folderRequest()
    request.train = "train[:1]"
    #expect(try bare.load(request).train.count == 1)
  }

  @Test("an image file beyond the limit is refused by its length")
  func longFile() throws {
    try image("set/a/1.png")
    let path = try scratch.write([], "set/a/2.png")
    // A file with a hole: no disk is filled.
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.truncate(atOffset: UInt64(ImageLimits.fileByteCount) + 1)
    try handle.close()
    let error = #expect(throws: DataError.self) { try bare.load(folderRequest()) }
    #expect(error?.code == .tooLarge)
    #expect(
      error?.message == "'\(scratch.path)/set/a/2.png' is 67,108,865 bytes long, and an image may have 67,108,864")
  }

  @Test("class names choose the order of the folders, and have to be theirs")
  func classNames() throws {
    try image("set/cat/1.png")
    try image("set/dog/1.png")
    let data = try bare.load(folderRequest(classNames: ["dog", "cat"]))
    #expect(data.train.classNames == ["dog", "cat"])
    #expect(data.train.labels == [1, 0])
    for (names, message) in [
      (
        ["dog", "cow"],
        "'\(scratch.path("set"))' has the classes `cat`, `dog`, and not `cow`; `class_names` leaves out `cat`"
      ),
      (["dog", "cat", "cow"], "'\(scratch.path("set"))' has the classes `cat`, `dog`, and not `cow`"),
      (["dog"], "'\(scratch.path("set"))' has the classes `cat`, `dog`; `class_names` leaves out `cat`"),
    ] {
      let error = #expect(throws: DataError.self) { try bare.load(folderRequest(classNames: names)) }
      #expect(error?.code == .classNames)
      #expect(error?.message == message)
    }
  }

  @Test("files are found beside the spec first, then where the person says that data is")
  func roots() throws {
    try image("data/set/a/1.png")
    var request = folderRequest()
    request.specDirectory = scratch.path("spec")
    try FileManager.default.createDirectory(atPath: request.specDirectory, withIntermediateDirectories: true)
    #expect(throws: DataError.self) { try bare.load(request) }
    request.environment = ["CNNRUN_DATA_DIR": scratch.path("data")]
    #expect(try bare.load(request).train.count == 1)
    request.environment = [:]
    request.dataDirectory = scratch.path("data")
    #expect(try bare.load(request).train.count == 1)
  }

  // MARK: Sources of validation and test

  @Test("validation and test may have files of their own, whose classes are those of the training set")
  func ownSources() throws {
    try image("train/cat/1.png")
    try image("train/dog/1.png")
    try image("val/dog/2.png")
    var request = folderRequest("train")
    request.validation = .source(.imageFolder("val"))
    let data = try bare.load(request)
    #expect(data.train.count == 2)
    #expect(data.validation?.labels == [1])
    #expect(data.validation?.classNames == ["cat", "dog"])
    #expect(data.validation?.name(of: 0) == "val/dog/2.png")

    try image("val/cow/1.png")
    let error = #expect(throws: DataError.self) { try bare.load(request) }
    #expect(error?.field == .validation)
    #expect(error?.message == "'\(scratch.path)/val' has a class `cow`, which is none of `cat`, `dog`")
    request.validation = .source(.imageFolder("train"))
    let same = #expect(throws: DataError.self) { try bare.load(request) }
    #expect(same?.code == .overlap)
    #expect(same?.message == "`validation` takes the same files as `source`")
    request.validation = .source(.imageFolder("gone"))
    let gone = #expect(throws: DataError.self) { try bare.load(request) }
    #expect(gone?.field == .validation)
  }

  @Test("labels that only validation has count as classes, and are noted")
  func unseenClasses() throws {
    for (name, labels) in [("train", [0, 1, 0]), ("val", [2, 1, 2])] as [(String, [UInt8])] {
      try scratch.write(idx([3, 1, 1], [1, 2, 3]), "\(name)-images")
      try scratch.write(idx([3], labels), "\(name)-labels")
    }
    let request = DataRequest(
      source: .idx(images: "train-images", labels: "train-labels"),
      validation: .source(.idx(images: "val-images", labels: "val-labels")), specDirectory: scratch.path)
    let data = try bare.load(request)
    #expect(data.train.classNames == ["0", "1", "2"])
    #expect(data.notes.count == 1)
    #expect(data.notes.first?.hasPrefix("no training sample is of class `2`, and 2 of validation are") == true)
  }
}
