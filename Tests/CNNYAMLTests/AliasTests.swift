import CNNDiagnostics
import CNNYAML
import Testing

@Suite struct AliasTests {
  @Test("an alias is its anchor's node, where that was written and where it is used")
  func alias() throws {
    let reading = Reading("a: &a {b: [1]}\nc: *a\n")
    #expect(reading.tree == "{a: {b: [1]}, c: {b: [1]}}")
    let inner = try #require(reading["c", "b", "0"])
    #expect(reading.covered(inner.span) == "1" && inner.span.start.line == 1)
    #expect(inner.usedAt.map(reading.covered) == ["*a"] && inner.usedAt[0].start.line == 2)
    #expect(try #require(reading["a", "b", "0"]).usedAt.isEmpty)
  }

  @Test("an alias in an anchored node is used twice, outermost last")
  func nested() throws {
    let reading = Reading("a: &a 1\nb: &b [*a]\nc: *b\n")
    #expect(try #require(reading["c", "0"]).usedAt.map(reading.covered) == ["*a", "*b"])
  }

  @Test("merged entries give way to explicit ones, and later maps to earlier ones")
  func merge() {
    #expect(
      Reading("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], c: 9}\n").tree
        == "{x: {a: 1, b: 2}, y: {b: 3, c: 4}, z: {c: 9, a: 1, b: 2}}")
    #expect(Reading("x: &x {a: 1}\nz:\n  a: 5\n  <<: *x\n").tree == "{x: {a: 1}, z: {a: 5}}")
    #expect(Reading("z: {<<: {a: 1}, b: 2}\n").tree == "{z: {b: 2, a: 1}}")
    #expect(Reading("z: {\"<<\": 1}\n").tree == "{z: {<<: 1}}")
  }

  @Test("an anchor may be set again; the latest before the alias counts")
  func redefined() {
    #expect(Reading("[&a 1, *a, &a 2, *a]").tree == "[1, 1, 2, 2]")
    #expect(Reading("[&a [&a 1, *a], *a]").tree == "[[1, 1], 1]")
  }

  @Test("aliases that stand for nothing, for themselves or as keys are faults at their place")
  func faults() {
    #expect(Reading("base: &base 1\na: *bsae\n").faults == ["2:4 CN1207 no anchor `&bsae` stands before this alias"])
    #expect(Reading("base: &base 1\na: *bsae\n").bag.diagnostics.first?.label == "did you mean `*base`?")
    #expect(Reading("a: &a [*a]\n").faults == ["1:8 CN1208 `*a` stands inside the node that it refers to"])
    #expect(Reading("a: &a b\n*a : 1\n").codes == ["CN1202"])
    #expect(Reading("<<: 3\n").faults == ["1:5 CN1209 `<<` takes a map, or a list of maps"])
    #expect(Reading("a: &a {b: 1}\nc: {<<: [*a, 3]}\n").codes == ["CN1209"])
    #expect(Reading("c: {<<: *a}\n").codes == ["CN1207"])
    #expect(Reading("c: {<<: [{}, *a]}\n").codes == ["CN1207"])
  }

  @Test("306 bytes do not become 387,420,489 nodes")
  func laughs() {
    var text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for (name, previous) in zip("bcdefghi", "abcdefgh") {
      text += "\(name): &\(name) [" + Array(repeating: "*\(previous)", count: 9).joined(separator: ",") + "]\n"
    }
    #expect(text.utf8.count == 306)
    // Line 6 begins at 10 + 91 + 820 + 7381 + 66430 = 74732 nodes written and expanded, and more are refused.
    #expect(Reading(text).codes == ["CN1012"])
    #expect(Reading(text).bag.diagnostics.first?.span.start.line == 6)
  }

  @Test("aliases count for the depth that they reach")
  func depth() {
    let text = "a0: &a0 [1]\n" + (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
    // a0 has height 1 and lies in the map; a30 would make 1 + 31 levels inside a31's list: 33.
    #expect(Reading(text).faults == ["32:12 CN1010 `*a30` makes nesting deeper than 32 levels"])
  }
}
