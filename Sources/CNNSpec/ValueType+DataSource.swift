internal import CNNBuiltIn
internal import CNNDiagnostics
internal import CNNYAML

extension ValueType where Value == DataSpec.Source {
  /// The name of a built-in set, or files: `{idx: {images: F, labels: F}}` and the like.
  static var dataSource: ValueType {
    let builtIn = BuiltInData.named.map(\.rawValue)
    let text = "a built-in data set, or files: \(ValueReader.alternatives(DataFiles.words))"
    return ValueType(
      text,
      schema: .oneOf([
        .words(builtIn), .choice(DataFiles.members + [.init("cifar100", .arguments([DataFiles.labelMode]))]),
      ]),
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        if call.argument == nil, let data = BuiltInData.named.first(where: { $0.rawValue == call.name }) {
          return .builtIn(data)
        }
        if call.name == BuiltInData.cifar100.rawValue { return cifar100(call, &reader) }
        guard DataFiles.words.contains(call.name), call.argument != nil else {
          reportUnknown(call, builtIn, &reader)
          return nil
        }
        return DataFiles.read(call, &reader)
      },
      write: { source in
        if case .builtIn(.cifar100Coarse) = source {
          return .record([("cifar100", .record([("label_mode", .plain("coarse"))]))])
        }
        return DataFiles.write(source)
      })
  }

  /// Files alone, for samples of a part of their own.
  static var fileSource: ValueType {
    let text = "files: \(ValueReader.alternatives(DataFiles.words))"
    return ValueType(
      text, schema: .choice(DataFiles.members),
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        guard DataFiles.words.contains(call.name), call.argument != nil else {
          reportUnknown(call, [], &reader)
          return nil
        }
        return DataFiles.read(call, &reader)
      },
      write: { DataFiles.write($0) })
  }

  private static func cifar100(_ call: Call, _ reader: inout ValueReader) -> DataSpec.Source? {
    guard var fields = call.fields("label_mode", into: &reader) else { return nil }
    defer { reader.take(fields.bag) }
    fields.reportUnknownKeys(Vocabulary([DataFiles.labelMode]))
    return fields.read(DataFiles.labelMode).map { .builtIn($0 == .coarse ? .cifar100Coarse : .cifar100) }
  }

  private static func reportUnknown(_ call: Call, _ builtIn: [String], _ reader: inout ValueReader) {
    let (name, forms) = (call.name, DataFiles.words)
    let expected =
      builtIn.isEmpty
      ? "files: \(ValueReader.alternatives(forms))" : "\(ValueReader.alternatives(builtIn)), or files by their kind"
    if forms.contains(name) {
      reader.report(
        SpecCode.missingKey, "`\(name)` does not say which files", at: call.nameSpan,
        help: "write `\(reader.writtenName): {\(name): \(DataFiles.example(name))}`")
    } else if name.contains("/") || name.contains(".") {
      reader.report(
        SpecCode.unknownWord, "`\(reader.name)` takes \(expected), not `\(name)`", at: call.nameSpan,
        help: "write `\(reader.writtenName): \(DataFiles.source(meantBy: name))`")
    } else {
      let folded = name.lowercased().filter { $0 != "-" && $0 != "_" }
      let same = (builtIn + forms).first { $0.filter { $0 != "_" } == folded }
      let close = same ?? Spelling.closest(to: name, among: builtIn + forms)
      reader.report(
        SpecCode.unknownWord, "`\(reader.name)` takes \(expected), not `\(name)`",
        at: call.nameSpan, label: close.map { "did you mean `\($0)`?" } ?? "",
        fix: close.map { reader.replacing(call.nameNode, with: $0, isSafe: same != nil) })
    }
  }
}

/// The sources that are files: what each takes, how it is read and written.
enum DataFiles {
  static let words = ["image_folder", "csv", "npz", "npy", "idx"]

  enum LabelMode: String, Sendable, CaseIterable { case fine, coarse }

  static let labelMode = Argument<LabelMode>(
    "label_mode", .word(), default: .fine, doc: "The hundred classes, or the twenty groups of them")

  private static func path(_ name: String, _ doc: String) -> Argument<String> { Argument(name, .path, doc: doc) }

  private static let folder = path("path", "The folder, with a folder a class")
  private static let images = path("images", "IDX file of the images")
  private static let labels = path("labels", "IDX file of the labels")
  private static let imageArray = path("images", "NPY file of the images, `(samples, height, width, channels)`")
  private static let labelArray = path("labels", "NPY file of the labels, one whole number a sample")
  private static let archive = path("path", "The NPZ file")
  private static let table = path("path", "The CSV file")
  private static let arrayName = ValueType<String>.text("the name of an array")
  private static let columnName = ValueType<String>.text("the name of a column")
  private static let column = Argument<[String]>(
    "label", columnNames, doc: "Column of the labels, or columns of values to learn; numbers from 0 without a header")
  private static let columnNames = ValueType<[String]>(
    "the name of a column, or a list of names",
    schema: .oneOf([columnName.schema, nameList.schema]),
    read: { node, reader in
      if case .sequence = node.content { return nameList.read(node, &reader) }
      return columnName.read(node, &reader).map { [$0] }
    },
    write: { names in names.count == 1 ? .text(names[0]) : nameList.write(names) })
  private static let nameList = ValueType<[String]>.list(of: columnName, text: "a list of columns", atMost: 4096)
  private static let header = Argument<Bool>(
    "header", .boolean, default: true, doc: "Whether the first line names the columns")
  private static let imageColumn = ValueSchema.Member(
    "image", columnName.schema,
    doc: "Column of image files, relative to the table; else the other columns are the pixels"
  )
  private static let arrayNames: [ValueSchema.Member] = [
    .init("images", arrayName.schema, doc: "Name of the array of images, if not x_train, x_test or x"),
    .init("labels", arrayName.schema, doc: "Name of the array of labels, if not y_train, y_test or y"),
  ]

  static var members: [ValueSchema.Member] {
    [
      .init("image_folder", .arguments([folder])),
      .init("csv", .record([.init(table), .init(column), imageColumn, .init(header)])),
      .init("npz", .oneOf([archive.schema, .record([.init(archive)] + arrayNames)])),
      .init("npy", .record([.init(imageArray), .init(labelArray)])),
      .init("idx", .record([.init(images), .init(labels)])),
    ]
  }

  /// What a path alone is most likely to be, as a source.
  static func source(meantBy path: String) -> String {
    let plain = path.lowercased().hasSuffix(".gz") ? String(path.dropLast(3)) : path
    if plain.lowercased().hasSuffix(".csv") { return "{csv: {path: \(path), label: COLUMN}}" }
    if plain.lowercased().hasSuffix(".npz") { return "{npz: \(path)}" }
    if plain.lowercased().hasSuffix(".npy") { return "{npy: {images: \(path), labels: F}}" }
    if plain.lowercased().contains("idx") { return "{idx: {images: \(path), labels: F}}" }
    return "{image_folder: \(path)}"
  }

  /// What stands behind a word in examples.
  static func example(_ word: String) -> String {
    switch word {
    case "idx", "npy": "{images: F, labels: F}"
    case "csv": "{path: F, label: COLUMN}"
    default: "F"
    }
  }

  /// - Precondition: the call's name is one of `words`.
  static func read(_ call: Call, _ reader: inout ValueReader) -> DataSpec.Source? {
    let lone = call.argument?.scalar?.text ?? "F"
    guard
      var fields = call.fields(
        ["image_folder", "npz"].contains(call.name) ? "path" : nil,
        named: call.name == "csv" ? "path: \(lone), label: COLUMN" : "images: \(lone), labels: F", standsAlone: false,
        into: &reader)
    else { return nil }
    defer { reader.take(fields.bag) }
    switch call.name {
    case "idx", "npy":
      let (images, labels) = call.name == "idx" ? (images, labels) : (imageArray, labelArray)
      fields.reportUnknownKeys(Vocabulary([images, labels]))
      let (first, second) = (fields.read(images), fields.read(labels))
      guard let first, let second else { return nil }
      return call.name == "idx" ? .idx(images: first, labels: second) : .npy(images: first, labels: second)
    case "csv":
      fields.reportUnknownKeys(Vocabulary([table, column], and: ["image", "header"]))
      let (path, labels, hasHeader) = (fields.read(table), fields.read(column), fields.read(header))
      let image = fields.locateIfWritten("image", columnName)
      guard let path, let labels, let hasHeader, !fields.hasFaults else { return nil }
      return .csv(.init(path: path, labels: labels, image: image?.value, hasHeader: hasHeader))
    case "npz":
      fields.reportUnknownKeys(Vocabulary([archive], and: ["images", "labels"]))
      let path = fields.read(archive)
      let images = fields.locateIfWritten("images", arrayName)
      let labels = fields.locateIfWritten("labels", arrayName)
      guard let path, !fields.hasFaults else { return nil }
      return .npz(.init(path: path, images: images?.value, labels: labels?.value))
    default:
      fields.reportUnknownKeys(Vocabulary([folder]))
      return fields.read(folder).map { .imageFolder($0) }
    }
  }

  static func write(_ source: DataSpec.Source) -> YAMLNode {
    switch source {
    case .builtIn(let data): .plain(data.rawValue)
    case .idx(let images, let labels), .npy(let images, let labels):
      .record([(source.word, .record([("images", .text(images)), ("labels", .text(labels))]))])
    case .csv(let csv):
      .record([
        (
          "csv",
          .record(
            [("path", .text(csv.path)), ("label", columnNames.write(csv.labels))]
              + (csv.image.map { [("image", .text($0))] } ?? []) + [("header", .boolean(csv.hasHeader))])
        )
      ])
    case .npz(let npz):
      .record([
        (
          "npz",
          npz.images == nil && npz.labels == nil
            ? .text(npz.path)
            : .record(
              [("path", .text(npz.path))]
                + [("images", npz.images), ("labels", npz.labels)].compactMap { name, value in
                  value.map { (name, .text($0)) }
                })
        )
      ])
    case .imageFolder(let path): .record([("image_folder", .text(path))])
    }
  }
}
