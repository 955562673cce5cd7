import CNNSpec
import Testing

@Suite("values of a sweep")
struct SweepGridTests {
  private func values(_ text: String) throws -> [String] { try SweepGrid([text]).axes[0].values }

  @Test(
    "commas and lists, but not those inside of values",
    arguments: [
      ("a.b=1e-2,1e-3", ["1e-2", "1e-3"]), ("a=5", ["5"]), ("a=[32, 64]", ["32", "64"]),
      ("a=[3, 3],[5, 5]", ["[3, 3]", "[5, 5]"]), ("a=[[3, 3]]", ["[3, 3]"]),
      ("a={adam: {beta_1: 0.5}},sgd", ["{adam: {beta_1: 0.5}}", "sgd"]), ("a=\"x,y\", 'z,'", ["\"x,y\"", "'z,'"]),
      ("a=b=c,d", ["b=c", "d"]),
    ])
  func splitting(_ text: String, _ expected: [String]) throws {
    #expect(try values(text) == expected)
  }

  @Test("combinations count as an odometer does, the last option fastest")
  func combinations() throws {
    let grid = try SweepGrid(["x=1,2", "c=0", "y.z=a,b,c"])
    #expect(grid.count == 6)
    #expect(
      (0..<grid.count).map { grid.values($0).joined() } == ["10a", "10b", "10c", "20a", "20b", "20c"])
    #expect(grid.combination(4) == ["x=2", "c=0", "y.z=b"])
    #expect(grid.axes.map(\.name) == ["x", "c", "z"])
  }

  @Test(
    "what cannot be meant",
    arguments: ["a", "a=1,", "a=", "a=[1,2", "a=\"1,2", "a=1,1", "a=[]"])
  func faults(_ text: String) {
    #expect(throws: SweepGrid.Fault.self) { try SweepGrid([text]) }
  }

  @Test("an option stands once, and combinations have a bound")
  func bounds() {
    #expect(throws: SweepGrid.Fault.self) { try SweepGrid(["a=1", "a=2"]) }
    let many = (0..<7).map { "k\($0)=" + (0..<10).map(String.init).joined(separator: ",") }
    #expect(throws: SweepGrid.Fault.self) { try SweepGrid(many) }
  }
}
