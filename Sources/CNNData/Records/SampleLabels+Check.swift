internal import CNNDiagnostics

extension SampleLabels {
  static let mostClasses = DataRequest.Target.mostClasses

  /// Refuses labels below 0 or not below the number of classes, or below the limit where that is not known.
  ///
  /// - Parameters:
  ///   - classCount: of classes with names.
  ///   - outputs: classes that the model tells apart.
  ///   - isKnownSet: whether the classes are those of a data set that the program knows.
  func check(classCount: Int?, outputs: Int? = nil, isKnownSet: Bool = false) throws(DataError) {
    if names != nil { return }
    let bound = classCount ?? outputs ?? Self.mostClasses
    guard let record = values.firstIndex(where: { $0 < 0 || Int($0) >= bound }) else { return }
    let label = values[record]
    let largest = values.max().map { Int($0) } ?? 0
    let isOneBased = label > 0 && largest == bound && !values.contains(where: { $0 < 1 })
    let help =
      isKnownSet
      ? "the data set has \(bound) classes, so the file is damaged: fetch it anew"
      : label < 0
        ? "labels of classes are whole numbers from 0: leave out samples that have no class"
        : isOneBased
          ? "labels start at 0: subtract 1 from every one"
          : classCount == nil && outputs != nil && largest < Self.mostClasses
            ? "the labels go up to \(largest): give the last layer \(largest + 1) units, or mend the label"
            : "name as many classes as there are labels"
    throw DataError(
      .labelOutOfRange, .source,
      "label \(label) at \(place(record)) is outside 0 to \(bound - 1)"
        + (classCount == nil && outputs != nil ? ", the classes that the model tells apart" : "")
        + (isOneBased ? ", and no label is 0, so they seem to count from 1" : ""),
      help: help)
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
