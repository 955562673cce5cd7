internal import CNNDiagnostics
internal import CNNYAML

/// Reads the section `data`.
enum DataReader {
  private static let source = Argument("source", .dataSource, doc: "A built-in data set, or files")
  private static let order = Argument<DataSpec.Order>(
    "order", .word(), default: .file, doc: "As stored, or as TensorFlow Datasets serves the samples")
  private static let imageSize = Argument<IntegerPair>(
    "image_size", .pair(of: .integer(1...16_384, text: "an integer from 1 to 16384")), default: IntegerPair(256),
    doc: "Rows and columns that image files are resized to, by bilinear interpolation")
  private static let colorMode = Argument<DataSpec.ColorMode>(
    "color_mode",
    .word(aliases: [
      "gray": "grayscale", "grey": "grayscale", "greyscale": "grayscale", "l": "grayscale", "color": "rgb",
    ]),
    default: .rgb, doc: "What the channels of image files become")
  private static let rescale = ValueType<Double>.number(.positive, allowsFraction: true)
  private static let classNames = ValueType<[String]>.list(
    of: .text("a class name"), text: "a list of class names", atMost: 65_536)
  static let keys = ["source", "order", "split", "rescale", "class_names", "image_size", "color_mode"]

  static var schema: ValueSchema {
    .record([
      .init(source, examples: [.string("fashion_mnist")]), .init(order),
      .init("split", SplitReader.schema, doc: "Which samples play which part"),
      .init("rescale", rescale.schema, doc: "Factor on every value", examples: [.string("1/255")]),
      .init(
        "class_names", classNames.schema,
        doc: "What the classes are called, in the order of the labels; of folders, which comes first"),
      .init(imageSize), .init(colorMode),
    ])
  }

  static func read(_ fields: inout FieldReader) -> DataParts {
    fields.reportUnknownKeys(Vocabulary([], and: keys), in: "`data`")
    let source = fields.locate(source)
    let order = fields.locate(order)
    let split = SplitReader.read(&fields, source?.value)
    let rescale = fields.locateIfWritten("rescale", rescale)
    let names = fields.locateIfWritten("class_names", classNames)
    let hasImages = hasImages(source?.value, split)
    let size = setting(imageSize, IntegerPair(256), of: hasImages, source?.value, &fields)
    let mode = setting(colorMode, .rgb, of: hasImages, source?.value, &fields)
    let namesFit = names.map { check($0, source?.value, &fields) } ?? true
    let hasOrder = order.map { order in source.map { check(order, $0.value, &fields) } ?? true } ?? false
    var samples: DataSpec?
    if hasOrder, let source, let order, let split, let size, let mode {
      samples = DataSpec(
        source: source, order: order, split: split, rescale: rescale, classNames: names, imageSize: size,
        colorMode: mode, keySpan: fields.ownerSpan)
    }
    let soundNames = namesFit ? names?.value : nil
    let areNamesWritten = fields.has("class_names") || fields.isMistyped("class_names")
    return DataParts(
      spec: fields.hasFaults ? nil : samples, samples: samples, source: source,
      split: fields.isMistyped("split") ? nil : split,
      classNames: areNamesWritten ? soundNames : source?.value.builtIn?.classNames,
      classCount: source?.value.builtIn?.classCount ?? soundNames?.count,
      extents: source.flatMap { DataSpec.extents(of: $0.value, size: size?.value, mode: mode?.value) },
      keySpan: fields.ownerSpan)
  }

  /// Whether any of the samples are image files; true where that is not known.
  private static func hasImages(_ source: DataSpec.Source?, _ split: DataSpec.Split?) -> Bool {
    guard let source, let split else { return true }
    return source.hasImageFiles
      || [split.validation, split.test].contains { part in
        if case .source(let files)? = part?.value { return files.hasImageFiles }
        return false
      }
  }

  /// A key that only image files have a use for.
  private static func setting<Value: Sendable>(
    _ argument: Argument<Value>, _ value: Value, of hasImages: Bool, _ source: DataSpec.Source?,
    _ fields: inout FieldReader
  ) -> Located<Value>? {
    if hasImages { return fields.locate(argument) }
    if fields.has(argument.name), let source {
      fields.report(
        SpecCode.unfitSetting, "`\(argument.name)` is for image files, and `\(source.word)` has none",
        at: argument.name, help: "leave it out: the samples are taken as they are")
    }
    return Located(value, at: fields.ownerSpan, path: fields.path, isWritten: false)
  }

  /// - Returns: whether the source has the order.
  private static func check(
    _ order: Located<DataSpec.Order>, _ source: DataSpec.Source, _ fields: inout FieldReader
  ) -> Bool {
    guard order.value == .tfds else { return true }
    switch source {
    case .builtIn(let data) where data.hasTFDSOrder: return true
    case .idx, .npy, .npz: return true
    default: break
    }
    fields.report(
      SpecCode.unfitSetting, "TensorFlow Datasets has no order for `\(source.word)`", at: "order",
      help: "write `order: file`, or leave it out")
    return false
  }

  /// - Returns: whether these can be the classes of the source.
  private static func check(
    _ names: Located<[String]>, _ source: DataSpec.Source?, _ fields: inout FieldReader
  ) -> Bool {
    var seen: Set<String> = []
    var fits = true
    if let twice = names.value.first(where: { !seen.insert($0).inserted }) {
      fields.report(SpecCode.classNames, "two classes are called `\(twice)`", at: "class_names")
      fits = false
    }
    if case .builtIn(let data)? = source, names.value.count != data.classCount {
      fields.report(
        SpecCode.classNames,
        "`class_names` has \(names.value.count) names, and `\(data.rawValue)` has \(data.classCount) classes",
        at: "class_names", help: "name all \(data.classCount), or leave `class_names` out")
      fits = false
    }
    return fits
  }
}
