import ArgumentParser
import CNNKernels

/// What every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(name: [.short, .long], help: "Print nothing but errors and the answer asked for.")
  var quiet = false

  @Flag(name: [.short, .long], help: "Tell times and decisions that a run keeps to itself otherwise.")
  var verbose = false

  @Flag(name: .customLong("no-color"), help: "No colours, as with NO_COLOR.")
  var noColor = false

  var console: Console { console(answersInJSON: false) }

  func console(answersInJSON: Bool) -> Console {
    Console(isQuiet: quiet, isVerbose: verbose, noColor: noColor, answersInJSON: answersInJSON)
  }
}

/// What every command that loads a spec takes.
struct SpecOptions: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Override a value of the spec, read as YAML and checked like it; repeatable.",
      valueName: "key.path=value"))
  var overrides: [String] = []

  /// The option that a shell cut at the blanks of its value, so that the rest became operands: `--set a=[1, 2]`.
  func overrideCut(before operands: some Sequence<String>) -> String? {
    func depth(_ text: String) -> Int {
      text.count { "[{".contains($0) } - text.count { "]}".contains($0) }
    }
    guard let cut = overrides.first(where: { depth($0) > 0 }), let last = operands.first(where: { depth($0) < 0 })
    else { return nil }
    return ([cut] + operands.prefix { $0 != last } + [last]).joined(separator: " ")
  }
}

/// How the kernels run.
struct MachineOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("Threads to use; never changes a result. Default: one a core.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads takes 1 to 1024, not \(threads)") }
  }

  /// From `--threads`, `CNNRUN_THREADS`, or the processors this process may use.
  func threadCount() throws -> Int {
    if let threads { return threads }
    if let text = Console.environment("CNNRUN_THREADS"), !text.isEmpty {
      guard let count = Int(text), (1...1024).contains(count) else {
        throw ValidationError("CNNRUN_THREADS takes 1 to 1024, not '\(text)'")
      }
      return count
    }
    return WorkerPool.availableProcessors
  }

  func kernels() throws -> KernelTable { try Self.kernels() }

  /// The best kernels, or the lower ones that `CNNRUN_ISA` asks for.
  static func kernels() throws -> KernelTable {
    guard let word = Console.environment("CNNRUN_ISA"), !word.isEmpty else { return KernelTable() }
    guard let set = InstructionSet.allCases.first(where: { $0.word == word }) else {
      throw ValidationError(
        "CNNRUN_ISA takes \(InstructionSet.allCases.map(\.word).joined(separator: ", ")), not '\(word)'")
    }
    return KernelTable(set)
  }
}
