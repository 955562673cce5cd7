import CNNFiles
import Foundation
import Testing

@Suite struct FileSearchTests {
  @Test(
    "patterns are the shell's",
    arguments: [
      ("*.yaml", "a.yaml", true), ("*.yaml", "a.yml", false), ("a?c", "abc", true), ("a?c", "ac", false),
      ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[!a-c]x", "dx", true), ("*a*b*", "xxaxxbxx", true),
      ("*a*b", "ab b", true), ("*ab", "aab", true), ("", "", true), ("*", "", true), ("[", "[", true),
      ("[]]", "]", true),
    ])
  func glob(pattern: String, name: String, matches: Bool) {
    #expect(GlobPattern(pattern).matches(name) == matches, "\(pattern) \(name)")
  }

  @Test("folders are walked in order, hidden ones and loops left out") func walk() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-search-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for folder in ["b/c", ".hidden"] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(folder), withIntermediateDirectories: true)
    }
    for file in ["z.yaml", "a.yml", "b/x.yaml", "b/c/y.yaml", "b/readme.md", ".hidden/h.yaml"] {
      try Data().write(to: root.appendingPathComponent(file))
    }
    try FileManager.default.createSymbolicLink(atPath: root.path + "/b/loop", withDestinationPath: root.path)
    let search = FileSearch { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    let relative = { (operand: String) in
      try search.files(root.path + operand).map { String($0.dropFirst(root.path.utf8.count)) }
    }
    #expect(try relative("") == ["/a.yml", "/b/c/y.yaml", "/b/x.yaml", "/z.yaml"])
    #expect(try relative("/*.yaml") == ["/z.yaml"])
    #expect(try relative("/**/*.yaml") == ["/z.yaml", "/b/x.yaml", "/b/c/y.yaml"])
    #expect(try relative("/*/*.yaml") == ["/b/x.yaml"])
    #expect(try relative("/nothing*").isEmpty)
    #expect(try relative("/missing.yaml") == ["/missing.yaml"])
  }
}
