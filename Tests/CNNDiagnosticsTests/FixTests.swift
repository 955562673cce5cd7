import CNNDiagnostics
import Foundation
import Testing

@Suite struct FixTests {
  private static let source = SourceID(index: 0)

  private static func edit(_ start: Int, _ end: Int, _ text: String) -> Diagnostic.Fix.Edit {
    let position = { SourcePosition(line: 1, column: $0 + 1, byte: $0) }
    return .init(SourceSpan(source: source, start: position(start), end: position(end)), text: text)
  }

  private static func fix(_ edits: Diagnostic.Fix.Edit..., safe: Bool = true) -> Diagnostic.Fix {
    .init("title", isSafe: safe, edits: edits)
  }

  @Test("edits are applied from the end, byte for byte") func apply() {
    let edits = [Self.edit(0, 1, "xyz"), Self.edit(3, 3, "-"), Self.edit(4, 6, "")]
    #expect(TextEdits.apply(edits, to: Array("abcdefg".utf8)) == Array("xyzbc-dg".utf8))
    #expect(TextEdits.apply([Self.edit(5, 9, "")], to: Array("abc".utf8)) == nil)
  }

  @Test("of fixes that overlap the first is made") func overlaps() {
    let (first, second, third) = (
      Self.fix(Self.edit(0, 4, "a")), Self.fix(Self.edit(2, 6, "b")), Self.fix(Self.edit(8, 9, "c"))
    )
    #expect(TextEdits.compatible([first, second, third, first], in: Self.source) == [first, third])
    #expect(TextEdits.compatible([first], in: SourceID(index: 1)) == [])
  }

  /// Each `x` is a fault whose fix writes `y`; the text `yyy` would be a fault of another code.
  private static func faults(_ bytes: [UInt8], safe: Bool = true) -> [Diagnostic] {
    if bytes == Array("yyy".utf8) { return [Diagnostic(windowTooLarge, "too many", at: edit(0, 3, "").span)] }
    return bytes.enumerated().filter { $1 == UInt8(ascii: "x") }.map { offset, _ in
      var diagnostic = Diagnostic(unknownKey, "x", at: edit(offset, offset + 1, "").span)
      diagnostic.fix = fix(edit(offset, offset + 1, "y"), safe: safe)
      return diagnostic
    }
  }

  private static func fixer(
    unsafe: Bool = false, strict: Bool = false, work: Int = 1, _ check: @escaping ([UInt8]) -> [Diagnostic]
  ) -> Fixer {
    Fixer(includesUnsafe: unsafe, isStrict: strict, source: source) { bytes in
      Fixer.Checked(faults: check(bytes), work: work)
    }
  }

  @Test("rounds go on until nothing is left") func rounds() {
    // Neighbours touch, so one round cannot mend both.
    let outcome = Self.fixer { Self.faults($0) }.fix(Array("xx x".utf8))
    #expect(outcome.bytes == Array("yy y".utf8))
    #expect(outcome.made.count == 3)
    #expect(outcome.remaining.isEmpty)
  }

  @Test("checks that look at more than 2 MiB in all end it, with what is mended so far") func budget() {
    // Two checks of 1 MiB: of the text, and of its first round.
    let outcome = Self.fixer(work: 1 << 20) { Self.faults($0) }.fix(Array("xx x".utf8))
    #expect(outcome.bytes == Array("yx y".utf8))
    #expect(outcome.remaining.map(\.code) == [unknownKey])
    #expect(Self.fixer(work: 3 << 20) { Self.faults($0) }.fix(Array("x".utf8)).made.isEmpty)
  }

  @Test("a fix that brings a new code is not made") func newCode() {
    let outcome = Self.fixer { Self.faults($0) }.fix(Array("xyy".utf8))
    #expect(outcome.bytes == Array("xyy".utf8))
    #expect(outcome.made.isEmpty)
    #expect(outcome.remaining.map(\.code) == [unknownKey])
  }

  @Test("unsafe fixes are made only where they are asked for") func unsafeFixes() {
    let check = { Self.faults($0, safe: false) }
    #expect(Self.fixer(check).fix(Array("x".utf8)).bytes == Array("x".utf8))
    #expect(Self.fixer(unsafe: true, check).fix(Array("x".utf8)).bytes == Array("y".utf8))
  }

  /// Where no `x` is left, each `z` draws advice: one that was there, and one that comes of `y`, which a guess wrote.
  private static func advised(_ bytes: [UInt8], safe: Bool) -> [Diagnostic] {
    let errors = faults(bytes, safe: safe)
    if !errors.isEmpty { return errors }
    let made = bytes.contains(UInt8(ascii: "y")) || bytes.contains(UInt8(ascii: "z"))
    return made ? [Diagnostic(advice, "doubtful", at: edit(0, 1, "").span)] : []
  }

  @Test("where advice counts, a guess that leads to it is not made, and what was meant is")
  func strict() {
    func mended(_ text: String, safe: Bool, strict: Bool) -> String {
      let fixer = Self.fixer(unsafe: true, strict: strict) { Self.advised($0, safe: safe) }
      return String(decoding: fixer.fix(Array(text.utf8)).bytes, as: UTF8.self)
    }
    #expect(mended("x", safe: false, strict: true) == "x")
    #expect(mended("x", safe: false, strict: false) == "y")
    #expect(mended("x z", safe: true, strict: true) == "y z")
  }

  private static let otherAdvice = DiagnosticCode("CN9103", "other-advice", severity: .warning)

  /// `w` is advice whose fix, of two letters, writes `v`, which is advice of another kind.
  @Test("a fix of advice that draws advice of a new kind is not made") func tradedAdvice() {
    let outcome = Self.fixer { bytes in
      bytes.enumerated().compactMap { offset, byte in
        let span = Self.edit(offset, offset + 1, "").span
        if byte == UInt8(ascii: "v") { return Diagnostic(Self.otherAdvice, "v", at: span) }
        guard byte == UInt8(ascii: "w") else { return nil }
        var diagnostic = Diagnostic(advice, "w", at: span)
        diagnostic.fix = Self.fix(Self.edit(offset, offset + 2, "v"))
        return diagnostic
      }
    }.fix(Array("ww".utf8))
    #expect(outcome.made.isEmpty)
  }

  /// The expected text is what GNU diff 3.8 prints for these files with `diff -u --label a/f --label b/f`.
  @Test("diffs are those of diff -u") func unified() {
    let old = (1...12).map { "\($0)\n" }.joined()
    let new = old.replacingOccurrences(of: "2\n3\n", with: "2\nthree\n").dropLast()
    #expect(
      UnifiedDiff.text(from: Array(old.utf8), to: Array(new.utf8), name: "f") == """
        --- a/f
        +++ b/f
        @@ -1,6 +1,6 @@
         1
         2
        -3
        +three
         4
         5
         6
        @@ -9,4 +9,4 @@
         9
         10
         11
        -12
        +12
        \\ No newline at end of file

        """)
    #expect(UnifiedDiff.text(from: [65], to: [65], name: "f") == "")
    #expect(UnifiedDiff.text(from: [], to: Array("a\n".utf8), name: "f").contains("@@ -0,0 +1 @@\n+a\n"))
  }

  @Test("patch applies a diff and gives the new text", arguments: 0..<20) func patch(seed: Int) throws {
    var state = UInt64(seed) &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/patch") else { return }
    let old = (0..<30).map { _ in "line \(next(8))\n" }
    var changed = old
    for _ in 0..<next(6) + 1 { changed[next(changed.count)] = "new \(next(4))\n" }
    changed.insert("inserted\n", at: next(changed.count))
    changed.remove(at: next(changed.count))
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-patch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(old.joined().utf8).write(to: folder.appendingPathComponent("f"))
    let diff = UnifiedDiff.text(from: Array(old.joined().utf8), to: Array(changed.joined().utf8), name: "f")
    try Data(diff.utf8).write(to: folder.appendingPathComponent("d"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/patch")
    process.arguments = ["-s", "-p1", "-i", "d"]
    process.currentDirectoryURL = folder
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try String(contentsOf: folder.appendingPathComponent("f"), encoding: .utf8) == changed.joined())
  }
}
