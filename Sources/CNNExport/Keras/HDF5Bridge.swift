internal import CHDF5
internal import Synchronization

/// What is read of an HDF5 file, and what is written into one: groups, arrays of floats, texts at groups.
///
/// Paths have no slash at their beginning: `layers/conv2d/vars/0`.
struct HDF5Contents: Sendable, Equatable {
  struct Array: Sendable, Equatable {
    var path: String
    var extents: [Int]
    /// Row-major; `nil` where the file holds something other than floats.
    var values: [Float]?
  }

  /// Groups to be written, each behind the one that it lies in.
  var groups: [String] = []
  var arrays: [Array] = []
  /// By `group@name`.
  var texts: [String: String] = [:]
}

/// HDF5 files in memory, the one file that talks to libhdf5.
///
/// The library is opened by the first call. Reading happens in a process of its own, so that a file on which the library
/// crashes is an error here. One thread at a time is in the library, which most builds of it ask for; and as it knows
/// files in memory by their names, two would be taken for one.
enum HDF5 {
  private static let library = Mutex(())

  /// - Parameters:
  ///   - skipped: a group at the root that is left out, with all in it.
  ///   - name: what the file is called in messages.
  static func read(_ image: [UInt8], skipping skipped: String = "", name: String) throws(ExportError) -> HDF5Contents {
    var found = try library.withLock { _ throws(ExportError) -> HDF5Records in
      try records(of: image, skipping: skipped, name: name)
    }
    return try found.contents(of: name)
  }

  /// The bytes of a file: the same ones for the same contents.
  static func write(_ contents: HDF5Contents) throws(ExportError) -> [UInt8] {
    try library.withLock { _ throws(ExportError) -> [UInt8] in try image(of: contents) }
  }

  private static func records(
    of image: [UInt8], skipping skipped: String, name: String
  ) throws(ExportError) -> HDF5Records {
    try open()
    var records = unsafe chdf5_records()
    var message = [CChar](repeating: 0, count: 256)
    let status = unsafe image.withUnsafeBufferPointer { image in
      unsafe message.withUnsafeMutableBufferPointer { message in
        unsafe chdf5_read(image.baseAddress, image.count, skipped, &records, message.baseAddress, message.count)
      }
    }
    defer { unsafe chdf5_free(records.bytes) }
    if status != 0 { throw ExportError("\(name) \(text(message))", help: damaged) }
    return HDF5Records(bytes: unsafe [UInt8](UnsafeBufferPointer(start: records.bytes, count: records.count)))
  }

  private static func image(of contents: HDF5Contents) throws(ExportError) -> [UInt8] {
    try open()
    guard let writer = unsafe chdf5_create() else { throw noMemory }
    defer { unsafe chdf5_close(writer) }
    for group in contents.groups where unsafe chdf5_make_group(writer, group) != 0 { throw noMemory }
    for array in contents.arrays {
      let extents = array.extents.map(UInt64.init)
      let status = unsafe extents.withUnsafeBufferPointer { extents in
        unsafe (array.values ?? []).withUnsafeBufferPointer { values in
          unsafe chdf5_put_floats(writer, array.path, Int32(extents.count), extents.baseAddress, values.baseAddress)
        }
      }
      if status != 0 { throw noMemory }
    }
    for (place, value) in contents.texts.sorted(by: { $0.key < $1.key }) {
      let parts = place.split(separator: "@", maxSplits: 1).map(String.init)
      guard parts.count == 2, unsafe chdf5_set_text(writer, parts[0], parts[1], value) == 0 else { throw noMemory }
    }
    let size = unsafe chdf5_image(writer, nil, 0)
    if size <= 0 { throw noMemory }
    var image = [UInt8](repeating: 0, count: Int(size))
    let written = unsafe image.withUnsafeMutableBufferPointer { buffer in
      unsafe chdf5_image(writer, buffer.baseAddress, buffer.count)
    }
    if written != size { throw noMemory }
    return image
  }

  static let damaged = "copy or download the file again"
  private static let noMemory = ExportError("there is no memory for the HDF5 file")

  private static func open() throws(ExportError) {
    var message = [CChar](repeating: 0, count: 256)
    let status = unsafe message.withUnsafeMutableBufferPointer { message in
      unsafe chdf5_open(message.baseAddress, message.count)
    }
    if status != 0 {
      throw ExportError(
        text(message) + ", and Keras's files are read and written with it",
        help: "install it: `apt-get install libhdf5-dev`, or `brew install hdf5`")
    }
  }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Takes the records of `chdf5.h` apart, and believes none of their lengths.
private struct HDF5Records {
  let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func contents(of name: String) throws(ExportError) -> HDF5Contents {
    var contents = HDF5Contents()
    while true {
      guard let kind = number(1), let path = string() else { throw damaged(name) }
      switch UInt8(truncatingIfNeeded: kind) {
      case UInt8(ascii: "F"), UInt8(ascii: "O"):
        guard let extents = extents() else { throw damaged(name) }
        var array = HDF5Contents.Array(path: path, extents: extents)
        if kind == UInt64(UInt8(ascii: "F")) {
          guard let values = floats(extents) else { throw damaged(name) }
          array.values = values
        }
        contents.arrays.append(array)
      case UInt8(ascii: "T"):
        guard let text = string() else { throw damaged(name) }
        contents.texts[path] = text
      case UInt8(ascii: "X"):
        let why = string() ?? "cannot be read"
        throw ExportError(path.isEmpty ? "\(name) \(why)" : "'\(path)' in \(name) \(why)", help: HDF5.damaged)
      case UInt8(ascii: "E"): return contents
      default: throw damaged(name)
      }
    }
  }

  private func damaged(_ name: String) -> ExportError { ExportError("\(name) is damaged", help: HDF5.damaged) }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.count - offset else { return nil }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  private mutating func number(_ size: Int) -> UInt64? {
    take(size).map { slice in
      #if _endian(little)
        slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
      #else
        slice.reduce(0) { $0 << 8 | UInt64($1) }
      #endif
    }
  }

  private mutating func string() -> String? {
    guard let count = number(4), let slice = take(Int(count)) else { return nil }
    return String(decoding: slice, as: UTF8.self)
  }

  private mutating func extents() -> [Int]? {
    guard let rank = number(1) else { return nil }
    var extents: [Int] = []
    for _ in 0..<rank {
      guard let extent = number(8), let value = Int(exactly: extent) else { return nil }
      extents.append(value)
    }
    return extents
  }

  private mutating func floats(_ extents: [Int]) -> [Float]? {
    var count = 4
    for extent in extents {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      count = product
    }
    guard let slice = take(count) else { return nil }
    return unsafe [Float](unsafeUninitializedCapacity: count / 4) { target, filled in
      unsafe slice.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      }
      filled = count / 4
    }
  }
}
