import Testing

@testable import CNNData

@Suite("the order of TensorFlow Datasets")
struct OrderTests {
  @Test(
    "MD5 gives the digests of RFC 1321, appendix A.5",
    arguments: [
      ("", "d41d8cd98f00b204e9800998ecf8427e"),
      ("a", "0cc175b9c0f1b6a831c399e269772661"),
      ("abc", "900150983cd24fb0d6963f7d28e17f72"),
      ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
      ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "57edf4a22be3c955ac49da2e2107b67a"
      ),
    ])
  func digests(message: String, hexadecimal: String) {
    let digest = MD5(of: Array(message.utf8))
    #expect(digest.highHalf == UInt64(hexadecimal.prefix(16), radix: 16))
    #expect(digest.lowHalf == UInt64(hexadecimal.suffix(16), radix: 16))
  }

  @Test("the short way to a digest is the long one", arguments: ["", "t", "train", "1234567", "12345678"])
  func shortWay(salt: String) {
    let hasher = TFDSOrder.IndexHasher(salt: salt)
    for index in [0, 1, 9, 10, 99, 100, 59_999, 99_999, 100_000, 9_999_999, 10_000_000, 16_777_215] {
      let digest = hasher.digest(of: index)
      let expected = MD5(of: Array("\(salt)\(index)".utf8))
      #expect(digest.high == expected.highHalf && digest.low == expected.lowHalf, "\(salt)\(index)")
    }
  }

  /// From TensorFlow Datasets itself: the labels of Fashion-MNIST come in this order.
  @Test("the training images of Fashion-MNIST come in the order in which they are served")
  func training() {
    let order = TFDSOrder.indices(split: "train", count: 60_000)
    #expect(order.prefix(10) == [16399, 1680, 47917, 17307, 27051, 54784, 50543, 48736, 26263, 1456])
    #expect(order[1000..<1003] == [41861, 57941, 19445])
    #expect(order.sorted().elementsEqual(0..<60_000))
  }

  /// From Python: sorted(range(n), key=lambda i: hashlib.md5((name + str(i)).encode()).digest()).
  @Test("the name of the split goes into the order")
  func names() {
    #expect(TFDSOrder.indices(split: "train", count: 12) == [6, 5, 4, 10, 0, 8, 3, 1, 9, 7, 11, 2])
    #expect(TFDSOrder.indices(split: "validation", count: 12) == [3, 9, 0, 8, 7, 10, 11, 4, 2, 5, 1, 6])
    #expect(
      TFDSOrder.indices(split: "test", count: 10_000).prefix(10)
        == [9933, 5669, 163, 6686, 4747, 131, 9167, 1579, 6174, 8443])
    #expect(TFDSOrder.indices(split: "train", count: 1) == [0])
    #expect(TFDSOrder.indices(split: "train", count: 0) == [])
  }
}
