internal import CNNDiagnostics
internal import CNNYAML

/// A file's name with numbers in it, as Python's `str.format` has it: `{epoch:02d}-{val_loss:.2f}.safetensors`.
package struct FileNamePattern: Sendable, Equatable {
  package enum Part: Sendable, Equatable {
    case text(String)
    case number(name: String, Format)
  }

  /// How a number is written.
  package struct Format: Sendable, Equatable {
    package enum Style: Sendable, Equatable {
      /// The shortest text that means the number; a whole one without a point.
      case plain
      /// `d`
      case whole
      /// `f` and `e`, with so many digits behind the point.
      case fixed(Int)
      case scientific(Int)
    }

    package var style = Style.plain
    /// Characters at least, filled up from the left with zeros or blanks.
    package var width = 0
    package var fillsWithZeros = false
  }

  /// As it is written.
  package let text: String
  package private(set) var parts: [Part] = []

  static let suffix = ".safetensors"

  /// The numbers that it names, each once.
  package var names: [String] {
    var names: [String] = []
    for case .number(let name, _) in parts where !names.contains(name) { names.append(name) }
    return names
  }

  package struct Fault: Error {
    let message: String
    let help: String
  }

  package init(_ text: String) throws(Fault) {
    self.text = text
    var rest = text[...]
    var plain = ""
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}":
        rest.removeFirst()
        plain.append(character)
      case "{":
        guard let end = rest.firstIndex(of: "}") else {
          throw Fault(message: "has a `{` without its `}`", help: "write `{epoch:02d}`, or `{{` for a brace")
        }
        if !plain.isEmpty { parts.append(.text(plain)) }
        plain = ""
        parts.append(try Self.number(rest[..<end]))
        rest = rest[rest.index(after: end)...]
      case "}":
        throw Fault(message: "has a `}` without its `{`", help: "write `{epoch:02d}`, or `}}` for a brace")
      default: plain.append(character)
      }
    }
    let last = plain.isEmpty ? "" : plain
    let name = last.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
    for foreign in [".keras", ".h5", ".hdf5", ".ckpt", ".pt", ".npz", ".onnx"] where name.hasSuffix(foreign) {
      throw Fault(
        message: "ends in `\(foreign)`, and what is written is a safetensors file",
        help: "write `\(text.dropLast(Self.weightsSuffix(of: text, foreign).count))\(Self.suffix)`")
    }
    if !name.hasSuffix(Self.suffix) { plain += Self.suffix }
    parts.append(.text(plain))
  }

  /// Keras's `.weights.h5` is one ending.
  private static func weightsSuffix(of text: String, _ suffix: String) -> String {
    text.hasSuffix(".weights" + suffix) ? ".weights" + suffix : suffix
  }

  /// `epoch:02d`, without the braces.
  private static func number(_ text: Substring) throws(Fault) -> Part {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(halves[0])
    let help = "write `{epoch:02d}`, `{val_loss:.2f}` or the like"
    guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
      throw Fault(message: "has `{\(text)}`, which names no number", help: help)
    }
    guard halves.count == 2 else { return .number(name: name, Format()) }
    guard let format = format(halves[1]) else {
      throw Fault(message: "has `{\(text)}`, and `\(halves[1])` is no form of a number", help: help)
    }
    return .number(name: name, format)
  }

  /// `02d`, `.3f`, `8.2e`: Python's format of numbers without signs, separators and alignments.
  private static func format(_ text: Substring) -> Format? {
    var rest = text
    var format = Format()
    if rest.first == "0" {
      format.fillsWithZeros = true
      rest.removeFirst()
    }
    func digits() -> Int? {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      return digits.isEmpty ? nil : Int(digits)
    }
    format.width = digits() ?? 0
    var precision: Int?
    if rest.first == "." {
      rest.removeFirst()
      guard let number = digits() else { return nil }
      precision = number
    }
    guard format.width <= 32, precision ?? 0 <= 16 else { return nil }
    switch rest {
    case "d" where precision == nil: format.style = .whole
    case "f": format.style = .fixed(precision ?? 6)
    case "e": format.style = .scientific(precision ?? 6)
    case "" where precision == nil: break
    default: return nil
    }
    return format
  }
}

extension ValueType where Value == String {
  /// A file or folder that a callback writes below the run directory, where the run has files of its own.
  static var outputPath: ValueType {
    let text = "a path below the run directory"
    let any = ValueType<String>.path(from: "the run directory")
    return ValueType(
      text, schema: any.schema,
      read: { node, reader in
        guard let path = any.read(node, &reader) else { return nil }
        let first = path.split(separator: "/").first { $0 != "." }.map(String.init) ?? ""
        if first.isEmpty || path.hasSuffix("/") {
          reader.report(SpecCode.callbackFile, "`\(path)` names no file", at: node.span)
          return nil
        }
        guard RunFiles.isOwn(first) else { return path }
        reader.report(
          SpecCode.callbackFile, "`\(first)` is one of the files that the run itself writes", at: node.span,
          help: "choose another name: `models/\(path.split(separator: "/").last ?? "best")`")
        return nil
      },
      write: any.write)
  }
}

extension ValueType where Value == FileNamePattern {
  /// The name of a file of weights, with numbers in it.
  static var fileName: ValueType {
    let path = ValueType<String>.outputPath
    return ValueType(
      path.text, schema: path.schema,
      read: { node, reader in
        guard let text = path.read(node, &reader) else { return nil }
        do throws(FileNamePattern.Fault) {
          return try FileNamePattern(text)
        } catch {
          reader.report(SpecCode.callbackFile, "`\(text)` \(error.message)", at: node.span, help: error.help)
          return nil
        }
      },
      write: { .text($0.text) })
  }
}

/// The names of a run directory that are the run's own.
package enum RunFiles {
  package static let names: Set<String> = [
    "spec.yaml", "resolved.yaml", "environment.json", "status.json", "summary.txt", "history.csv", "history.jsonl",
    "steps.csv", "metrics.json", "weights", "checkpoint", "report.html", "confusion_matrix.csv", "predictions.csv",
    "plots",
  ]

  /// Hidden ones too: locks, and files on their way.
  static func isOwn(_ name: String) -> Bool { name.hasPrefix(".") || names.contains(name.lowercased()) }
}
