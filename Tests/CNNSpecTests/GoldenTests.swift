import CNNDiagnostics
import CNNSpec
import Foundation
import Testing

/// Each `Fixtures/NAME.yaml` and what is said of it, read by hand before it was kept in `NAME.stderr`.
@Suite struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  @Test(
    "every fault of a file is reported",
    arguments: [
      "keys", "values", "shapes", "convolutions", "graph", "settings", "classes", "repairs", "callbacks", "blocks",
      "blockgraph",
    ])
  func faults(name: String) throws {
    #expect(try golden(name).spec == nil)
  }

  @Test("advice is told of a spec that loads")
  func advice() throws {
    #expect(try golden("advice").spec != nil)
  }

  private func golden(_ name: String) throws -> Loaded {
    let yaml = try String(contentsOf: Self.folder.appending(path: "\(name).yaml"), encoding: .utf8)
    let loaded = Loaded(yaml, name: "\(name).yaml")
    let expected = Self.folder.appending(path: "\(name).stderr")
    // With CNNRUN_RECORD set, what is said now is written down, and the test fails for once.
    if ProcessInfo.processInfo.environment["CNNRUN_RECORD"] != nil {
      try loaded.rendered.write(to: expected, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name).stderr; read it")
      return loaded
    }
    #expect(loaded.rendered == (try String(contentsOf: expected, encoding: .utf8)))
    return loaded
  }
}
