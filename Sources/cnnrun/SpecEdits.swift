import CNNDiagnostics
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec

/// What has changed between the spec that a run was trained with and the one that it is to go on with, and whether a
/// resumed run can take it.
///
/// What would have made no difference to the epochs that are over may change: how many there are to be, how patient
/// callbacks are, what is expected, what things are called. So may `initial_weights`, whose file is read when a run begins
/// and never again, and may long be gone. The learning rate may if it is said in so many words. All else would make a run
/// that nobody could have trained in one go.
struct SpecEdits {
  private let before, after: SpecFacts?
  /// Paths of settings that differ.
  private let changed: [String]
  private let layersDiffer: Bool
  private let epochs: Int

  init(from run: RunRecord, to loaded: LoadedSpec) {
    epochs = loaded.spec.training?.epochs.value ?? 0
    if run.resolved == loaded.spec.resolvedText {
      (before, after) = (nil, nil)
      (changed, layersDiffer) = ([], false)
      return
    }
    // Both in the form with every default, in which names are as if their author had given them.
    after = (Self.spec(loaded.spec.resolvedText) ?? loaded.spec).facts(title: "the spec now")
    before = Self.spec(run.resolved)?.facts(title: "the run's spec")
    guard let before, let after else {
      // Not even readable by this version.
      (changed, layersDiffer) = ([], true)
      return
    }
    let old = Dictionary(before.settings.map { ($0.path, $0.value) }) { first, _ in first }
    let new = Dictionary(after.settings.map { ($0.path, $0.value) }) { first, _ in first }
    // A setting that is not there at all is one of `none`.
    changed = Set(old.keys).union(new.keys).filter { (old[$0] ?? Self.absent) != (new[$0] ?? Self.absent) }.sorted()
    layersDiffer = before.layers != after.layers
  }

  private static let absent = "none"

  private static func spec(_ resolved: String) -> Spec? {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    return SpecLoader.load(
      Array(resolved.utf8), name: "resolved.yaml", catalog: .standard, sources: &sources, bag: &bag)
  }

  var changesLearningRate: Bool { changed.contains(where: Self.isLearningRate) }

  /// Ends the command if there is a change that a resumed run cannot take.
  ///
  /// - Parameter allowsInitialWeights: whether the run may be one that began with other weights.
  func check(
    run: String, epochsDone: Int, allowsLearningRate: Bool, allowsInitialWeights: Bool, _ console: Console
  ) throws {
    let refused = changed.filter {
      !Self.isFree($0) && !(allowsLearningRate && Self.isLearningRate($0))
        && !(allowsInitialWeights && Self.isInitialWeights($0))
    }
    if layersDiffer || !refused.isEmpty {
      let isRateAlone = !layersDiffer && refused.allSatisfy(Self.isLearningRate)
      console.fail(
        isRateAlone
          ? "the learning rate is not the one that '\(run)' was trained with"
          : "the spec is not the one that '\(run)' was trained with",
        help: isRateAlone
          ? "to go on with the new one all the same, add `--allow-learning-rate-change`"
          : "begin a new run with it; a resumed one can have other `epochs`, `patience`, `expect` and names of files")
      if layersDiffer, let before, let after { console.error("\n" + SpecDiff(before, after).text + "\n") }
      if !layersDiffer { for path in refused { console.error("  ~ \(change(path))\n") } }
      throw Exit(.specFault)
    }
    if epochs < epochsDone {
      console.fail(
        "'\(run)' has trained for \(epochsDone) epochs already, and \(epochs) are asked for",
        help: "write `--epochs \(epochsDone)` or more")
      throw Exit(.specFault)
    }
    for path in changed where !Self.isInitialWeights(path) {
      console.note("note: going on with another value: \(change(path))\n")
    }
    if changed.contains(where: Self.isInitialWeights) {
      console.note("note: the run goes on from its checkpoint, and `training.initial_weights` is not read\n")
    }
  }

  /// `training.epochs 10 → 20`
  private func change(_ path: String) -> String {
    func value(_ facts: SpecFacts?) -> String { facts?.settings.first { $0.path == path }?.value ?? Self.absent }
    return "\(path) \(value(before)) → \(value(after))"
  }

  private static func isFree(_ path: String) -> Bool {
    if ["name", "cnnrun", "training.epochs"].contains(path) || path.hasPrefix("expect.") { return true }
    guard path.hasPrefix("training.callbacks[") else { return false }
    let parts = path.split(separator: ".")
    guard parts.count == 4 else { return false }
    switch (parts[2], parts[3]) {
    case ("early_stopping", "patience"), ("reduce_lr_on_plateau", "patience"), ("model_checkpoint", "path"): return true
    default: return false
    }
  }

  /// The file itself, or how it is taken.
  private static func isInitialWeights(_ path: String) -> Bool {
    path == "training.initial_weights" || path.hasPrefix("training.initial_weights.")
  }

  /// The rate itself, or what belongs to its schedule.
  private static func isLearningRate(_ path: String) -> Bool {
    let parts = path.split(separator: ".")
    return parts.count >= 4 && parts[0] == "training" && parts[1] == "optimizer" && parts[3].hasPrefix("learning_rate")
  }
}
