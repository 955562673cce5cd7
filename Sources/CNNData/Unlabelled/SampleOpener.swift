internal import CNNDiagnostics
import CNNFiles

/// Finds out what a file is that a person wants predictions for, by its first bytes, whatever it is called: an image, or
/// an array of samples (NPY, NPZ, IDX; gzipped or not).
struct SampleOpener: Sendable {
  /// `[H, W, C]`, or whatever the model takes.
  let inputShape: [Int]
  let access: FileAccess

  /// How an image is brought to the model's input; `nil` where that is no image.
  private var imageForm: (size: PixelSize, mode: ColorMode)? {
    guard inputShape.count == 3, let mode = ColorMode.allCases.first(where: { $0.channels == inputShape[2] }) else {
      return nil
    }
    return (PixelSize(height: inputShape[0], width: inputShape[1]), mode)
  }

  /// - Parameter operand: a path, or a path of an archive with the name of an array behind a colon.
  func open(_ operand: String) throws(DataError) -> any SampleRecords {
    var (path, member) = (operand, String?.none)
    if !access.exists(operand), let colon = operand.lastIndex(of: ":"), access.exists(String(operand[..<colon])) {
      path = String(operand[..<colon])
      member = String(operand[operand.index(after: colon)...])
    }
    let bytes = RandomBytes(try openFile(path))
    return try open(bytes, member) { .file(path, access) }
  }

  /// - Parameter bytes: of one file, from wherever.
  func open(_ bytes: [UInt8], name: String) throws(DataError) -> any SampleRecords {
    try open(.memory(bytes, path: name), nil) { .memory(bytes, name: name) }
  }

  private func openFile(_ path: String) throws(DataError) -> OpenFile {
    do throws(FileError) { return try access.openFile(path) } catch { throw DataError(error) }
  }

  private func open(
    _ bytes: RandomBytes, _ member: String?, _ place: () -> ImageSample.Place
  ) throws(DataError) -> any SampleRecords {
    var source = try ByteSource(bytes)
    var magic = [UInt8](repeating: 0, count: 8)
    magic.resize(to: try source.read(into: &magic, 0..<8))
    if magic.starts(with: NPYHeader.magic) { return try array(try NPYArray(bytes)) }
    if magic.starts(with: [0x50, 0x4b]), !source.isGzip { return try archive(bytes, member) }
    if let member {
      throw DataError(
        .badArchive, .source, "'\(bytes.path)' is no NPZ archive, and so has no array `\(member)`")
    }
    // The first two bytes of IDX are zeros, which no image begins with.
    if magic.count >= 4, magic[0] == 0, magic[1] == 0, magic[2] != 0 {
      let records = try IDXRecords(bytes)
      return try held(records, records.shape, of: bytes.path)
    }
    let header: ImageHeader
    try LFSPointer.refuse(bytes)
    do throws(DataError) { header = try ImageHeader.read(bytes) } catch {
      throw DataError(
        error.code, error.field, error.message,
        help: "PNG and JPEG images are read, NumPy arrays (.npy, .npz) and IDX files")
    }
    guard let form = imageForm else {
      throw DataError(
        .wrongRank, .source,
        "'\(bytes.path)' is an image of \(header.uprightSize.text) pixels, and the model takes \(inputShape)",
        help:
          "save the samples as a NumPy array of the shape (samples, \(inputShape.map(String.init).joined(separator: ", ")))"
      )
    }
    return ImageSample(place: place(), size: form.size, mode: form.mode)
  }

  private func archive(_ bytes: RandomBytes, _ member: String?) throws(DataError) -> any SampleRecords {
    let archive = try ZIPArchive(bytes)
    let names = archive.members.map { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : $0.name }
    // Those that are usual for samples without labels first.
    let usual = ["x", "images", "x_test", "test_images"]
    let wanted = member.map { [$0] } ?? (names.count == 1 ? names : usual.filter(names.contains))
    guard let first = wanted.first, let index = names.firstIndex(of: first) else {
      throw DataError(
        .badArchive, .source,
        "'\(bytes.path)' has "
          + (member.map { "no array `\($0)`; it has " } ?? "several arrays: ") + SampleLabels.list(names),
        help: "name the one with the samples behind a colon: `\(bytes.path):\(names.first ?? "x")`")
    }
    return try array(try NPYArray(archive.members[index], of: archive))
  }

  /// An array of samples, or one that is a single sample as a whole.
  private func array(_ array: NPYArray) throws(DataError) -> any SampleRecords {
    let extents = array.header.extents
    let isBatch = Self.fits(Array(extents.dropFirst()), inputShape) || isFlat(extents)
    if !isBatch, Self.fits(extents, inputShape) {
      return try ArrayRecords(single: array, shape: inputShape)
    }
    guard isBatch else {
      let wanted = inputShape.map(String.init).joined(separator: ", ")
      throw DataError(
        .wrongRank, .source, "'\(array.path)' holds \(array.header.text), and the model takes samples of \(inputShape)",
        help: "give the array the shape (samples, \(wanted))")
    }
    let records = try ArrayRecords(array, inputShape: inputShape)
    return try held(records, records.shape, of: array.path)
  }

  /// Whether extents are a sample's, perhaps without the one channel at their end.
  private static func fits(_ extents: [Int], _ shape: [Int]) -> Bool {
    extents == shape || (shape.count == 3 && shape[2] == 1 && extents == Array(shape.dropLast()))
  }

  private func isFlat(_ extents: [Int]) -> Bool { extents.count == 2 && extents[1] == inputShape.reduce(1, *) }

  /// Records whose samples are what the model takes.
  private func held(_ records: any SampleRecords, _ shape: [Int], of path: String) throws(DataError)
    -> any SampleRecords
  {
    if shape == inputShape { return records }
    throw DataError(
      .wrongRank, .source, "'\(path)' holds samples of \(shape), and the model takes \(inputShape)",
      help: "arrays are taken as they are: bring them to the model's size first; image files are resized")
  }
}

/// One image, brought to the size and color mode of a model as those it was trained on were.
struct ImageSample: SampleRecords {
  enum Place: Sendable {
    /// Opened when it is read, so that any number of files can be waiting.
    case file(String, FileAccess)
    case memory([UInt8], name: String)
  }

  let place: Place
  let size: PixelSize
  let mode: ColorMode

  var count: Int { 1 }
  var shape: [Int] { [size.height, size.width, mode.channels] }
  var element: SampleElement { .floats }
  var isSequentialSince: String? { nil }
  var isNamed: Bool { true }

  func name(of record: Int) -> String {
    switch place {
    case .file(let path, _): path
    case .memory(_, let name): name
    }
  }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    switch place {
    case .file(let path, let access):
      let bytes: RandomBytes
      do throws(FileError) { bytes = RandomBytes(try access.openFile(path)) } catch { throw DataError(error) }
      guard bytes.byteCount <= ImageLimits.fileByteCount else {
        throw .image(
          path, "is \(bytes.byteCount.grouped) bytes long, and an image may have \(ImageLimits.fileByteCount.grouped)")
      }
      try bytes.fill(&sample.raw, count: bytes.byteCount, at: 0)
    case .memory(let bytes, _): sample.raw = bytes
    }
    let picture = try ImageDecoder(mode: mode).decode(sample.raw, path: name(of: record))
    var resizer = sample.resizer ?? BilinearResize(to: size)
    resizer.resize(picture, into: &sample.floats)
    sample.resizer = resizer
  }
}
