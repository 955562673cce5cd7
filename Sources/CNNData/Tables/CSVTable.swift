internal import CNNDiagnostics

/// What a spec says about a CSV file.
package struct CSVRequest: Sendable, Equatable {
  package var path: String
  /// Names of the columns of labels, of which only values can have several; their numbers from 0 where the file has no
  /// header.
  package var labels: [String]
  /// Name of the column of image files, relative to the CSV's folder; `nil` if the other columns are the pixels.
  package var image: String?
  package var hasHeader: Bool

  package init(path: String, label: String, image: String? = nil, hasHeader: Bool = true) {
    self.init(path: path, labels: [label], image: image, hasHeader: hasHeader)
  }

  package init(path: String, labels: [String], image: String? = nil, hasHeader: Bool = true) {
    self.path = path
    self.labels = labels
    self.image = image
    self.hasHeader = hasHeader
  }
}

/// A CSV file, looked through once: where its records are, their labels, and their image files.
struct CSVTable: Sendable {
  let bytes: RandomBytes
  let records: [CSVScanner.Record]
  let columnCount: Int
  let labelColumns: [Int]
  let labels: SampleLabels
  /// Of each record, where a column names them.
  let images: [String]
  /// Names of the columns; empty without a header.
  let header: [String]

  private static let mostRecords = 1 << 24
  /// Longer gzipped files are not unpacked in memory.
  private static let mostUnpacked = 1 << 31

  init(
    _ bytes: RandomBytes, _ request: CSVRequest, for target: DataRequest.Target = .classes(nil)
  ) throws(DataError) {
    let bytes = try Self.unpacked(bytes)
    let path = bytes.path
    self.bytes = bytes
    var scanner = try CSVScanner(bytes)
    var fields = CSVFields()
    var records: [CSVScanner.Record] = []
    var labels: [String] = []
    var images: [String] = []
    var header: [String] = []
    var columns: (labels: [Int], image: Int?)?
    var columnCount = 0
    while let record = try scanner.find() {
      if let fault = fields.split(scanner.bytes) { throw .csv(path, line: record.line, fault) }
      guard let known = columns else {
        columnCount = fields.count
        header = request.hasHeader ? (0..<fields.count).map { fields.text($0) } : []
        columns = try Self.columns(request, fields, path)
        if request.hasHeader { continue }
        for label in columns?.labels ?? [] { labels.append(fields.text(label)) }
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
      for label in known.labels { labels.append(fields.text(label)) }
      if let image = known.image { images.append(fields.text(image)) }
      records.append(record)
    }
    if columns == nil {
      throw DataError(.badTable, .source, "'\(path)' is empty", help: "copy or download the file again")
    }
    guard let columns, !records.isEmpty else {
      throw DataError(
        .badTable, .source, "'\(path)' holds no record" + (request.hasHeader ? " below its header" : ""),
        help: request.hasHeader ? "write `header: false` if the first line is a sample" : nil)
    }
    self.records = records
    self.columnCount = columnCount
    labelColumns = columns.labels
    self.images = images
    self.header = header
    self.labels = try Self.labels(
      labels, columns.labels.map { Self.columnName($0, header) }, records, path, target)
  }

  /// `column `p4``, or `column 4` without a header.
  static func columnName(_ column: Int, _ header: [String]) -> String {
    header.indices.contains(column) ? "column `\(header[column])`" : "column \(column)"
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
  ) throws(DataError) -> (labels: [Int], image: Int?) {
    var labels: [Int] = []
    let names = (0..<fields.count).map { fields.text($0) }
    for name in request.labels {
      labels.append(
        try column(name, "label", request, fields, path) { word in
          if request.labels.count == 1 { return word }
          let all = request.labels.map {
            $0 == name ? word : value(names.contains($0) ? $0 : numbered($0, names) ?? $0)
          }
          return "[\(all.joined(separator: ", "))]"
        })
    }
    let image = try request.image.map { name throws(DataError) in
      try column(name, "image", request, fields, path) { $0 }
    }
    if let image, labels.contains(image) {
      throw DataError(
        .badColumn, .source, "`label` and `image` are both the column `\(request.image ?? "")` of '\(path)'")
    }
    if Set(labels).count < labels.count {
      throw DataError(.badColumn, .source, "`label` names a column of '\(path)' twice", help: "name each column once")
    }
    return (labels, image)
  }

  /// A name of a column as a spec has it.
  private static func value(_ name: String) -> String {
    name.contains(where: { " ,:#[]{}\"'".contains($0) }) || name.isEmpty ? JSONText.quoted(name) : name
  }

  /// The column that a number means, from 0, where columns have names.
  private static func numbered(_ text: String, _ names: [String]) -> String? {
    Int(text).flatMap { names.indices.contains($0) ? names[$0] : nil }
  }

  /// Where the column is that a key of the spec names.
  ///
  /// - Parameter written: what the key's value is to be with another name in the place of this one.
  private static func column(
    _ name: String, _ key: String, _ request: CSVRequest, _ fields: CSVFields, _ path: String,
    written: (String) -> String
  ) throws(DataError) -> Int {
    let names = (0..<fields.count).map { fields.text($0) }
    let separator = separator(names)
    if !request.hasHeader {
      guard let index = Int(name), (0..<fields.count).contains(index) else {
        throw DataError(
          .badColumn, .source,
          "`\(key): \(name)` is no column of '\(path)', which has \(fields.count.grouped) and no header",
          help: separator ?? "without a header, write the number of the column, from 0")
      }
      return index
    }
    let places = names.indices.filter { names[$0] == name }
    guard let place = places.first else {
      let isData = (0..<fields.count).allSatisfy { fields.number($0) != nil }
      // The name itself is compared first: of a hundred columns a message shows a dozen.
      let trimmed = names.first { $0.filter { $0 != " " }.lowercased() == name.filter { $0 != " " }.lowercased() }
      let numbered = numbered(name, names)
      let close = trimmed ?? numbered ?? Spelling.closest(to: name, among: names)
      throw DataError(
        .badColumn, .source, "'\(path)' has no column `\(name)`; it has " + SampleLabels.list(names),
        help: isData
          ? "its first line is numbers: write `header: false` and `\(key): \(written("0"))` for the first column"
          : separator
            ?? close.map { close in
              (trimmed == nil && numbered != nil ? "a file with a header has its columns by name: " : "")
                + "write `\(key): \(written(value(close)))`"
            })
    }
    if places.count > 1 {
      throw DataError(
        .badColumn, .source, "'\(path)' has \(places.count) columns `\(name)`", help: "rename one of them")
    }
    return place
  }

  /// What to do about a line that seems to be divided by something else than commas.
  private static func separator(_ names: [String]) -> String? {
    guard names.count == 1, let only = names.first else { return nil }
    for (mark, word) in [(";", "`;`"), ("\t", "tabs")] where only.contains(mark) {
      return "its fields are divided by \(word), and commas are read: save it with commas"
    }
    return nil
  }

  /// Numbers if all of a column are such, and names of classes if the first is none; the names are sorted.
  ///
  /// - Parameters:
  ///   - texts: as many a record as there are columns.
  ///   - columns: what these are called.
  private static func labels(
    _ texts: [String], _ columns: [String], _ records: [CSVScanner.Record], _ path: String, _ target: DataRequest.Target
  ) throws(DataError) -> SampleLabels {
    let lines = records.map(\.line)
    let width = columns.count
    if let empty = texts.firstIndex(where: \.isEmpty) {
      throw .csv(
        path, line: lines[empty / width], "has no label: its \(columns[empty % width]) is empty",
        help: "fill the cell in, or leave out the line")
    }
    if width > 1 || CSVFields.decimal(texts[0]) != nil {
      var numbers: [Double] = []
      numbers.reserveCapacity(texts.count)
      for (index, text) in texts.enumerated() {
        guard let number = CSVFields.decimal(text) else {
          throw .csv(
            path, line: lines[index / width],
            "has the label `\(text.prefix(40))`" + (width > 1 ? " in \(columns[index % width])" : "")
              + (width > 1 ? ", which is no number" : ", and the first label is a number"),
            help: width > 1
              ? "several columns of labels are values, each a number"
              : "make all labels numbers, or all of them names")
        }
        numbers.append(number)
      }
      return try SampleLabels(count: records.count, width: width, path: path, lines: lines, for: target) {
        record, column in
        numbers[record * width + column]
      }
    }
    for (text, record) in zip(texts, records) where text.utf8.count > 256 {
      throw .csv(path, line: record.line, "has a label of \(text.utf8.count) bytes")
    }
    let names = Set(texts).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard names.count <= SampleLabels.mostClasses else {
      throw DataError(.labelOutOfRange, .source, "'\(path)' has \(names.count.grouped) classes")
    }
    let places = Dictionary(uniqueKeysWithValues: zip(names, Int32(0)...))
    return SampleLabels(values: texts.map { places[$0] ?? 0 }, names: names, path: path, lines: lines)
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
    let columns = table.columnCount - table.labelColumns.count
    guard let inputShape, inputShape.reduce(1, *) == columns else {
      throw DataError(
        .wrongRank, .source,
        "'\(table.bytes.path)' has \(columns.grouped) \(columns == 1 ? "column" : "columns") besides the label, and "
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
    for field in 0..<fields.count where !table.labelColumns.contains(field) {
      guard let value = fields.number(field) else { throw notFinite(fields, field, record) }
      sample.floats[next] = value
      next += 1
    }
    if sample.wantsDigest {
      sample.noteStored(
        sample.floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
    }
  }

  private func notFinite(_ fields: CSVFields, _ field: Int, _ record: Int) -> DataError {
    let column = CSVTable.columnName(field, table.header)
    let text = fields.text(field)
    if text.allSatisfy(\.isWhitespace) {
      return DataError(
        .notFinite, .source, "\(name(of: record)) has nothing in \(column)",
        help: "fill the cell in, or leave out the line: what is missing is no number")
    }
    let isLarge = CSVFields.decimal(text) != nil
    return DataError(
      .notFinite, .source,
      "\(name(of: record)) has `\(text.prefix(40))` in \(column), "
        + (isLarge ? "and 32 bits hold numbers up to 3.4e+38" : "which is no finite number"),
      help: isLarge
        ? "scale the column before the file is saved"
        : "all columns but the label are values of the sample; leave others out of the file")
  }
}
