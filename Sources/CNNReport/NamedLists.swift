/// Lists of settings whose items are known by what they are called, and not by their place.
///
///     training.metrics [accuracy]                  before
///     training.metrics[0] accuracy                 after
///     training.metrics[1].top_k_accuracy.k 5
///
/// differ in `top_k_accuracy` alone.
enum NamedLists {
  /// The lists, and whether the order of their items means anything: callbacks hear of an epoch one after the other.
  private static let lists = ["training.metrics": false, "training.callbacks": true]

  /// An item with its arguments: `early_stopping` and `patience 3`.
  private struct Item: Equatable {
    let name: String
    let place: Int
    var arguments: [SpecFacts.Setting] = []

    var text: String {
      arguments.isEmpty ? name : "\(name) (\(arguments.map { "\($0.path) \($0.value)" }.joined(separator: ", ")))"
    }
  }

  /// What differs, in the order of the later settings.
  static func changes(_ before: [SpecFacts.Setting], _ after: [SpecFacts.Setting]) -> [ValueChange] {
    func isListed(_ setting: SpecFacts.Setting) -> Bool { split(setting.path) != nil }
    return ValueChange.between(before.filter { !isListed($0) }, after.filter { !isListed($0) })
      + lists.keys.sorted(by: >).flatMap { changes(of: $0, items(of: $0, before), items(of: $0, after)) }
  }

  private static func changes(of list: String, _ before: [Item], _ after: [Item]) -> [ValueChange] {
    var left = before
    var changes: [ValueChange] = []
    var places: [Int] = []
    for item in after {
      // One of the same arguments rather than another of the same name.
      guard
        let match = left.firstIndex(where: { $0.text == item.text }) ?? left.firstIndex(where: { $0.name == item.name })
      else {
        changes.append(ValueChange(list, nil, item.text, isItem: true))
        continue
      }
      let old = left.remove(at: match)
      places.append(old.place)
      changes += ValueChange.between(old.arguments, item.arguments).map {
        ValueChange("\(list)[\(item.place)].\(item.name).\($0.path)", $0.before, $0.after)
      }
    }
    changes += left.map { ValueChange(list, $0.text, nil, isItem: true) }
    if changes.isEmpty, lists[list] == true, places != places.sorted() {
      func names(_ items: [Item]) -> String { "[\(items.map(\.name).joined(separator: ", "))]" }
      changes.append(ValueChange(list, names(before), names(after)))
    }
    return changes
  }

  /// The settings of one spec with the items of such lists under their names, so that those of several specs stand side
  /// by side: `training.metrics: top_k_accuracy.k` and `5`, `training.metrics: accuracy` and `yes`.
  ///
  /// - Parameter others: the settings of all specs, since an order is told where the same items stand in several.
  static func named(_ settings: [SpecFacts.Setting], among others: [[SpecFacts.Setting]]) -> [SpecFacts.Setting] {
    var named: [SpecFacts.Setting] = []
    var told: Set<String> = []
    for setting in settings {
      guard let list = split(setting.path)?.list else {
        named.append(setting)
        continue
      }
      guard told.insert(list).inserted else { continue }
      let items = items(of: list, settings)
      var counts: [String: Int] = [:]
      for item in items {
        counts[item.name, default: 0] += 1
        let number = counts[item.name, default: 1]
        let title = "\(list): \(item.name)" + (number > 1 ? " (\(number))" : "")
        if item.arguments.isEmpty { named.append(.init(title, "yes")) }
        named += item.arguments.map { .init("\(title).\($0.path)", $0.value) }
      }
      let names = items.map(\.name)
      let orders = others.map { Self.items(of: list, $0).map(\.name) }
      if lists[list] == true, orders.contains(where: { $0 != names && $0.sorted() == names.sorted() }) {
        named.append(.init(list, "[\(names.joined(separator: ", "))]"))
      }
    }
    return named
  }

  private static func items(of list: String, _ settings: [SpecFacts.Setting]) -> [Item] {
    var items: [Item] = []
    for setting in settings {
      guard let place = split(setting.path), place.list == list else { continue }
      guard let index = place.index else {
        // Of words alone: `[accuracy, f1]`.
        let words = setting.value.dropFirst().dropLast().split(separator: ",").map { $0.drop { $0 == " " } }
        items += words.enumerated().map { Item(name: String($1), place: $0) }
        continue
      }
      // `.top_k_accuracy.k`, or nothing where the item is a word.
      let parts = place.rest.split(separator: ".", maxSplits: 1).map(String.init)
      if items.last?.place != index { items.append(Item(name: parts.first ?? setting.value, place: index)) }
      if parts.count == 2 { items[items.count - 1].arguments.append(.init(parts[1], setting.value)) }
    }
    return items
  }

  /// `training.metrics[1].top_k_accuracy.k` as list, index and rest; `nil` of what is in none of the lists.
  private static func split(_ path: String) -> (list: String, index: Int?, rest: Substring)? {
    guard let list = lists.keys.first(where: { path == $0 || path.hasPrefix($0 + "[") }) else { return nil }
    let rest = path.dropFirst(list.count)
    guard !rest.isEmpty else { return (list, nil, rest) }
    guard let end = rest.firstIndex(of: "]"), let index = Int(rest[..<end].dropFirst()) else { return nil }
    return (list, index, rest[rest.index(after: end)...])
  }
}
