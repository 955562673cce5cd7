internal import CNNDiagnostics

/// Finds the records of a CSV file (RFC 4180), one after the other: where each begins and ends.
///
/// Records end with LF, CRLF or CR, and may hold line breaks in quotes. A byte order mark, and empty lines at the end,
/// are passed over.
struct CSVScanner: ~Copyable {
  /// A record, without its line break.
  struct Record: Sendable {
    /// Bytes from the beginning of the file, decompressed.
    let offset: Int
    let byteCount: Int
    /// From 1.
    let line: Int
  }

  static let mostRecordBytes = 8 << 20
  private static let chunkByteCount = 1 << 16

  private var source: ByteSource
  private var chunk: [UInt8] = []
  private var next = 0
  private var offset = 0
  private var line = 1
  /// The bytes of the record last found.
  private(set) var bytes: [UInt8] = []

  init(_ bytes: RandomBytes) throws(DataError) { source = try ByteSource(bytes) }

  /// The next record; `nil` at the end of the file.
  mutating func find() throws(DataError) -> Record? {
    if offset == 0 {
      for byte in [0xef, 0xbb, 0xbf] as [UInt8] where try peek() == byte { skip() }
    }
    while true {
      let (start, firstLine) = (offset, line)
      bytes.removeAll(keepingCapacity: true)
      var isQuoted = false
      var bits: UInt8 = 0
      scan: while let byte = try peek() {
        switch byte {
        case UInt8(ascii: "\""): isQuoted.toggle()
        case UInt8(ascii: "\n"):
          line += 1
          if !isQuoted { break scan }
        case UInt8(ascii: "\r"):
          if !isQuoted { break scan }
        case 0: throw fault("holds a zero byte, so it is not text", line)
        default: break
        }
        bytes.append(byte)
        bits |= byte
        if bytes.count > Self.mostRecordBytes {
          throw fault("has a record of more than \(Self.mostRecordBytes.grouped) bytes", firstLine)
        }
        skip()
      }
      let end = offset
      let ended = try endLine()
      // Before anything else is said of it: what of other bytes becomes text would be the same for many of them.
      if bits >= 0x80, let place = bytes.firstNotUTF8 {
        throw .csv(
          source.path, line: firstLine + bytes[..<place].count { $0 == UInt8(ascii: "\n") }, "is not UTF-8",
          help: "save the file as UTF-8, such as by `iconv -f LATIN1 -t UTF-8`, and name that one")
      }
      if isQuoted { throw fault("opens a quote that is never closed", firstLine) }
      if bytes.isEmpty {
        if !ended { return nil }
        continue
      }
      return Record(offset: start, byteCount: end - start, line: firstLine)
    }
  }

  /// Passes over a line break; false at the end of the file.
  private mutating func endLine() throws(DataError) -> Bool {
    guard let byte = try peek() else { return false }
    skip()
    if byte == UInt8(ascii: "\r") {
      line += 1
      if try peek() == UInt8(ascii: "\n") { skip() }
    }
    return true
  }

  private mutating func peek() throws(DataError) -> UInt8? {
    if next < chunk.count { return chunk[next] }
    chunk.resize(to: Self.chunkByteCount)
    chunk.resize(to: try source.read(into: &chunk, 0..<chunk.count))
    next = 0
    return chunk.first
  }

  private mutating func skip() {
    next += 1
    offset += 1
  }

  private borrowing func fault(_ message: String, _ line: Int) -> DataError {
    .csv(source.path, line: line, message)
  }
}

extension [UInt8] {
  /// The first byte that is no part of text in UTF-8; `nil` if all of them are.
  fileprivate var firstNotUTF8: Int? {
    var decoder = Unicode.UTF8.ForwardParser()
    var (bytes, place) = (makeIterator(), 0)
    while true {
      switch decoder.parseScalar(from: &bytes) {
      case .valid(let scalar): place += scalar.count
      case .error: return Swift.min(place, count)
      case .emptyInput: return nil
      }
    }
  }
}

extension DataError {
  /// - Parameter message: completes "line 7 of 'x.csv' …".
  static func csv(_ path: String, line: Int, _ message: String, help: String? = nil) -> DataError {
    DataError(.badTable, .source, "line \(line.grouped) of '\(path)' \(message)", help: help)
  }
}

/// The fields of one record.
struct CSVFields {
  /// Where each stands in the record, its quotes around it not counted.
  private(set) var ranges: [Range<Int>] = []
  private(set) var bytes: [UInt8] = []
  static let mostFields = 262_144

  init() {}

  var count: Int { ranges.count }

  /// Takes a record apart. Doubled quotes become one.
  /// - Returns: what is wrong with it, completing "line 7 …".
  mutating func split(_ record: borrowing [UInt8]) -> String? {
    ranges.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    var place = 0
    while true {
      let start = bytes.count
      if place < record.count, record[place] == UInt8(ascii: "\"") {
        place += 1
        while true {
          guard place < record.count else { return "opens a quote that is never closed" }
          let byte = record[place]
          place += 1
          if byte == UInt8(ascii: "\"") {
            guard place < record.count, record[place] == UInt8(ascii: "\"") else { break }
            place += 1
          }
          bytes.append(byte)
        }
        if place < record.count, record[place] != UInt8(ascii: ",") {
          return "goes on behind the quotes of field \(ranges.count + 1)"
        }
      } else {
        while place < record.count, record[place] != UInt8(ascii: ",") {
          if record[place] == UInt8(ascii: "\"") { return "has a quote in the middle of field \(ranges.count + 1)" }
          bytes.append(record[place])
          place += 1
        }
      }
      ranges.append(start..<bytes.count)
      if ranges.count > Self.mostFields { return "has more than \(Self.mostFields.grouped) fields" }
      if place == record.count { return nil }
      place += 1
    }
  }

  func text(_ field: Int) -> String { String(decoding: bytes[ranges[field]], as: UTF8.self) }

  /// A field as a finite number in decimal; `nil` if it is none. Blanks around it do not count.
  func number(_ field: Int) -> Float? {
    var range = ranges[field]
    while let first = range.first, bytes[first] == UInt8(ascii: " ") { range = (first + 1)..<range.upperBound }
    while let last = range.last, bytes[last] == UInt8(ascii: " ") { range = range.lowerBound..<last }
    if range.isEmpty { return nil }
    // Most pixels are whole numbers of a few digits.
    if range.count <= 7 {
      var value: Int32 = 0
      var isWhole = true
      for index in range {
        let digit = bytes[index] &- UInt8(ascii: "0")
        if digit > 9 {
          isWhole = false
          break
        }
        value = value &* 10 &+ Int32(digit)
      }
      if isWhole { return Float(value) }
    }
    guard Self.isDecimal(bytes[range]), let value = Float(String(decoding: bytes[range], as: UTF8.self)),
      value.isFinite
    else { return nil }
    return value
  }

  /// A text as a finite number in decimal; `nil` if it is none. Blanks around it do not count.
  static func decimal(_ text: String) -> Double? {
    let bytes = Array(text.utf8.drop { $0 == UInt8(ascii: " ") }.reversed().drop { $0 == UInt8(ascii: " ") }.reversed())
    guard isDecimal(bytes[...]), let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }

  /// Of what Swift reads, words and hexadecimals are left out.
  private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count <= 64
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"),
          UInt8(ascii: "e"), UInt8(ascii: "E"):
          true
        default: false
        }
      }
  }
}
