import CNNSession

extension OpenedData {
  /// A few samples to try a model on, from all over the part that training saw least of, and what that part is called.
  ///
  /// - Returns: of `test`, else of `validation`, else of `train`; fewer than `count` if there are not so many.
  package func someSamples(_ count: Int, threads: Int) throws(DataError) -> (samples: Dataset, role: String)? {
    for role in [DataError.Field.test, .validation, .train] {
      guard let part = parts.first(where: { $0.role == role }), !part.records.isEmpty else { continue }
      // Folders are sorted by class: at even distances, every class has its turn.
      let wanted = min(count, part.records.count)
      let places = (0..<wanted).map { $0 * part.records.count / wanted }
      let records = part.samples.records
      do throws(DataError) {
        let storages = try records.gather([places.map { part.records[$0] }], threads: threads)
        guard let storage = storages.first else { return nil }
        let samples = Dataset(
          sampleShape: records.shape, storage: storage, labels: places.map { part.labels[$0] },
          classNames: classNames, sourceIndices: places.map { part.sourceIndices[$0] })
        return (samples, role.rawValue)
      } catch {
        throw part.ownError(error)
      }
    }
    return nil
  }
}
