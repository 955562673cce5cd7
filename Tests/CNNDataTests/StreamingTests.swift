import CNNFiles
import CNNSession
import Foundation
import Synchronization
import Testing

@testable import CNNData

/// Samples that are known by their numbers: three values, n, n + 1000 and n + 2000. Some take their time, so that
/// threads overtake each other.
private struct NumberedRecords: SampleRecords {
  let count: Int
  let shape = [1, 3, 1]
  let element: SampleElement
  var isSequentialSince: String? { nil }
  var bad: Set<Int> = []
  var pause: @Sendable (Int) -> Void = { _ in }

  func name(of record: Int) -> String { "record \(record)" }

  func read(_ record: Int, into sample: inout SampleBuffer) throws(DataError) {
    pause(record)
    if bad.contains(record) { throw DataError(.unreadableImage, .source, "'\(record)' is bad") }
    switch element {
    case .bytes: sample.bytes = [UInt8(record % 256), UInt8(record / 256), 7]
    case .floats: sample.floats = [Float(record), Float(record + 1000), Float(record + 2000)]
    }
  }
}

@Suite("batches that are prepared beside training")
struct StreamingTests {
  /// What a batch holds: first value and label of each row.
  private static func rows(
    _ ring: SampleRing, _ order: [Int32], _ batch: Range<Int>
  ) throws(SessionError) -> [(value: Float, label: Int32)] {
    try ring.withBatch(order: order, batch: batch) { samples in
      #expect(samples.positions.prefix(batch.count).elementsEqual(0..<Int32(batch.count)))
      return (0..<batch.count).map { (samples.floats[3 * $0], samples.labels[$0]) }
    }
  }

  /// Record 2 i is sample i, and its label is i modulo 10.
  private static func ring(
    _ count: Int, batchSize: Int, threads: Int, bad: Set<Int> = [], pause: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> SampleRing {
    let records = NumberedRecords(count: 2 * count, element: .floats, bad: bad, pause: pause)
    return SampleRing(
      records, (0..<count).map { 2 * $0 }, labels: (0..<Int32(count)).map { $0 % 10 }, batchSize: batchSize,
      threads: threads)
  }

  @Test("batches hold what was asked for, in that order, for any number of threads", arguments: [1, 2, 3, 8])
  func epochs(threads: Int) throws {
    let count = 103
    let ring = Self.ring(count, batchSize: 10, threads: threads) { record in
      if record % 14 == 0 { usleep(300) }
    }
    var order = (0..<Int32(count)).map(\.self)
    for epoch in 0..<4 {
      CounterRandom.shuffle(into: &order, seed: 5, epoch: epoch)
      for start in stride(from: 0, to: count, by: 10) {
        let batch = start..<min(start + 10, count)
        let rows = try Self.rows(ring, order, batch)
        #expect(rows.map(\.value) == order[batch].map { Float(2 * $0) })
        #expect(rows.map(\.label) == order[batch].map { $0 % 10 })
      }
    }
  }

  /// Evaluations between epochs, runs that go on in the middle of an epoch, and whatever else nobody foresaw.
  @Test("orders and batches that nobody foresaw are right, too", arguments: [1, 2, 6])
  func surprises(threads: Int) throws {
    let count = 64
    let ring = Self.ring(count, batchSize: 8, threads: threads) { record in
      if record % 6 == 0 { usleep(200) }
    }
    var random = SystemRandomNumberGenerator()
    var order = (0..<Int32(count)).map(\.self)
    for step in 0..<200 {
      if step % 5 == 0 { order.shuffle(using: &random) }
      let start = Int.random(in: 0..<count, using: &random)
      let batch = start..<min(count, start + Int.random(in: 1...8, using: &random))
      let rows = try Self.rows(ring, order, batch)
      #expect(rows.map(\.value) == order[batch].map { Float(2 * $0) }, "\(batch)")
    }
  }

  @Test("bytes stay bytes")
  func bytes() throws {
    let ring = SampleRing(
      NumberedRecords(count: 300, element: .bytes), Array(0..<300), labels: [Int32](repeating: 1, count: 300),
      batchSize: 4, threads: 2)
    let found = try ring.withBatch(order: [299, 0, 256], batch: 0..<3) { samples in
      #expect(samples.floats.isEmpty)
      return Array(samples.bytes[..<9])
    }
    #expect(found == [43, 1, 7, 0, 0, 7, 0, 1, 7])
  }

  @Test("reading goes on beside training: the next batches are ready before they are asked for")
  func ahead() throws {
    let read = Mutex<Set<Int>>([])
    let ring = Self.ring(40, batchSize: 10, threads: 1) { record in read.withLock { _ = $0.insert(record) } }
    let order = (0..<Int32(40)).map(\.self)
    try ring.withBatch(order: order, batch: 0..<10) { _ in
      // Nothing but the ring's own thread reads now.
      while read.withLock({ $0.count }) < 40 { usleep(100) }
    }
    #expect(read.withLock { $0 } == Set((0..<40).map { 2 * $0 }))
  }

  @Test(
    "a sample that cannot be read ends the step that needs it, and the first of the batch is named",
    arguments: [1, 2, 8])
  func failures(threads: Int) throws {
    let ring = Self.ring(30, batchSize: 10, threads: threads, bad: [2 * 14, 2 * 17, 2 * 25]) { record in
      if record == 2 * 14 { usleep(2000) }
    }
    let order = (0..<Int32(30)).map(\.self)
    #expect(try Self.rows(ring, order, 0..<10).count == 10)
    let error = #expect(throws: SessionError.self) { try Self.rows(ring, order, 10..<20) }
    #expect(error?.code == .badSample)
    #expect(error?.message == "'28' is bad")
    // Another try is another reading, and other batches are as they were.
    let again = #expect(throws: SessionError.self) { try Self.rows(ring, order, 10..<20) }
    #expect(again?.message == "'28' is bad")
    #expect(try Self.rows(ring, order, 0..<10).map(\.value) == (0..<10).map { Float(2 * $0) })
  }

  @Test("a ring that is let go of ends its threads, busy or not")
  func letGo() throws {
    let ended = Mutex(0)
    do {
      let ring = Self.ring(1000, batchSize: 100, threads: 3) { _ in usleep(50) }
      try ring.withBatch(order: (0..<Int32(1000)).map(\.self), batch: 0..<100) { _ in ended.withLock { $0 += 1 } }
    }
    #expect(ended.withLock { $0 } == 1)
  }

  @Test("what exceeds the memory for samples is streamed, and is the same")
  func limit() throws {
    let request = DataRequest(
      source: .builtIn("digits"), validation: .fraction("0.2"), specDirectory: "/nowhere")
    let scratch = try Scratch()
    // As a plain file, which can be read at any place.
    let opened = try DataLoader().open(request)
    let whole = try opened.load(LoadSettings())
    guard case .bytes(let pixels) = whole.train.storage else { return }
    try scratch.write(idx([whole.train.count, 8, 8], pixels), "images")
    try scratch.write(idx([whole.train.count], whole.train.labels.map { UInt8($0) }), "labels")
    let files = try DataLoader().open(
      DataRequest(source: .idx(images: "images", labels: "labels"), specDirectory: scratch.path))
    let size = whole.train.count * 64
    guard case .bytes = try files.load(LoadSettings(memoryLimit: size)).train.storage else {
      Issue.record("what fits is kept in memory")
      return
    }
    let streamed = try files.load(LoadSettings(memoryLimit: size - 1, batchSize: 50, threads: 2))
    guard case .streamed(let stream) = streamed.train.storage else {
      Issue.record("what does not fit is streamed")
      return
    }
    #expect(streamed.description.hasSuffix("streamed, as 89.8 KiB exceed the memory for samples"))
    #expect(streamed.train.labels == whole.train.labels)
    let order = (0..<Int32(whole.train.count)).reversed().map(\.self)
    let found = try stream.withBatch(order: order, batch: 20..<70) { Array($0.bytes[..<(50 * 64)]) }
    #expect(found == order[20..<70].flatMap { pixels[(Int($0) * 64)..<((Int($0) + 1) * 64)] })
    let error = #expect(throws: DataError.self) { try files.load(LoadSettings(memoryLimit: 1000, batchSize: 64)) }
    #expect(error?.message == "the batches in preparation take 16.0 KiB of memory, and 1000 bytes may be used")
  }
}
