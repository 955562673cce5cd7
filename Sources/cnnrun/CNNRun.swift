import ArgumentParser
import CNNSession

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// `cnnrun SPEC` is `cnnrun run SPEC`; every other word is a command.
@main
struct CNNRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cnnrun",
    abstract: "Check, summarise, train and evaluate convolutional networks written as YAML.",
    usage: "cnnrun SPEC\ncnnrun <command> …",
    discussion: """
      `cnnrun SPEC` trains the network of a spec: it is `cnnrun run SPEC`.

      Answers go to stdout, progress and faults to stderr.

      Exit status: 0 fine, 1 the spec is at fault (of diff: there is a difference), 2 usage, 3 the run failed, 4 an expectation is not met, 70 \
      a bug of ours, 130 and 143 interrupted.
      """,
    version: cnnrunVersion,
    subcommands: [
      Run.self, Summary.self, Validate.self, Format.self, ShowPlan.self, Bench.self, Init.self, Explain.self,
      Schema.self, Diff.self, Evaluate.self, Predict.self, Runs.self, Compare.self, MakeReport.self, Sweep.self,
      ShowData.self, Export.self, Import.self,
    ],
    defaultSubcommand: Run.self)

  /// What the first word may be.
  static var commandNames: [String] { configuration.subcommands.map { $0._commandName } + ["help"] }

  static func main() {
    Interrupt.ignoreBrokenPipes()
    Interrupt.reportTraps()
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      end(.fine)
    } catch let exit as Exit {
      end(exit.status)
    } catch {
      let text = fullMessage(for: error)
      let isFault = exitCode(for: error) != .success
      let console = Console(isQuiet: false, noColor: false)
      if isFault {
        console.error(text + "\n")
        end(exitCode(for: error) == .validationFailure ? .usage : .bug)
      }
      do { try console.result(text + "\n") } catch { end(.failed) }
      end(.fine)
    }
  }

  /// Whatever a command came to, it has failed if not all of what it printed arrived.
  private static func end(_ status: ExitStatus) -> Never {
    var status = status
    if let text = Console.lostText {
      Console(isQuiet: false, noColor: false).fail(text)
      if status == .fine { status = .failed }
    }
    // ParsableCommand has an `exit` of its own.
    #if canImport(Glibc)
      Glibc.exit(status.rawValue)
    #elseif canImport(Darwin)
      Darwin.exit(status.rawValue)
    #else
      Musl.exit(status.rawValue)
    #endif
  }
}
