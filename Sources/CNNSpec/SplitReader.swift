internal import CNNDiagnostics
internal import CNNYAML

/// Reads `split` of the section `data`.
enum SplitReader {
  private static let keys = ["train", "validation", "test", "stratify", "hash"]

  static var schema: ValueSchema {
    .record([
      .init("train", ValueType<String>.slice.schema, doc: "Samples to train on", default: .string("train")),
      .init(
        "validation", ValueType<DataSpec.Split.Part>.part.schema,
        doc: "Samples to validate on: a slice, a fraction of the training samples, taken from their end, or files",
        examples: [.string("train[80%:]"), .number(0.2)]),
      .init(
        "test", ValueType<DataSpec.Split.Part>.part.schema,
        doc: "Samples to measure on at the end: a slice, a fraction, taken from the very end, or files",
        examples: [.string("test")]),
      .init(
        "stratify", .boolean,
        doc: "Whether shares are taken of every class for itself; true for `image_folder`, which lists class by class"),
      .init(
        "hash", .boolean, doc: "Whether what a sample holds decides on which side it is, whatever comes or goes",
        default: .bool(false)),
    ])
  }

  static func read(_ fields: inout FieldReader, _ source: DataSpec.Source?) -> DataSpec.Split? {
    guard let entry = fields.entry("split") else {
      var split = DataSpec.Split()
      var members = [("train", YAMLNode.text("train"))]
      if isClassByClass(source) {
        split.stratifies = true
        members.append(("stratify", .boolean(true)))
      }
      fields.keep("split", .record(members))
      return split
    }
    guard case .mapping(let entries) = entry.value.content else {
      let fraction = entry.value.scalar.flatMap { scalar -> String? in
        let text = ForeignNumber.meant(scalar.text, for: .number(.belowOne), key: "split") ?? scalar.text
        return Double(text).map(NumberRange.belowOne.contains) ?? false ? text : nil
      }
      fields.report(
        SpecCode.wrongType, "`split` takes slices by name, not \(entry.value.described)", at: "split",
        help: fraction.map { "write `split: {validation: \($0)}` for that part of the training samples" }
          ?? "write `split: {train: \"train[:80%]\", validation: \"train[80%:]\"}`")
      return nil
    }
    var inner = FieldReader(entries, of: "split", at: entry.keySpan, path: "\(fields.path).split")
    defer { fields.take(inner.bag) }
    inner.reportUnknownKeys(Vocabulary([], and: keys))
    var split = DataSpec.Split(
      train: inner.locateIfWritten("train", ValueType<String>.slice),
      validation: inner.locateIfWritten("validation", ValueType<DataSpec.Split.Part>.part),
      test: inner.locateIfWritten("test", ValueType<DataSpec.Split.Part>.part))
    if split.train == nil, !inner.has("train") {
      if case .slice(let slice)? = split.validation?.value, slice == "train" || slice.hasPrefix("train[") {
        inner.bag.hasErrors ? () : reportMissingTrain(slice, &inner)
      }
      inner.keep("train", .text("train"))
    }
    readDivision(&split, source, &inner)
    let members = keys.compactMap { key in inner.resolved.first { $0.key == key } }
    fields.keep("split", YAMLNode(.mapping(members), span: .nowhere))
    return inner.hasFaults ? nil : split
  }

  /// Folders come one class after the other, so their last fifth would be the last classes whole.
  private static func isClassByClass(_ source: DataSpec.Source?) -> Bool {
    if case .imageFolder? = source { return true }
    return false
  }

  private static func readDivision(
    _ split: inout DataSpec.Split, _ source: DataSpec.Source?, _ fields: inout FieldReader
  ) {
    let hash = fields.locateIfWritten("hash", .boolean)
    let stratify = fields.locateIfWritten("stratify", .boolean)
    split.hashes = hash?.value ?? false
    split.stratifies = stratify?.value ?? (isClassByClass(source) && !split.hashes)
    if stratify == nil, split.stratifies { fields.keep("stratify", .boolean(true)) }
    if split.hashes, split.stratifies {
      fields.report(
        SpecCode.shares, "`stratify` and `hash` each say which samples are on which side", at: "hash",
        help: "leave one of the two out")
      return
    }
    guard split.hashes || split.stratifies else { return }
    let key = split.hashes ? "hash" : "stratify"
    let isDefault = !split.hashes && stratify == nil
    for (name, slice) in slices(of: split) where ValueType<String>.countsSamples(slice) {
      fields.report(
        SpecCode.shares,
        "`\(slice)` counts samples, and \(isDefault ? "`image_folder` is divided" : "`\(key)` divides") "
          + (split.hashes ? "by what samples hold" : "class by class"),
        at: name,
        help: "write shares, such as `\"train[:80%]\"` and `\"train[80%:]\"`, or `validation: 0.2`"
          + (isDefault ? "; with `stratify: false` the first samples are those of the first classes" : ""))
    }
  }

  private static func slices(of split: DataSpec.Split) -> [(name: String, slice: String)] {
    var slices: [(String, String)] = []
    if let train = split.train { slices.append(("train", train.value)) }
    if case .slice(let slice)? = split.validation?.value { slices.append(("validation", slice)) }
    if case .slice(let slice)? = split.test?.value { slices.append(("test", slice)) }
    return slices
  }

  /// All of `train` is for training unless a slice says otherwise, so it would be validated on too.
  private static func reportMissingTrain(_ slice: String, _ fields: inout FieldReader) {
    fields.report(
      SpecCode.missingKey, "`split` has no `train`, so all of it trains, `\(slice)` too", at: "validation",
      help: "add `train: \"train[:80%]\"`, or write `validation: 0.2`")
  }
}
