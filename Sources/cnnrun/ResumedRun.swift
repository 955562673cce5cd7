import CNNDiagnostics
import CNNFiles
import CNNReport
import CNNSession
import CNNSpec

/// A run that was stopped, opened to go on: its directory, its newest whole checkpoint, and the spec to go on with.
struct ResumedRun {
  let directory: RunDirectory
  let checkpoint: Checkpoint
  /// What the run had written of its state before this command came.
  let writtenState: RunDirectory.State?
  private let checkpointPath: String
  /// The command that goes on with the run, to which options can be added.
  let command: String
  let loaded: LoadedSpec
  /// What the spec is called: as the run's first command did, or as this one does.
  let specName: String
  /// The texts of `--set` that the spec was read with.
  let overrides: [String]
  /// Whether the optimiser goes on at another rate than it would have.
  let changesLearningRate: Bool

  /// - Parameters:
  ///   - run: the run directory.
  ///   - spec: a spec that takes the place of the run's own; its `--set`s then are all there are.
  ///   - more: the texts of `--set` that this command adds.
  ///   - allowsLearningRate: whether the learning rate may be another one.
  ///   - allowsInitialWeights: whether the spec may name other weights to begin with than the run began with.
  init(
    _ run: String, spec: SpecInput?, more: [String], allowsLearningRate: Bool, allowsInitialWeights: Bool = true,
    console: Console
  ) throws {
    let path = RunLocator.path(of: run, console)
    command = "cnnrun run --resume \(RunResult.quoted(run))"
    do throws(FileError) { directory = try RunDirectory.open(path) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    writtenState = directory.writtenState
    let store = directory.checkpoints
    let found: CheckpointStore.Found
    do throws(CheckpointError) { found = try store.load() } catch {
      if error.code == .missing {
        console.fail(
          "'\(path)' cannot go on: it was stopped before its first checkpoint",
          help: "begin it again: `cnnrun run SPEC --out \(RunResult.quoted(path))`")
      } else if error.code == .damaged {
        let weights = directory.path(of: .last)
        console.fail(
          "'\(path)' cannot go on, since none of its checkpoints is whole: \(error.message)",
          help: FileAccess().exists(weights)
            ? "begin a new run with its last weights: `cnnrun run SPEC --initial-weights \(RunResult.quoted(weights))`"
            : "begin a new run")
      } else {
        console.fail("'\(path)' cannot go on: \(error.message)", help: error.help ?? "begin a new run")
      }
      throw Exit(.failed)
    }
    if let complaint = found.complaint {
      store.setLastAside()
      console.error(
        "warning: \(complaint); going on from the checkpoint before it, \(Self.place(found.checkpoint.position))\n")
    }
    checkpoint = found.checkpoint
    checkpointPath = found.path
    specName = spec?.displayName ?? checkpoint.run.specName
    let input = spec ?? Self.ownSpec(path, checkpoint.run)
    let kept =
      spec == nil ? SupersededOverrides(checkpoint.run, edited: input).kept(run: path, console) : []
    overrides = kept + more
    loaded = try input.load(overrides: overrides, sections: .training, console: console)
    let edits = SpecEdits(from: checkpoint.run, to: loaded)
    try edits.check(
      run: path, epochsDone: checkpoint.position.epochs, allowsLearningRate: allowsLearningRate,
      allowsInitialWeights: allowsInitialWeights, console)
    changesLearningRate = edits.changesLearningRate
    warnOfOtherMachine(console)
  }

  /// The copy in the run directory, which may have been edited, or what the checkpoint remembers of it.
  private static func ownSpec(_ path: String, _ run: RunRecord) -> SpecInput {
    let copy = Path.join(path, "spec.yaml")
    let bytes = try? FileAccess().readFile(copy, limit: SpecInput.readLimit)
    var input = SpecInput(path: copy, bytes: bytes ?? run.spec)
    input.origin = run.specOrigin
    return input
  }

  /// Other kernels, or another version of them, round differently.
  private func warnOfOtherMachine(_ console: Console) {
    if checkpoint.run.toolVersion != cnnrunVersion {
      console.error(
        "warning: the run began with cnnrun \(checkpoint.run.toolVersion), and goes on with \(cnnrunVersion): "
          + "its numbers may not be those of one version\n")
    }
  }

  func warnOfOtherKernels(_ word: String, _ console: Console) {
    if checkpoint.run.instructionSet != word {
      console.error(
        "warning: the run began with the kernels `\(checkpoint.run.instructionSet)`, and goes on with `\(word)`: "
          + "it ends with numbers that differ in rounding\n")
    }
  }

  /// Brings the session to where the run was stopped.
  func restore(
    into session: inout Session, _ console: Console
  ) throws -> (checkpoint: Checkpoint, kept: [Int: [[Float]]]) {
    do throws(CheckpointError) { return try CheckpointFile.restore(checkpointPath, into: &session) } catch {
      console.fail("'\(directory.path)' cannot go on: \(error.message)", help: error.help)
      throw Exit(.failed)
    }
  }

  /// Tells why the run cannot go on, though its checkpoint is whole.
  func fail(_ reason: String, _ console: Console) -> Exit {
    console.fail("'\(directory.path)' cannot go on: \(reason)", help: "begin a new run")
    return Exit(.failed)
  }

  static func place(_ position: TrainingPosition) -> String {
    position.steps == 0
      ? "after epoch \(position.epochs)" : "in epoch \(position.epochs + 1), after step \(position.steps)"
  }
}
