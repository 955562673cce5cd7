import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("arrays of NumPy")
struct ArrayTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func file(_ name: String) throws -> RandomBytes {
    RandomBytes(try FileAccess().openFile("\(References.arrays)/\(name)"))
  }

  /// The elements in the order in which NumPy numbers them.
  func values(_ array: NPYArray) throws -> [Double] {
    let bytes = try array.elements(mostBytes: 1 << 20)
    let element = array.header.element
    return (0..<(bytes.count / element.byteCount)).map { element.value(bytes, at: $0 * element.byteCount) }
  }

  @Test("elements of every type and order are those that NumPy wrote", arguments: References.arrayCases())
  func elements(reference: References.ArrayCase) throws {
    let expected = References.numbers(
      try References.bytes("\(References.arrays)/expected.bin"), at: reference.offset,
      count: reference.shape.reduce(1, *), as: Double.self)
    let array: NPYArray
    if reference.file.hasSuffix(".npz") {
      let archive = try ZIPArchive(try file(reference.file))
      #expect(archive.members.map(\.name) == ["x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"])
      array = try NPYArray(archive.members[0], of: archive)
    } else {
      array = try NPYArray(try file(reference.file))
    }
    #expect(array.header.extents == reference.shape)
    #expect(try values(array) == expected)
  }

  @Test("there are cases of every type")
  func cases() { #expect(References.arrayCases().count == 23) }

  /// Halves have all values of `Float16`, which not every machine has.
  @Test("float16 reads as IEEE 754 has it")
  func half() throws {
    let element = try #require(NPYElement(descr: "<f2"))
    // From the standard's format: sign, five bits of exponent with a bias of 15, ten of fraction.
    let known: [(UInt16, Double)] = [
      (0x0000, 0), (0x0001, 0x1p-24), (0x03ff, 1023 * 0x1p-24), (0x0400, 0x1p-14), (0x3c00, 1),
      (0x3555, 0.333251953125),
      (0xc000, -2), (0x7bff, 65504), (0x7c00, .infinity), (0xfc00, -.infinity),
    ]
    for (bits, value) in known {
      #expect(element.value([UInt8(bits & 0xff), UInt8(bits >> 8)], at: 0) == value)
    }
    #expect(element.value([0x01, 0x7c], at: 0).isNaN)
  }

  func request(_ source: DataRequest.Source, test: DataRequest.Part? = nil) -> DataRequest {
    DataRequest(source: source, test: test, specDirectory: References.arrays)
  }

  func bytes(_ dataset: Dataset?) -> [UInt8]? {
    guard case .bytes(let bytes)? = dataset?.storage else { return nil }
    return bytes
  }

  @Test("an archive has the splits that its arrays are named after, stored or deflated")
  func archive() throws {
    let stored = try DataLoader().load(
      request(.npz(path: "stored.npz", images: nil, labels: nil), test: .slice("test")))
    let deflated = try DataLoader().load(
      request(.npz(path: "deflated.npz", images: nil, labels: nil), test: .slice("test")))
    for data in [stored, deflated] {
      // From the script: the labels of each split, one of them as a column.
      #expect(data.train.labels == [0, 2, 1, 2, 0])
      #expect(data.test?.labels == [1, 0])
      #expect(data.train.sampleShape == [3, 4, 1])
      #expect(data.train.classNames == ["0", "1", "2"])
    }
    #expect(bytes(stored.train)?.count == 60)
    #expect(bytes(stored.train) == bytes(deflated.train))
    #expect(bytes(stored.test) == bytes(deflated.test))
    let pieces = try DataLoader().load(
      DataRequest(
        source: .npz(path: "medical.npz", images: nil, labels: nil), validation: .slice("validation"),
        test: .slice("test"), specDirectory: References.arrays))
    #expect(pieces.train.labels == [0, 2, 1, 2, 0])
    #expect(pieces.validation?.labels == [1, 0])
    #expect(bytes(pieces.validation) == bytes(stored.test))
  }

  @Test("labels may be a row of zeros with a single one, or whole numbers kept as floats, under any name")
  func labelForms() throws {
    let hot = try DataLoader().load(request(.npz(path: "one-hot.npz", images: nil, labels: nil)))
    let named = try DataLoader().load(request(.npz(path: "named.npz", images: "pictures", labels: "kinds")))
    #expect(hot.train.labels == [0, 2, 1, 2, 0])
    #expect(named.train.labels == [0, 2, 1, 2, 0])
    #expect(bytes(hot.train) == bytes(named.train))
  }

  @Test("arrays in the other order are samples like any")
  func fortran() throws {
    let labels = "labels.npy"
    try scratch.write(npy("|u1", "(3,)", [0, 1, 1]), labels)
    for name in ["u1", "little-f4"] {
      for suffix in ["", "-fortran"] {
        try scratch.write(try References.bytes("\(References.arrays)/\(name)\(suffix).npy"), "\(name)\(suffix).npy")
      }
      let stored = try [name, "\(name)-fortran"].map { name in
        try DataLoader().load(
          DataRequest(source: .npy(images: "\(name).npy", labels: labels), specDirectory: scratch.path)
        ).train
      }
      #expect(stored[0].sampleShape == [4, 5, 2])
      switch (stored[0].storage, stored[1].storage) {
      case (.bytes(let one), .bytes(let other)): #expect(one == other)
      case (.floats(let one), .floats(let other)): #expect(one == other)
      default: Issue.record("both are of one type")
      }
    }
  }

  @Test("flat samples take the shape of the model's input, if they have as many values")
  func flat() throws {
    try scratch.write(try References.bytes("\(References.arrays)/flat.npy"), "flat.npy")
    try scratch.write(npy("<i4", "(6,)", (0..<6).flatMap { [UInt8($0 % 2), 0, 0, 0] }), "labels.npy")
    var request = DataRequest(source: .npy(images: "flat.npy", labels: "labels.npy"), specDirectory: scratch.path)
    request.inputShape = [2, 3, 2]
    #expect(try DataLoader().load(request).train.sampleShape == [2, 3, 2])
    request.inputShape = [2, 3, 1]
    let error = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(error?.code == .wrongRank)
    #expect(
      error?.message
        == "'\(scratch.path("flat.npy"))' holds (6, 12) of uint8, and the 12 values of a sample are not the model's input [2, 3, 1]"
    )
  }

  // MARK: What is refused

  /// An NPY file of version 1, put together by the description of the format.
  func npy(_ descr: String, _ shape: String, order: String = "False", _ elements: [UInt8]) -> [UInt8] {
    header("{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }") + elements
  }

  func header(_ text: String) -> [UInt8] {
    let text = text + "\n"
    return NPYHeader.magic + [1, 0, UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
  }

  func fault(_ bytes: [UInt8]) -> DataError? {
    do throws(DataError) {
      _ = try NPYArray(.memory(bytes, path: "x.npy")).elements(mostBytes: 1 << 20)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "objects, records of fields and text are refused, and nothing is run",
    arguments: [
      ("objects.npy", "'objects.npy' holds Python objects, which would have to be run as a program"),
      ("structured.npy", "'structured.npy' holds records of several fields"),
      ("text.npy", "'text.npy' holds text (`<U1`), and numbers are read"),
    ])
  func types(name: String, message: String) throws {
    let bytes = try References.bytes("\(References.arrays)/\(name)")
    let error = #expect(throws: DataError.self) { try NPYArray(.memory(bytes, path: name)) }
    #expect(error?.code == .unsupportedElement)
    #expect(error?.message == message)
  }

  @Test(
    "a header that is no dictionary of the three keys is refused",
    arguments: [
      "", "{}", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'shape': (2,), 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
      "{'descr': '<f4', 'fortran_order': false, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': [2]}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2**9,)}",
      "{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} and more",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    ])
  func grammar(text: String) {
    #expect(fault(header(text) + [UInt8](repeating: 0, count: 8))?.code == .notNumPy, "\(text)")
  }

  @Test("a length that belies the header is an error, and a huge one allocates nothing")
  func lengths() {
    #expect(fault(npy("|u1", "(3,)", [1, 2, 3])) == nil)
    #expect(fault(npy("|u1", "(3,)", [1, 2]))?.code == .truncated)
    #expect(fault(npy("|u1", "(3,)", [1, 2, 3, 4]))?.code == .trailingBytes)
    #expect(fault(npy("<f8", "(1000000000000, 1000000)", []))?.code == .tooLarge)
    #expect(fault(npy("<f8", "(9223372036854775807, 9223372036854775807)", []))?.code == .tooLarge)
    #expect(fault(npy("|u1", "(0, 5)", []))?.code == .notNumPy)
    #expect(fault(npy("|u1", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", [1]))?.code == .notNumPy)
    #expect(fault(Array("<html><body>Not found</body></html>".utf8))?.code == .looksLikeHTML)
    #expect(fault(Array("hello".utf8))?.code == .notNumPy)
    #expect(fault(gzip(npy("|u1", "(3,)", [1, 2, 3]))) == nil)
    #expect(fault(gzip(npy("|u1", "(3,)", [1, 2, 3, 4])))?.code == .trailingBytes)
    #expect(fault(gzip(npy("|u1", "(9000000,)", [1, 2, 3])))?.code == .truncated)
  }

  @Test("more samples than are counted, and larger ones than are held, are refused before any is read")
  func sampleLimits() throws {
    // By their heads alone: a hole in the file stands for the elements.
    for (shape, count) in [("(16777217, 1, 1)", 16_777_217), ("(1, 20000, 20000)", 400_000_000)] {
      let path = try scratch.write(npy("|u1", shape, []), "x.npy")
      let handle = try FileHandle(forUpdating: URL(filePath: path))
      let head = try handle.seekToEnd()
      try handle.truncate(atOffset: head + UInt64(count))
      try handle.close()
      let array = try NPYArray(RandomBytes(try FileAccess().openFile(path)))
      let error = #expect(throws: DataError.self) { try ArrayRecords(array, inputShape: nil) }
      #expect(error?.code == .tooLarge)
    }
  }

  @Test("values that are no finite numbers are named with their record")
  func notFinite() throws {
    // Quiet NaN and infinity, little-endian.
    for bits in [[0, 0, 0xc0, 0x7f], [0, 0, 0x80, 0x7f]] as [[UInt8]] {
      try scratch.write(npy("<f4", "(2, 1, 2)", [UInt8](repeating: 0, count: 12) + bits), "x.npy")
      try scratch.write(npy("|u1", "(2,)", [0, 1]), "y.npy")
      let error = #expect(throws: DataError.self) {
        try DataLoader().load(DataRequest(source: .npy(images: "x.npy", labels: "y.npy"), specDirectory: scratch.path))
      }
      #expect(error?.code == .notFinite)
      #expect(
        error?.message
          == "record 1 of '\(scratch.path("x.npy"))' holds a value that is not a finite number, at position 1")
    }
  }

  @Test("labels that are no classes are named with their record")
  func badLabels() throws {
    func message(_ bytes: [UInt8]) -> String? {
      do throws(DataError) {
        _ = try SampleLabels(try NPYArray(.memory(bytes, path: "y.npy")), for: .classes(nil))
        return nil
      } catch {
        return error.message
      }
    }
    #expect(
      message(npy("<f4", "(2,)", [0, 0, 0, 0, 0, 0, 0, 0x3f])) == "record 1 of 'y.npy' is 0.5, which is no class")
    #expect(message(npy("<f4", "(1,)", [0, 0, 0xc0, 0x7f])) == "record 0 of 'y.npy' is nan, which is no class")
    #expect(
      message(npy("|u1", "(2, 2)", [0, 1, 1, 1])) == "record 1 of 'y.npy' is no row of zeros with a single 1")
    #expect(message(npy("|u1", "(1, 2, 2)", [0, 1, 1, 1]))?.hasPrefix("'y.npy' holds (1, 2, 2) of uint8,") == true)
    #expect(message(npy("<i8", "(1,)", [0, 0, 0, 0, 0, 0, 0, 1])) != nil)
  }

  @Test("arrays that are missing are named with those there are")
  func missing() throws {
    let error = #expect(throws: DataError.self) {
      try DataLoader().load(request(.npz(path: "stored.npz", images: "x", labels: "y")))
    }
    #expect(
      error?.message
        == "'\(References.arrays)/stored.npz' has no array `x`; it has `x_train`, `y_train`, `x_test`, `y_test`")
    let lone = #expect(throws: DataError.self) {
      try DataLoader().load(request(.npz(path: "named.npz", images: nil, labels: nil)))
    }
    #expect(lone?.code == .badArchive)
    #expect(lone?.help?.contains("npz: {path: F, images: NAME, labels: NAME}") == true)
  }

  // MARK: Archives

  @Test("a damaged byte of an archive's arrays is an error: its checksum tells")
  func checksum() throws {
    let bytes = try References.bytes("\(References.arrays)/stored.npz")
    let archive = try ZIPArchive(.memory(bytes, path: "x.npz"))
    var changed = bytes
    changed[archive.members[0].range.upperBound - 1] ^= 1
    let error = #expect(throws: DataError.self) {
      try NPZSource.open(.memory(changed, path: "x.npz"), images: nil, labels: nil, inputShape: nil)
    }
    #expect(error?.code == .corruptGzip)
    #expect(error?.message == "'x.npz: x_train' is damaged: its checksum is not that of its bytes")
  }

  func archiveFault(_ bytes: [UInt8]) -> DataError? {
    do throws(DataError) {
      _ = try ZIPArchive(.memory(bytes, path: "x.npz"))
      return nil
    } catch {
      return error
    }
  }

  /// Archives of one member `a` of three bytes, by the description of the format.
  func zip(
    method: UInt8 = 0, flags: UInt8 = 0, stored: UInt32 = 3, content: UInt32 = 3, name: String = "a",
    localName: String? = nil, offset: UInt32 = 0, copies: Int = 1, count: UInt16? = nil
  ) -> [UInt8] {
    func little(_ value: UInt32, _ bytes: Int = 4) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let localName = localName ?? name
    let sizes = little(0) + little(stored) + little(content)
    let local =
      little(0x0403_4b50) + [20, 0, flags, 0, method, 0, 0, 0, 0, 0] + sizes
      + little(UInt32(localName.utf8.count), 2) + [0, 0] + Array(localName.utf8) + [7, 8, 9]
    let entry =
      little(0x0201_4b50) + [20, 0, 20, 0, flags, 0, method, 0, 0, 0, 0, 0] + sizes
      + little(UInt32(name.utf8.count), 2) + [UInt8](repeating: 0, count: 12) + little(offset) + Array(name.utf8)
    let directory = (0..<copies).flatMap { _ in entry }
    let number = little(UInt32(count ?? UInt16(copies)), 2)
    return local + directory + little(0x0605_4b50) + [0, 0, 0, 0] + number + number
      + little(UInt32(directory.count)) + little(UInt32(local.count)) + [0, 0]
  }

  @Test("archives that lie are refused")
  func lyingArchives() {
    #expect(archiveFault(zip()) == nil)
    #expect(archiveFault(zip(flags: 1))?.message == "'x.npz' holds 'a', which is encrypted")
    #expect(archiveFault(zip(method: 12))?.message.contains("compressed in a way (12)") == true)
    #expect(archiveFault(zip(localName: "b"))?.message.contains("whose head has another name") == true)
    #expect(archiveFault(zip(stored: 300, content: 300))?.message.contains("reaches beyond its place") == true)
    #expect(archiveFault(zip(content: 4))?.message.contains("declares 4 bytes for 'a', which 3 cannot hold") == true)
    #expect(archiveFault(zip(method: 8, content: 900_000))?.message.contains("which 3 cannot hold") == true)
    #expect(archiveFault(zip(offset: 7))?.code == .badArchive)
    #expect(archiveFault(zip(copies: 2))?.message == "'x.npz' holds two members called 'a'")
    #expect(archiveFault(zip(count: 9))?.code == .badArchive)
    #expect(archiveFault(zip(stored: .max, content: .max))?.code == .badArchive)
    #expect(archiveFault(Array("<!DOCTYPE html><html></html>".utf8))?.code == .looksLikeHTML)
    #expect(archiveFault([])?.code == .badArchive)
    let whole = zip()
    for count in 0..<whole.count where archiveFault(Array(whole.prefix(count))) == nil {
      Issue.record("accepted with \(count) bytes")
    }
  }

  @Test("what cannot be read at any place has to fit into memory, and the error says how to change that")
  func memory() throws {
    let request = request(.npz(path: "deflated.npz", images: nil, labels: nil))
    let error = #expect(throws: DataError.self) { try DataLoader().load(request, LoadSettings(memoryLimit: 59)) }
    #expect(error?.code == .tooLarge)
    #expect(
      error?.message.contains("cannot be streamed, since '\(References.arrays)/deflated.npz: x_train' is compressed")
        == true)
    #expect(try DataLoader().load(request, LoadSettings(memoryLimit: 60)).train.count == 5)
  }
}
