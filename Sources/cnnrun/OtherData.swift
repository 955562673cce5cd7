import CNNBuiltIn
import CNNData
import CNNDiagnostics
import CNNFiles
import CNNReport
import CNNSpec

/// What `--data` of `evaluate` names: other samples than the spec's.
///
///     fashion_mnist    mnist:test[:1000]               a set known by name, perhaps with a slice
///     photos           digits.npz  t10k-images-idx3-ubyte.gz         a folder of class folders, a file
///     'csv: {path: a.csv, label: class}'               whatever `source` of a spec takes, as YAML
struct OtherData {
  /// As it was written.
  let text: String
  /// The YAML of `data.source`.
  private let source: String
  /// What its paths are relative to; `nil` to leave that to the spec.
  private let folder: String?
  /// The slices to try, one after the other; `nil` for all there is.
  private let slices: [String?]

  /// - Throws: what the text could be meant to be and is not.
  init(_ text: String, in base: LoadedSpec) throws(Fault) {
    self.text = text
    let access = FileAccess()
    if let status = access.status(text) {
      slices = ["test", nil]
      let isDots = [".", ".."].contains(Path.name(of: text))
      let full = isDots ? Path.join(PosixFileSystem.workingDirectory ?? "", text) : text
      folder = Path.directory(of: full)
      source = try Self.source(Path.name(of: full), isFolder: status.kind == .directory, of: text, base)
      return
    }
    // What is YAML has a bracket around it, or a blank behind its colon.
    if text.hasPrefix("{") || text.contains(": ") {
      folder = "."
      source = text.hasPrefix("{") ? text : "{\(text)}"
      slices = ["test", nil]
      return
    }
    let end = text.firstIndex { ":[".contains($0) } ?? text.endIndex
    let word = String(text[..<end])
    guard let known = BuiltInSource.named(word) else { throw Self.unknown(text, word: word, rest: text[end...]) }
    let rest = text[end...]
    if rest.hasPrefix("[") {
      throw Fault(
        message: "`\(text)` does not say which split of `\(word)` the slice is of",
        help: "write " + ValueReader.alternatives(known.splits.map { "--data '\(word):\($0)\(rest)'" }))
    }
    folder = nil
    source = word == BuiltInData.cifar100Coarse.rawValue ? "{cifar100: {label_mode: coarse}}" : word
    slices = rest.isEmpty ? ["test", nil] : [String(rest.dropFirst())]
  }

  /// - Parameter rest: what stands behind the word: a slice, or nothing.
  private static func unknown(_ text: String, word: String, rest: Substring) -> Fault {
    let known = BuiltInData.named.map(\.rawValue)
    let close = Spelling.closest(to: word, among: known)
    return Fault(
      message: "there is no '\(text)', and no data set of that name"
        + (close.map { "; did you mean `\($0)\(rest)`?" } ?? ""),
      help: "name a folder of class folders, a file, or one of \(known.joined(separator: ", ")), perhaps with a slice: "
        + "`mnist:test[:1000]`")
  }

  struct Fault: Error {
    let message: String
    let help: String
  }

  /// The YAML of a file or folder that is there.
  private static func source(
    _ name: String, isFolder: Bool, of text: String, _ base: LoadedSpec
  ) throws(Fault) -> String {
    let quoted = JSONText.quoted(name)
    if isFolder { return "{image_folder: \(quoted)}" }
    let lower = name.lowercased()
    if lower.hasSuffix(".npz") { return "{npz: \(quoted)}" }
    if lower.hasSuffix(".csv") {
      guard case .csv(let csv)? = base.spec.data?.source.value else {
        throw Fault(
          message: "'\(text)' is a table, and which column has the labels is not known",
          help: "write `--data 'csv: {path: \(text), label: COLUMN}'`")
      }
      let image = csv.image.map { ", image: \(JSONText.quoted($0))" } ?? ""
      return
        "{csv: {path: \(quoted), label: [\(csv.labels.map(JSONText.quoted).joined(separator: ", "))], header: \(csv.hasHeader)\(image)}}"
    }
    if lower.contains("images"), lower.contains("idx") {
      let labels = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
      return "{idx: {images: \(quoted), labels: \(JSONText.quoted(labels))}}"
    }
    let kind = lower.hasSuffix(".npy") ? "npy" : "idx"
    throw Fault(
      message: "'\(text)' is one file, and where its labels are is not known",
      help: "write `--data '\(kind): {images: \(text), labels: FILE}'`, or name an .npz or a folder")
  }

  // MARK: Reading

  /// The spec with these samples in the place of its own, prepared as its own are.
  func load(into base: LoadedSpec, overrides: [String], console: Console) throws -> LoadedSpec {
    let extents = base.spec.model.inputType.extents
    var members = ["source: \(source)"]
    if let rescale = base.spec.data?.rescale { members.append("rescale: \(rescale.value)") }
    if isOfImages, extents.count == 3 {
      members.append("image_size: [\(extents[0]), \(extents[1])]")
      members.append("color_mode: \(extents[2] == 1 ? "grayscale" : "rgb")")
    }
    if let data = base.spec.data, data.order.value == .tfds, case .builtIn(let own) = data.source.value,
      own.rawValue == source
    {
      members.append("order: tfds")
    }
    // What only training goes by may name splits and classes that these samples lack.
    var options = ["data={\(members.joined(separator: ", "))}"]
    if !base.spec.expectations.items.isEmpty { options.append("expect={}") }
    if let training = base.spec.training {
      if !training.callbacks.isEmpty { options.append("training.callbacks=[]") }
      if training.classWeight != nil { options.append("training.class_weight=balanced") }
    }
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      base.input.bytes, name: base.input.displayName, overrides: overrides + options, catalog: .standard,
      sources: &sources, bag: &bag)
    guard let spec else {
      let faults = bag.sorted.filter { $0.severity == .error }
      for fault in faults { console.fail("--data '\(text)': \(fault.message)", help: Self.help(of: fault)) }
      throw Exit(.usage)
    }
    var input = base.input
    if let folder { input.origin = folder }
    return LoadedSpec(spec: spec, sources: sources, input: input)
  }

  /// What a diagnostic has to say to somebody who named the samples: nothing about changing the model.
  static func help(of fault: Diagnostic) -> String? {
    (fault.path ?? "").hasPrefix("$.data") ? fault.help : nil
  }

  /// Whether its samples are image files: those of a folder, or of a table that names them.
  private var isOfImages: Bool { source.hasPrefix("{image_folder") || source.contains("image:") }

  /// Finds the samples; of a source with splits those of `test`, unless a slice says otherwise.
  func open(
    _ request: DataRequest, threads: Int
  ) throws(DataError) -> (opened: OpenedData, split: String?) {
    var request = request
    request.validation = nil
    request.test = nil
    var first: DataError?
    for slice in slices {
      request.train = slice
      do throws(DataError) {
        return (try DataLoader().open(request, threads: threads), slice)
      } catch {
        // A source without a split of that name.
        if error.code != .unknownSplit || slices.count == 1 { throw error }
        first = first ?? error
      }
    }
    throw first ?? DataError(.unknownSplit, .train, "'\(text)' has no samples")
  }
}
