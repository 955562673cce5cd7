internal import CNNDiagnostics

/// What a look at every sample found: counts, ranges, twins, and files that cannot be read.
package struct DataInspection: Sendable {
  /// The samples of one role.
  package struct Part: Sendable {
    /// `train`, `validation` or `test`.
    package let name: String
    package let count: Int
    /// `[H, W, C]`
    package let shape: [Int]
    /// Samples of each class.
    package var classCounts: [Int]
    /// The values aimed at, where labels are no classes: least, mean and greatest.
    package var targets: (smallest: Float, mean: Double, largest: Float)?
    /// Of image files, before they are resized: fewest and most rows and columns.
    package var sizes: (smallest: PixelSize, largest: PixelSize)?
    /// Smallest and largest value; `nil` if no sample can be read.
    package var values: ClosedRange<Float>?
    /// Samples that hold the same as an earlier one of this role.
    package var twins = 0
    /// The first of those, and which it is the same as.
    package var firstTwin: (String, String)?
    /// Twins that have another class than the earlier one.
    package var contradictions = 0
    package var firstContradiction: (String, String)?
    /// What cannot be read, and why.
    package var unreadable: [(name: String, error: DataError)] = []

    /// What cannot be read as one error, a hundred of them by name.
    package var fault: DataError? { .joined(unreadable.map(\.error), of: count, most: 100) }
  }

  /// Samples that two roles share, by what they hold.
  package struct Leak: Sendable {
    /// The role that is measured on what was seen before.
    package let role: DataError.Field
    package let earlier: String
    package var count = 0
    /// The first of them, and which it is the same as.
    package var first: (String, String)
    /// Those that have another class than the earlier one.
    package var contradictions = 0
    package var firstContradiction: (String, String)?
  }

  package var parts: [Part] = []
  package var leaks: [Leak] = []
}

extension OpenedData {
  /// What is known of a sample, once it was read.
  private struct Row: Sendable {
    var digest = MD5()
    var smallest = Float.infinity
    var largest = -Float.infinity
    var size: PixelSize?
    var isRead = false
  }

  /// Reads every sample, without keeping any.
  ///
  /// - Throws: what concerns a source as a whole; samples that cannot be read are listed.
  package func inspect(threads: Int) throws(DataError) -> DataInspection {
    var inspection = DataInspection()
    // Where each digest was seen first: the part, and the position in it.
    var seen: [MD5: (part: Int, position: Int)] = [:]
    for (index, part) in parts.enumerated() {
      let (rows, failures) = try rows(of: part, threads: threads)
      var result = DataInspection.Part(
        name: part.role.rawValue, count: part.records.count, shape: part.samples.records.shape,
        classCounts: [Int](repeating: 0, count: classNames.count))
      if part.targets.isEmpty {
        for label in part.labels { result.classCounts[Int(label)] += 1 }
      } else if let smallest = part.targets.min(), let largest = part.targets.max() {
        let sum = part.targets.reduce(0) { $0 + Double($1) }
        result.targets = (smallest, sum / Double(part.targets.count), largest)
      }
      result.unreadable = failures.map { (part.samples.records.name(of: $0.record), part.ownError($0.error)) }
      var leaks: [Int: DataInspection.Leak] = [:]
      for (position, row) in rows.enumerated() where row.isRead {
        result.add(row.smallest, row.largest, row.size)
        guard let earlier = seen[row.digest] else {
          seen[row.digest] = (index, position)
          continue
        }
        let pair = (name(position, in: part), name(earlier.position, in: parts[earlier.part]))
        let contradicts = parts[earlier.part].labels[earlier.position] != part.labels[position]
        if earlier.part == index {
          result.twins += 1
          result.firstTwin = result.firstTwin ?? pair
          if contradicts {
            result.contradictions += 1
            result.firstContradiction = result.firstContradiction ?? pair
          }
        } else {
          var leak =
            leaks[earlier.part] ?? .init(role: part.role, earlier: parts[earlier.part].role.rawValue, first: pair)
          leak.count += 1
          if contradicts {
            leak.contradictions += 1
            leak.firstContradiction = leak.firstContradiction ?? pair
          }
          leaks[earlier.part] = leak
        }
      }
      inspection.parts.append(result)
      inspection.leaks += leaks.sorted { $0.key < $1.key }.map(\.value)
    }
    return inspection
  }

  private func rows(of part: Part, threads: Int) throws(DataError) -> ([Row], [RecordPass.Failure]) {
    let pass = RecordPass(records: part.samples.records, threads: threads, wantsDigests: true)
    do throws(DataError) {
      return try pass.run(part.records, [Row](repeating: Row(), count: part.records.count)) { rows, position, sample in
        let (smallest, largest) = sample.extremes
        rows[position] = Row(
          digest: sample.digest, smallest: smallest, largest: largest, size: sample.size, isRead: true)
      }
    } catch {
      throw part.ownError(error)
    }
  }

  private func name(_ position: Int, in part: Part) -> String {
    part.samples.records.name(of: part.records[position])
  }
}

extension DataInspection.Part {
  fileprivate mutating func add(_ smallest: Float, _ largest: Float, _ size: PixelSize?) {
    values = min(values?.lowerBound ?? smallest, smallest)...max(values?.upperBound ?? largest, largest)
    guard let size else { return }
    let known = sizes ?? (size, size)
    sizes = (
      PixelSize(height: min(known.smallest.height, size.height), width: min(known.smallest.width, size.width)),
      PixelSize(height: max(known.largest.height, size.height), width: max(known.largest.width, size.width))
    )
  }
}

extension OpenedData {
  /// The shape of the samples of each role, and their largest label: what a model has to fit.
  package var demands: [(role: DataError.Field, shape: [Int], largestLabel: Int)] {
    parts.map { ($0.role, $0.samples.records.shape, $0.labels.max().map { Int($0) } ?? 0) }
  }
}
