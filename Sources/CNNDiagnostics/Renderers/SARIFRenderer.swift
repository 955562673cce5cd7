/// Diagnostics as SARIF 2.1.0, the form that code scanning and editors exchange.
///
/// Columns count Unicode scalars. All rules are listed, whether they are broken or not, and paths are relative, so
/// that another checkout finds the files. Source: OASIS, "Static Analysis Results Interchange Format Version 2.1.0".
package struct SARIFRenderer: Sendable {
  private let registry: CodeRegistry
  private let toolVersion: String
  private static let sourceRoot = "%SRCROOT%"

  package init(registry: CodeRegistry, toolVersion: String) {
    self.registry = registry
    self.toolVersion = toolVersion
  }

  package func render(_ report: Report) -> String {
    let fingerprints = report.fingerprints(includingFile: false)
    let results = zip(report.diagnostics, fingerprints).map { result($0, fingerprint: $1, report) }
    return JSONText.object([
      "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
      "version": .string("2.1.0"),
      "runs": .array([
        .object([
          "columnKind": .string("unicodeCodePoints"),
          "tool": .object([
            "driver": .object([
              "name": .string("cnnrun"), "semanticVersion": .string(toolVersion),
              "rules": .array(registry.explanations.map(rule)),
            ])
          ]),
          "results": .array(results),
        ])
      ]),
    ]).text + "\n"
  }

  private func rule(_ explanation: CodeExplanation) -> JSONText {
    let code = explanation.code
    return .object([
      "id": .string(code.id),
      "name": .string(Self.pascalCase(code.name)),
      "shortDescription": .object(["text": .string(explanation.summary)]),
      "fullDescription": .object(["text": .string(explanation.explanation)]),
      "help": .object([
        "text": .string(explanation.plainText), "markdown": .string(explanation.markdown(heading: "")),
      ]),
      "defaultConfiguration": .object(["level": .string(code.severity.rawValue)]),
      "properties": .object([
        "tags": .array([.string(code.family)]), "precision": .string("very-high"),
        "problem.severity": .string(code.severity == .note ? "recommendation" : code.severity.rawValue),
      ]),
    ])
  }

  private func result(
    _ diagnostic: Diagnostic, fingerprint: (hash: UInt64, number: Int), _ report: Report
  ) -> JSONText {
    let lines = [diagnostic.message] + diagnostic.remedies
    var members: [String: JSONText] = [
      "ruleId": .string(diagnostic.code.id),
      "level": .string(diagnostic.severity.rawValue),
      "message": .object(["text": .string(lines.joined(separator: "\n"))]),
      "partialFingerprints": .object([
        "primaryLocationLineHash": .string("\(FNV.hex(fingerprint.hash)):\(fingerprint.number)")
      ]),
    ]
    if let index = registry.explanations.firstIndex(where: { $0.code.id == diagnostic.code.id }) {
      members["ruleIndex"] = .int(index)
    }
    guard report.isInFile(diagnostic) else { return .object(members) }
    members["locations"] = .array([.object(["physicalLocation": location(diagnostic.span, report)])])
    let related = diagnostic.notes.compactMap { note in
      note.span.map { span in
        JSONText.object([
          "message": .object(["text": .string(note.message)]), "physicalLocation": location(span, report),
        ])
      }
    }
    if !related.isEmpty { members["relatedLocations"] = .array(related) }
    if let fix = diagnostic.fix { members["fixes"] = .array([self.fix(fix, of: diagnostic, report)]) }
    return .object(members)
  }

  private func location(_ span: SourceSpan, _ report: Report) -> JSONText {
    var region = region(span)
    region["snippet"] = .object(["text": .string(report.sources[span.source].quote(of: span))])
    return .object([
      "artifactLocation": artifact(report.sources[span.source].name, report), "region": .object(region),
    ])
  }

  private func fix(_ fix: Diagnostic.Fix, of diagnostic: Diagnostic, _ report: Report) -> JSONText {
    .object([
      "description": .object(["text": .string(fix.title)]),
      "artifactChanges": .array([
        .object([
          "artifactLocation": artifact(report.name(of: diagnostic), report),
          "replacements": .array(
            fix.edits.map { edit in
              .object([
                "deletedRegion": .object(region(edit.span)), "insertedContent": .object(["text": .string(edit.text)]),
              ])
            }),
        ])
      ]),
    ])
  }

  private func region(_ span: SourceSpan) -> [String: JSONText] {
    [
      "startLine": .int(span.start.line), "startColumn": .int(span.start.column), "endLine": .int(span.end.line),
      "endColumn": .int(span.end.column),
    ]
  }

  /// A relative reference below the root of the checkout; of a file elsewhere, its `file:` address.
  private func artifact(_ name: String, _ report: Report) -> JSONText {
    let path = report.path(of: name)
    if path.hasPrefix("/") { return .object(["uri": .string("file://" + Self.percentEncoded(path))]) }
    return .object(["uri": .string(Self.percentEncoded(path)), "uriBaseId": .string(Self.sourceRoot)])
  }

  /// RFC 3986: everything escaped that may not stand in a path.
  static func percentEncoded(_ path: String) -> String {
    var result = ""
    for byte in path.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if isPlain || "/-._~!$&'()*+,;=@".unicodeScalars.contains(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }

  /// `unknown-key` as `UnknownKey`.
  private static func pascalCase(_ name: String) -> String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
