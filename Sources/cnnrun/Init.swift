import ArgumentParser
import CNNFiles
import CNNSpec

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a spec to begin with.",
    discussion: """
      The file is NAME, with .yaml behind it if that is missing; the spec's name follows from it. The first line tells \
      editors where the schema of specs is.
      """)

  @ArgumentParser.Argument(help: "The file, or - for stdout. Default: the template's name.", completion: .file())
  var name: String?

  @Option(help: "What to begin with.")
  var template = Template.minimal

  @Option(
    help: ArgumentHelp(
      "Path or address of the schema, for the first line.", valueName: "path"))
  var schema = "./cnnrun.schema.json"

  @Flag(help: "Replace a file that is there.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    let path = file
    let specName = path == "-" ? template.rawValue : SpecTemplate.name(fromFile: Path.name(of: path))
    let text = SpecTemplate.text(template, name: specName, schema: schema)
    if path == "-" {
      try console.result(text)
      return
    }
    if !force, FileAccess().status(path) != nil {
      console.fail("'\(path)' exists", help: "choose another name, or replace it with --force")
      throw Exit(.usage)
    }
    try WrittenFile.write(Array(text.utf8), to: path, console: console)
    console.answer("wrote \(path)\n")
    console.note("next: cnnrun summary \(RunResult.quoted(path))\n")
  }

  private var file: String {
    let name = name ?? template.rawValue
    return name == "-" || name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? name : name + ".yaml"
  }
}

extension Template: ExpressibleByArgument {}
