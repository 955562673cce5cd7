import CNNDiagnostics
import CNNFiles

/// `validate --fix` and `--diff` of one spec.
struct SpecMender {
  private let validation: Validation
  private var options: Validate { validation.options }
  private var console: Console { validation.console }

  init(_ validation: Validation) { self.validation = validation }

  /// - Returns: what is in the file afterwards: the mended spec, or with `--diff` the spec as it was.
  func mend(_ input: SpecInput) throws -> SpecInput {
    let fixer = Fixer(
      includesUnsafe: options.unsafeFixes, isStrict: options.strict, source: SourceID(index: 0)
    ) { bytes in
      let checked = validation.check.faults(of: bytes, like: input)
      return Fixer.Checked(faults: validation.withoutIgnored(checked.bag).sorted, work: checked.work)
    }
    let outcome = fixer.fix(input.bytes)
    if options.diff {
      try console.result(UnifiedDiff.text(from: input.bytes, to: outcome.bytes, name: input.displayName))
      return input
    }
    if input.path == "-" {
      try console.result(String(decoding: outcome.bytes, as: UTF8.self))
    } else if !outcome.made.isEmpty {
      try WrittenFile.write(outcome.bytes, to: input.path, console: console)
    }
    if !outcome.made.isEmpty {
      let count = outcome.made.count
      console.note("\(input.displayName): \(count) \(count == 1 ? "fault" : "faults") mended\n")
    }
    return SpecInput(path: input.path, bytes: outcome.bytes, name: input.name)
  }
}
