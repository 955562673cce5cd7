internal import CNNDiagnostics
internal import CNNYAML

/// Reads the section `data`.
enum DataReader {
  private static let source = Argument("source", .dataSource, doc: "A built-in data set, or files")
  private static let order = Argument<DataSpec.Order>(
    "order", .word(), default: .file, doc: "As stored, or as TensorFlow Datasets serves the samples")
  private static let rescale = ValueType<Double>.number(allowsFraction: true)
  private static let classNames = ValueType<[String]>.list(
    of: .text("a class name"), text: "a list of class names", atMost: 65_536)
  static let keys = ["source", "order", "split", "rescale", "class_names"]
  static var schema: ValueSchema {
    let split: [ValueSchema.Member] = [
      .init("train", ValueType<String>.slice.schema, doc: "Samples to train on", default: .string("train")),
      .init(
        "validation", ValueType<DataSpec.Split.Validation>.validation.schema,
        doc: "Samples to validate on: a slice, or a fraction of the training samples, taken from their end",
        examples: [.string("train[80%:]"), .number(0.2)]),
      .init("test", ValueType<String>.slice.schema, doc: "Samples to measure on at the end"),
    ]
    return .record([
      .init(source, examples: [.string("fashion_mnist")]), .init(order),
      .init("split", .record(split), doc: "Which samples play which part"),
      .init("rescale", rescale.schema, doc: "Factor on every value", examples: [.string("1/255")]),
      .init("class_names", classNames.schema, doc: "What the classes are called, in the order of the labels"),
    ])
  }
  private static let notYet = ["image_size", "color_mode", "label_base"]

  static func read(_ fields: inout FieldReader) -> DataSpec? {
    fields.reportUnknownKeys(
      Vocabulary([], and: keys, notYet: notYet), in: "`data`")
    let source = fields.locate(source)
    let order = fields.read(order)
    let split = split(&fields)
    let rescale = fields.locateIfWritten("rescale", rescale)
    let names = fields.locateIfWritten("class_names", classNames)
    if let names { check(names, source?.value, &fields) }
    guard !fields.hasFaults, let source, let order, let split else { return nil }
    return DataSpec(
      source: source, order: order, split: split, rescale: rescale, classNames: names, keySpan: fields.ownerSpan)
  }

  private static func check(_ names: Located<[String]>, _ source: DataSpec.Source?, _ fields: inout FieldReader) {
    var seen: Set<String> = []
    if let twice = names.value.first(where: { !seen.insert($0).inserted }) {
      fields.report(SpecCode.classNames, "two classes are called `\(twice)`", at: "class_names")
    }
    if case .builtIn(let data)? = source, names.value.count != data.classCount {
      fields.report(
        SpecCode.classNames,
        "`class_names` has \(names.value.count) names, and `\(data.rawValue)` has \(data.classCount) classes",
        at: "class_names", help: "name all \(data.classCount), or leave `class_names` out")
    }
  }

  private static func split(_ fields: inout FieldReader) -> DataSpec.Split? {
    guard let entry = fields.entry("split") else {
      fields.keep("split", .record([("train", .text("train"))]))
      return DataSpec.Split()
    }
    guard case .mapping(let entries) = entry.value.content else {
      fields.report(
        SpecCode.wrongType, "`split` takes slices by name, not \(entry.value.described)", at: "split",
        help: "write `split: {train: \"train[:80%]\", validation: \"train[80%:]\"}`")
      return nil
    }
    var inner = FieldReader(entries, of: "split", at: entry.keySpan, path: "\(fields.path).split")
    defer { fields.take(inner.bag) }
    inner.reportUnknownKeys(Vocabulary([], and: ["train", "validation", "test"]))
    let split = DataSpec.Split(
      train: inner.locateIfWritten("train", ValueType<String>.slice),
      validation: inner.locateIfWritten("validation", ValueType<DataSpec.Split.Validation>.validation),
      test: inner.locateIfWritten("test", ValueType<String>.slice))
    if split.train == nil, !inner.has("train") {
      if case .slice(let slice)? = split.validation?.value, slice == "train" || slice.hasPrefix("train[") {
        inner.bag.hasErrors ? () : reportMissingTrain(slice, &inner)
      }
      inner.keep("train", .text("train"))
    }
    let members = ["train", "validation", "test"].compactMap { key in inner.resolved.first { $0.key == key } }
    fields.keep("split", YAMLNode(.mapping(members), span: .nowhere))
    return inner.hasFaults ? nil : split
  }

  /// All of `train` is for training unless a slice says otherwise, so it would be validated on too.
  private static func reportMissingTrain(_ slice: String, _ fields: inout FieldReader) {
    fields.report(
      SpecCode.missingKey, "`split` has no `train`, so all of it trains, `\(slice)` too", at: "validation",
      help: "add `train: \"train[:80%]\"`, or write `validation: 0.2`")
  }
}
