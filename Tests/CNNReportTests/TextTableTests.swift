import Testing

@testable import CNNReport

@Suite("Text tables and display width")
struct TextTableTests {
  @Test("columns are aligned under a rule, lines end without spaces")
  func table() {
    var table = TextTable([.init("layer"), .init("kind"), .init("ms", .right)], indent: 2)
    table.add(["conv2d", "Conv2D", "12.5"])
    table.add(["d", "", "3"])
    table.add(["last"])
    #expect(
      table.text == """
          layer   kind      ms
          ------  ------  ----
          conv2d  Conv2D  12.5
          d                  3
          last
        """)
  }

  @Test("wide characters take two columns")
  func wide() {
    var table = TextTable([.init("class"), .init("n", .right)])
    table.add(["靴", "1"])
    table.add(["boot", "22"])
    #expect(table.text == "class   n\n-----  --\n靴      1\nboot   22")
  }

  @Test(
    "width in terminal cells",
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("한", 2),
      ("\u{1112}\u{1161}\u{11AB}", 2),
      ("👍🏽", 2), ("👨‍👩‍👧", 2), ("🇫🇷", 2), ("☎\u{FE0F}", 2), ("☎", 1), ("─┃…", 3), ("a\u{200B}b", 2),
      ("\t\u{7}", 0), ("ｱ", 1), ("Ａ", 2),
    ])
  func width(text: String, expected: Int) {
    #expect(DisplayWidth.of(text) == expected)
  }

  @Test("a beginning never splits a wide character")
  func prefix() {
    #expect(DisplayWidth.prefix(of: "a漢字", width: 4) == "a漢")
    #expect(DisplayWidth.prefix(of: "abc", width: 9) == "abc")
    #expect(DisplayWidth.prefix(of: "abc", width: 0) == "")
  }

  // Expected lines from `Text.wrap` of rich 15.0.0 at 4 cells.
  @Test("long words are folded or cut, all others move to the next line")
  func wrapping() {
    func fold(_ text: String) -> [String] { WordWrap.lines(text, width: 4, overflow: .fold) }
    func cut(_ text: String) -> [String] { WordWrap.lines(text, width: 4, overflow: .ellipsis) }
    #expect(fold("ab abcdefgh c") == ["ab ", "abcd", "efgh", " c"])
    #expect(fold("abcdefgh ijk") == ["abcd", "efgh", " ijk"])
    #expect(fold("abcdefghij") == ["abcd", "efgh", "ij"])
    #expect(cut("ab abcdefgh c") == ["ab ", "abc…", "c"])
    #expect(cut("abcdefgh ijk") == ["abc…", "ijk"])
    for wrap in [fold, cut] {
      #expect(wrap("  ab  cd  ef ") == ["  ab", "cd  ", "ef "])
      #expect(wrap("") == [""])
    }
  }
}
