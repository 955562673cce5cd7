import CNNDiagnostics
import CNNExport
import CNNReport
import CNNSession

/// What an export came to: a line a file, and what it was tried on.
struct ExportReport {
  private let samples: String
  private let areOfData: Bool
  private var table = TextTable([
    .init("file"), .init("size", .right), .init("read back by"), .init("samples", .right),
    .init("largest difference", .right),
  ])
  private var files: [JSONText] = []
  /// What could not be read again, and why.
  private var unchecked: [String] = []

  /// - Parameters:
  ///   - samples: which they were, in words.
  ///   - areOfData: whether they are real.
  init(samples: String, areOfData: Bool) {
    self.samples = samples
    self.areOfData = areOfData
  }

  var isEmpty: Bool { files.isEmpty }

  mutating func add(_ path: String, _ file: ExportedFile, _ format: ExportFormat, _ check: OutputCheck) {
    let byteCount = file.bytes.count
    table.add([
      path, NumberFormat.byteSize(Double(byteCount)), check.reader, "\(check.sampleCount)",
      check.unchecked != nil
        ? "not checked"
        : check.largestDifference == 0 ? "0" : NumberFormat.scientific(Double(check.largestDifference), places: 1),
    ])
    if let reason = check.unchecked {
      let line = "`\(format.name)` was not checked: \(reason)"
      if !unchecked.contains(line) { unchecked.append(line) }
    }
    files.append(
      .object([
        "path": .string(path), "format": .string(format.name), "bytes": .int(byteCount),
        "read_back_by": .string(check.reader), "samples": .int(check.sampleCount),
        "largest_difference": check.unchecked == nil ? Self.number(check.largestDifference) : .null,
        "largest_output": Self.number(check.largestOutput), "bound": Self.number(check.bound),
      ]))
  }

  /// With the digits that a `Float` has.
  private static func number(_ value: Float) -> JSONText { .number(Double("\(value)") ?? Double(value)) }

  var text: String { ([table.text, "Checked on \(samples)"] + unchecked).joined(separator: "\n") }

  var json: JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(cnnrunVersion)]), "files": .array(files),
      "samples": .object(["kind": .string(areOfData ? "data" : "random"), "text": .string(samples)]),
    ])
  }
}
