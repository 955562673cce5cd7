/// The summary of a network in one of the two looks of Keras.
///
/// In comes a `SummaryModel`, out comes text, byte for byte what Keras prints for the same layers.
/// Neither look knows graphs, plans or terminals: the caller says how wide the terminal is.
/// Lines are joined by newlines, none at the end.
package enum SummaryTable {
  /// The table of Keras up to 2.6, of fixed width: 65 columns for a chain, 98 for a graph.
  ///
  ///     _________________________________________________________________
  ///     Layer (type)                 Output Shape              Param #
  ///     =================================================================
  ///     conv2d (Conv2D)              (None, 24, 24, 32)        832
  ///
  /// A field is cut where its column ends and, before the next field, loses its last character to
  /// a space; so names keep 28 characters, and every row is padded to the full width. Matches
  /// `print_summary` of `tensorflow/python/keras/utils/layer_utils.py`.
  package static func classic(_ model: SummaryModel) -> String {
    let stops = model.isSequential ? [29, 55, 65] : [32, 53, 65, 98]
    let width = stops.last ?? 0
    let thin = String(repeating: "_", count: width)
    let thick = String(repeating: "=", count: width)

    var text = "Model: \"\(model.name)\""
    // Of thousands of lines, those that stand apart would be as much again.
    text.reserveCapacity(text.utf8.count + model.rows.reduce(8) { $0 + 1 + max(1, $1.connectedTo.count) } * (width + 1))
    func add(_ line: String) {
      text += "\n"
      text += line
    }
    for line in [thin, classicRow(model.header, stops), thick] { add(line) }
    for (index, row) in model.rows.enumerated() {
      var fields = [row.title, classicShape(row), String(row.parameterCount)]
      let connections = model.isSequential ? [] : row.connections
      if !model.isSequential { fields.append(connections.first ?? "") }
      add(classicRow(fields, stops))
      for connection in connections.dropFirst() { add(classicRow(["", "", "", connection], stops)) }
      add(index == model.rows.count - 1 ? thick : thin)
    }
    for total in model.totals { add("\(total.title): \(NumberFormat.grouped(total.count))") }
    add(thin)
    return text
  }

  private static func classicRow(_ fields: [String], _ stops: [Int]) -> String {
    // Python counts code points, and the original is Python; all but a few texts here are ASCII.
    if fields.allSatisfy({ $0.utf8.allSatisfy { $0 < 0x80 } }) {
      return String(decoding: classicRow(fields.map(\.utf8), stops, blank: UInt8(ascii: " ")), as: UTF8.self)
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: classicRow(fields.map(\.unicodeScalars), stops, blank: " "))
    return String(text)
  }

  private static func classicRow<Text: Collection>(
    _ fields: [Text], _ stops: [Int], blank: Text.Element
  ) -> [Text.Element] {
    var line: [Text.Element] = []
    line.reserveCapacity(stops.last ?? 0)
    for (field, stop) in zip(fields, stops) {
      if !line.isEmpty { line[line.count - 1] = blank }
      line += field.prefix(stop - line.count)
      line += repeatElement(blank, count: stop - line.count)
    }
    return line
  }

  private static func classicShape(_ row: SummaryRow) -> String {
    // A Python tuple of one keeps its comma.
    let shape = row.outputShape.isEmpty ? "(None,)" : self.shape(row)
    return row.isInput ? "[\(shape)]" : shape
  }

  static func shape(_ row: SummaryRow) -> String {
    "(" + (["None"] + row.outputShape.map(String.init)).joined(separator: ", ") + ")"
  }
}
