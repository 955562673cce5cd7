import CNNData
import CNNDiagnostics
import CNNReport
import CNNSession

/// What `validate --check-data` found: how many samples of which shape each split has, and how many of each class.
struct DataInventory {
  private let spec: String
  private let description: String
  private let parts: [(name: String, dataset: Dataset)]

  /// - Parameter spec: the spec as the user named it.
  init(_ data: LoadedData, of spec: String) {
    self.spec = spec
    description = data.description
    parts = [("train", data.train), ("validation", data.validation), ("test", data.test)].compactMap { name, dataset in
      dataset.map { (name, $0) }
    }
  }

  /// A table with a row a class and a column a split, without a line break at its end.
  var text: String {
    let shape = parts.first?.dataset.sampleShape.map(String.init).joined(separator: "x") ?? ""
    var table = TextTable([.init("class")] + parts.map { .init($0.name, .right) }, indent: 2)
    let counts = parts.map { Self.classCounts($0.dataset) }
    for (index, name) in (parts.first?.dataset.classNames ?? []).enumerated() {
      table.add([name] + counts.map { NumberFormat.grouped($0[index]) })
    }
    table.add(["all"] + parts.map { NumberFormat.grouped($0.dataset.count) })
    return "\(spec): \(description); samples of \(shape)\n\(table.text)"
  }

  var json: JSONText {
    .object([
      "file": .string(spec), "source": .string(description),
      "splits": .array(
        parts.map { part in
          let counts = zip(part.dataset.classNames, Self.classCounts(part.dataset))
          return .object([
            "name": .string(part.name), "samples": .int(part.dataset.count),
            "shape": .array(part.dataset.sampleShape.map(JSONText.int)),
            "classes": .array(counts.map { .object(["name": .string($0), "samples": .int($1)]) }),
          ])
        }),
    ])
  }

  private static func classCounts(_ dataset: Dataset) -> [Int] {
    var counts = [Int](repeating: 0, count: dataset.classNames.count)
    for label in dataset.labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
    return counts
  }
}
