internal import CNNDiagnostics

extension SampleLabels {
  /// Largest number of classes; a limit on what a file can make the program hold.
  static let mostClasses = 65_536

  /// Refuses labels below 0 or not below `classCount`, or below the limit where that is not known.
  func check(classCount: Int?) throws(DataError) {
    if names != nil { return }
    let bound = classCount ?? Self.mostClasses
    for (record, label) in values.enumerated() where label < 0 || Int(label) >= bound {
      let isOneBased = Int(label) == bound && !values.contains(0)
      throw DataError(
        .labelOutOfRange, .source,
        "label \(label) at record \(record.grouped) of '\(path)' is outside 0 to \(bound - 1)"
          + (isOneBased ? ", and no label is 0, so they seem to count from 1" : ""),
        help: isOneBased ? "subtract 1 from every label" : "name as many classes as there are labels")
    }
  }

  /// The labels as indices into `classes`, which are given, or those of the training samples.
  ///
  /// - Throws: `.classNames` for a class that is not among them.
  func indices(in classes: [String]) throws(DataError) -> [Int32] {
    guard let names else { return values }
    let places = Dictionary(zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    var places32: [Int32] = []
    for name in names {
      let found = places[name] ?? classes.firstIndex { Self.isFolder(name, of: $0) }
      guard let place = found, let index = Int32(exactly: place) else {
        throw DataError(
          .classNames, .source, "'\(path)' has a class `\(name)`, which is none of \(Self.list(classes))",
          help: "name it in `class_names`, or leave its samples out")
      }
      places32.append(index)
    }
    return values.map { places32[Int($0)] }
  }

  /// Whether a folder is called like a class as far as folders can be: they have no `/` in their names.
  static func isFolder(_ name: String, of className: String) -> Bool {
    className.contains("/") && className.replacing("/", with: "_") == name
  }

  /// The first few of many names.
  static func list(_ names: [String], most: Int = 12) -> String {
    let shown = names.prefix(most).map { "`\($0)`" }.joined(separator: ", ")
    return names.count > most ? "\(shown), … (\(names.count.grouped))" : shown
  }
}
