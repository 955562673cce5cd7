import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec

/// A run directory as it was left, read without touching it: the header of its newest checkpoint.
struct PastRun {
  let path: String
  let checkpoint: Checkpoint
  /// Whether a process is at work in it.
  let isRunning: Bool
  /// How it ended, by what it wrote last; `nil` of one that is at work, or was killed before all of it was written, even
  /// if that was after its last epoch.
  let end: RunEnd?

  init?(_ path: String) {
    let directory = RunDirectory(existing: path, metricNames: [])
    let store = directory.checkpoints
    guard
      let checkpoint = [CheckpointStore.Name.last, .prev].lazy
        .compactMap({ try? CheckpointFile.header(store.path($0)) }).first
    else { return nil }
    self.path = path
    self.checkpoint = checkpoint
    isRunning = RunDirectory.isInUse(path)
    let state = isRunning ? nil : directory.writtenState
    if let state, state != .running {
      let saved = checkpoint.end
      end =
        saved?.state == state
        ? saved : RunEnd(state, reason: "not all of it could be saved", evaluation: saved?.evaluation ?? [])
    } else {
      end = nil
    }
  }

  /// Why there is none at a path: what the system says, if it is that which keeps it from being read.
  static func reasonUnreadable(_ path: String) -> (message: String, help: String) {
    let store = RunDirectory(existing: path, metricNames: []).checkpoints
    do throws(FileError) { _ = try FileAccess().openFile(store.path(.last)) } catch {
      if error.code == .notPermitted { return (": \(error.message)", error.help ?? "check the permissions") }
    }
    return ("", "`cnnrun runs` lists those that can")
  }

  /// The runs in a folder, and those in folders of it that are sweeps.
  static func all(in root: String) throws(FileError) -> [PastRun] {
    var runs: [PastRun] = []
    for name in try FileAccess().list(root) where name != RunDirectory.latest && !name.hasPrefix(".") {
      let path = Path.join(root, name)
      guard FileAccess().status(path)?.kind == .directory else { continue }
      if let run = PastRun(path) {
        runs.append(run)
      } else {
        for inner in (try? FileAccess().list(path)) ?? [] {
          if let run = PastRun(Path.join(path, inner)) { runs.append(run) }
        }
      }
    }
    return runs
  }

  var isDone: Bool { end?.state == .done }

  /// Whether its files of weights are what it came to: its last checkpoint knows the end that it wrote.
  var hasFinalFiles: Bool { end != nil && checkpoint.end?.state == end?.state }

  var summary: RunSummary {
    let history = checkpoint.history
    let shown = history.best ?? (history.epochCount > 0 ? history.epochCount - 1 : nil)
    let state = isRunning ? "running" : end.map { $0.state.rawValue } ?? "stopped"
    return RunSummary(
      path: path, state: state, epochsDone: checkpoint.position.epochs, epochs: checkpoint.run.epochs,
      monitor: history.monitor, bestEpoch: history.best.map { $0 + 1 }, bestValue: history.bestValue,
      figures: shown.map { history.figures(of: $0).map { ($0.name, $0.value) } } ?? [],
      evaluation: end?.evaluation.map { ($0.name, $0.value) } ?? [], seconds: checkpoint.run.seconds,
      startedAt: checkpoint.run.startedAt,
      parameters: checkpoint.tensors.reduce(0) { $0 + $1.extents.reduce(1, *) }, reason: end?.reason)
  }

  /// The spec that it was trained with, as training knew it, with paths from where it lay. What was advised then needs no
  /// advice now: only faults are told, and end the command.
  func load(
    overrides: [String] = [], sections: RequiredSections = .model, console: Console
  ) throws -> LoadedSpec {
    var input = SpecInput(path: Path.join(path, "spec.yaml"), bytes: checkpoint.run.spec)
    input.origin = checkpoint.run.specOrigin
    return try input.loadQuietly(
      overrides: checkpoint.run.overrides + overrides, sections: sections, console: console)
  }

  /// The spec that it was trained with; `nil` if this version cannot read it.
  var spec: Spec? {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    return SpecLoader.load(
      Array(checkpoint.run.resolved.utf8), name: "resolved.yaml", catalog: .standard, sources: &sources, bag: &bag)
  }
}
