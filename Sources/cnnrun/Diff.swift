import ArgumentParser
import CNNReport
import CNNSession
import CNNSpec

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Print what changes from one spec to another: layers, shapes, parameters, FLOPs, memory, settings.",
    discussion: """
      Layers are matched by the names that their author gave them, the others by their order, kinds and arguments. \
      Defaults count as written, so two texts that mean the same are the same.

      Exit status: 0 no difference, 1 they differ (or a spec is at fault), 2 a spec cannot be read.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, markdown, json }

  @ArgumentParser.Argument(
    help: "The spec before, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var before: String

  @ArgumentParser.Argument(
    help: "The spec after, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var after: String

  @Option(help: "text, markdown for a pull request, or json for tools.")
  var format = Format.text

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if before == "-", after == "-" { throw ValidationError("only one of the two can be stdin") }
  }

  func run() throws {
    let console = common.console
    let inputs = try [before, after].map { try SpecInput($0, console: console) }
    // Both are read before the first fault ends anything.
    let loaded = inputs.map { try? $0.load(specOptions, sections: .model, console: console) }
    let names = inputs.map(\.displayName)
    guard let first = loaded[0], let second = loaded[1] else {
      let faulty = zip(names, loaded).filter { $0.1 == nil }.map(\.0)
      if format == .json {
        let object = SpecDiff.incomparable(names[0], names[1], faulty: faulty, toolVersion: cnnrunVersion)
        try console.result(object.text + "\n")
      }
      console.fail(
        "nothing to compare: \(faulty.joined(separator: " and ")) \(faulty.count == 1 ? "has" : "have") faults")
      throw Exit(.specFault)
    }
    let difference = SpecDiff(first.spec.facts(title: names[0]), second.spec.facts(title: names[1]))
    switch format {
    case .text: try console.result(difference.text + "\n")
    case .markdown: try console.result(difference.markdown + "\n")
    case .json: try console.result(difference.json(toolVersion: cnnrunVersion).text + "\n")
    }
    if !difference.isEmpty { throw Exit(.differs) }
  }
}
