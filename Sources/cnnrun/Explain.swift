import ArgumentParser
import CNNDiagnostics

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explain a code such as CN2103: what, why, and a wrong and a right example.")

  @ArgumentParser.Argument(help: "A code or its name, in any letter case: CN2103, unknown-key.")
  var code: String?

  @Flag(help: "List all codes.")
  var list = false

  @Flag(help: "As JSON.")
  var json = false

  @Flag(help: "As Markdown.")
  var markdown = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if json, markdown { throw ValidationError("--json and --markdown exclude each other") }
    if list {
      if let code { throw ValidationError("--list takes no code, and '\(code)' is one") }
      return
    }
    guard let code else { throw ValidationError("name a code, such as CN2103, or ask for all with --list") }
    if CodeRegistry.standard[code] == nil {
      let close = CodeRegistry.standard.suggestion(for: code).map { "; did you mean `cnnrun explain \($0)`?" }
      throw ValidationError("there is no code '\(code)'" + (close ?? "; `cnnrun explain --list` has them all"))
    }
  }

  func run() throws {
    let registry = CodeRegistry.standard
    guard let code, let explanation = registry[code] else {
      try common.console.result(json ? registry.json.text + "\n" : markdown ? registry.page : registry.list)
      return
    }
    try common.console.result(
      json ? explanation.json.text + "\n" : markdown ? explanation.markdown(heading: "#") : explanation.plainText)
  }
}
