import ArgumentParser
import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNSpec
import CNNYAML

struct Format: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Bring specs into one form: order of keys, indentation, spaces; comments stay.",
    discussion: """
      The meaning stays the same, and a second time changes nothing. With --check or --diff nothing is written, and the \
      status is 1 if a spec is in another form. `-` formats stdin to stdout. Keys of a spec with anchors stay in their \
      order, since an anchor stands before its aliases.
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("Specs, folders, patterns, or - for stdin.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml"]))
  var operands: [String]

  @Flag(help: "Name the specs that are in another form, and write nothing.")
  var check = false

  @Flag(help: "Print what would change, and write nothing.")
  var diff = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    let order = SpecSchema(.standard).keyOrder
    var changed = 0
    var isFaulty = false
    let files = try SpecFiles.expand(operands, console: console)
    for file in files {
      let input = try SpecInput(file, console: console)
      guard let text = try formatted(input, order, console) else {
        isFaulty = true
        continue
      }
      if text != input.bytes { changed += 1 }
      try show(text, instead: input, console)
    }
    if check, changed > 0 {
      console.note("\(changed) of \(files.count) \(files.count == 1 ? "spec is" : "specs are") in another form\n")
    }
    if isFaulty || ((check || diff) && changed > 0) { throw Exit(.specFault) }
  }

  /// - Returns: `nil` after a fault was printed.
  private func formatted(_ input: SpecInput, _ order: YAMLKeyOrder, _ console: Console) throws -> [UInt8]? {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let source = sources.add(SourceText(name: input.displayName, bytes: input.bytes))
    _ = YAMLReader.read(input.bytes, source: source, into: &bag)
    if bag.hasErrors {
      let renderer = FullRenderer(sources: sources, style: console.usesColor ? .ansi : .plain)
      console.error(renderer.render(bag, total: DiagnosticTotal(bag.diagnostics, files: 1)))
      return nil
    }
    do throws(FormatRefusal) {
      return try YAMLFormatter.format(input.bytes, order: order)
    } catch {
      console.fail(
        "\(input.displayName):\(error.line): fmt cannot keep \(error.reason), and leaves the spec as it is")
      return nil
    }
  }

  private func show(_ text: [UInt8], instead input: SpecInput, _ console: Console) throws {
    if check || diff {
      if text == input.bytes { return }
      if diff { try console.result(UnifiedDiff.text(from: input.bytes, to: text, name: input.displayName)) }
      if check, !diff { console.answer("\(input.displayName)\n") }
    } else if input.path == "-" {
      try console.result(String(decoding: text, as: UTF8.self))
    } else if text != input.bytes {
      try WrittenFile.write(text, to: input.path, console: console)
      console.note("\(input.displayName): formatted\n")
    }
  }
}
