internal import CNNDiagnostics
import CNNFiles

/// Image files below a folder, in an order that follows from their names.
struct ImageFiles: Sendable {
  let access: FileAccess
  /// The folder that the paths are relative to, which the person chose.
  let root: String
  private(set) var folders: [ContainedPath] = []
  private var files: [(folder: Int32, name: String)] = []
  /// Files that a table names one by one, instead.
  private var singles: [ContainedPath]?
  /// Where the table names each of those: `line 7 of 'list.csv'`.
  private var places: (@Sendable (Int) -> String)?

  init(_ access: FileAccess, root: String) {
    self.access = access
    self.root = root
  }

  static let mostFiles = 1 << 24

  mutating func append(_ folder: ContainedPath, _ names: [String]) {
    let number = Int32(truncatingIfNeeded: folders.count)
    folders.append(folder)
    files += names.map { (number, $0) }
  }

  /// Files that a table names, and where it names each.
  init(_ access: FileAccess, root: String, _ files: [ContainedPath], places: @escaping @Sendable (Int) -> String) {
    self.init(access, root: root)
    singles = files
    self.places = places
  }

  var count: Int { singles?.count ?? files.count }

  func path(_ index: Int) -> ContainedPath {
    singles?[index] ?? folders[Int(files[index].folder)].appending(files[index].name)
  }

  /// The path from where the person is, as messages have it.
  func shown(_ path: ContainedPath) -> String { path.shown(below: root) }

  func open(_ index: Int) throws(DataError) -> OpenFile {
    do throws(FileError) {
      let file = try access.openFile(path(index), below: root)
      guard file.status.byteCount <= ImageLimits.fileByteCount else {
        throw FileError(
          .tooLarge, path: shown(path(index)),
          "'\(shown(path(index)))' is \(file.status.byteCount.grouped) bytes long, and an image may have "
            + "\(ImageLimits.fileByteCount.grouped)")
      }
      return file
    } catch {
      throw located(DataError(error), at: index)
    }
  }

  /// What is wrong with a file, with the place where a table names it.
  func located(_ fault: DataError, at index: Int) -> DataError {
    guard let places else { return fault }
    let help =
      switch fault.code {
      case .notFound: "image files are looked for from the folder of the table"
      case .unreadableImage: "leave the line out, or save the image again as PNG or JPEG"
      default: fault.help
      }
    return DataError(fault.code, fault.field, "\(places(index)): \(fault.message)", help: help)
  }
}

/// Image files as samples, all brought to one size and color mode.
struct ImageFileRecords: SampleRecords {
  let shape: [Int]
  /// Bytes where every file has the size already, so that no value lies between two of them.
  let element: SampleElement
  var count: Int { files.count }
  var isSequentialSince: String? { nil }

  private let files: ImageFiles
  private let size: PixelSize
  private let decoder: ImageDecoder

  /// Looks at the head of every file. One that cannot be read is found out when it is wanted.
  init(_ files: ImageFiles, size: PixelSize, mode: ColorMode, threads: Int) {
    self.files = files
    self.size = size
    decoder = ImageDecoder(mode: mode)
    shape = [size.height, size.width, mode.channels]
    let heads = ImageHeads(files: files)
    // Nobody else touches this state, and what becomes of it does not depend on the order.
    let found = try? RecordPass(records: heads, threads: threads).run(Array(0..<files.count), true) { fits, _, head in
      fits = fits && head.size == size
    }
    element = found?.0 == false ? .floats : .bytes
  }

  func name(of record: Int) -> String { files.path(record).text }
  var isNamed: Bool { true }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    let bytes = RandomBytes(try files.open(record))
    do throws(DataError) { try read(bytes, into: &sample) } catch { throw files.located(error, at: record) }
  }

  private func read(_ bytes: RandomBytes, into sample: inout SampleBuffer) throws(DataError) {
    try bytes.fill(&sample.raw, count: bytes.byteCount, at: 0)
    sample.noteStored(sample.raw)
    let picture = try decoder.decode(sample.raw, path: bytes.path)
    sample.size = picture.size
    switch element {
    case .bytes:
      guard picture.size == size else { throw .image(bytes.path, "changed while it was read") }
      sample.bytes = picture.pixels
    case .floats:
      var resizer = sample.resizer ?? BilinearResize(to: size)
      resizer.resize(picture, into: &sample.floats)
      sample.resizer = resizer
    }
  }
}

/// The heads of image files: their upright sizes.
private struct ImageHeads: SampleRecords {
  let files: ImageFiles
  var count: Int { files.count }
  var shape: [Int] { [1 << 12] }
  var element: SampleElement { .bytes }
  var isSequentialSince: String? { nil }
  func name(of record: Int) -> String { files.path(record).text }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    sample.size = try ImageHeader.read(RandomBytes(try files.open(record))).uprightSize
  }
}
