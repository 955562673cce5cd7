extension SafetensorsHeader {
  /// Takes the JSON apart, and looks at names and keys but not yet at what the numbers mean.
  struct Parser {
    struct Entry {
      var name: String
      var type: String
      var extents: [Int]
      var start: Int
      var end: Int
      /// Its place in the header.
      var place: Int
    }

    let path: String
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    private var names: Set<String> = []

    init(path: String) { self.path = path }

    mutating func read(_ bytes: [UInt8], _ range: Range<Int>) throws(WeightsError) {
      // What is wrong with a name is kept here on its way out: the reader of JSON has faults of its own.
      var named: WeightsError?
      do throws(StrictJSON.Fault) {
        var json = StrictJSON(bytes, range)
        try json.object { (key, place, json) throws(StrictJSON.Fault) in
          if !names.insert(key).inserted {
            named = WeightsError(.duplicateName, path, "names `\(WeightsError.shown(key))` twice")
            throw json.fault("", at: place)
          }
          if key == SafetensorsHeader.metadataKey {
            metadata = try Self.metadata(&json)
          } else {
            if entries.count == SafetensorsHeader.tensorLimit {
              named = WeightsError(
                .tooManyTensors, path, "names more than \(SafetensorsHeader.tensorLimit) tensors")
              throw json.fault("", at: place)
            }
            entries.append(try Self.entry(key, place: entries.count, &json))
          }
        }
        try json.expectOnlySpaces()
      } catch {
        throw named
          ?? WeightsError(
            .header, path, "has a malformed header: at byte \(error.offset), \(WeightsError.shown(error.message))")
      }
    }

    private static func metadata(_ json: inout StrictJSON) throws(StrictJSON.Fault) -> [String: String] {
      var pairs: [String: String] = [:]
      try json.object { (key, place, json) throws(StrictJSON.Fault) in
        if pairs.updateValue(try json.string(), forKey: key) != nil {
          throw json.fault("the metadata have `\(key)` twice", at: place)
        }
      }
      return pairs
    }

    private static func entry(
      _ name: String, place: Int, _ json: inout StrictJSON
    ) throws(StrictJSON.Fault) -> Entry {
      var type: String?
      var extents: [Int]?
      var offsets: [Int]?
      let start = json.offset
      try json.object { (key, place, json) throws(StrictJSON.Fault) in
        let isNew: Bool
        switch key {
        case "dtype":
          isNew = type == nil
          type = try json.string()
        case "shape":
          isNew = extents == nil
          extents = try json.integers(limit: SafetensorsHeader.rankLimit)
        case "data_offsets":
          isNew = offsets == nil
          offsets = try json.integers(limit: 2)
        default: throw json.fault("a tensor has the unknown key `\(key)`", at: place)
        }
        if !isNew { throw json.fault("a tensor has the key `\(key)` twice", at: place) }
      }
      guard let type, let extents, let offsets, offsets.count == 2 else {
        throw json.fault("a tensor needs `dtype`, `shape`, and two `data_offsets`", at: start)
      }
      return Entry(name: name, type: type, extents: extents, start: offsets[0], end: offsets[1], place: place)
    }
  }
}
