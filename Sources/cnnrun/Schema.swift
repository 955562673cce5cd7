import ArgumentParser
import CNNLayers
import CNNSpec

struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of specs, for completion and hover in editors.",
    discussion: """
      Draft 7. Save it beside your specs, and let their first line be
      # yaml-language-server: $schema=./cnnrun.schema.json
      """)

  @OptionGroup var common: CommonOptions

  func run() throws { try common.console.result(SpecSchema(.standard).text) }
}
