internal import CNNDiagnostics

/// The samples of an array of NumPy: `[N, H, W]`, `[N, H, W, C]`, or flat `[N, D]`.
struct ArrayRecords: SampleRecords {
  let count: Int
  let shape: [Int]
  let element: SampleElement
  let isSequentialSince: String?

  private let array: NPYArray
  var path: String { array.path }
  /// Of an array whose first axis runs fastest: its elements, put into the other order.
  private let reordered: [UInt8]?

  /// Bytes of a record as it is stored.
  private let recordByteCount: Int

  /// Larger arrays in Fortran order are not put into the other one.
  private static let mostReordered = 1 << 32

  /// - Parameter inputShape: what a flat sample is, if it has as many values.
  init(_ array: NPYArray, inputShape: [Int]?) throws(DataError) {
    self.array = array
    let header = array.header
    let extents = Array(header.extents.dropFirst())
    switch extents.count {
    case 1:
      guard let inputShape, inputShape.reduce(1, *) == extents[0] else {
        throw DataError(
          .wrongRank, .source,
          "'\(array.path)' holds \(header.text), and the \(extents[0].grouped) values of a sample are not "
            + (inputShape.map { "the model's input \($0)" } ?? "an image"),
          help: "give the array the shape (samples, height, width, channels)")
      }
      shape = inputShape
    case 2: shape = extents + [1]
    case 3: shape = extents
    default:
      throw DataError(
        .wrongRank, .source, "'\(array.path)' holds \(header.text), and images have 3 or 4 dimensions, samples first",
        help: "check which array is which")
    }
    count = header.recordCount
    recordByteCount = header.recordByteCount
    try SampleLimits.check(count: count, shape: shape, array.path)
    element = header.element.isByte || header.element.kind == .boolean ? .bytes : .floats
    if header.isFortranOrder {
      reordered = try array.elements(mostBytes: Self.mostReordered)
      isSequentialSince = nil
    } else {
      reordered = nil
      isSequentialSince = array.isSequentialSince
      // Nothing else holds an uncompressed member against its checksum.
      if isSequentialSince == nil { try array.checkSum() }
    }
  }

  /// An array that is one sample as a whole, without an axis of samples.
  ///
  /// - Parameter shape: of the sample; the array has as many elements.
  init(single array: NPYArray, shape: [Int]) throws(DataError) {
    precondition(array.header.extents.reduce(1, *) == shape.reduce(1, *), "\(array.header.text) as \(shape)")
    self.array = array
    self.shape = shape
    count = 1
    recordByteCount = array.header.dataByteCount
    try SampleLimits.check(count: 1, shape: shape, array.path)
    element = array.header.element.isByte || array.header.element.kind == .boolean ? .bytes : .floats
    reordered = try array.elements(mostBytes: Self.mostReordered)
    isSequentialSince = nil
  }

  func name(of record: Int) -> String { "record \(record.grouped) of '\(array.path)'" }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    if let reordered {
      let size = recordByteCount
      sample.raw.resize(to: size)
      sample.raw.replaceSubrange(0..<size, with: reordered[(record * size)..<((record + 1) * size)])
    } else {
      try array.read(record, into: &sample.raw)
    }
    try convert(record, &sample)
  }

  func readAll(
    into sample: inout SampleBuffer, _ body: (Int, borrowing SampleBuffer) throws(DataError) -> Void
  ) throws(DataError) {
    if reordered != nil {
      for record in 0..<count {
        try read(record, into: &sample)
        try body(record, sample)
      }
      return
    }
    var raw: [UInt8] = []
    try array.readAll(into: &raw) { (record, raw) throws(DataError) in
      swap(&raw, &sample.raw)
      defer { swap(&raw, &sample.raw) }
      try convert(record, &sample)
      try body(record, sample)
    }
  }

  /// From `sample.raw` to values.
  private func convert(_ record: Int, _ sample: inout SampleBuffer) throws(DataError) {
    sample.noteStored(sample.raw)
    let element = array.header.element
    if element.isByte {
      swap(&sample.raw, &sample.bytes)
    } else if element.kind == .boolean {
      sample.bytes.resize(to: elementCount)
      for index in sample.bytes.indices { sample.bytes[index] = sample.raw[index] == 0 ? 0 : 1 }
    } else {
      sample.floats.resize(to: elementCount)
      for index in sample.floats.indices {
        let value = element.float(sample.raw, at: index * element.byteCount)
        guard value.isFinite else {
          throw notFinite(element.value(sample.raw, at: index * element.byteCount), record, index)
        }
        sample.floats[index] = value
      }
    }
  }

  private func notFinite(_ value: Double, _ record: Int, _ index: Int) -> DataError {
    value.isFinite
      ? DataError(
        .notFinite, .source,
        "\(name(of: record)) holds \(value) at position \(index), and 32 bits hold numbers up to 3.4e+38",
        help: "scale the values before the array is saved")
      : DataError(
        .notFinite, .source, "\(name(of: record)) holds a value that is not a finite number, at position \(index)",
        help: "replace what is missing or infinite before the array is saved")
  }
}

extension NPYArray {
  /// Larger members of archives are read without a look at their checksum first.
  private static let mostChecked = 1 << 32

  /// Reads all of an uncompressed member of an archive once, for its checksum.
  func checkSum() throws(DataError) {
    guard hasCheckSum, header.dataByteCount <= Self.mostChecked else { return }
    var record: [UInt8] = []
    try readAll(into: &record) { _, _ in }
  }
}

extension SampleLabels {
  /// Labels `[N]` or `[N, 1]` of whole numbers, or `[N, classes]` with a single 1 in each row; values where the model
  /// aims at such.
  init(_ array: NPYArray, for target: DataRequest.Target) throws(DataError) {
    let header = array.header
    try SampleLimits.check(count: header.recordCount, shape: [header.recordElementCount], array.path)
    let element = header.element
    let width = header.recordElementCount
    guard header.extents.count == 1 || header.extents.count == 2, width <= Self.mostClasses else {
      throw DataError(
        .wrongRank, .source, "'\(array.path)' holds \(header.text), and labels are one number a sample",
        help: "check which array is which")
    }
    let bytes = try array.elements(mostBytes: 1 << 30)
    try self.init(count: header.recordCount, width: width, path: array.path, for: target) { record, column in
      element.value(bytes, at: (record * width + column) * element.byteCount)
    }
  }
}
