import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

/// Labels that are classes, labels that are values, and labels that are neither. Expected values are those of the texts.
@Suite("labels and targets")
struct LabelTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func request(
    _ text: String, labels: [String] = ["y"], target: DataRequest.Target
  ) throws -> DataRequest {
    try scratch.write(Array(text.utf8), "x.csv")
    var request = DataRequest(
      source: .csv(CSVRequest(path: "x.csv", labels: labels)), specDirectory: scratch.path)
    request.inputShape = [1]
    request.target = target
    return request
  }

  private func load(
    _ text: String, labels: [String] = ["y"], target: DataRequest.Target
  ) throws -> Dataset {
    try DataLoader().load(request(text, labels: labels, target: target)).train
  }

  private func fault(_ text: String, labels: [String] = ["y"], target: DataRequest.Target) throws -> DataError? {
    do {
      _ = try load(text, labels: labels, target: target)
      return nil
    } catch let error as DataError { return error }
  }

  @Test("fractions, negative numbers and large ones are values where the loss is one of values")
  func values() throws {
    let data = try load("a,y\n1,2.5\n2,-3\n3,250000\n4,7\n", target: .values(1))
    #expect(data.targets == [2.5, -3, 250_000, 7])
    #expect(data.labels == [0, 0, 0, 0] && data.classNames.isEmpty)
    #expect(try load("a,y\n1,70000\n2,1\n", target: .values(1)).targets == [70_000, 1])
  }

  @Test("whole numbers from 0 stay classes, whatever the loss, however they are written")
  func classes() throws {
    for target in [DataRequest.Target.classes(3), .classes(nil), .values(1)] {
      let data = try load("a,y\n1,2\n2,0.0\n3,1.0\n", target: target)
      #expect(data.targets.isEmpty && data.labels == [2, 0, 1] && data.classNames == ["0", "1", "2"])
    }
  }

  @Test("whole numbers are values where they are more than the classes that an output can tell apart")
  func wholeValues() throws {
    let numbers = try load("a,y\n1,2\n2,0\n3,1\n", target: .values(1, mostClasses: 0))
    #expect(numbers.targets == [2, 0, 1] && numbers.classNames.isEmpty)
    // What a sigmoid can tell apart is two classes.
    #expect(try load("a,y\n1,1\n2,0\n", target: .values(1, mostClasses: 2)).labels == [1, 0])
    #expect(try load("a,y\n1,1\n2,0\n3,2\n", target: .values(1, mostClasses: 2)).targets == [1, 0, 2])
    var request = try request("a,y\n1,2\n2,0\n3,1\n", target: .values(1, mostClasses: 0))
    request.classNames = ["a", "b", "c"]
    #expect(#expect(throws: DataError.self) { try DataLoader().load(request) }?.code == .classNames)
    request.classNames = nil
    request.division = .byClass
    #expect(#expect(throws: DataError.self) { try DataLoader().load(request) }?.code == .badSplit)
  }

  @Test("names of columns that are none get help for the whole list")
  func columnHelp() throws {
    let text = "u,a,v w\n0.5,1,-1\nx,2,3\n"
    #expect(
      try fault(text, labels: ["0", "2"], target: .values(2))?.help
        == "a file with a header has its columns by name: write `label: [u, \"v w\"]`")
    #expect(try fault(text, labels: ["u", "V w"], target: .values(2))?.help == "write `label: [u, \"v w\"]`")
    #expect(
      try fault(text, labels: ["u", "v w"], target: .values(2))?.message.hasSuffix(
        "has the label `x` in column `u`, which is no number") == true)
    #expect(
      try fault("u,a,v\n0.5,1,-1\n1,2,\n", labels: ["u", "v"], target: .values(2))?.message.hasSuffix(
        "line 3 of '\(scratch.path("x.csv"))' has no label: its column `v` is empty") == true)
  }

  @Test("several columns are the values of several outputs, row after row")
  func columns() throws {
    let data = try load("u,a,v\n0.5,1,-1\n2,2,3\n", labels: ["v", "u"], target: .values(2))
    #expect(data.targets == [-1, 0.5, 3, 2])
    // A single 1 in each row is a class.
    #expect(try load("u,a,v\n0,1,1\n1,2,0\n", labels: ["u", "v"], target: .values(2)).labels == [1, 0])
    let narrow = try fault("u,a,v\n0.5,1,-1\n", labels: ["u", "v"], target: .values(3))
    #expect(narrow?.code == .countMismatch)
    #expect(narrow?.message.hasSuffix("x.csv' has 2 values a sample to aim at, and the model gives 3") == true)
    let lone = try fault("a,y\n1,0.5\n", target: .values(3))
    #expect(lone?.message.hasSuffix("x.csv' has one value a sample to aim at, and the model gives 3") == true)
    #expect(lone?.help?.hasPrefix("give the last layer 1 unit,") == true)
    let twice = try fault("a,y\n1,0.5\n", labels: ["y", "y"], target: .values(2))
    #expect(twice?.code == .badColumn)
  }

  @Test("an array of NumPy has values of each sample, a row each")
  func arrays() throws {
    func npy(_ shape: String, _ values: [Float]) -> [UInt8] {
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n"
      return NPYHeader.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        + values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
    }
    try scratch.write(npy("(2, 1, 1)", [5, 6]), "x.npy")
    for (shape, width, values) in [("(2,)", 1, [0.25, -1] as [Float]), ("(2, 2)", 2, [1, 2, 3, 4.5])] {
      try scratch.write(npy(shape, values), "y.npy")
      var request = DataRequest(source: .npy(images: "x.npy", labels: "y.npy"), specDirectory: scratch.path)
      request.target = .values(width)
      #expect(try DataLoader().load(request).train.targets == values)
    }
    try scratch.write(npy("(2,)", [0.5, .infinity]), "y.npy")
    var request = DataRequest(source: .npy(images: "x.npy", labels: "y.npy"), specDirectory: scratch.path)
    request.target = .values(1)
    let error = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(error?.message.contains("record 1 of '\(scratch.path("y.npy"))' has the target inf") == true)
  }

  @Test("one file with values makes all labels values, in every part and batch")
  func mixed() throws {
    try scratch.write(Array("a,y\n1,2\n2,0\n".utf8), "v.csv")
    var request = try request("a,y\n1,0.5\n2,1\n3,2\n4,3\n", target: .values(1))
    request.validation = .source(.csv(CSVRequest(path: "v.csv", label: "y")))
    request.test = .fraction("0.25")
    let data = try DataLoader().load(request)
    #expect(data.train.targets == [0.5, 1, 2])
    #expect(data.test?.targets == [3])
    #expect(data.validation?.targets == [2, 0])
    request.classNames = ["a", "b"]
    let named = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(named?.code == .classNames && named?.message.contains("holds values that are none") == true)
    request.classNames = nil
    request.division = .byClass
    let stratified = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(stratified?.message.hasPrefix("`stratify` shares out classes") == true)
  }

  @Test("values of samples that are streamed come with their batch")
  func streamed() throws {
    let lines = (0..<100).map { "\($0),\(Double($0) / 4)\n" }.joined()
    let data = try DataLoader().load(
      request("a,y\n\(lines)", target: .values(1)), LoadSettings(memoryLimit: 64, batchSize: 2, threads: 2)
    ).train
    guard case .streamed(let stream) = data.storage else {
      Issue.record("a hundred floats are more than 64 bytes")
      return
    }
    let batch = try stream.withBatch(order: [7, 0, 1], batch: 0..<2) { ($0.floats, $0.targets) }
    #expect(batch.0 == [7, 0] && batch.1 == [1.75, 0])
  }

  @Test("values where the loss is one of classes are refused, with the line and with what takes them")
  func valuesForClasses() throws {
    let error = try fault("a,y\n1,2\n2,2.5\n", target: .classes(3))
    #expect(error?.code == .labelOutOfRange)
    #expect(error?.message == "line 3 of '\(scratch.path("x.csv"))' has the label 2.5, which is no class")
    #expect(error?.help?.hasSuffix("`loss: mean_squared_error`") == true)
    let text = try fault("a,y\n1,2.5\n2,high\n", target: .values(1))
    #expect(
      text?.message == "line 3 of '\(scratch.path("x.csv"))' has the label `high`, and the first label is a number")
    #expect(
      try fault("a,y\n1,2.5\n2,\n", target: .values(1))?.message.hasSuffix(
        "line 3 of '\(scratch.path("x.csv"))' has no label: its column `y` is empty") == true)
    let large = try fault("a,y\n1,1e300\n", target: .values(1))
    #expect(large?.code == .notFinite)
  }

  @Test("a label that is no class of the model names its line and the classes that there are")
  func range() throws {
    let beyond = try fault("a,y\n1,0\n2,17\n3,1\n", target: .classes(3))
    #expect(beyond?.code == .labelOutOfRange)
    #expect(
      beyond?.message
        == "label 17 at line 3 of '\(scratch.path("x.csv"))' is outside 0 to 2, the classes that the model tells apart")
    #expect(beyond?.help == "the labels go up to 17: give the last layer 18 units, or mend the label")
    let oneBased = try fault("a,y\n1,1\n2,3\n3,2\n", target: .classes(3))
    #expect(oneBased?.message.hasSuffix("and no label is 0, so they seem to count from 1") == true)
    #expect(oneBased?.help == "labels start at 0: subtract 1 from every one")
    let negative = try fault("a,y\n1,1\n2,-1\n3,2\n", target: .classes(3))
    #expect(negative?.message.hasPrefix("label -1 at line 3 of ") == true)
    #expect(negative?.help == "labels of classes are whole numbers from 0: leave out samples that have no class")
  }

  @Test("the look at all samples tells where values lie")
  func inspection() throws {
    let data = try DataLoader().open(request("a,y\n1,0.5\n2,-1\n3,2\n", target: .values(1)))
    let part = try #require(try data.inspect(threads: 1).parts.first)
    #expect(part.targets?.smallest == -1 && part.targets?.mean == 0.5 && part.targets?.largest == 2)
    #expect(part.classCounts.isEmpty)
  }
}

/// What stands in a file's place, or beside the files that are meant.
@Suite("files that are others than they seem")
struct ForeignFileTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func message(_ request: DataRequest) -> (String, String?)? {
    do throws(DataError) {
      _ = try DataLoader().load(request)
      return nil
    } catch { return (error.message, error.help) }
  }

  /// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
  private static let pointer = Array(
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32\nsize 12345\n".utf8
  )

  @Test("a pointer of Git LFS is told, whatever file it stands for")
  func pointers() throws {
    try scratch.write(Self.pointer, "x")
    try scratch.write(Self.pointer, "pictures/cat/0.png")
    for source in [
      DataRequest.Source.csv(CSVRequest(path: "x", label: "y")), .npz(path: "x", images: nil, labels: nil),
      .npy(images: "x", labels: "x"), .idx(images: "x", labels: "x"), .imageFolder("pictures"),
    ] {
      let fault = message(DataRequest(source: source, specDirectory: scratch.path))
      #expect(fault?.0.contains("is a pointer of Git LFS") == true, "\(source): \(fault?.0 ?? "none")")
      #expect(fault?.1 == "run `git lfs pull` in the folder")
    }
  }

  @Test("links, other formats, names that are no text and broken files of a folder are told at once")
  func folders() throws {
    let image = try References.bytes("\(References.images)/gray-8.png")
    try scratch.write(image, "pictures/cat/0.png")
    try scratch.write(Array("GIF89a".utf8), "pictures/cat/1.gif")
    try scratch.write(Array(image.prefix(40)), "pictures/cat/2.png")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("pictures/cat/3.png"), withDestinationPath: "0.png")
    // ISO 8859-1, as from an old archive; a file system of macOS takes no such name.
    var expected = 3
    let name = Array("\(scratch.path)/pictures/cat/caf".utf8) + [0xe9] + Array(".png".utf8) + [0]
    let file = name.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { fopen($0.baseAddress!, "w") }
    if let file {
      fclose(file)
      expected += 1
    }
    let request = DataRequest(source: .imageFolder("pictures"), specDirectory: scratch.path)
    let text = try #require(message(request)).0
    #expect(text.hasPrefix("\(expected) of \(expected + 1) samples cannot be read: "), "\(text)")
    #expect(text.contains("1.gif' is an image of a kind that is not read"), "\(text)")
    #expect(text.contains("3.png' is a symbolic link"), "\(text)")
    #expect(text.contains("2.png' cannot be decoded") || text.contains("2.png' ends"), "\(text)")
    if expected == 4 { #expect(text.contains("has a name that is not UTF-8"), "\(text)") }
  }

  @Test("what a table is divided by, and how its column is called, is told")
  func tables() throws {
    func fault(_ text: String, label: String = "label") throws -> (String, String?)? {
      try scratch.write(Array(text.utf8), "x.csv")
      return message(DataRequest(source: .csv(CSVRequest(path: "x.csv", label: label)), specDirectory: scratch.path))
    }
    #expect(
      try fault("a;b;label\n1;2;0\n")?.1 == "its fields are divided by `;`, and commas are read: save it with commas")
    #expect(try fault("a\tlabel\n1\t2\n")?.1?.contains("divided by tabs") == true)
    let columns = (0..<64).map { "p\($0)" }.joined(separator: ",")
    #expect(try fault("\(columns),lable\n")?.1 == "write `label: lable`")
    #expect(try fault("a, Label\n1,2\n")?.1 == "write `label: \" Label\"`")
  }

  @Test("an image that a table names and that is not there is told with the table's line")
  func missingImage() throws {
    try scratch.write(Array("file,kind\nnone.png,b\n".utf8), "set/list.csv")
    var request = DataRequest(
      source: .csv(CSVRequest(path: "set/list.csv", label: "kind", image: "file")), specDirectory: scratch.path)
    request.imageSize = PixelSize(height: 4, width: 4)
    let fault = try #require(message(request))
    #expect(fault.0.hasPrefix("line 2 of '\(scratch.path("set/list.csv"))': cannot open "), "\(fault.0)")
    #expect(fault.0.contains(scratch.path("set/none.png")))
    #expect(fault.1 == "image files are looked for from the folder of the table")
    // The same of one that cannot be decoded, or read at all.
    for bytes in [Array("no image".utf8), Array(try References.bytes("\(References.images)/gray-8.png").prefix(40))] {
      try scratch.write(bytes, "set/none.png")
      let fault = try #require(message(request))
      #expect(
        fault.0.hasPrefix("line 2 of '\(scratch.path("set/list.csv"))': '\(scratch.path("set/none.png"))' "),
        "\(fault.0)")
      #expect(fault.1 == "leave the line out, or save the image again as PNG or JPEG")
    }
  }

  @Test("text, and numbers beyond 32 bits, are no samples, and what to do is said")
  func elements() throws {
    func npy(_ descr: String, _ shape: String, _ bytes: [UInt8]) -> [UInt8] {
      let header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(shape), }\n"
      return NPYHeader.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + bytes
    }
    let bits = (1e300).bitPattern
    try scratch.write(npy("<f8", "(1, 1, 1)", (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }), "x.npy")
    try scratch.write(npy("|u1", "(1,)", [0]), "y.npy")
    let request = DataRequest(source: .npy(images: "x.npy", labels: "y.npy"), specDirectory: scratch.path)
    let large = try #require(message(request))
    #expect(large.0.hasSuffix("holds 1e+300 at position 0, and 32 bits hold numbers up to 3.4e+38"))
    try scratch.write(npy("<f4", "(1, 1, 1)", [0, 0, 0, 0]), "x.npy")
    try scratch.write(npy("<U1", "(1,)", [0x61, 0, 0, 0]), "y.npy")
    let text = try #require(message(request))
    #expect(text.0.hasSuffix("holds text (`<U1`), and numbers are read"))
    #expect(text.1?.contains("numpy.unique(labels, return_inverse=True)") == true)
  }

  @Test("a class that is too small to be shared out is told with what there is to do")
  func smallClass() throws {
    let image = try References.bytes("\(References.images)/gray-8.png")
    for name in ["cat/0", "cat/1", "cat/2", "cat/3", "emu/0"] { try scratch.write(image, "pictures/\(name).png") }
    var request = DataRequest(
      source: .imageFolder("pictures"), validation: .fraction("0.25"), specDirectory: scratch.path)
    request.division = .byClass
    let fault = try #require(message(request))
    #expect(fault.0.hasPrefix("class `emu` has 1 sample, too few to be shared out: "), "\(fault.0)")
    #expect(fault.1?.hasSuffix("`stratify: false`") == true)
  }
}
