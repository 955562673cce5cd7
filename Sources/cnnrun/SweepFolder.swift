import CNNFiles
import CNNReport
import CNNSession

/// The folder of a sweep, which may hold runs of earlier ones, over other values or other keys.
enum SweepFolder {
  /// Runs that are no part of this sweep.
  static func otherRuns(in folder: String, than paths: [String]) -> [PastRun] {
    ((try? FileAccess().list(folder)) ?? []).map { Path.join(folder, $0) }
      .filter { !paths.contains($0) && FileAccess().status($0)?.kind == .directory }
      .compactMap(PastRun.init)
  }

  /// All runs of the folder, by every key that tells two of them apart.
  ///
  /// - Parameter own: of this sweep, the path and the options of each.
  static func table(own: some Sequence<(String, [String])>, _ earlier: [PastRun]) -> SweepTable {
    let rows =
      own.map { path, options in (path: path, run: PastRun(path), options: Self.values(options)) }
      + earlier.map { run in
        (path: run.path, run: run, options: Self.values(run.checkpoint.run.overrides))
      }
    let paths = Set(rows.flatMap(\.options.keys)).sorted()
    let values = rows.map { row in
      // What one sweep went through, another left as the spec has it.
      let settings = row.run?.spec?.settingFacts ?? []
      return paths.map { path in
        row.options[path] ?? settings.first { $0.path == path }?.value ?? ""
      }
    }
    let telling = paths.indices.filter { column in Set(values.map { $0[column] }).count > 1 }
    let names = telling.map { name(of: paths[$0], among: telling.map { paths[$0] }) }
    let monitor = rows.lazy.compactMap { $0.run?.checkpoint.history.monitor }.first ?? "val_loss"
    return SweepTable(
      keys: names,
      rows: zip(rows, values).map { row, values in
        SweepTable.Row(values: telling.map { values[$0] }, run: row.run?.summary, path: row.path)
      }, higherIsBetter: MetricDirection(of: monitor) == .up)
  }

  /// Options by their paths; of two of the same path the last holds.
  private static func values(_ options: [String]) -> [String: String] {
    Dictionary(
      options.compactMap { option in
        option.firstIndex(of: "=").map { equals in
          (String(option[..<equals]), String(option[option.index(after: equals)...]))
        }
      }, uniquingKeysWith: { $1 })
  }

  /// The last key of a path where no other path ends so, the path otherwise.
  private static func name(of path: String, among paths: [String]) -> String {
    func last(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }
    return paths.count(where: { last($0) == last(path) }) == 1 ? last(path) : path
  }
}
