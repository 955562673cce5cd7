/// The values that `cnnrun sweep --set` goes through: the combinations of its options.
///
///     training.optimizer.adam.learning_rate=1e-2,1e-3    two values
///     training.batch_size=[32, 64]                        the same as 32,64
///     model.layers[0].conv2d.kernel_size=[3, 3],[5, 5]    two values, each a list
///     training.epochs=5                                   one value, the same everywhere
///
/// Commas in brackets, braces and quotes belong to a value. A value is not looked into here: it is an override as any.
package struct SweepGrid: Sendable, Equatable {
  /// One option: a path, and what stands behind its `=`, value by value.
  package struct Axis: Sendable, Equatable {
    package let path: String
    package let values: [String]

    /// The last key of the path, `learning_rate`.
    package var name: String {
      let last = path.split(separator: ".").last.map(String.init) ?? path
      return last
    }
  }

  package let axes: [Axis]

  /// More combinations than these are taken for a mistake.
  package static let mostCombinations = 1_000_000

  package struct Fault: Error, Equatable {
    package let message: String
    package let help: String
  }

  package init(_ texts: [String]) throws(Fault) {
    var axes: [Axis] = []
    for text in texts {
      guard let equals = text.firstIndex(of: "=") else {
        throw Fault(
          message: "a `--set` without `=`: '\(text)'", help: "write `--set training.batch_size=32,64`")
      }
      let path = String(text[..<equals])
      if axes.contains(where: { $0.path == path }) {
        throw Fault(
          message: "`\(path)` is set twice", help: "give all of its values in one `--set`, with commas between")
      }
      axes.append(Axis(path: path, values: try Self.values(of: text[text.index(after: equals)...], path)))
    }
    var count = 1
    for axis in axes {
      count *= axis.values.count
      if count > Self.mostCombinations {
        throw Fault(
          message: "there are more than \(Self.mostCombinations) combinations", help: "leave some values out")
      }
    }
    self.axes = axes
  }

  package var count: Int { axes.reduce(1) { $0 * $1.values.count } }

  /// The texts of `--set` for one combination; the last option's values change fastest.
  /// - Precondition: `0 ..< count`.
  package func combination(_ index: Int) -> [String] {
    var rest = index
    var texts: [String] = []
    for axis in axes.reversed() {
      texts.append("\(axis.path)=\(axis.values[rest % axis.values.count])")
      rest /= axis.values.count
    }
    return texts.reversed()
  }

  /// The values of one combination, one an option.
  package func values(_ index: Int) -> [String] {
    zip(axes, combination(index)).map { axis, text in String(text.dropFirst(axis.path.count + 1)) }
  }

  private static func values(of text: Substring, _ path: String) throws(Fault) -> [String] {
    var parts = try split(text, path)
    // One list is the list of values.
    if parts.count == 1, let only = parts.first, only.hasPrefix("["), only.hasSuffix("]") {
      parts = try split(only.dropFirst().dropLast(), path)
    }
    if parts.contains(where: \.isEmpty) {
      throw Fault(message: "a value is missing in `\(path)=\(text)`", help: "write `\(path)=1,2`")
    }
    if Set(parts).count < parts.count {
      throw Fault(message: "a value stands twice in `\(path)=\(text)`", help: "leave one of them out")
    }
    return parts
  }

  /// At commas that stand in nothing, without the blanks around.
  private static func split(_ text: Substring, _ path: String) throws(Fault) -> [String] {
    var parts: [String] = [""]
    var closers: [Character] = []
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if let closer = ["[": "]", "{": "}"][character] as Character? {
        closers.append(closer)
      } else if character == closers.last {
        closers.removeLast()
      } else if character == ",", closers.isEmpty {
        parts.append("")
        continue
      }
      parts[parts.count - 1].append(character)
    }
    if quote != nil || !closers.isEmpty {
      throw Fault(
        message: "`\(path)=\(text)` leaves \(quote != nil ? "a quote" : "a bracket") open",
        help: "put the whole option in quotes of the shell")
    }
    return parts.map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
