import CNNFiles

/// The data sets that the program knows by name, with where each was found.
package struct DataCatalogue: Sendable {
  package struct Entry: Sendable {
    package let source: BuiltInSource
    /// The folder, or the archive, that holds all of its splits; `nil` if none does.
    package let place: String?
    /// The folders that were looked in, best first; empty for what the program holds.
    package let searched: [String]
  }

  package let entries: [Entry]

  /// Looks for every set. Nothing is opened: files are known by their names.
  ///
  /// - Parameters:
  ///   - dataDirectory: where the person said that data is.
  ///   - environment: `CNNRUN_DATA_DIR` and `HOME`.
  package init(
    dataDirectory: String?, environment: [String: String], _ access: FileAccess = FileAccess(),
    systemDirectory: String = DataLoader.systemDirectory
  ) {
    entries = BuiltInSource.all.map { source in
      if source.form == .embedded { return Entry(source: source, place: "the program", searched: []) }
      let request = DataRequest(
        source: .builtIn(source.name), specDirectory: "", dataDirectory: dataDirectory, environment: environment)
      let loader = BuiltInLoader(access: access, systemDirectory: systemDirectory, request: request)
      let searched = source.directories(for: request, systemDirectory: systemDirectory)
      let place = searched.lazy.compactMap { loader.place(of: source, in: $0, source.splits) }.first
      return Entry(
        source: source,
        place: place.map { place in place.archive.map { Path.join(place.directory, $0) } ?? place.directory },
        searched: searched)
    }
  }
}
