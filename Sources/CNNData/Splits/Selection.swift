internal import CNNDiagnostics

/// The records of a split that a role takes, in the order in which it serves them.
struct Selection: Sendable, Equatable {
  let role: DataError.Field
  /// The slice as it was written, or what a fraction comes to.
  let text: String
  let split: String
  let records: [Int]
  /// Of a stretch of the order: its first position.
  var start = 0
}

/// Divides the splits of a source among the roles, by place, by class or by content.
struct SplitDivision {
  let request: DataRequest
  /// Samples of each split.
  let counts: [String: Int]

  /// By place, which needs to know nothing but how many samples there are.
  func byPlace() throws(DataError) -> [Selection] {
    let plan = try SplitPlan(request, counts: counts)
    var orders: [String: [Int]] = [:]
    return plan.parts.map { part in
      // The file's own order needs no list of all its records.
      if request.order == .file {
        return Selection(
          role: part.role, text: part.text, split: part.split, records: Array(part.range), start: part.range.lowerBound)
      }
      let order = orders[part.split] ?? order(part.split)
      orders[part.split] = order
      return Selection(
        role: part.role, text: part.text, split: part.split, records: Array(order[part.range]),
        start: part.range.lowerBound)
    }
  }

  /// By class: each fraction and percentage is taken of every class for itself.
  ///
  /// - Parameter labels: of each split that is touched.
  func byClass(_ labels: [String: SampleLabels]) throws(DataError) -> [Selection] {
    if let values = labels.values.first(where: { !$0.areClasses }) {
      throw DataError(
        .badSplit, .split, "`stratify` shares out classes, and the labels in '\(values.path)' are values",
        help: "leave `stratify` out; `hash: true` divides by what the samples hold")
    }
    try requireShares("class by class", "stratify")
    let names = labels.mapValues { $0.names ?? [] }
    // Positions of each class, by split, in the order asked for.
    var places: [Int32: [String: [Int]]] = [:]
    var orders: [String: [Int]] = [:]
    for (split, labels) in labels {
      let order = order(split)
      orders[split] = order
      for (position, record) in order.enumerated() {
        places[labels.values[record], default: [:]][split, default: []].append(position)
      }
    }
    var taken: [DataError.Field: (text: String, split: String, positions: [Int])] = [:]
    for (label, positions) in places.sorted(by: { $0.key < $1.key }) {
      let plan: SplitPlan
      do throws(DataError) {
        plan = try SplitPlan(
          request, counts: labels.mapValues { _ in 0 }.merging(positions.mapValues(\.count)) { $1 },
          isShare: true)
      } catch {
        let name =
          names.values.lazy.compactMap { $0.indices.contains(Int(label)) ? $0[Int(label)] : nil }.first ?? "\(label)"
        throw DataError(
          error.code, error.field,
          "class `\(name)` has \(counted(positions)), too few to be shared out: \(error.message)",
          help: "give the class more samples, take other shares, or divide without regard to classes: "
            + (isFolder ? "`stratify: false`" : "leave `stratify` out"))
      }
      for part in plan.parts {
        let chosen = positions[part.split].map { Array($0[part.range]) } ?? []
        taken[part.role, default: (text(part.role), part.split, [])].positions += chosen
      }
    }
    return try disjoint(
      roles.compactMap { role in
        taken[role].map { part in
          let order = orders[part.split] ?? []
          return Selection(
            role: role, text: part.text, split: part.split, records: part.positions.sorted().map { order[$0] })
        }
      })
  }

  /// Folders are divided class by class unless told otherwise.
  private var isFolder: Bool {
    if case .imageFolder = request.source { return true }
    return false
  }

  private func counted(_ positions: [String: [Int]]) -> String {
    let count = positions.values.reduce(0) { $0 + $1.count }
    return "\(count.grouped) \(count == 1 ? "sample" : "samples")"
  }

  /// By content: where in 0 to 1 the digest of a sample falls.
  ///
  /// - Parameter digests: of each record of each split that is touched.
  func byContent(_ digests: [String: [MD5]]) throws(DataError) -> [Selection] {
    try requireShares("by content", "hash")
    // So fine a scale that a whole percent and nine decimals are exact on it.
    let scale = 100_000_000_000
    let plan = try SplitPlan(request, counts: counts.mapValues { _ in scale }, isShare: true)
    var orders: [String: [Int]] = [:]
    let selections = plan.parts.map { part in
      let order = orders[part.split] ?? order(part.split)
      orders[part.split] = order
      let digests = digests[part.split] ?? []
      let records = order.filter { record in
        let place = UInt64(scale).multipliedFullWidth(by: digests[record].highHalf).high
        return part.range.contains(Int(place))
      }
      return Selection(role: part.role, text: text(part.role), split: part.split, records: records)
    }
    if let empty = selections.first(where: { $0.records.isEmpty }) {
      throw DataError(
        .emptySlice, empty.role, "no sample would be left for \(empty.role.rawValue)",
        help: "choose other shares, or more samples")
    }
    return try disjoint(selections)
  }

  // MARK: -

  private var roles: [DataError.Field] { [.train, .validation, .test] }

  private func order(_ split: String) -> [Int] {
    let count = counts[split] ?? 0
    return request.order == .tfds ? TFDSOrder.indices(split: split, count: count) : Array(0..<count)
  }

  /// What a role is written as.
  private func text(_ role: DataError.Field) -> String {
    let part: DataRequest.Part? =
      switch role {
      case .train: request.train.map { .slice($0) }
      case .validation: request.validation
      default: request.test
      }
    return switch part {
    case .slice(let text): text
    case .fraction(let text): "\(role.rawValue): \(text)"
    default: "train"
    }
  }

  /// A number of samples cannot be taken of classes or digests: only shares can.
  private func requireShares(_ how: String, _ key: String) throws(DataError) {
    let slices: [(DataError.Field, String?)] = [
      (.train, request.train), (.validation, Self.slice(request.validation)), (.test, Self.slice(request.test)),
    ]
    for (role, text) in slices {
      guard let text, try SplitSlice(text, field: role).countsSamples else { continue }
      throw DataError(
        .badSplit, role, "`\(text)` counts samples, and `\(key)` divides \(how)",
        help: "write percents, such as `\"train[:80%]\"`, or a fraction")
    }
  }

  private static func slice(_ part: DataRequest.Part?) -> String? {
    if case .slice(let text)? = part { return text }
    return nil
  }

  private func disjoint(_ selections: [Selection]) throws(DataError) -> [Selection] {
    for (position, selection) in selections.enumerated() {
      for earlier in selections[..<position] where earlier.split == selection.split {
        let shared = Set(earlier.records).intersection(selection.records).count
        if shared > 0 { throw SplitPlan.overlap(selection.text, selection.role, earlier.text, earlier.role, shared) }
      }
    }
    return selections
  }
}
