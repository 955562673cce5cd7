import CNNData
import CNNSpec
import Testing

/// What a spec is checked with, against what is read.
@Suite("built-in sets, in the spec language and as they are read")
struct BuiltInNameTests {
  @Test("classes, extents and order are the same", arguments: BuiltInData.allCases)
  func agreement(data: BuiltInData) throws {
    let source = try #require(BuiltInSource.named(data.rawValue))
    #expect(source.classNames == data.classNames)
    #expect(source.classNames.count == data.classCount)
    #expect(source.shape == data.extents)
    #expect(source.hasTFDSOrder == data.hasTFDSOrder)
  }
}
