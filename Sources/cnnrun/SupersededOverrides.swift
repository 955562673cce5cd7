import CNNDiagnostics
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec

/// Options of a run's command that its spec, edited since, says otherwise.
///
/// `--epochs 5` stands in the run's memory, and `epochs: 20` is written into its `spec.yaml` after that: the newer
/// statement holds. An option is older than an edit of what it sets; all other options stay.
struct SupersededOverrides {
  private let run: RunRecord
  private let edited: SpecInput

  init(_ run: RunRecord, edited: SpecInput) {
    self.run = run
    self.edited = edited
  }

  /// The options that hold; what takes the place of others is told.
  func kept(run path: String, _ console: Console) -> [String] {
    if run.overrides.isEmpty || edited.bytes == run.spec { return run.overrides }
    var kept = run.overrides
    for text in run.overrides {
      let others = kept.filter { $0 != text }
      guard let before = Self.settings(run.spec, others), let after = Self.settings(edited.bytes, others),
        let ruled = Self.settings(edited.bytes, kept)
      else { continue }
      let touched = Self.differences(after, ruled).union(
        Self.differences(before, Self.settings(run.spec, kept) ?? before))
      let edits = Self.differences(before, after)
      guard let setting = touched.intersection(edits).min() else { continue }
      kept = others
      console.note(
        "note: `\(setting)` was edited in '\(edited.path)' since the run began with `--set \(text)`: the edit holds\n")
    }
    return kept
  }

  /// Every setting by its path, defaults included; `nil` of a spec with faults, which are told elsewhere.
  private static func settings(_ bytes: [UInt8], _ overrides: [String]) -> [String: String]? {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      bytes, name: "spec.yaml", overrides: overrides, catalog: .standard, sources: &sources, bag: &bag)
    return spec.map { spec in
      Dictionary(spec.settingFacts.map { ($0.path, $0.value) }) { first, _ in first }
    }
  }

  private static func differences(_ one: [String: String], _ other: [String: String]) -> Set<String> {
    Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }
  }
}
