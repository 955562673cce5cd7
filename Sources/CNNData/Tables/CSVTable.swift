internal import CNNDiagnostics

/// What a spec says about a CSV file.
package struct CSVRequest: Sendable, Equatable {
  package var path: String
  /// Name of the column of labels; its number from 0 where the file has no header.
  package var label: String
  /// Name of the column of image files, relative to the CSV's folder; `nil` if the other columns are the pixels.
  package var image: String?
  package var hasHeader: Bool

  package init(path: String, label: String, image: String? = nil, hasHeader: Bool = true) {
    self.path = path
    self.label = label
    self.image = image
    self.hasHeader = hasHeader
  }
}

/// A CSV file, looked through once: where its records are, their labels, and their image files.
struct CSVTable: Sendable {
  let bytes: RandomBytes
  let records: [CSVScanner.Record]
  let columnCount: Int
  let labelColumn: Int
  let labels: SampleLabels
  /// Of each record, where a column names them.
  let images: [String]
  /// Names of the columns; empty without a header.
  let header: [String]

  private static let mostRecords = 1 << 24
  /// Longer gzipped files are not unpacked in memory.
  private static let mostUnpacked = 1 << 31

  init(_ bytes: RandomBytes, _ request: CSVRequest) throws(DataError) {
    let bytes = try Self.unpacked(bytes)
    let path = bytes.path
    self.bytes = bytes
    var scanner = try CSVScanner(bytes)
    var fields = CSVFields()
    var records: [CSVScanner.Record] = []
    var labels: [String] = []
    var images: [String] = []
    var header: [String] = []
    var columns: (label: Int, image: Int?)?
    var columnCount = 0
    while let record = try scanner.find() {
      if let fault = fields.split(scanner.bytes) { throw .csv(path, line: record.line, fault) }
      guard let known = columns else {
        columnCount = fields.count
        header = request.hasHeader ? (0..<fields.count).map { fields.text($0) } : []
        columns = try Self.columns(request, fields, path)
        if request.hasHeader { continue }
        labels.append(fields.text(columns?.label ?? 0))
        if let image = columns?.image { images.append(fields.text(image)) }
        records.append(record)
        continue
      }
      guard fields.count == columnCount else {
        throw .csv(
          path, line: record.line, "has \(fields.count.grouped) fields, and the first line \(columnCount.grouped)",
          help: "put text that holds commas in double quotes")
      }
      if records.count == Self.mostRecords {
        throw .csv(path, line: record.line, "is beyond the \(Self.mostRecords.grouped) records that are read")
      }
      labels.append(fields.text(known.label))
      if let image = known.image { images.append(fields.text(image)) }
      records.append(record)
    }
    guard let columns, !records.isEmpty else {
      throw DataError(
        .badTable, .source, "'\(path)' holds no record" + (request.hasHeader ? " below its header" : ""),
        help: request.hasHeader ? "write `header: false` if the first line is a sample" : nil)
    }
    self.records = records
    self.columnCount = columnCount
    labelColumn = columns.label
    self.images = images
    self.header = header
    self.labels = try Self.labels(labels, records, path)
  }

  /// A gzipped file has no places to read from, so it is unpacked.
  private static func unpacked(_ bytes: RandomBytes) throws(DataError) -> RandomBytes {
    var magic = [UInt8](repeating: 0, count: 64)
    magic.resize(to: try bytes.read(into: &magic, 0..<64, at: 0))
    if IDXHeader.looksLikeMarkup(magic) {
      throw DataError(
        .looksLikeHTML, .source, "'\(bytes.path)' looks like HTML, not CSV",
        help: "a web page was saved in place of the file; download the file itself")
    }
    var source = try ByteSource(bytes)
    guard source.isGzip else { return bytes }
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try source.read(into: &chunk, 0..<chunk.count)
      all += chunk.prefix(count)
      if count < chunk.count { return .memory(all, path: bytes.path) }
      if all.count > mostUnpacked {
        throw DataError(
          .tooLarge, .source, "'\(bytes.path)' unpacks to more than \(mostUnpacked.grouped) bytes",
          help: "unpack it, and name the plain file")
      }
    }
  }

  private static func columns(
    _ request: CSVRequest, _ fields: CSVFields, _ path: String
  ) throws(DataError) -> (label: Int, image: Int?) {
    func find(_ name: String, _ key: String) throws(DataError) -> Int {
      if !request.hasHeader {
        guard let index = Int(name), (0..<fields.count).contains(index) else {
          throw DataError(
            .badColumn, .source,
            "`\(key): \(name)` is no column of '\(path)', which has \(fields.count.grouped) and no header",
            help: "without a header, write the number of the column, from 0")
        }
        return index
      }
      let names = (0..<fields.count).map { fields.text($0) }
      let places = names.indices.filter { names[$0] == name }
      guard let place = places.first else {
        let isData = (0..<fields.count).allSatisfy { fields.number($0) != nil }
        throw DataError(
          .badColumn, .source,
          "'\(path)' has no column `\(name)`; it has " + SampleLabels.list(names),
          help: isData ? "its first line is numbers: write `header: false` and `\(key): 0` for the first column" : nil)
      }
      if places.count > 1 {
        throw DataError(
          .badColumn, .source, "'\(path)' has \(places.count) columns `\(name)`", help: "rename one of them")
      }
      return place
    }
    let label = try find(request.label, "label")
    guard let name = request.image else { return (label, nil) }
    let image = try find(name, "image")
    if image == label {
      throw DataError(.badColumn, .source, "`label` and `image` are both the column `\(name)` of '\(path)'")
    }
    return (label, image)
  }

  /// Whole numbers if the first is one, and then all have to be; names of classes otherwise, sorted.
  private static func labels(
    _ texts: [String], _ records: [CSVScanner.Record], _ path: String
  ) throws(DataError) -> SampleLabels {
    func number(_ text: String) -> Int32? {
      let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      return Int32(String(trimmed))
    }
    if number(texts[0]) != nil {
      var values: [Int32] = []
      values.reserveCapacity(texts.count)
      for (text, record) in zip(texts, records) {
        guard let value = number(text) else {
          throw .csv(
            path, line: record.line, "has the label `\(text)`, and the first label is a number",
            help: "make all labels whole numbers from 0, or all of them names")
        }
        values.append(value)
      }
      return SampleLabels(values: values, names: nil, path: path)
    }
    for (text, record) in zip(texts, records) where text.isEmpty || text.utf8.count > 256 {
      throw .csv(path, line: record.line, text.isEmpty ? "has no label" : "has a label of \(text.utf8.count) bytes")
    }
    let names = Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard names.count <= SampleLabels.mostClasses else {
      throw DataError(.labelOutOfRange, .source, "'\(path)' has \(names.count.grouped) classes")
    }
    let places = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    return SampleLabels(values: texts.map { places[$0] ?? 0 }, names: names, path: path)
  }
}

/// The samples of a CSV file whose columns but the label are the values.
struct CSVRecords: SampleRecords {
  let shape: [Int]
  var element: SampleElement { .floats }
  var isSequentialSince: String? { nil }
  var count: Int { table.records.count }

  private let table: CSVTable

  /// - Parameter inputShape: what a sample is; it has as many values as there are columns.
  init(_ table: CSVTable, inputShape: [Int]?) throws(DataError) {
    self.table = table
    let columns = table.columnCount - 1
    guard let inputShape, inputShape.reduce(1, *) == columns else {
      throw DataError(
        .wrongRank, .source,
        "'\(table.bytes.path)' has \(columns.grouped) columns besides the label, and "
          + (inputShape.map { "the model's input \($0) has \($0.reduce(1, *).grouped) values" }
            ?? "the shape of a sample is not known"),
        help: "the columns are the rows of the image one after the other, with the channels of a pixel side by side; "
          + "for a column of image files, write `image: COLUMN`")
    }
    shape = inputShape
  }

  func name(of record: Int) -> String { "line \(table.records[record].line.grouped) of '\(table.bytes.path)'" }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    let place = table.records[record]
    try table.bytes.fill(&sample.raw, count: place.byteCount, at: place.offset)
    var fields = CSVFields()
    if let fault = fields.split(sample.raw) { throw .csv(table.bytes.path, line: place.line, fault) }
    guard fields.count == table.columnCount else {
      throw .csv(table.bytes.path, line: place.line, "changed while it was read")
    }
    sample.floats.resize(to: elementCount)
    var next = 0
    for field in 0..<fields.count where field != table.labelColumn {
      guard let value = fields.number(field) else {
        let column = table.header.isEmpty ? "column \(field)" : "column `\(table.header[field])`"
        throw DataError(
          .notFinite, .source,
          "\(name(of: record)) has `\(fields.text(field).prefix(40))` in \(column), which is no finite number",
          help: "all columns but the label are values of the image; leave others out of the file")
      }
      sample.floats[next] = value
      next += 1
    }
    if sample.wantsDigest {
      sample.noteStored(
        sample.floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
    }
  }
}
