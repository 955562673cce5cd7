/// Names of layers as Keras gives them: `conv2d`, `conv2d_1`, `conv2d_2`, counted a kind.
///
/// A name given by hand does not advance the counter (Keras 3 and 2 alike).
package struct LayerNames: Sendable {
  private var counts: [String: Int] = [:]

  package init() {}

  /// The name of the next layer of a kind that has none of its own.
  package mutating func next(_ automaticName: String) -> String {
    let count = counts[automaticName, default: 0]
    counts[automaticName] = count + 1
    return count == 0 ? automaticName : "\(automaticName)_\(count)"
  }

  /// What layers read that stands for the model's own input; inside of a block, for what the block reads.
  package static let modelInput = "input"
  /// The model's own input, inside of blocks too.
  static let outermostInput = "model.input"

  /// Names become parts of file names and of keys, so: `[A-Za-z0-9_.-]{1,64}`, and neither `.` nor `..`.
  package static func isValid(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count), name != ".", name != ".." else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }

  /// The nearest valid name: what is not allowed becomes `_`.
  package static func mended(_ name: String) -> String {
    let allowed = name.unicodeScalars.map { isValid(String($0)) ? Character($0) : "_" }
    let mended = String(allowed.drop { $0 == "_" || $0 == "." }.prefix(64))
    return isValid(mended) ? mended : "layer"
  }
}

extension ValueType where Value == String {
  /// A name that may become part of a file name.
  package static var name: ValueType {
    let text = "a name of letters, digits, `_`, `.` and `-`"
    let any = ValueType<String>.text(text, byteCount: 1 << 16)
    return ValueType(
      text, schema: .pattern(#"^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}$"#, among: .any),
      read: { node, reader in
        guard let name = any.read(node, &reader) else { return nil }
        if LayerNames.isValid(name) { return name }
        let isLong = name.utf8.count > 64
        reader.report(
          SpecCode.badName,
          isLong
            ? "the name has \(name.utf8.count) characters, and may have 64"
            : "`\(name)` is not \(text)", at: node.span,
          help: "write `name: \(LayerNames.mended(name))`",
          fix: reader.replacing(node, with: LayerNames.mended(name), isSafe: false))
        return nil
      },
      write: { .text($0) })
  }

  /// The same for a layer, which may not be called as the model's own input is: `LayerReader.claim` says so.
  package static var layerName: ValueType {
    let name = ValueType.name
    return ValueType(
      name.text, schema: .pattern(#"^(?!\.{1,2}$)(?!\#(LayerNames.modelInput)$)[A-Za-z0-9_.-]{1,64}$"#, among: .any),
      read: name.read, write: name.write)
  }
}
