/// MD5 (RFC 1321), for the order of `TFDSOrder`, and to tell samples apart by what they hold.
///
/// Written out here since nothing that the package depends on has it, a package of cryptography
/// costs a minute of building, and neither use needs resistance to attack.
/// The rounds are unrolled: sixty thousand short messages take a few milliseconds.
struct MD5: Hashable, Sendable {
  /// The chaining variables A, B, C, D; the digest is their little-endian bytes in this order.
  private(set) var a: UInt32 = 0x6745_2301
  private(set) var b: UInt32 = 0xefcd_ab89
  private(set) var c: UInt32 = 0x98ba_dcfe
  private(set) var d: UInt32 = 0x1032_5476

  init() {}

  /// The digest of a message of any length.
  init(of message: [UInt8]) {
    let whole = message.count / 64 * 64
    for start in stride(from: 0, to: whole, by: 64) { add(Self.block(message, at: start)) }
    var rest = Array(message[whole...]) + [0x80]
    while rest.count % 64 != 56 { rest.append(0) }
    let bitCount = UInt64(message.count) &* 8
    for shift in stride(from: 0, to: UInt64(64), by: 8) { rest.append(UInt8(truncatingIfNeeded: bitCount >> shift)) }
    for start in stride(from: 0, to: rest.count, by: 64) { add(Self.block(rest, at: start)) }
  }

  private static func block(_ bytes: [UInt8], at start: Int) -> Block {
    var block = Block(repeating: 0)
    for word in 0..<16 {
      let place = start + 4 * word
      block[word] =
        UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
        | UInt32(bytes[place + 3]) << 24
    }
    return block
  }

  /// The sixteen bytes as one big-endian number, in two halves.
  var highHalf: UInt64 { UInt64(a.byteSwapped) << 32 | UInt64(b.byteSwapped) }
  var lowHalf: UInt64 { UInt64(c.byteSwapped) << 32 | UInt64(d.byteSwapped) }

  /// The sixteen words of a block, each little-endian in the message.
  typealias Block = SIMD16<UInt32>

  /// RFC 1321 §3.4: the four rounds over one block.
  ///
  /// The table holds floor(2^32 · |sin(i + 1)|), as in the RFC.
  @inline(__always)
  mutating func add(_ x: Block) {
    let (a0, b0, c0, d0) = (a, b, c, d)
    // round 1
    Self.f(&a, b, c, d, x[0], 7, 0xd76a_a478)
    Self.f(&d, a, b, c, x[1], 12, 0xe8c7_b756)
    Self.f(&c, d, a, b, x[2], 17, 0x2420_70db)
    Self.f(&b, c, d, a, x[3], 22, 0xc1bd_ceee)
    Self.f(&a, b, c, d, x[4], 7, 0xf57c_0faf)
    Self.f(&d, a, b, c, x[5], 12, 0x4787_c62a)
    Self.f(&c, d, a, b, x[6], 17, 0xa830_4613)
    Self.f(&b, c, d, a, x[7], 22, 0xfd46_9501)
    Self.f(&a, b, c, d, x[8], 7, 0x6980_98d8)
    Self.f(&d, a, b, c, x[9], 12, 0x8b44_f7af)
    Self.f(&c, d, a, b, x[10], 17, 0xffff_5bb1)
    Self.f(&b, c, d, a, x[11], 22, 0x895c_d7be)
    Self.f(&a, b, c, d, x[12], 7, 0x6b90_1122)
    Self.f(&d, a, b, c, x[13], 12, 0xfd98_7193)
    Self.f(&c, d, a, b, x[14], 17, 0xa679_438e)
    Self.f(&b, c, d, a, x[15], 22, 0x49b4_0821)
    // round 2
    Self.g(&a, b, c, d, x[1], 5, 0xf61e_2562)
    Self.g(&d, a, b, c, x[6], 9, 0xc040_b340)
    Self.g(&c, d, a, b, x[11], 14, 0x265e_5a51)
    Self.g(&b, c, d, a, x[0], 20, 0xe9b6_c7aa)
    Self.g(&a, b, c, d, x[5], 5, 0xd62f_105d)
    Self.g(&d, a, b, c, x[10], 9, 0x0244_1453)
    Self.g(&c, d, a, b, x[15], 14, 0xd8a1_e681)
    Self.g(&b, c, d, a, x[4], 20, 0xe7d3_fbc8)
    Self.g(&a, b, c, d, x[9], 5, 0x21e1_cde6)
    Self.g(&d, a, b, c, x[14], 9, 0xc337_07d6)
    Self.g(&c, d, a, b, x[3], 14, 0xf4d5_0d87)
    Self.g(&b, c, d, a, x[8], 20, 0x455a_14ed)
    Self.g(&a, b, c, d, x[13], 5, 0xa9e3_e905)
    Self.g(&d, a, b, c, x[2], 9, 0xfcef_a3f8)
    Self.g(&c, d, a, b, x[7], 14, 0x676f_02d9)
    Self.g(&b, c, d, a, x[12], 20, 0x8d2a_4c8a)
    // round 3
    Self.h(&a, b, c, d, x[5], 4, 0xfffa_3942)
    Self.h(&d, a, b, c, x[8], 11, 0x8771_f681)
    Self.h(&c, d, a, b, x[11], 16, 0x6d9d_6122)
    Self.h(&b, c, d, a, x[14], 23, 0xfde5_380c)
    Self.h(&a, b, c, d, x[1], 4, 0xa4be_ea44)
    Self.h(&d, a, b, c, x[4], 11, 0x4bde_cfa9)
    Self.h(&c, d, a, b, x[7], 16, 0xf6bb_4b60)
    Self.h(&b, c, d, a, x[10], 23, 0xbebf_bc70)
    Self.h(&a, b, c, d, x[13], 4, 0x289b_7ec6)
    Self.h(&d, a, b, c, x[0], 11, 0xeaa1_27fa)
    Self.h(&c, d, a, b, x[3], 16, 0xd4ef_3085)
    Self.h(&b, c, d, a, x[6], 23, 0x0488_1d05)
    Self.h(&a, b, c, d, x[9], 4, 0xd9d4_d039)
    Self.h(&d, a, b, c, x[12], 11, 0xe6db_99e5)
    Self.h(&c, d, a, b, x[15], 16, 0x1fa2_7cf8)
    Self.h(&b, c, d, a, x[2], 23, 0xc4ac_5665)
    // round 4
    Self.i(&a, b, c, d, x[0], 6, 0xf429_2244)
    Self.i(&d, a, b, c, x[7], 10, 0x432a_ff97)
    Self.i(&c, d, a, b, x[14], 15, 0xab94_23a7)
    Self.i(&b, c, d, a, x[5], 21, 0xfc93_a039)
    Self.i(&a, b, c, d, x[12], 6, 0x655b_59c3)
    Self.i(&d, a, b, c, x[3], 10, 0x8f0c_cc92)
    Self.i(&c, d, a, b, x[10], 15, 0xffef_f47d)
    Self.i(&b, c, d, a, x[1], 21, 0x8584_5dd1)
    Self.i(&a, b, c, d, x[8], 6, 0x6fa8_7e4f)
    Self.i(&d, a, b, c, x[15], 10, 0xfe2c_e6e0)
    Self.i(&c, d, a, b, x[6], 15, 0xa301_4314)
    Self.i(&b, c, d, a, x[13], 21, 0x4e08_11a1)
    Self.i(&a, b, c, d, x[4], 6, 0xf753_7e82)
    Self.i(&d, a, b, c, x[11], 10, 0xbd3a_f235)
    Self.i(&c, d, a, b, x[2], 15, 0x2ad7_d2bb)
    Self.i(&b, c, d, a, x[9], 21, 0xeb86_d391)
    a = a0 &+ a
    b = b0 &+ b
    c = c0 &+ c
    d = d0 &+ d
  }

  @inline(__always)
  private static func step(
    _ w: inout UInt32, _ x: UInt32, _ function: UInt32, _ word: UInt32, _ shift: UInt32, _ constant: UInt32
  ) {
    let sum = w &+ function &+ word &+ constant
    w = x &+ (sum &<< shift | sum &>> (32 &- shift))
  }

  @inline(__always)
  private static func f(
    _ w: inout UInt32, _ x: UInt32, _ y: UInt32, _ z: UInt32, _ word: UInt32, _ s: UInt32, _ t: UInt32
  ) {
    step(&w, x, z ^ (x & (y ^ z)), word, s, t)
  }

  @inline(__always)
  private static func g(
    _ w: inout UInt32, _ x: UInt32, _ y: UInt32, _ z: UInt32, _ word: UInt32, _ s: UInt32, _ t: UInt32
  ) {
    step(&w, x, y ^ (z & (x ^ y)), word, s, t)
  }

  @inline(__always)
  private static func h(
    _ w: inout UInt32, _ x: UInt32, _ y: UInt32, _ z: UInt32, _ word: UInt32, _ s: UInt32, _ t: UInt32
  ) {
    step(&w, x, x ^ y ^ z, word, s, t)
  }

  @inline(__always)
  private static func i(
    _ w: inout UInt32, _ x: UInt32, _ y: UInt32, _ z: UInt32, _ word: UInt32, _ s: UInt32, _ t: UInt32
  ) {
    step(&w, x, y ^ (x | ~z), word, s, t)
  }
}
