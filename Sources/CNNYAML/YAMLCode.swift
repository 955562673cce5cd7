package import CNNDiagnostics

/// The codes of family CN1: YAML itself and the limits of its reader.
package enum YAMLCode {
  // The text as bytes.
  package static let tooLarge = DiagnosticCode("CN1001", "file-too-large")
  package static let notUTF8 = DiagnosticCode("CN1002", "not-utf8")
  package static let hiddenLineBreak = DiagnosticCode("CN1003", "hidden-line-break")
  package static let controlCharacter = DiagnosticCode("CN1004", "control-character")
  package static let invisibleCharacter = DiagnosticCode("CN1005", "invisible-character")
  package static let empty = DiagnosticCode("CN1006", "empty-file")
  // Limits.
  package static let tooDeep = DiagnosticCode("CN1010", "nesting-too-deep")
  package static let tooManyEvents = DiagnosticCode("CN1011", "too-many-items")
  package static let tooManyNodes = DiagnosticCode("CN1012", "aliases-expand-too-far")
  package static let scalarTooLong = DiagnosticCode("CN1013", "value-too-long")
  package static let keyTooLong = DiagnosticCode("CN1014", "key-too-long")
  // Syntax.
  package static let syntax = DiagnosticCode("CN1101", "yaml-syntax")
  package static let tab = DiagnosticCode("CN1102", "tab-indentation")
  package static let indentation = DiagnosticCode("CN1103", "bad-indentation")
  package static let unclosed = DiagnosticCode("CN1104", "unclosed")
  package static let unexpectedColon = DiagnosticCode("CN1105", "unexpected-colon")
  package static let missingColon = DiagnosticCode("CN1106", "missing-colon")
  package static let missingSpace = DiagnosticCode("CN1107", "missing-space-after-colon")
  package static let unquotedSlice = DiagnosticCode("CN1108", "unquoted-slice")
  package static let reservedCharacter = DiagnosticCode("CN1109", "reserved-character")
  package static let badEscape = DiagnosticCode("CN1110", "bad-escape")
  package static let missingComma = DiagnosticCode("CN1111", "missing-comma")
  // Valid YAML that a spec has no use for.
  package static let duplicateKey = DiagnosticCode("CN1201", "duplicate-key")
  package static let complexKey = DiagnosticCode("CN1202", "complex-key")
  package static let emptyKey = DiagnosticCode("CN1203", "empty-key")
  package static let spaceInKey = DiagnosticCode("CN1204", "unusual-space-in-key")
  package static let tag = DiagnosticCode("CN1205", "explicit-tag")
  package static let directive = DiagnosticCode("CN1206", "directive")
  package static let undefinedAlias = DiagnosticCode("CN1207", "undefined-alias")
  package static let selfAlias = DiagnosticCode("CN1208", "alias-inside-itself")
  package static let mergeValue = DiagnosticCode("CN1209", "bad-merge")
  package static let escapedControl = DiagnosticCode("CN1210", "escaped-control-character")
  package static let secondDocument = DiagnosticCode("CN1211", "second-document")
  package static let blockValue = DiagnosticCode("CN1212", "block-style-value")
}
