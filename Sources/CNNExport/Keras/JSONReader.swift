internal import CNNDiagnostics
internal import CNNSession

/// JSON of any shape as a value (RFC 8259), with what `StrictJSON` refuses refused here too: a key twice, lone surrogates.
enum JSONReader {
  /// Deeper nesting than any model has.
  private static let deepest = 64

  /// - Parameter name: what the text is called in messages.
  static func read(_ bytes: [UInt8], name: String) throws(ExportError) -> JSONText {
    do throws(StrictJSON.Fault) {
      var json = StrictJSON(bytes, 0..<bytes.count)
      let value = try value(&json, depth: 0)
      if json.next() != nil { throw json.fault("something follows the value") }
      return value
    } catch {
      throw ExportError("\(name) is not the JSON that it should be: at byte \(error.offset), \(error.message)")
    }
  }

  private static func value(_ json: inout StrictJSON, depth: Int) throws(StrictJSON.Fault) -> JSONText {
    if depth > deepest { throw json.fault("more than \(deepest) values in each other") }
    switch json.next() {
    case UInt8(ascii: "{"):
      var members: [String: JSONText] = [:]
      try json.object { (key, place, json) throws(StrictJSON.Fault) in
        let value = try value(&json, depth: depth + 1)
        if members.updateValue(value, forKey: key) != nil { throw json.fault("a key twice", at: place) }
      }
      return .object(members)
    case UInt8(ascii: "["):
      try json.expect("[")
      var items: [JSONText] = []
      if json.takes("]") { return .array(items) }
      repeat { items.append(try value(&json, depth: depth + 1)) } while json.takes(",")
      try json.expect("]")
      return .array(items)
    case UInt8(ascii: "\""): return .string(try json.string())
    default:
      if json.takes(word: "null") { return .null }
      if json.takes(word: "true") { return .bool(true) }
      if json.takes(word: "false") { return .bool(false) }
      let text = try json.numberText()
      if let integer = Int(text) { return .int(integer) }
      guard let number = Double(text), number.isFinite else { throw json.fault("a number that is out of range") }
      return .number(number)
    }
  }
}

extension JSONText {
  subscript(_ key: String) -> JSONText? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  var members: [String: JSONText]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  var items: [JSONText]? {
    guard case .array(let items) = self else { return nil }
    return items
  }

  var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var int: Int? {
    guard case .int(let value) = self else { return nil }
    return value
  }

  var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }
}
