import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("tables of comma-separated values")
struct TableTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func table(
    _ text: String, label: String = "y", image: String? = nil, header: Bool = true
  ) throws(DataError) -> CSVTable {
    try CSVTable(
      .memory(Array(text.utf8), path: "x.csv"), CSVRequest(path: "x.csv", label: label, image: image, hasHeader: header)
    )
  }

  func fault(_ text: String, label: String = "y", image: String? = nil, header: Bool = true) -> DataError? {
    do throws(DataError) {
      let table = try table(text, label: label, image: image, header: header)
      _ = try CSVRecords(table, inputShape: [1, table.columnCount - 1, 1]).gather(
        [Array(0..<table.records.count)], threads: 1)
      return nil
    } catch {
      return error
    }
  }

  func values(_ text: String, label: String = "y", header: Bool = true) throws -> [Float] {
    let table = try table(text, label: label, header: header)
    let records = try CSVRecords(table, inputShape: [1, table.columnCount - 1, 1])
    guard case .floats(let floats)? = try records.gather([Array(0..<records.count)], threads: 2).first else {
      return []
    }
    return floats
  }

  /// RFC 4180, §2, and what spreadsheets make of it.
  @Test(
    "line ends, quotes, byte order marks and blanks are read as they are meant",
    arguments: [
      "y,a,b\n1,2,3\n0,4,5\n", "y,a,b\r\n1,2,3\r\n0,4,5", "y,a,b\r1,2,3\r0,4,5\r", "\u{feff}y,a,b\n1,2,3\n0,4,5\n\n\n",
      "\"y\",\"a\",\"b\"\n\"1\",\"2\",3\n0,\"4\",\"5\"\n", "y,a,b\n1, 2 ,3.0\n0,4e0,+5\n",
      "\n\ny,a,b\n\n1,2,3\n\n0,4,5",
    ])
  func forms(text: String) throws {
    let table = try table(text)
    #expect(table.labels.values == [1, 0])
    #expect(table.labels.names == nil)
    #expect(table.header == ["y", "a", "b"])
    #expect(try values(text) == [2, 3, 4, 5])
  }

  /// What is UTF-8 is by Python's `bytes.decode("utf-8")`.
  @Test("text that is not UTF-8 is refused where it stands, wherever it would be a name")
  func encodings() throws {
    func fault(_ bytes: [UInt8], image: String? = nil) -> DataError? {
      do throws(DataError) {
        _ = try CSVTable(.memory(bytes, path: "x.csv"), CSVRequest(path: "x.csv", label: "y", image: image))
        return nil
      } catch {
        return error
      }
    }
    let cases: [(line: Int, bytes: [UInt8])] = [
      // ISO 8859-1, in a label, a name of a column, the name of a file, and behind a line break in quotes.
      (2, Array("a,y\n1,caf".utf8) + [0xe9] + Array("\n2,caf".utf8) + [0xe8, 0x0a]),
      (1, Array("caf".utf8) + [0xe9] + Array(",y\n1,tea\n".utf8)),
      (4, Array("a,y\n1,tea\n2,\"\ncaf".utf8) + [0xe9] + Array("\"\n".utf8)),
      // A surrogate, a needlessly long slash, and a scalar that is cut off by the end.
      (2, Array("a,y\n1,".utf8) + [0xed, 0xa0, 0x80, 0x0a]), (2, Array("a,y\n1,".utf8) + [0xc0, 0xaf]),
      (3, Array("a,y\n1,é\n2,".utf8) + [0xe2, 0x82]),
    ]
    for (line, bytes) in cases {
      let fault = try #require(fault(bytes))
      #expect(fault.message == "line \(line) of 'x.csv' is not UTF-8")
      #expect(fault.help?.contains("`iconv -f LATIN1 -t UTF-8`") == true)
    }
    #expect(fault(Array("f,y\n1".utf8) + [0xff] + Array(".png,tea\n".utf8), image: "f")?.code == .badTable)
    #expect(try table("a,y\n1,café\n2,cafè\n3,😀\n").labels.names == ["café", "cafè", "😀"].sorted())
  }

  @Test("columns may stand in any order, and a file may have no header")
  func columns() throws {
    #expect(try values("a,y,b\n1,7,2\n3,0,4\n") == [1, 2, 3, 4])
    #expect(try values("1,7,2\n3,0,4\n", label: "1", header: false) == [1, 2, 3, 4])
    #expect(try table("1,7,2\n3,0,4\n", label: "1", header: false).labels.values == [7, 0])
  }

  @Test("labels may be names, in quotes with commas, line breaks and quotes in them")
  func names() throws {
    let text = "y,a\n\"cat, \"\"tabby\"\"\",1\n\"dog\nlarge\",2\nant,3\n\"dog\nlarge\",4\n"
    let table = try table(text)
    #expect(table.labels.names == ["ant", "cat, \"tabby\"", "dog\nlarge"])
    #expect(table.labels.values == [1, 2, 0, 2])
    // The line on which each record begins.
    #expect(table.records.map(\.line) == [2, 3, 5, 6])
    #expect(try values(text) == [1, 2, 3, 4])
  }

  /// The nearest float32 to each decimal, by NumPy's `float32("…")`.
  @Test("numbers are the nearest float32")
  func numbers() throws {
    let texts = ["0.1", "-3.25", "1e-3", "255", "1234567", "16777217", "3.4028235e38", ".5", "5.", "1E+2", "007"]
    let expected: [UInt32] = [
      0x3dcc_cccd, 0xc050_0000, 0x3a83_126f, 0x437f_0000, 0x4996_b438, 0x4b80_0000, 0x7f7f_ffff, 0x3f00_0000,
      0x40a0_0000,
      0x42c8_0000, 0x40e0_0000,
    ]
    let text = "y,x\n" + texts.map { "0,\($0)\n" }.joined()
    #expect(try values(text).map(\.bitPattern) == expected)
  }

  @Test(
    "what is no table is an error with its line",
    arguments: [
      ("y,a\n1,2,3\n", "line 2 of 'x.csv' has 3 fields, and the first line 2"),
      ("y,a\n1\n", "line 2 of 'x.csv' has 1 fields, and the first line 2"),
      ("y,a\n1,2\n0,\"3\n", "line 3 of 'x.csv' opens a quote that is never closed"),
      ("y,a\n1,\"2\"3\n", "line 2 of 'x.csv' goes on behind the quotes of field 2"),
      ("y,a\n1,2\"3\"\n", "line 2 of 'x.csv' has a quote in the middle of field 2"),
      ("y,a\n1,2\u{0}\n", "line 2 of 'x.csv' holds a zero byte, so it is not text"),
      ("y,a\n1,2\nx,3\n", "line 3 of 'x.csv' has the label `x`, and the first label is a number"),
      ("y,a\ncat,2\n,3\n", "line 3 of 'x.csv' has no label: its column `y` is empty"),
      ("y,a\n", "'x.csv' holds no record below its header"), ("", "'x.csv' is empty"),
      ("z,a\n1,2\n", "'x.csv' has no column `y`; it has `z`, `a`"), ("y,y\n1,2\n", "'x.csv' has 2 columns `y`"),
      ("y,a\n1,red\n", "line 2 of 'x.csv' has `red` in column `a`, which is no finite number"),
      ("y,a\n1,\n", "line 2 of 'x.csv' has nothing in column `a`"),
      ("y,a\n1,nan\n", "line 2 of 'x.csv' has `nan` in column `a`, which is no finite number"),
      ("y,a\n1,inf\n", "line 2 of 'x.csv' has `inf` in column `a`, which is no finite number"),
      ("y,a\n1,1e99\n", "line 2 of 'x.csv' has `1e99` in column `a`, and 32 bits hold numbers up to 3.4e+38"),
      ("y,a\n1,0x10\n", "line 2 of 'x.csv' has `0x10` in column `a`, which is no finite number"),
      ("<!DOCTYPE html>\n", "'x.csv' looks like HTML, not CSV"),
    ])
  func malformed(text: String, message: String) {
    #expect(fault(text)?.message == message)
  }

  @Test("a file without a header is recognised, and its columns are named by number")
  func headerless() {
    #expect(
      fault("1,2\n0,3\n")?.help
        == "its first line is numbers: write `header: false` and `label: 0` for the first column")
    #expect(
      fault("1,2\n0,3\n", label: "2", header: false)?.message
        == "`label: 2` is no column of 'x.csv', which has 2 and no header")
    #expect(fault("1,2\n0,3\n", label: "y", header: false)?.code == .badColumn)
  }

  @Test("lines and fields beyond the limits are refused")
  func limits() {
    let long = String(repeating: "1", count: CSVScanner.mostRecordBytes)
    #expect(fault("y,a\n1,\(long)\n")?.message == "line 2 of 'x.csv' has a record of more than 8,388,608 bytes")
    let wide = String(repeating: ",", count: CSVFields.mostFields)
    #expect(fault("y\(wide)\n")?.message == "line 1 of 'x.csv' has more than 262,144 fields")
  }

  @Test("columns fill the model's input row by row, and have to be as many")
  func shape() throws {
    try scratch.write(Array("label,p0,p1,p2,p3\n1,1,2,3,4\n0,5,6,7,8\n".utf8), "data/x.csv")
    var request = DataRequest(
      source: .csv(CSVRequest(path: "data/x.csv", label: "label")), specDirectory: scratch.path)
    request.inputShape = [2, 2, 1]
    let data = try DataLoader().load(request)
    #expect(data.train.sampleShape == [2, 2, 1])
    #expect(data.description == "data/x.csv (2 samples)")
    request.inputShape = [2, 2, 3]
    let error = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(
      error?.message
        == "'\(scratch.path("data/x.csv"))' has 4 columns besides the label, and the model's input [2, 2, 3] has 12 values"
    )
  }

  @Test("a gzipped table is unpacked")
  func zipped() throws {
    try scratch.write(gzip(Array("y,a\n1,2\n0,3\n".utf8)), "x.csv.gz")
    var request = DataRequest(source: .csv(CSVRequest(path: "x.csv.gz", label: "y")), specDirectory: scratch.path)
    request.inputShape = [1, 1, 1]
    let data = try DataLoader().load(request)
    guard case .floats(let floats) = data.train.storage else {
      Issue.record("values of a table are floats")
      return
    }
    #expect(floats == [2, 3])
  }

  @Test("a column may name image files, beside the table")
  func imageList() throws {
    for name in ["gray-8.png", "420.jpg"] {
      try scratch.write(try References.bytes("\(References.images)/\(name)"), "set/pictures/\(name)")
    }
    try scratch.write(Array("file,kind\npictures/420.jpg,b\npictures/gray-8.png,a\n".utf8), "set/list.csv")
    var request = DataRequest(
      source: .csv(CSVRequest(path: "set/list.csv", label: "kind", image: "file")), specDirectory: scratch.path)
    request.imageSize = PixelSize(height: 4, width: 4)
    let data = try DataLoader().load(request)
    #expect(data.train.sampleShape == [4, 4, 3])
    #expect(data.train.labels == [1, 0])
    #expect(data.train.classNames == ["a", "b"])
    #expect(data.train.name(of: 1) == "set/pictures/gray-8.png")
    // Nothing leads out of the folder of the spec.
    try scratch.write(Array("file,kind\n../../secret.png,b\n".utf8), "set/list.csv")
    let error = #expect(throws: DataError.self) { try DataLoader().load(request) }
    #expect(
      error?.message.hasPrefix("line 2 of '\(scratch.path("set/list.csv"))' names a file that cannot be:") == true)
    try scratch.write(Array("file,kind\npictures/none.png,b\n".utf8), "set/list.csv")
    #expect(throws: DataError.self) { try DataLoader().load(request) }
  }
}
