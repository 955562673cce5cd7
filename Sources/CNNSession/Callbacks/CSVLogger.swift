/// Writes a line an epoch as Keras's callback of this name does (Keras 3, `callbacks/csv_logger.py`).
///
/// Epochs count from 0, columns are sorted by name and fixed by the first epoch; without a validation there is a `val_`
/// column for each all the same, filled with `NA`. Lines end with CR LF, as Python's `csv` writes them.
package struct CSVLogger: Callback, Equatable {
  package let kind = "csv_logger"
  /// Below the run directory.
  package let path: String
  package let separator: String
  /// `nil` before the first epoch.
  package private(set) var columns: [String]?

  package init(path: String, separator: String = ",") {
    self.path = path
    self.separator = separator
  }

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] {
    var text = ""
    let names: [String]
    if let columns {
      names = columns
    } else {
      let own = logs.figures.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      names = own + (own.contains { $0.hasPrefix("val_") } ? [] : own.map { "val_\($0)" })
      columns = names
      text = line(["epoch"] + names)
    }
    text += line(["\(logs.epoch)"] + names.map { logs[$0].map(CSVText.number) ?? "NA" })
    return [.append(path: path, bytes: Array(text.utf8))]
  }

  package var growingFiles: [String] { [path] }

  private func line(_ fields: [String]) -> String { fields.joined(separator: separator) + "\r\n" }

  package func save(into writer: inout StateWriter) {
    writer.add(columns) { $0.add($1) { $0.add($1) } }
  }

  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {
    columns = try reader.optional { reader throws(StateReader.Fault) in
      try reader.array { reader throws(StateReader.Fault) in try reader.string() }
    }
  }
}
