import CZlib

/// Decompresses gzip, or bare DEFLATE, piece by piece: the one file that talks to zlib.
///
/// Input is pushed, output pulled into a buffer of the caller's, so memory does not grow with what
/// a file decompresses to; the caller stops when it has what it needs. Members that follow each
/// other (as `pigz` and `bgzip` write them) are one stream, as RFC 1952 §2.2 has it. A bare stream, as ZIP archives
/// hold, is one; its end is the end.
@safe package struct Inflate: ~Copyable {
  /// Why decompression cannot go on.
  package enum Fault: Error, Sendable, Equatable {
    /// The compressed bytes contradict themselves or their checksum; zlib's words.
    case corrupt(String)
    /// What follows the end of the stream is not another member.
    case trailingBytes
    case outOfMemory
  }

  /// What a call to `pull` came to.
  package enum State: Sendable, Equatable {
    /// The output range is full; there may be more.
    case full
    /// All input is used up before the stream ended.
    case needsInput
    /// The stream has ended and its checksum was right.
    case ended
  }

  /// What stands around the compressed bytes.
  package enum Framing: Sendable {
    /// RFC 1952: header, checksum and length, which are checked.
    case gzip
    /// RFC 1951 alone; whoever knows a checksum checks it.
    case bare
  }

  /// At most this many bytes come out for each that goes in (zlib's technical notes).
  package static let largestRatio = 1032

  /// zlib keeps a pointer back to its `z_stream`, so that has a fixed place.
  /// Safe: allocated in `init`, freed in `deinit`, never handed out.
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  private var inputOffset = 0
  private var ended = false
  private let framing: Framing

  package init(_ framing: Framing = .gzip) throws(Fault) {
    self.framing = framing
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 16: gzip framing, with its CRC-32 and length checked. Negative: none.
    let status = unsafe inflateInit2_(
      stream, framing == .gzip ? 16 + MAX_WBITS : -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { throw .outOfMemory }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Gives the next compressed bytes, after `pull` has asked for them.
  package mutating func push(_ bytes: [UInt8]) {
    precondition(inputOffset == input.count, "\(input.count - inputOffset) bytes were not used yet")
    input = bytes
    inputOffset = 0
  }

  /// Fills `buffer[offset ..< end]` as far as the input goes; moves `offset` past what was written.
  package mutating func pull(
    into buffer: inout [UInt8], at offset: inout Int, end: Int
  ) throws(Fault) -> State {
    precondition(offset >= 0 && offset <= end && end <= buffer.count, "\(offset)..<\(end) of \(buffer.count) bytes")
    while true {
      if ended {
        if framing == .bare || inputOffset == input.count { return .ended }
        // Only another member may follow. Its first byte is enough to tell.
        if input[inputOffset] != 0x1f { throw .trailingBytes }
        if unsafe inflateReset(stream) != Z_OK { throw .corrupt("cannot start the next member") }
        ended = false
      }
      if offset == end { return .full }
      let status = step(&buffer, &offset, end)
      switch status {
      case Z_STREAM_END: ended = true
      case Z_OK, Z_BUF_ERROR:
        if offset == end { return .full }
        if inputOffset == input.count { return .needsInput }
        if status == Z_BUF_ERROR { throw .corrupt("no progress") }
      case Z_MEM_ERROR: throw .outOfMemory
      default: throw .corrupt(unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "invalid data")
      }
    }
  }

  /// One call of zlib's `inflate` on what is left of the input and of the buffer.
  private mutating func step(_ buffer: inout [UInt8], _ offset: inout Int, _ end: Int) -> Int32 {
    let (start, room) = (offset, min(end - offset, Int(UInt32.max)))
    let (read, available) = (inputOffset, min(input.count - inputOffset, Int(UInt32.max)))
    let stream = unsafe stream
    let status = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe buffer.withUnsafeMutableBufferPointer { destination in
        unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + read }
        unsafe stream.pointee.avail_in = UInt32(available)
        unsafe stream.pointee.next_out = destination.baseAddress.map { unsafe $0 + start }
        unsafe stream.pointee.avail_out = UInt32(room)
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        // No pointer outlives its array.
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.next_out = nil
        return status
      }
    }
    inputOffset += available - Int(unsafe stream.pointee.avail_in)
    offset += room - Int(unsafe stream.pointee.avail_out)
    return status
  }
}

/// The checksum of gzip, ZIP and PNG, of bytes that come piece by piece.
package struct CRC32: Sendable {
  package private(set) var value: UInt32 = 0

  package init() {}

  package mutating func add(_ bytes: borrowing [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    var rest = range
    while !rest.isEmpty {
      let count = min(rest.count, Int(UInt32.max) >> 1)
      value = unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe UInt32(
          truncatingIfNeeded: crc32(UInt(value), bytes.baseAddress.map { unsafe $0 + rest.lowerBound }, UInt32(count)))
      }
      rest = (rest.lowerBound + count)..<rest.upperBound
    }
  }
}
