package import CNNDiagnostics

extension YAMLCode {
  /// What `explain` says about each code of this module; tests run the wrong and the right texts.
  package static let explanations: [CodeExplanation] = bytes + bounds + syntaxFaults + restrictions

  private static let bytes: [CodeExplanation] = [
    .init(
      tooLarge, summary: "the file is larger than 1 MiB",
      explanation: "A spec of a network has some kilobytes. A larger file is data, or meant to keep the reader busy.",
      wrong: "", right: "name: small\n"),
    .init(
      notUTF8, summary: "the file is not UTF-8",
      explanation: "Specs are UTF-8, with or without a byte order mark, so that every tool sees the same characters.",
      wrong: "", right: "name: größe\n"),
    .init(
      hiddenLineBreak, summary: "a character that ends a line for YAML, but not in most editors",
      explanation: """
        YAML 1.1 ends a line at U+0085, U+2028, U+2029 and a carriage return alone. Where an editor shows one line, \
        a comment could carry a key that counts.
        """,
      wrong: "epochs: 2 # short run\u{2028}seed: 3\n", right: "epochs: 2 # short run\nseed: 3\n"),
    .init(
      controlCharacter, summary: "a control character in the file",
      explanation:
        "Control characters move the cursor or change colours where a text is shown. None has a use in a spec.",
      wrong: "name: a\u{1B}[31m\n", right: "name: a\n"),
    .init(
      invisibleCharacter, summary: "a character that cannot be seen or that reorders text",
      explanation: """
        Zero-width characters make two names that look alike differ, and bidirectional controls show a line in \
        another order than it is read.
        """,
      wrong: "na\u{200B}me: a\n", right: "name: a\n"),
    .init(
      empty, summary: "there is nothing in the file",
      explanation: "The file has no key, or nothing but comments.", wrong: "# nothing yet\n", right: "name: a\n"),
  ]

  private static let bounds: [CodeExplanation] = [
    .init(
      tooDeep, summary: "lists and maps are nested deeper than 32 levels",
      explanation: "Specs need fewer than ten levels. The limit also counts what aliases put in their place.",
      wrong: String(repeating: "[", count: 33) + String(repeating: "]", count: 33), right: "[[[a]]]\n"),
    .init(
      tooManyEvents, summary: "the file has more than 100000 keys, values and brackets",
      explanation: "Reading stops here, so that no file takes long.", wrong: "", right: "[a, b]\n"),
    .init(
      tooManyNodes, summary: "aliases make the spec larger than 100000 nodes",
      explanation: """
        An alias stands for all of its anchor's node, so a few lines of aliases to aliases can stand for millions of \
        values.
        """,
      wrong: """
        a: &a [x, x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
        e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]

        """,
      right: "a: &a [x, x]\nb: [*a, *a]\n"),
    .init(
      scalarTooLong, summary: "a value has more than 65536 bytes",
      explanation: "No field of a spec takes a text of that length.", wrong: "", right: "name: a\n"),
    .init(
      keyTooLong, summary: "a key has more than 128 bytes",
      explanation: "Keys are names. Often a quote or a colon in the wrong place made a sentence one.",
      wrong: String(repeating: "k", count: 129) + ": 1\n", right: "k: 1\n"),
  ]

  private static let syntaxFaults: [CodeExplanation] = [
    .init(
      syntax, summary: "the text is not YAML",
      explanation: "YAML's grammar has no reading for what stands here.", wrong: "a: \"x\" y\n", right: "a: \"x y\"\n"),
    .init(
      tab, summary: "a tab is used for indentation",
      explanation: "YAML counts columns to see what belongs together, and tabs have no fixed width.",
      wrong: "model:\n\tinput: 3\n", right: "model:\n  input: 3\n"),
    .init(
      indentation, summary: "a line's indentation fits nothing above it",
      explanation: "Keys of one map begin in the same column, and so do the items of one list.",
      wrong: "model:\n    a: 1\n  b: 2\n", right: "model:\n    a: 1\n    b: 2\n"),
    .init(
      unclosed, summary: "a bracket or quote has no partner",
      explanation: "A list in `[ ]`, a map in `{ }` or a quoted text goes on until it is closed.",
      wrong: "input: [28, 28, 1\nname: a\n", right: "input: [28, 28, 1]\nname: a\n"),
    .init(
      unexpectedColon, summary: "a value without quotes holds a colon and a space",
      explanation: "A colon with a space behind it ends a key, and a line has one key.",
      wrong: "name: a: b\n", right: "name: \"a: b\"\n"),
    .init(
      missingColon, summary: "a key has no colon",
      explanation: "A line in a map is `key: value`.", wrong: "epochs 5\nseed: 1\n", right: "epochs: 5\nseed: 1\n"),
    .init(
      missingSpace, summary: "no space stands behind a key's colon",
      explanation: "Without the space the colon is part of the word: `{filters:32}` is one key, and it has no value.",
      wrong: "conv2d: {filters:32}\n", right: "conv2d: {filters: 32}\n"),
    .init(
      unquotedSlice, summary: "a slice in braces or brackets needs quotes",
      explanation:
        "Inside `{ }` and `[ ]` a bracket ends the word before it. On a line of its own a slice needs no quotes.",
      wrong: "split: {train: train[:1000]}\n", right: "split: {train: \"train[:1000]\"}\n"),
    .init(
      reservedCharacter, summary: "a value begins with a character that YAML reserves",
      explanation:
        "`@`, the backquote, `%`, `*` and `&` cannot begin a text without quotes; `>` and `|` begin one over several lines.",
      wrong: "path: *.csv\n", right: "path: \"*.csv\"\n"),
    .init(
      badEscape, summary: "a backslash in double quotes begins no known escape",
      explanation:
        "In double quotes a backslash begins an escape, as `\\n` does; in single quotes it stands for itself.",
      wrong: "path: \"a\\q\"\n", right: "path: 'a\\q'\n"),
    .init(
      missingComma, summary: "no comma stands between two items in brackets",
      explanation: "Items of `[ ]` and `{ }` have commas between them.",
      wrong: "a: {b: c d: e}\n", right: "a: {b: c, d: e}\n"),
  ]

  private static let restrictions: [CodeExplanation] = [
    .init(
      duplicateKey, summary: "a key is given twice in one map",
      explanation:
        "YAML asks for different keys. Most parsers take the last silently, which hides the one that was meant.",
      wrong: "epochs: 4\nseed: 1\nepochs: 40\n", right: "epochs: 40\nseed: 1\n"),
    .init(
      complexKey, summary: "a key is a list, a map or an alias",
      explanation: "Keys are single words.", wrong: "? [a, b]\n: 1\n", right: "a: 1\n"),
    .init(
      emptyKey, summary: "a key is empty, or `null`",
      explanation: "A key has to have a name.", wrong: "~: 1\n", right: "name: 1\n"),
    .init(
      spaceInKey, summary: "a key holds a space that is no ordinary one",
      explanation: "A no-break space looks like a space, but is part of the word. It comes along when text is pasted.",
      wrong: "\u{A0}name: a\n", right: "name: a\n"),
    .init(
      tag, summary: "a value has a tag",
      explanation: "What type a value has is decided by its field, so a tag could only contradict.",
      wrong: "epochs: !!int 5\n", right: "epochs: 5\n"),
    .init(
      directive, summary: "a directive that is not read",
      explanation: "Of YAML's directives only `%YAML 1.1` and `%YAML 1.2` are accepted.",
      wrong: "%TAG !e! tag:example.com,2000:\n---\nname: a\n", right: "%YAML 1.2\n---\nname: a\n"),
    .init(
      undefinedAlias, summary: "an alias has no anchor before it",
      explanation: "`*name` repeats the node that was marked `&name` further up.",
      wrong: "a: *base\n", right: "b: &base 1\na: *base\n"),
    .init(
      selfAlias, summary: "an alias stands inside its own anchor's node",
      explanation: "A node that holds itself has no end.", wrong: "a: &a [*a]\n", right: "a: &a [1]\nb: *a\n"),
    .init(
      mergeValue, summary: "`<<` is given something other than maps",
      explanation: "`<<` copies the entries of a map, or of several in a list, that are not given here.",
      wrong: "a: &a 3\nb: {<<: *a}\n", right: "a: &a {c: 3}\nb: {<<: *a}\n"),
    .init(
      escapedControl, summary: "an escape puts an invisible or control character into a text",
      explanation: "Names reach terminals, tables and web pages, where such a character does harm.",
      wrong: "name: \"\\e[31m\"\n", right: "name: red\n"),
    .init(
      secondDocument, summary: "a second document begins",
      explanation: "One file holds one spec; what stands behind `---` would be ignored.",
      wrong: "name: a\n---\nname: b\n", right: "---\nname: a\n"),
    .init(
      blockValue, summary: "the value of `--set` is a map or list without brackets",
      explanation: "A value on the command line is one word, a text in quotes, or a list or map in brackets.",
      wrong: "", right: "{filters: 32}\n"),
  ]
}
