import CNNSession
import Testing

/// Bytes from protobuf.dev/programming-guides/encoding.
@Suite("protocol buffers") struct ProtobufTests {
  @Test("the guide's examples") func examples() throws {
    var writer = ProtobufWriter()
    writer.add(1, 150)
    #expect(writer.bytes == [0x08, 0x96, 0x01])
    writer.add(2, "testing")
    #expect(writer.bytes.suffix(9) == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67])
    var negative = ProtobufWriter()
    negative.add(1, -2)
    #expect(negative.bytes == [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01])

    var reader = ProtobufReader(writer.bytes)
    let first = try #require(try reader.next())
    #expect(first.field == 1 && first.value == .varint(150))
    let second = try #require(try reader.next())
    #expect(second.field == 2 && second.value == .bytes(5..<12))
    #expect(try reader.next() == nil)
    #expect(try ProtobufReader.varints([0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05], 0..<6) == [3, 270, 86942])
  }

  @Test(
    "what is damaged is a fault",
    arguments: [
      [0x08], [0x08, 0x80], [0x12, 0x05, 0x61], [0x09, 1, 2, 3], [0x0d, 1, 2], [0x0b], [0x00, 1],
      [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
      [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ] as [[UInt8]])
  func damaged(bytes: [UInt8]) {
    var reader = ProtobufReader(bytes)
    #expect(throws: ProtobufReader.Fault.self) { while try reader.next() != nil {} }
  }
}
